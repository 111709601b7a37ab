"""The least a server can do for a request: one recv, one send, out of one epoll loop."""

import json
import select
import socket

BODY = b'{"p":0.5}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


def run() -> None:
    """Serve until killed. Every client here has one request outstanding per connection."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    connections: dict[int, socket.socket] = {}
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    while True:
        for number, _event in poll.poll():
            if number == listener.fileno():
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
                continue
            try:
                data = connections[number].recv(65536)
                if data:
                    connections[number].send(RESPONSE)
            except ConnectionError:
                data = b""
            if not data:
                poll.unregister(number)
                connections.pop(number).close()


if __name__ == "__main__":
    run()
