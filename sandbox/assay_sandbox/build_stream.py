"""One call of the engine's build endpoint: its messages, and a way to end it from outside.

The SDK's `images.build` knows neither a wall deadline nor limits on processes and files, so
the endpoint is called directly. Its read timeout only bounds the silence between two
chunks: a build that trickles output would never end. Shutting the socket down does.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import IO, Any

import requests
from docker import APIClient, DockerClient
from docker.errors import APIError, DockerException
from urllib3.exceptions import HTTPError

from assay_sandbox.docker_call import Until
from assay_sandbox.errors import EngineFault

WATCH_EVERY_S = 1.0


class Cut(StrEnum):
    """Why we ended a build before its end."""

    DEADLINE = "deadline"
    LOG_FLOOD = "log_flood"
    DISK = "disk"
    UNWATCHED = "unwatched"  # the engine no longer told how much is written: not the build's doing


class BuildStream:
    """A running build. `cut` may be called from any thread, and only the first reason counts."""

    def __init__(
        self, client: DockerClient, parameters: Mapping[str, Any], archive: IO[bytes]
    ) -> None:
        """Prepare the call; `messages` makes it.

        Args:
            client: A `docker.DockerClient`.
            parameters: Query of the build endpoint.
            archive: The context, a tar archive.
        """
        self._api = client.api
        self._parameters = dict(parameters)
        self._archive = archive
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.reason: Cut | None = None

    def cut(self, reason: Cut) -> None:
        """End the build: the engine stops and removes its container. Idempotent."""
        with self._lock:
            self.reason = self.reason or reason
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def messages(self, until: Until, look: Callable[[], Cut | None]) -> Iterator[Mapping[str, Any]]:
        """The engine's messages until the build ends or is cut off.

        Args:
            until: The build is cut off at this instant.
            look: Asked every second; a reason cuts the build off.

        Raises:
            EngineFault: the engine broke off, or refused the call.
        """
        response = self._open(until)
        ended = threading.Event()
        watch = threading.Thread(target=self._watch, args=(ended, until, look), daemon=True)
        watch.start()
        try:
            yield from self._read(response)
        finally:
            ended.set()
            with self._lock:
                self._socket = None
            response.close()
            watch.join()

    def _open(self, until: Until) -> requests.Response:
        url = self._api._url("/build")
        try:
            response: requests.Response = self._api.post(
                url,
                params=self._parameters,
                data=self._archive,
                headers={"Content-Type": "application/x-tar"},
                stream=True,
                timeout=max(until.left_s(), 0.001) + 5.0,
            )
            self._api._raise_for_status(response)
        except APIError as error:
            raise EngineFault(f"the engine refused to build: {error.explanation}") from error
        except (DockerException, requests.RequestException, OSError) as error:
            raise EngineFault(f"the engine could not be asked to build: {error}") from error
        with self._lock:
            self._socket = _socket_of(self._api, response)
        return response

    def _watch(self, ended: threading.Event, until: Until, look: Callable[[], Cut | None]) -> None:
        while not ended.wait(min(WATCH_EVERY_S, until.left_s())):
            if until.left_s() <= 0:
                self.cut(Cut.DEADLINE)
                return
            if (reason := look()) is not None:
                self.cut(reason)
                return

    def _read(self, response: requests.Response) -> Iterator[Mapping[str, Any]]:
        try:
            for line in response.iter_lines():
                message = json.loads(line) if line else {}
                if isinstance(message, dict):
                    yield message
        except (requests.RequestException, HTTPError, OSError, ValueError, AttributeError) as error:
            if self.reason is None:
                raise EngineFault(f"the engine broke off the build: {error}") from error


def _socket_of(api: APIClient, response: requests.Response) -> socket.socket:
    """The connection below a response; the SDK itself reaches for it to attach to containers."""
    found = api._get_raw_response_socket(response)
    inner = getattr(found, "_sock", found)
    if not isinstance(inner, socket.socket):
        raise EngineFault("a build over this kind of connection cannot be cut off")
    return inner
