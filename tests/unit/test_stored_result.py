"""What the judge writes is read back whole by everybody who reads a stored result."""

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from sqlmodel import Session
from tests.fakes.evidence import make_evidence, make_poor_evidence, make_unbuilt_evidence
from tests.fakes.web import Site, a_site

from assay.db.artifacts import put_artifact
from assay.db.results import (
    counting_evaluations,
    judged_evaluation,
    judged_evaluations,
    stored_result,
)
from assay.db.tables import Evaluation
from assay.domain.errors import Conflict, NotFound
from assay.domain.evidence import RESULT_FILE, Evidence
from assay.domain.judge import rescore
from assay.domain.lifecycle import Lane
from assay.domain.rubric import Area, Band
from assay.domain.scorecard import (
    CriterionLine,
    Finding,
    Flag,
    FlagKind,
    Judged,
    Scorecard,
)
from assay.domain.scoring import area_of, interval_of, status_of, total_of
from assay.domain.stored_result import (
    StoredArea,
    StoredFinding,
    StoredFlag,
    StoredGate,
    StoredLine,
    StoredResult,
)
from assay.features.challenges.stored import outcome_of, result_if_any
from assay.features.documents.stored import counting_result
from assay.features.reviews.results import FlagPart, ResultPart, required, result_of
from assay.features.scorecards.result import (
    AreaResult,
    CriterionResult,
    FindingResult,
    FlagResult,
    Result,
    result_json,
)
from assay.features.submissions.feedback import feedback

AREAS = tuple(Area(id=name, title=name.title(), question="?") for name in ("speed", "care"))
SHAPES = (StoredResult, ResultPart)
"""Every model by which a stored result is read."""
TABLES: list[tuple[type[BaseModel], type[BaseModel]]] = [
    (StoredResult, Result), (StoredArea, AreaResult), (StoredLine, CriterionResult),
    (StoredFinding, FindingResult), (StoredFlag, FlagResult),
]  # fmt: skip
LATER = {"findings", "flags"}
"""What a reader does without: flags came later, findings are only shown."""

texts = st.text(max_size=30)
values = st.none() | st.floats(-1e9, 1e9) | st.just(math.inf)


@st.composite
def lines(draw: st.DrawFn, number: int, *, gate: bool) -> CriterionLine:
    """One line as judging makes them: scored or not, of values with and without bound."""
    share = draw(st.none() | st.integers(0, 1_000_000).map(lambda k: Fraction(k, 1_000_000)))
    worth = 0 if gate else draw(st.integers(1, 20))
    value = draw(values) if share is not None else None
    return CriterionLine(
        id=f"{'gate' if gate else 'line'}_{number}", area=draw(st.sampled_from(AREAS)).id,
        title=draw(texts), status="unmeasured" if share is None else "scored", fraction=share,
        points=None if share is None else share * worth, max=worth, value=value,
        unit=draw(st.sampled_from(("ms", "share", ""))),
        interval=None if value is None or draw(st.booleans()) else (-math.inf, value),
        band=Band(floor=0, target=1), evidence=draw(texts), advice=draw(texts), source="load",
    )  # fmt: skip


@st.composite
def cards(draw: st.DrawFn) -> Scorecard:
    """Any scorecard: with and without gates, flags and findings; whole, partial and void."""
    gates = [draw(lines(n, gate=True)) for n in range(draw(st.integers(0, 2)))]
    criteria = [draw(lines(n, gate=False)) for n in range(draw(st.integers(0, 4)))]
    kinds = draw(st.lists(st.sampled_from(get_args(FlagKind)), max_size=3))
    return Scorecard(
        of=Judged("doubling", "reference", "evl_1", 7),
        status=status_of(gates, criteria),
        total=total_of(gates, criteria),
        interval=interval_of(gates, criteria),
        areas=tuple(area_of(area, criteria) for area in AREAS),
        gates=tuple(gates),
        criteria=tuple(criteria),
        findings=tuple(Finding("problem", text, "load") for text in draw(st.lists(texts))),
        versions=draw(st.dictionaries(texts, texts, max_size=3)),
        flags=tuple(Flag(kind, "notice", draw(texts), "callers") for kind in kinds),
    )


def kept(table: dict[str, Any], shape: type[BaseModel]) -> dict[str, Any]:
    """Of a table as it was written, what a reader wants of it."""
    return {name: table[name] for name in shape.model_fields if name in table}


def written(card: Scorecard) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result_json(card))
    return found


# -------------------------------------------------------------------------------- by any reader


@pytest.mark.parametrize("shape", SHAPES)
@given(cards())
def test_whatever_was_judged_is_read_back_whole(shape: type[StoredResult], card: Scorecard) -> None:
    table, read = written(card), shape.model_validate_json(result_json(card))

    assert kept(table, shape).keys() == shape.model_fields.keys()
    for name, part in (("areas", StoredArea), ("criteria", StoredLine), ("gates", StoredGate)):
        found = [one.model_dump(mode="json") for one in getattr(read, name)]
        pairs = zip(found, table[name], strict=True)
        assert [{**now, **kept(then, part)} for now, then in pairs] == found
    for name, part in (("findings", StoredFinding), ("flags", StoredFlag)):
        assert [one.model_dump(mode="json") for one in getattr(read, name)] == [
            kept(one, part) for one in table[name]
        ]
    figures = ("status", "total", "interval", "versions")
    assert read.model_dump(mode="json", include=set(figures)) == {n: table[n] for n in figures}


@given(cards())
def test_gates_come_first_and_every_line_is_of_one_area(card: Scorecard) -> None:
    read = StoredResult.model_validate_json(result_json(card))

    assert [line.id for line in read.lines] == [one.id for one in (*card.gates, *card.criteria)]
    assert sorted(line.id for area in AREAS for line in read.lines_of(area.id)) == sorted(
        one.id for one in card.criteria
    )
    assert {(gate.area, gate.points, gate.max, gate.value, gate.unit) for gate in read.gates} <= {
        ("", None, 0, None, "")
    }


@pytest.mark.parametrize(("read", "judged"), TABLES, ids=lambda one: one.__name__)
def test_nothing_is_read_that_the_judge_may_leave_out(
    read: type[BaseModel], judged: type[BaseModel]
) -> None:
    missing = read.model_fields.keys() - judged.model_fields.keys()
    loose = {name for name, info in read.model_fields.items() if not info.is_required()}

    assert missing == set()
    assert loose <= LATER


ROWS = {"areas": StoredArea, "criteria": StoredLine, "gates": StoredGate, "flags": StoredFlag}
LOST = [
    *((None, name) for name, info in StoredResult.model_fields.items() if info.is_required()),
    *(
        (rows, name)
        for rows, shape in ROWS.items()
        for name, info in shape.model_fields.items()
        if info.is_required()
    ),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("rows", "name"), LOST)
def test_a_result_without_what_is_needed_is_refused(
    shape: type[StoredResult], rows: str | None, name: str
) -> None:
    table = written(rescore(make_poor_evidence()))
    table["flags"] = [
        {"kind": "forged_series", "severity": "notice", "reason": "seen", "evidence": "callers"}
    ]
    assert shape.model_validate_json(json.dumps(table))

    del (table if rows is None else table[rows][0])[name]

    with pytest.raises(ValidationError, match=name):
        shape.model_validate_json(json.dumps(table))


def test_a_result_of_before_there_were_flags_has_none() -> None:
    table = written(rescore(make_evidence()))
    del table["flags"]

    assert StoredResult.model_validate_json(json.dumps(table)).flags == ()


def test_reviews_know_every_kind_of_flag_and_no_other() -> None:
    flag = {"severity": "notice", "reason": "seen"}

    known = [FlagPart.model_validate({"kind": kind, **flag}) for kind in get_args(FlagKind)]
    assert [one.line for one in known] == [f"flag:{kind}" for kind in get_args(FlagKind)]
    with pytest.raises(ValidationError, match="kind"):
        FlagPart.model_validate({"kind": "too_good", **flag})


def test_what_was_read_cannot_be_changed() -> None:
    read = StoredResult.model_validate_json(result_json(rescore(make_evidence())))

    with pytest.raises(ValidationError, match="frozen"):
        read.total = 100.0  # type: ignore[misc]


# ------------------------------------------------------------------------------ from a database


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = a_site(tmp_path_factory.mktemp("site"))
    yield made
    made.house.database.dispose()


def read_by_all(session: Session, row: Evaluation) -> Iterator[tuple[str, Any]]:
    """Name and total of what each reader makes of one evaluation that counts."""
    yield "db", stored_result(session, row.id).total
    yield "documents", counting_result(session, row.assessment_id).result.total
    yield "reviews", result_of(session, required(session, row.assessment_id).id).total
    yield "feedback", feedback(session, row.id).total
    found = result_if_any(session, row.id)
    yield "health", outcome_of(found).total if found else "nothing"


@pytest.mark.parametrize("make", [make_evidence, make_poor_evidence, make_unbuilt_evidence])
def test_all_who_read_what_counts_read_the_same(site: Site, make: Callable[[], Evidence]) -> None:
    sitting, evidence = site.house.started(), make()
    site.pushed(sitting)
    site.judge(site.sealed(sitting), evidence)

    with site.house.read() as session:
        row = judged_evaluation(session, sitting)
        assert row
        totals = dict(read_by_all(session, row))

    assert row.lane is Lane.SEALED
    assert set(totals.values()) == {row.score}
    assert len(totals) == 5


def test_before_it_is_judged_nothing_counts(site: Site) -> None:
    sitting = site.house.started()
    site.judge(site.pushed(sitting))
    site.sealed(sitting)

    with site.house.read() as session:
        assert judged_evaluation(session, sitting) is None
        with pytest.raises(NotFound, match="the last push is not judged"):
            counting_result(session, sitting)
        with pytest.raises(Conflict, match="there is no result yet"):
            required(session, sitting)


def test_a_damaged_result_is_told_and_never_read_by_halves(site: Site) -> None:
    sitting = site.house.started()
    site.pushed(sitting)
    evaluation_id = site.sealed(sitting)
    site.judge(evaluation_id)
    with site.house.write() as session:
        half = result_json(rescore(make_evidence())).encode()[:200]
        put_artifact(session, evaluation_id, RESULT_FILE, half, site.house.time)

    for reader in (stored_result, result_of, result_if_any):
        with site.house.read() as session, pytest.raises(ValidationError):
            reader(session, evaluation_id)


def test_of_an_evaluation_without_a_result_there_is_none(site: Site) -> None:
    evaluation_id = site.pushed(site.house.started())

    with site.house.read() as session:
        assert result_if_any(session, evaluation_id) is None
        with pytest.raises(NotFound):
            stored_result(session, evaluation_id)


def test_many_are_asked_for_as_one_by_one(site: Site) -> None:
    sittings = [site.house.started() for _ in range(3)]
    for sitting in sittings:
        site.pushed(sitting)
    site.judge(site.sealed(sittings[0]))
    site.sealed(sittings[1])

    with site.house.read() as session:
        assert {one: row.id for one, row in judged_evaluations(session, sittings).items()} == {
            sittings[0]: site.sealed_one(sittings[0])
        }
        assert set(counting_evaluations(session, sittings)) == set(sittings[:2])
        assert counting_evaluations(session, []) == {}
