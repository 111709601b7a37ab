"""Work that does what a script says and writes down every call, from whatever process."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assay.jobs.engine import StageEnd

LOG = "calls.log"


@dataclass(frozen=True)
class Call:
    at_s: float
    worker: str
    evaluation: str
    what: str


class Script:
    """A folder: what every evaluation shall do, and what was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def plan(self, evaluation: str, *stages: str) -> None:
        """Stages are told by their first word: quick-a, hold-a, nap-a, stop-a, raise-a, die-a."""
        (self.folder / f"{evaluation}.json").write_text(json.dumps(stages))

    def stages(self, evaluation: str) -> list[str]:
        stages: list[str] = json.loads((self.folder / f"{evaluation}.json").read_text())
        return stages

    def let_go(self, stage: str) -> None:
        """A stage called hold-... ends after this."""
        (self.folder / stage).touch()

    def may_go(self, stage: str) -> bool:
        return (self.folder / stage).exists()

    def hold_begin(self, evaluation: str) -> None:
        (self.folder / f"{evaluation}.held").touch()

    def let_begin(self, evaluation: str) -> None:
        (self.folder / f"{evaluation}.held").unlink()

    def begins_late(self, evaluation: str) -> bool:
        return (self.folder / f"{evaluation}.held").exists()

    def fail_to_finish(self, evaluation: str, times: int) -> None:
        for number in range(times):
            (self.folder / f"{evaluation}.fails-{number}").touch()

    def fails_now(self, evaluation: str) -> bool:
        for mark in sorted(self.folder.glob(f"{evaluation}.fails-*")):
            mark.unlink()
            return True
        return False

    def note(self, worker: str, evaluation: str, what: str) -> None:
        line = f"{time.time():.3f}\t{worker}\t{evaluation}\t{what}\n".encode()
        log = os.open(self.folder / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(log, line)
        os.close(log)

    def calls(self, evaluation: str = "") -> list[Call]:
        log = self.folder / LOG
        lines = log.read_text().splitlines() if log.exists() else []
        calls = [Call(float(at), *rest) for at, *rest in (line.split("\t") for line in lines)]
        return [call for call in calls if not evaluation or call.evaluation == evaluation]

    def said(self, evaluation: str = "") -> list[str]:
        return [call.what for call in self.calls(evaluation)]


class ScriptedWork:
    """The `EvaluationWork` of a worker in these tests."""

    def __init__(self, script: Script, worker: str, *, die: Callable[[], None]) -> None:
        self._script, self._worker, self._die = script, worker, die

    def begin(self, evaluation_id: str, attempt: int) -> list[str]:
        self._note(evaluation_id, "begin")
        while self._script.begins_late(evaluation_id):
            time.sleep(0.02)
        return self._script.stages(evaluation_id)

    async def stage(self, evaluation_id: str, attempt: int, stage: str) -> StageEnd:
        self._note(evaluation_id, f"{stage} begins")
        try:
            end = await self._do(stage)
        except asyncio.CancelledError:
            self._note(evaluation_id, f"{stage} cancelled")
            raise
        self._note(evaluation_id, f"{stage} ends")
        return end

    def finish(self, evaluation_id: str, attempt: int) -> None:
        if self._script.fails_now(evaluation_id):
            self._note(evaluation_id, "finish fails")
            raise OSError("no space left on the device")
        self._note(evaluation_id, "finish")

    async def _do(self, stage: str) -> StageEnd:
        match stage.split("-")[0]:
            case "hold":
                while not self._script.may_go(stage):
                    await asyncio.sleep(0.02)
            case "nap":
                await asyncio.sleep(1.0)
            case "raise":
                raise OSError("no space left on the device")
            case "die":
                self._die()
                await asyncio.sleep(60)
            case "stop":
                return "stop"
            case _:
                pass
        return "go_on"

    def _note(self, evaluation: str, what: str) -> None:
        self._script.note(self._worker, evaluation, what)
