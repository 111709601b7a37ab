"""Reading what a container prints, counted, from before its first byte.

The engine keeps no log: a flood would burn its CPU-seconds (measured: four in four seconds)
and fill its disk. We read the stream ourselves, and kill at the budget.
"""

import contextlib
import threading
from collections.abc import Callable

from docker import DockerClient
from docker.errors import DockerException
from docker.types import CancellableStream
from docker.utils.socket import SocketError

from assay_sandbox.docker_call import Until, call
from assay_sandbox.log_store import LogStore

STDOUT, STDERR = 1, 2
CLOSE_S = 5.0


class LogPump:
    """Moves one container's output into a `LogStore`, on a thread of its own."""

    def __init__(
        self, client: DockerClient, container: str, store: LogStore, on_flood: Callable[[], None]
    ) -> None:
        """`on_flood` is called once, from the pump's thread, after the stream was closed."""
        self._client = client
        self._container = container
        self._store = store
        self._on_flood = on_flood
        self._stream: CancellableStream | None = None
        self._thread: threading.Thread | None = None

    def attach(self, until: Until) -> None:
        """Open the stream. Call before the start, so that nothing is missed.

        Raises:
            EngineFault: the engine did not open it.
        """
        stream = call(
            "attach to the output",
            lambda: self._client.api.attach(
                self._container, stdout=True, stderr=True, stream=True, logs=False, demux=True
            ),
            deadline_s=until.left_s(),
        )
        self._stream = stream
        self._thread = threading.Thread(
            target=self._pump, args=(stream,), name="log pump", daemon=True
        )
        self._thread.start()

    def drain(self, patience_s: float) -> None:
        """Wait a moment for the last output of a container that exited."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=patience_s)

    def close(self) -> None:
        """Stop reading. Do this before a kill: one with a stream open can hang. Idempotent."""
        if self._stream is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError, DockerException):
                self._stream.close()
        self.drain(CLOSE_S)
        self._store.end()

    def _pump(self, stream: CancellableStream) -> None:
        flooded = False
        with contextlib.suppress(OSError, ValueError, SocketError, DockerException):
            for out, err in stream:
                flooded = not self._keep(out, err)
                if flooded:
                    break
        self.close()
        stream._response.close()  # else its socket stays open until it is collected
        if flooded:
            self._on_flood()

    def _keep(self, out: bytes | None, err: bytes | None) -> bool:
        kept = [self._store.write(s, b) for s, b in ((STDOUT, out), (STDERR, err)) if b]
        return all(kept)
