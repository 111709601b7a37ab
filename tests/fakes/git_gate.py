"""A platform behind the git server that remembers what it was told."""

import json
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assay.web.git.gate import Access, Line, Push

REPOSITORY = "asm_0123456789abcdef"
TOKEN = "asg_dana"


def make_access(**changes: object) -> Access:
    given: dict[str, object] = {"assessment_id": REPOSITORY, "read": True, "write": True}
    return Access(**{**given, **changes})  # type: ignore[arg-type]


@dataclass
class FakeGate:
    """Records pushes once each, and tells what it was given to tell.

    Attributes:
        accesses: (repository, token) -> what it opens; may be changed at any time.
        script: Lines for every pusher.
        endless: After the script there is never an end, only nothing new.
        broken: So many calls of `received` fail before one works.
    """

    accesses: dict[tuple[str, str], Access] = field(
        default_factory=lambda: {(REPOSITORY, TOKEN): make_access()}
    )
    script: Sequence[Line | None] = (Line("build", "good"), Line("score 87.5", "title"))
    endless: bool = False
    broken: int = 0
    runs_left: int = 1000
    pushes: list[Push] = field(default_factory=list)
    followed: list[str | None] = field(default_factory=list)
    unfollowed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def access(self, repository: str, token: str) -> Access | None:
        return self.accesses.get((repository, token))

    def received(self, push: Push) -> str | None:
        with self._lock:
            if self.broken:
                self.broken -= 1
                raise RuntimeError("the database is away")
            known = [one.new_sha for one in self.pushes]
            if push.new_sha not in known:
                self.pushes.append(push)
                known.append(push.new_sha)
            number = known.index(push.new_sha) + 1
            return f"evl_{number}" if number <= self.runs_left else None

    def follow(self, repository: str, evaluation_id: str | None) -> Iterator[Line | None]:
        self.followed.append(evaluation_id)
        try:
            yield from self.script
            while self.endless:
                yield None
        finally:
            self.unfollowed.set()


@dataclass
class FileGate:
    """One that outlives its process: each push is a line of a file.

    Attributes:
        trap: While this file is there, the process dies in the middle of `received`.
    """

    file: Path
    trap: Path

    def access(self, repository: str, token: str) -> Access | None:
        return make_access(assessment_id=repository) if token == TOKEN else None

    def received(self, push: Push) -> str | None:
        if self.trap.exists():
            self.trap.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        if push.new_sha not in received_shas(self.file):
            row = json.dumps({"sha": push.new_sha, "repository": push.assessment_id})
            with self.file.open("a") as out:
                out.write(f"{row}\n")
        return f"evl_{push.new_sha[:8]}"

    def follow(self, repository: str, evaluation_id: str | None) -> Iterator[Line | None]:
        yield Line(f"evaluation {evaluation_id}")


def received_shas(file: Path) -> list[str]:
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line)["sha"] for line in lines]
