"""What the behaviours of `conformance` are made with: a run of their own, and small programs."""

import contextlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assay_sandbox.engine import (
    Attachment,
    Container,
    ContainerSpec,
    ContainerState,
    Engine,
    Exited,
    Network,
    Outward,
)
from assay_sandbox.limits import Limits

SMALL = Limits(memory_mib=256, pids=64, tmp_mib=16, tmp_inodes=256, log_bytes=1024 * 1024)
START_S = 30.0
RUN_S = 20.0


def expect(truth: bool, message: str) -> None:
    """Raise AssertionError unless true: a behaviour the engine owes was not seen."""
    if not truth:
        raise AssertionError(message)


@dataclass(frozen=True, slots=True)
class Lab:
    """One engine, one image with a `python3`, one run."""

    engine: Engine
    image: str
    run_id: str

    def start(  # noqa: PLR0913 - all by name, each a field of the spec
        self,
        program: str,
        *,
        role: str = "sut",
        limits: Limits = SMALL,
        attachments: tuple[Attachment, ...] = (),
        environment: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
        port: int | None = None,
        outward: Mapping[str, Outward] | None = None,
        trusted: bool = False,
    ) -> Container:
        """Start a Python program."""
        return self.engine.start(
            ContainerSpec(
                run_id=self.run_id,
                role=role,
                image=self.image,
                attachments=attachments,
                limits=limits,
                command=("python3", "-u", "-c", program),
                environment=environment or {},
                files=files or {},
                port=port,
                outward=outward or {},
                trusted=trusted,
            ),
            deadline_s=START_S,
        )

    def run(self, program: str, **options: Any) -> tuple[list[str], Exited]:  # noqa: ANN401
        """Run a program to its end; its lines of output and how it ended."""
        container = self.start(program, **options)
        try:
            lines: list[str] = []
            state = container.follow(lines.append, deadline_s=RUN_S)
            return lines, exited(state)
        finally:
            container.remove()

    def answer(self, program: str, **options: Any) -> Any:  # noqa: ANN401
        """Run a program to its end; the JSON value it printed last."""
        lines, end = self.run(program, **options)
        expect(end.code == 0 and bool(lines), f"the program ended with {end}: {lines[-5:]}")
        return json.loads(lines[-1])

    def network(self, name: str) -> Network:
        """A network of this run."""
        return self.engine.network(self.run_id, name)


@contextlib.contextmanager
def laboratory(engine: Engine, image: str) -> Iterator[Lab]:
    """A run of its own, reaped at the end."""
    run_id = f"conformance-{secrets.token_hex(4)}"
    try:
        yield Lab(engine, image, run_id)
    finally:
        engine.reap(run_id)


def exited(state: ContainerState) -> Exited:
    """The state, which must be an exit."""
    if not isinstance(state, Exited):
        raise AssertionError(f"the container should have ended, but it is {state}")  # noqa: TRY004
    return state


def wait_for_word(container: Container, word: str) -> None:
    """Wait until the container has printed a word."""
    end_s = time.monotonic() + RUN_S
    while word not in container.logs().text:
        expect(time.monotonic() < end_s, f"never printed {word!r}: {container.logs().text!r}")
        time.sleep(0.02)


def wait_for_end(container: Container) -> Exited:
    """Wait until the main process is gone."""
    end_s = time.monotonic() + RUN_S
    while not isinstance(container.state(), Exited):
        expect(time.monotonic() < end_s, "the container did not end")
        time.sleep(0.02)
    return exited(container.state())
