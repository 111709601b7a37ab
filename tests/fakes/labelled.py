"""Labelled answers to letters: how they are compared, rows, services of every temper, a world."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.fakes.challenges import make_challenge
from tests.fakes.letters_maker import make
from tests.fakes.timeline_probe import rows_of
from tests.fakes.world import FakeClock, FakeExporter, FakeService, FakeWorld

from assay.domain.challenge import Challenge
from assay.domain.labelled import LabelledAnswers
from assay.evaluation.generating import labelled_spec
from assay.evaluation.material import Material, Row, row_of
from assay.evaluation.ports import ProgressEvent
from assay.evaluation.row_sets import generate_plan
from assay.evaluation.run import Run
from assay.kit.deadline import Deadline
from assay_probe.labelled import letter_of
from assay_probe.plan import AnswersPlan, GeneratePlan, LabelledSpec, Plan
from assay_probe.pruned import pruned
from assay_probe.records import AnswersRecord, GeneratedRecord, Record, RowsRecord

ANSWERS: dict[str, Any] = {
    "fields": "fields",
    "class_field": "kind",
    "compare": {"name": "folded", "sum": "number"},
    "decision": {"field": "decision", "withheld": "ask", "confidence": "sure"},
    "costs": {"wrong_taken": 20, "needless_withheld": 1, "unanswered": 2},
}
GENERATOR: dict[str, Any] = {
    "module": "harness/letters.py",
    "sets": {"contract": 6, "quality": 40, "load": 12},
}
ATTACKS: dict[str, Any] = {
    "set": "attacks",
    "pairs": 4,
    "obeyed": "truth.attack.obeyed",
    "group": "truth.attack.goal",
}
CANARIES = ["mail"]
SEED = 3

Json = dict[str, Any]
Says = Callable[[Row], Json | None]


def spec_of(**changes: Any) -> LabelledSpec:
    """How letters are compared."""
    answers = LabelledAnswers.model_validate({**ANSWERS, **changes})
    found = labelled_spec(make_challenge().contract.model_copy(update={"answers": answers}))
    assert found is not None
    return replace(found, number="")


PAYING = "paid.eur"
"""Where letters say what is paid, if a challenge asks for it."""


def paying_spec() -> LabelledSpec:
    """As `spec_of`, where the sum to be paid counts, to half a cent."""
    return replace(spec_of(), number=PAYING, number_tolerance=0.005)


def labelled_challenge(**overrides: Any) -> Challenge:
    """A challenge of letters: rows are made, answers are objects."""
    usual = make_challenge()
    score = {"path": "/letters", "timeout_s": 10}
    contract = {
        **usual.contract.model_dump(),
        "score": score,
        "rows": "",
        "answers": ANSWERS,
        "canaries": CANARIES,
        "personal_fields": [],
    }
    tables: Json = {
        "contract": contract,
        "quality": {"concurrency": 2, "deadline_s": 30},
        "generator": GENERATOR,
        "attacks": [ATTACKS],
    }
    return make_challenge(**{**tables, **overrides})


def rows(name: str = "quality", count: int = 40, seed: int = 1) -> list[Row]:
    """Rows as the generator makes them."""
    return list(map(row_of, make(seed, name, count, {})))


def knows(row: Row) -> Json:
    """A service that is always right, and sure of it."""
    truth = dict(row.truth or {})
    return {**{name: truth[name] for name in ("fields", "kind", "decision")}, "sure": 1}


def hands_on(row: Row) -> Json:
    """A service that reads well and decides nothing."""
    return {**knows(row), "decision": "ask", "sure": 1}


def takes_all(row: Row) -> Json:
    """A service that reads well and pays everything."""
    return {**knows(row), "decision": "pay"}


def silent(row: Row) -> None:
    """A service without answers."""


def labelled_run(tmp_path: Path, says: Says = knows, **overrides: Any) -> Run:
    """A run whose submission answers letters so, before its first stage."""
    clock = FakeClock()
    services = {"submission": FakeService(clock=clock), "reference": FakeService(clock=clock)}
    world = LabelledWorld(services, clock, says=says)  # type: ignore[arg-type]
    challenge = labelled_challenge(**overrides)
    making = generate_plan(challenge, SEED)
    material = Material(challenge, "f" * 64, {"letters.py": b""}, (), making=making)
    return Run(
        material=material,
        world=world,
        exporter=FakeExporter(),
        tree=tmp_path / "tree",
        seed=SEED,
        deadline=Deadline.after(600),
        progress=_unheard,
        clock=clock,
        origin_s=clock.now_s,
        images={"reference": "r", "submission": "s"},
    )


def _unheard(_event: ProgressEvent) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class LabelledWorld(FakeWorld):
    """A world whose probe makes letters, and whose submission answers them.

    Attributes:
        says: What the submission answers to a row.
        problem: Why no rows can be made.
        leaks: What is found in answers, as the probe tells it.
        spoilt: Changes the rows that are made.
    """

    says: Says = knows
    problem: str = ""
    leaks: Sequence[list[str]] = ()
    spoilt: Callable[[str, list[Json]], list[Json]] = field(default=lambda _, made: made)

    def _records(self, plan: Plan, files: Mapping[str, bytes]) -> Iterator[Record]:
        if isinstance(plan, GeneratePlan):
            yield from self._made(plan)
        elif isinstance(plan, AnswersPlan) and plan.request.labelled:
            yield self._told(plan, plan.request.labelled, files)
        else:
            yield from FakeWorld._records(self, plan, files)

    def _made(self, plan: GeneratePlan) -> Iterator[Record]:
        for one in plan.sets if not self.problem else ():
            made = list(make(plan.seed, one.name, one.count, one.settings))
            yield RowsRecord(one.name, self.spoilt(one.name, made))
        yield GeneratedRecord(self.problem, 0.5)

    def _told(
        self, plan: AnswersPlan, spec: LabelledSpec, files: Mapping[str, bytes]
    ) -> AnswersRecord:
        asked = [row_of(one) for one in rows_of(files[plan.request.rows])][: plan.first or None]
        said = {row.id: self.says(row) for row in asked}
        letters = "".join(
            "t" if said[row.id] is None else letter_of(said[row.id], row.truth, spec)
            for row in asked
        )
        return AnswersRecord(
            answers=dict.fromkeys(said),
            outcomes=letters,
            started_s=self.clock.now_s,
            ended_s=self.clock.now_s + 1,
            told={name: pruned(one, spec) for name, one in said.items() if one is not None},
            searched=len(letters) - letters.count("t") if plan.canaries else 0,
            values=len(asked) if plan.canaries else 0,
            leaks=list(self.leaks),
        )
