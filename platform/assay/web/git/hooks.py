"""Listens on a unix socket for git's hooks: each connection is one question and its answer."""

import logging
import os
import shutil
import socket
import socketserver
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assay.web.git.rules import Update

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
HOOKS, RELAY = HERE / "hooks_bin", HERE / "relay.py"
MAX_QUESTION_BYTES = 2**20
QUESTION_S = 10.0
ANSWER_S = 60.0
"""A pusher who reads nothing for so long (a terminal that is held) is left alone."""
PREFIX = "hooks-"
LONGEST_SOCKET_PATH = 100
"""Of 108 bytes that Linux gives."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What a hook asks.

    Attributes:
        hook: "pre-receive" or "post-receive".
        ticket: Names the push it belongs to; nobody else knows it.
        objects, alternates: Where git put the objects of the push: into quarantine at first.
        options: Of `git push -o`.
    """

    hook: str
    ticket: str
    objects: str
    alternates: str
    updates: tuple[Update, ...]
    options: tuple[str, ...]


Answer = Callable[[Question, Say], int]
"""Says lines, and gives the exit code of the hook."""


def question_of(body: bytes) -> Question:
    """What `relay.question` wrote."""
    hook, updates, ticket, objects, alternates, *options = os.fsdecode(body).split("\0")
    moves = (line.split(" ", 2) for line in updates.splitlines())
    return Question(
        hook=hook,
        ticket=ticket,
        objects=objects,
        alternates=alternates,
        updates=tuple(Update(old, new, ref) for old, new, ref in moves),
        options=tuple(options),
    )


class HookServer:
    """Answers hooks, each in a thread, between `start` and `stop`."""

    def __init__(self, directory: Path, answer: Answer) -> None:
        """Nothing happens yet.

        Args:
            directory: Where the socket is made; a temporary one if its path is too long.
            answer: Called in a thread of its own for every question.
        """
        self._directory = directory
        self._answer = answer
        self._server: _Server | None = None
        self._made: Path | None = None

    def start(self) -> None:
        """Listen."""
        self._made = self._place()
        self._server = _Server(str(self._made / "socket"), self._answer)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        """Take no more questions. No error if it never started."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)
        self._server = self._made = None

    def environment(self, ticket: str) -> dict[str, str]:
        """What hooks must be told to find here."""
        if self._made is None:
            raise RuntimeError("the hook server does not listen")
        return {
            "ASSAY_TICKET": ticket,
            "ASSAY_HOOK_SOCKET": str(self._made / "socket"),
            "ASSAY_PYTHON": sys.executable,
            "ASSAY_RELAY": str(RELAY),
        }

    def _place(self) -> Path:
        """A directory of our own that nobody else can enter."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for left in self._directory.glob(f"{PREFIX}*"):
            if not _is_answered(left / "socket"):
                shutil.rmtree(left, ignore_errors=True)
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._directory)).resolve()
        if len(os.fsencode(made)) <= LONGEST_SOCKET_PATH:
            return made
        made.rmdir()
        return Path(tempfile.mkdtemp(prefix="assay-hooks-"))


def _is_answered(path: Path) -> bool:
    """Whether a server listens at a socket, or may just be about to."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:  # too many wait, or it is not there yet
            return True
        return True


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, path: str, answer: Answer) -> None:
        self.answer = answer
        super().__init__(path, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """The hook sees the connection end, and says that it is not the pusher's fault."""
        log.exception("a hook of git could not be answered")


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """One question, one answer."""
        connection: socket.socket = self.request
        connection.settimeout(QUESTION_S)
        size = int(_exactly(connection, 8), 16)
        if size > MAX_QUESTION_BYTES:
            raise ValueError(f"a hook asked with {size} bytes")
        asked = question_of(_exactly(connection, size))
        connection.settimeout(ANSWER_S)
        with suppress(_PusherLeft):  # nothing depends on anybody's listening
            code = self.server.answer(asked, lambda text: _send(connection, text))
            _send(connection, f"\0{code}")


class _PusherLeft(Exception):
    """Nobody reads any more."""


def _send(connection: socket.socket, text: str) -> None:
    try:
        connection.sendall(text.encode("utf-8", "replace"))
    except OSError as error:
        raise _PusherLeft from error


def _exactly(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        chunk = connection.recv(size - len(got))
        if not chunk:
            raise ConnectionError("a hook left in the middle of its question")
        got += chunk
    return got
