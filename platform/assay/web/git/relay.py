"""Carries a hook's question to the git server and its answer to the pusher's terminal.

The hooks start it with `python -I -S`, twice for every push: it imports next to nothing.
The question is eight hexadecimal digits (its length) and fields between NULs; the answer is
text, then NUL and the hook's exit code.
"""

import _socket
import os
import sys

CHUNK_BYTES = 65_536
LOST = {
    "pre-receive": (
        b"The server could not look at this push (our fault, not yours).\n"
        b"Nothing was changed; push again in a minute.\n",
        1,
    ),
    "post-receive": (
        b"The connection to the evaluation is lost. Your push has arrived and is safe;\n"
        b"there is nothing to do. The page of your assessment shows how it goes on.\n",
        0,
    ),
}
"""Hook -> what is said and how it ends when the server does not answer."""


def question(hook: str, updates: bytes) -> bytes:
    """What the server is asked: the hook, the moves of branches, and what git told the hook."""
    given = os.environb
    names = [b"ASSAY_TICKET", b"GIT_OBJECT_DIRECTORY", b"GIT_ALTERNATE_OBJECT_DIRECTORIES"]
    options = range(int(given.get(b"GIT_PUSH_OPTION_COUNT", b"0")))
    names += [b"GIT_PUSH_OPTION_%d" % number for number in options]
    body = b"\0".join([hook.encode(), updates, *(given.get(name, b"") for name in names)])
    return b"%08x" % len(body) + body


def relayed(asked: bytes) -> int | None:
    """Print the answer as it comes; its exit code, None if the server left before it."""
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    server.connect(os.environ["ASSAY_HOOK_SOCKET"])
    server.sendall(asked)
    while chunk := server.recv(CHUNK_BYTES):
        text, end, code = chunk.partition(b"\0")
        say(text)
        if end:
            return int(code or server.recv(1))
    return None


def say(text: bytes) -> None:
    """Print at once."""
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def main(hook: str) -> int:
    """Ask, relay, and end as the server says."""
    try:
        code = relayed(question(hook, sys.stdin.buffer.read()))
    except OSError:
        code = None
    if code is not None:
        return code
    words, code = LOST[hook]
    try:  # noqa: SIM105 - contextlib takes longer to import than all else here
        say(words)
    except OSError:
        pass  # the pusher has left, too
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
