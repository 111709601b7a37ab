"""Carries one request to git's own CGI program and its answer back, as they come."""

import asyncio
import os
import signal
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from starlette.types import Message, Receive, Send

from assay.kit.deadline import Deadline

CHUNK_BYTES = 65_536
CPU_S = 20
MEMORY_KIB = 2**20
"""Fifty times the largest tree of a usual challenge: a few bytes can unfold to gigabytes."""
KILL_AFTER_S = 3.0
CLEAN_UP_S = 2.0
LOOK_AGAIN_S = 0.005
NICENESS = 10
"""Pages go before clones."""

_BOUNDED = f'ulimit -t {CPU_S}; ulimit -v {MEMORY_KIB}; exec nice -n {NICENESS} "$0"'


@cache
def backend() -> str:
    """Path of `git http-backend`."""
    done = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True)
    return str(Path(done.stdout.strip()) / "git-http-backend")


async def started(environment: Mapping[str, str]) -> Process:
    """The program, as the leader of a process group, with limits for itself and its children.

    Not of a session: Linux gives each session an equal share of the processor (`sched(7)`,
    autogroups), so sixteen clones would leave the pages a seventeenth, however nice they are.
    """
    return await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        _BOUNDED,
        backend(),
        env=environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
        limit=CHUNK_BYTES,
    )


async def _finished(process: Process) -> None:
    """Everything is said; it only has to collect its children."""
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), CLEAN_UP_S)


async def ended(process: Process, patience_s: float) -> None:
    """End the whole process group, and leave no zombie.

    Its leader goes first: without it git's input ends, and a push that came in part takes away
    what it was writing. Told to end by a signal, it would not.

    Args:
        process: The leader. It keeps nothing, and waits for ever for a client that left.
        patience_s: For the others to end by themselves.
    """
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)  # `Process.kill` takes its exit code from asyncio
    try:
        for number, wait_s in ((0, patience_s), (signal.SIGTERM, KILL_AFTER_S)):
            if not _reached(process, number) or await _is_gone(process, wait_s):
                break
    finally:
        _reached(process, signal.SIGKILL)
    await process.wait()
    await _drained(process)


async def _drained(process: Process) -> None:
    """Read what nobody wanted: asyncio keeps a pipe open until its end was seen."""
    with suppress(TimeoutError):
        async with asyncio.timeout(KILL_AFTER_S):
            while await _stdout(process).read(CHUNK_BYTES):
                pass


async def _is_gone(process: Process, wait_s: float) -> bool:
    deadline = Deadline.after(wait_s)
    while not deadline.passed():
        await asyncio.sleep(LOOK_AGAIN_S)
        if not _reached(process, 0):
            return True
    return False


def _reached(process: Process, number: int) -> bool:
    """Signal the group; whether anybody is left in it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
        return True
    return False


@dataclass(slots=True)
class Exchange:
    """The bytes of one request and of its answer, each way on its own.

    Attributes:
        receive, send: The client, as ASGI knows it.
        most_bytes: Of the body that are taken; then the client is cut off.
        silent_s: A client that sends and takes nothing for so long while it should has left.
        preface: Asked once, when the answer begins: bytes that go before git's.
        body_bytes: So many came.
        body_complete: Whether all came.
        gone: Set when the client has left.
    """

    process: Process
    receive: Receive
    send: Send
    most_bytes: int
    silent_s: float
    preface: Callable[[int], bytes]
    body_bytes: int = 0
    body_complete: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _deaf: bool = False

    async def feed(self) -> None:
        """The body to git; then watch for the client to leave."""
        try:
            while not self.body_complete and not self.gone.is_set():
                await self._feed_one()
        finally:
            _stdin(self.process).close()
        while not self.gone.is_set():
            await self._feed_one()

    async def pump(self) -> None:
        """Git's answer to the client, until git has ended."""
        status, headers = await self._head()
        headers.append((b"x-accel-buffering", b"no"))
        await self._tell({"type": "http.response.start", "status": status, "headers": headers})
        before = True
        while chunk := await _stdout(self.process).read(CHUNK_BYTES):
            preface = self.preface(self.body_bytes) if before else b""
            before = False
            body = {"type": "http.response.body", "body": preface + chunk, "more_body": True}
            await self._tell(body)
        await self._tell({"type": "http.response.body", "body": b""})

    async def _tell(self, message: Message) -> None:
        """To the client, as long as it takes it."""
        if self.gone.is_set():
            return
        try:
            await asyncio.wait_for(self.send(message), self.silent_s)
        except TimeoutError:
            self.gone.set()

    async def _heard(self) -> Message:
        """From the client. Once it has said everything it may be silent."""
        patience = None if self.body_complete else self.silent_s
        try:
            return await asyncio.wait_for(self.receive(), patience)
        except TimeoutError:
            return {"type": "http.disconnect"}

    async def _feed_one(self) -> None:
        message = await self._heard()
        if message["type"] == "http.disconnect":
            self.gone.set()
            return
        body: bytes = message.get("body", b"")
        self.body_bytes += len(body)
        if self.body_bytes > self.most_bytes:
            self.gone.set()
            return
        await self._give(body)
        self.body_complete = not message.get("more_body", False)

    async def _give(self, body: bytes) -> None:
        """To git; once it listens no more its answer says why, and the rest is only read."""
        if self._deaf or not body:
            return
        try:
            _stdin(self.process).write(body)
            await _stdin(self.process).drain()
        except (BrokenPipeError, ConnectionResetError):
            self._deaf = True

    async def _head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers, as a CGI program writes them."""
        status = 200
        headers: list[tuple[bytes, bytes]] = []
        while (line := await _stdout(self.process).readline()) not in (b"\r\n", b"\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"status":
                status = int(value.split()[0])
            else:
                headers.append((name.lower(), value.strip()))
        return (status, headers) if headers else (500, headers)


@dataclass(frozen=True, slots=True)
class Phases:
    """How long each part of an exchange may take.

    Attributes:
        work_s: Until it has ended, or its push is recorded.
        watch_s: Then, until the pusher has seen enough.
        abandoned_s: For a push that came whole and whose client left.
    """

    work_s: float
    watch_s: float
    abandoned_s: float


@dataclass(frozen=True, slots=True)
class Recording:
    """Signs between an exchange and the hook of its push.

    Attributes:
        recorded: Set when the platform knows of the push.
        on_recorded: Then: what the push occupied is free for others.
        on_left: The client left; the hook need not talk any longer.
    """

    recorded: asyncio.Event
    on_recorded: Callable[[], None]
    on_left: Callable[[], None]


async def conducted(exchange: Exchange, phases: Phases, recording: Recording | None) -> None:
    """Carry out an exchange to its end, and leave no process behind.

    A client that leaves stops a fetch, and a push that came only in part; a push that came
    whole goes on.
    """
    feeding = asyncio.create_task(exchange.feed())
    pumping = asyncio.create_task(exchange.pump())
    leaving = asyncio.create_task(exchange.gone.wait())
    tasks: list[asyncio.Task[Any]] = [feeding, pumping, leaving]
    try:
        if recording is None:
            await _first([pumping, leaving], phases.work_s)
        else:
            recorded = asyncio.create_task(recording.recorded.wait())
            tasks.append(recorded)
            await _first([pumping, leaving, recorded], phases.work_s)
            if recorded.done():
                recording.on_recorded()
                await _first([pumping, leaving], phases.watch_s)
            if leaving.done() and exchange.body_complete:
                recording.on_left()
                await _first([pumping], phases.abandoned_s)
        if pumping.done():
            pumping.result()
            await _finished(exchange.process)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await ended(exchange.process, CLEAN_UP_S if recording else 0.0)


async def _first(tasks: Sequence[asyncio.Task[Any]], seconds: float) -> None:
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


def _stdin(process: Process) -> asyncio.StreamWriter:
    if process.stdin is None:
        raise RuntimeError("the program was started without a pipe")
    return process.stdin


def _stdout(process: Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise RuntimeError("the program was started without a pipe")
    return process.stdout
