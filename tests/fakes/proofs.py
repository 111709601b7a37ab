"""Proofs of an invented challenge: three slots, two areas, and runs that cost what a test says."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from tests.fakes.rubric import make_challenge

from assay.domain.challenge import Challenge
from assay.domain.evidence import StageOutcome
from assay.domain.rubric import Criterion
from assay.domain.scorecard import CriterionLine, Judged, Scorecard
from assay.domain.scoring import status_of, total_of
from assay.toolkit.expectation import Expectation
from assay.toolkit.proving.assemble import proof_of
from assay.toolkit.proving.plan import answer_run, empty_run, mutant_run, starter_run
from assay.toolkit.proving.proof import Proof, Stamp
from assay.toolkit.proving.publication import Program
from assay.toolkit.proving.runs import Outcome, Results, Wanted

STAGES = ("checkout", "build", "boot", "contract", "quality", "shutdown")
SLOTS = [
    ("skew", [("wrong_unit", ["agreement"], "quality"), ("wrong_order", ["agreement"], "quality")]),
    ("input", [("null_is_500", ["validation"], "contract")]),
    ("stop", [("ignores_sigterm", ["stops"], "shutdown")]),
]
CRITERIA = [
    ("builds", "correctness", "builds", {}, 0),
    ("agreement", "correctness", "quality_agreement", {}, 40),
    ("validation", "correctness", "contract_tests", {"criterion": "validation"}, 30),
    ("stops", "operability", "shutdown_in_flight", {}, 30),
]


def proven_challenge(**overrides: Any) -> Challenge:
    """Two variants, four faults, a gate and three criteria of 100 points."""
    return make_challenge(
        load=None,
        capacity=None,
        area=[
            {"id": name, "title": name, "question": "?"} for name in ("correctness", "operability")
        ],
        criterion=[
            {
                "id": name,
                "area": area,
                "title": name.capitalize(),
                "check": check,
                "settings": settings,
                "points": points,
                "gate": not points,
                "band": {"floor": 0, "target": 1},
                "unit": "share",
                "advice": "Mend it.",
            }
            for name, area, check, settings, points in CRITERIA
        ],
        slot=[
            {"id": slot, "title": slot, "fault": [fault_table(*one) for one in faults]}
            for slot, faults in SLOTS
        ],
        **overrides,
    )


def fault_table(name: str, costs: list[str], measured_by: str) -> dict[str, Any]:
    return {
        "id": name,
        "title": name,
        "why": "It happens.",
        "costs": costs,
        "measured_by": measured_by,
    }


def line(criterion: Criterion, lost: float | None) -> CriterionLine:
    """A line that lost so many points (of a gate: hundredths); None: it was not measured."""
    most = criterion.points or 100
    fraction = None if lost is None else 1 - Fraction(str(lost)) / most
    return CriterionLine(
        id=criterion.id,
        area=criterion.area,
        title=criterion.title,
        status="unmeasured" if fraction is None else "scored",
        fraction=fraction,
        points=None if fraction is None else fraction * criterion.points,
        max=criterion.points,
        value=None if fraction is None else float(fraction),
        unit=criterion.unit,
        interval=None,
        band=criterion.band,
        evidence="It was seen.",
        advice="",
        source="",
    )


def a_card(challenge: Challenge, lost: Mapping[str, float | None]) -> Scorecard:
    """A scorecard with everything but what was lost."""
    lines = [line(one, lost.get(one.id, 0.0)) for one in challenge.criterion]
    gates = tuple(one for one in lines if not one.max)
    criteria = tuple(one for one in lines if one.max)
    return Scorecard(
        of=Judged(challenge.id, "one", "e1", 0),
        status=status_of(gates, criteria),
        total=total_of(gates, criteria),
        interval=None,
        areas=(),
        gates=gates,
        criteria=criteria,
        findings=(),
        versions={},
    )


def outcome(
    lost: Mapping[str, float | None] | None = None,
    *,
    key: str = "k",
    flags: tuple[str, ...] = (),
    ready_s: float = 1.0,
    **stages_s: float,
) -> Outcome:
    """A run that lost so many points of these criteria."""
    stages = tuple(
        StageOutcome.model_validate({"stage": name, "status": "done", "seconds": s})
        for name, s in stages_s.items()
    )
    card = a_card(proven_challenge(), lost or {})
    return Outcome(key, card, stages, None, flags, ready_s=ready_s)


REFERENCE = Wanted("reference", "reference", "reference", STAGES)  # type: ignore[arg-type]


def mutant(name: str) -> Wanted:
    return mutant_run(STAGES, name)  # type: ignore[arg-type]


def starter(variant: int = 0) -> Wanted:
    return starter_run(STAGES, variant)  # type: ignore[arg-type]


def answer(name: str) -> Wanted:
    return answer_run(STAGES, name)  # type: ignore[arg-type]


def empty() -> Wanted:
    return empty_run(STAGES)  # type: ignore[arg-type]


NOTHING_THERE = Outcome(
    "empty",
    a_card(proven_challenge(), {"builds": 100, "agreement": 40, "validation": 30, "stops": 30}),
    (StageOutcome(stage="build", status="candidate_fault", message="no Dockerfile"),),
)


def good_runs() -> dict[Wanted, Outcome]:
    """Every run as it must be."""
    return {
        REFERENCE: outcome(),
        replace(REFERENCE, again=1): outcome(),
        starter(0): outcome({"agreement": 30, "validation": 25, "stops": 30}),
        starter(1): outcome({"agreement": 29, "validation": 25, "stops": 30}),
        mutant("wrong_unit"): outcome({"agreement": 30}),
        mutant("wrong_order"): outcome({"agreement": 29}),
        mutant("null_is_500"): outcome({"validation": 25}),
        mutant("ignores_sigterm"): outcome({"stops": 30}),
        answer("accepted/second"): outcome({"stops": 2}),
        answer("partial/half"): outcome({"agreement": 30}),
        answer("rejected/cheat"): outcome({"agreement": 40, "validation": 30}),
        empty(): NOTHING_THERE,
    }


EXPECTED = {
    "accepted/second": Expectation(about="Good.", score_min=90, score_max=100),
    "partial/half": Expectation(about="Half.", score_min=50, score_max=80),
    "rejected/cheat": Expectation(about="A trick.", score_min=0, score_max=30),
}


def good_results(**changed: Any) -> Results:
    """Results of a challenge in which everything holds; each change replaces one field."""
    fields: dict[str, Any] = {
        "challenge": proven_challenge(),
        "expectations": EXPECTED,
        "runs": good_runs(),
    }
    return Results(**{**fields, **changed})


def with_runs(runs: Mapping[Wanted, Outcome]) -> Results:
    """The good results with some runs replaced or added."""
    return good_results(runs={**good_runs(), **runs})


def a_stamp(**changed: Any) -> Stamp:
    fields: dict[str, Any] = {
        "challenge_sha256": "c" * 64,
        "files": {"challenge.toml": "0" * 16},
        "assay": "0.1.0",
        "harness_sha256": "a" * 64,
        "judge_sha256": "b" * 64,
        "scoring": "1",
        "seed": 0,
        "profile": "standard",
        "jobs": 2,
        "host": None,
        "made_at": "2026-11-21T12:00:00+00:00",
    }
    return Stamp(**{**fields, **changed})


PROGRAM = Program("0.1.0", harness_sha256="a" * 64, judge_sha256="b" * 64, scoring="1")
"""The one that `a_stamp` is of."""


def a_proof(**changed: Any) -> Proof:
    """A green proof; each change replaces one field of its stamp."""
    return proof_of(good_results(), "full", a_stamp(**changed))
