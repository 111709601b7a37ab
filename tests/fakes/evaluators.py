"""Evaluations without containers: what each stage does is a word in a script."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from tests.fakes.evidence import make_evidence
from tests.fakes.sittings import PUBLIC_URL, House

from assay.domain.errors import PlatformFault
from assay.domain.evidence import Evidence
from assay.domain.judge import rescore
from assay.domain.scoring import rounded
from assay.evaluation.ports import ProgressEvent
from assay.features.scorecards.result import result_json
from assay.features.submissions.evaluator import (
    EvaluationJob,
    Judgement,
    Measured,
    OnEvent,
    StageReport,
)
from assay.features.submissions.work import DatabaseWork, Equipment
from assay.jobs.engine import job_id
from assay.toolkit.package import ChallengePackage


@cache
def good_evidence() -> bytes:
    """`evidence.json` of a good service."""
    return make_evidence().model_dump_json().encode()


@dataclass
class Studio:
    """Makes evaluators and remembers them.

    Attributes:
        script: Stage -> what its next starts do: "done" (also when nothing is said),
            "candidate_fault", "platform_fault", "dies", "breaks", "hangs".
        said: Stage -> how many lines it says.
    """

    script: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    said: dict[str, int] = field(default_factory=dict)
    made: list["ScriptedEvaluator"] = field(default_factory=list)
    evidence: bytes = field(default_factory=good_evidence)

    def plan(self, stage: str, *outcomes: str) -> None:
        self.script[stage].extend(outcomes)

    def next_of(self, stage: str) -> str:
        return self.script[stage].popleft() if self.script[stage] else "done"

    def new(self) -> "ScriptedEvaluator":
        self.made.append(ScriptedEvaluator(self))
        return self.made[-1]

    @property
    def ran(self) -> list[str]:
        return [stage for one in self.made for stage in one.ran]

    @property
    def alive(self) -> int:
        return sum(one.alive for one in self.made)


class ScriptedEvaluator:
    """One `Evaluator`. Its checkpoint names the stages that have ended."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.job: EvaluationJob | None = None
        self.ran: list[str] = []
        self.alive = False
        self.hanging = asyncio.Event()
        self._ended: list[str] = []

    async def start(self, job: EvaluationJob) -> None:
        self.job, self.alive = job, True
        self._ended = json.loads(job.checkpoint) if job.checkpoint else []

    async def run_stage(self, stage: str, on_event: OnEvent) -> StageReport:
        if stage in self._ended:
            return self._report(stage, "done")
        self.ran.append(stage)
        on_event(ProgressEvent(stage, "start", expected_s=10.0))
        for number in range(self._studio.said.get(stage, 0)):
            on_event(ProgressEvent(stage, "log", f"line {number}"))
        outcome = self._studio.next_of(stage)
        if outcome == "hangs":
            self.hanging.set()
            await asyncio.Event().wait()
        if outcome == "dies":
            raise PlatformFault("the process died")
        if outcome == "breaks":
            raise ZeroDivisionError("division by zero")
        report = self._report(stage, outcome)
        words = [outcome.replace("_", " "), *filter(None, [report.message])]
        on_event(ProgressEvent(stage, "end", ": ".join(words)))
        return report

    def _report(self, stage: str, outcome: str) -> StageReport:
        if outcome != "platform_fault" and stage not in self._ended:
            self._ended.append(stage)
        message = "" if outcome == "done" else f"what made {stage} end so"
        return StageReport(stage, outcome, message, 1.5, json.dumps(self._ended).encode())

    async def evidence(self) -> Measured:
        return Measured(self._studio.evidence, {"rules_test.yml": b"tests: []\n"})

    async def kill(self) -> None:
        self.alive = False


def judge_fast(evidence: bytes) -> Judgement:
    """As the real one, without drawing a report."""
    card = rescore(Evidence.model_validate_json(evidence))
    return Judgement(
        score=None if card.total is None else float(rounded(card.total)),
        complete=card.status == "complete",
        headline="Close to ready",
        files={"result.json": result_json(card).encode(), "report.html": b"<p>drawn</p>"},
    )


def a_worker(
    house: House,
    studio: Studio,
    name: str = "worker-1",
    challenges: Mapping[str, ChallengePackage] | None = None,
) -> DatabaseWork:
    return DatabaseWork(
        Equipment(
            database=house.database,
            jobs=house.jobs,
            challenges=house.challenges if challenges is None else challenges,
            new_evaluator=studio.new,
            judge=judge_fast,
            public_url=PUBLIC_URL,
            worker_id=name,
            now=house.now,
        )
    )


def work_off(house: House, studio: Studio) -> list[str]:
    """Do all jobs there are, the smallest turn first, whatever their delay; which were done."""
    done: list[str] = []
    while True:
        waiting = [e for e in house.jobs.entries.values() if e.state == "queued"]
        if not waiting:
            return done
        entry = min(waiting, key=lambda entry: entry.job.turn)
        entry.state = "running"
        asyncio.run(attempt(a_worker(house, studio), entry.job.evaluation_id, entry.job.attempt))
        entry.state = "done"
        done.append(job_id(entry.job.evaluation_id, entry.job.attempt))


async def attempt(work: DatabaseWork, evaluation_id: str, number: int) -> None:
    """One job as the engine runs it."""
    stages = work.begin(evaluation_id, number)
    for stage in stages:
        if await work.stage(evaluation_id, number, stage) == "stop":
            break
    if stages:
        work.finish(evaluation_id, number)
