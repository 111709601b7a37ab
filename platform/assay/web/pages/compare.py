"""Two to five candidates of a position side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from sqlmodel import Session, col, select
from starlette.responses import HTMLResponse, Response

from assay.auth.principal import Member, require
from assay.db.overrides import overrides_of, standing
from assay.db.tables import Assessment, Decision, Position
from assay.domain.difference import LEAST_POINTS, LEAST_TOTAL, Figure, clearly_above
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.permissions import Action
from assay.features.reviews import overriding
from assay.features.reviews.blind import shuffled_place
from assay.features.reviews.comparing import FEWEST, MOST, Contender, chosen, contenders
from assay.features.reviews.deciding import latest_decisions
from assay.features.reviews.overriding import Totals
from assay.web.blinding import Face, faces_of
from assay.web.dependencies import ID_PATTERN, AMember, ThePlatform
from assay.web.pages.compare_drawings import drawn_lane, frontier_of
from assay.web.pages.decisions import VERDICTS
from assay.web.pages.hiring import me_of
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

LETTERS = "ABCDE"
OFFERED = 50
"""Candidates to choose from: those with the best scores."""
NAMED_MAX = 20
COUNTED, SAME = "counted", "within the noise"

AnId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Ids = Annotated[list[AnId], Query(max_length=NAMED_MAX)]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison.

    Attributes:
        figures: One of each candidate; None: not measured.
        most: Points there are, for each.
        told: Whose is larger than the noise, in words.
        values: What was seen, of each; None where a line has no value.
    """

    title: str
    figures: Sequence[Figure | None]
    most: Sequence[int]
    told: str
    values: Sequence[tuple[float, str] | None] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """An area with its lines."""

    area: Row
    lines: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Column:
    """One candidate.

    Attributes:
        totals: As measured, and with overrides.
        decision: The one that counts.
    """

    letter: str
    face: Face
    of: Contender
    totals: Totals
    decision: Decision | None


@router.get("/hiring/compare")
def compare(
    platform: ThePlatform,
    member: AMember,
    ids: Ids = [],  # noqa: B006 - a query parameter; the framework copies it
    position: Annotated[str, Query(pattern=ID_PATTERN + "|^$")] = "",
) -> Response:
    """The comparison, or who can be compared."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        try:
            rows = chosen(session, member.organisation_id, ids) if ids else []
            found = contenders(session, rows) if rows else []
        except (BadInput, Conflict) as wrong:
            return HTMLResponse(_chooser(session, member, position, ids, str(wrong)), 422)
        if not found:
            return HTMLResponse(_chooser(session, member, position))
        return HTMLResponse(_comparison(session, member, found))


def told_of(figures: Sequence[Figure | None], least: float) -> str:
    """Whose figure is above whose by more than the noise: "A over B and C"."""
    known = [one for one in figures if one]
    if all(one.counted for one in known):
        return COUNTED if len({one.value for one in known}) > 1 else ""
    found = clearly_above(figures, least=least)
    return "; ".join(f"{LETTERS[one]} over {_listed(below)}" for one, below in found) or SAME


def _listed(places: Iterable[int]) -> str:
    letters = [LETTERS[place] for place in places]
    return " and ".join(filter(None, [", ".join(letters[:-1]), letters[-1]]))


def _comparison(session: Session, member: Member, found: Sequence[Contender]) -> str:
    columns = _columns(session, member, found)
    sides = [column.of for column in columns]
    lanes = [one.lane for one in sides]
    longest = max((lane.length_min for lane in lanes if lane), default=0.0)
    spots = [(c.letter, c.of.spot) for c in columns if c.of.spot]
    return render(
        "hiring/compare/compare.html",
        nav="compare",
        me=me_of(session, member),
        columns=columns,
        position=_position(session, member, sides[0].assessment.position_id or ""),
        total=Row("Total", [one.total for one in sides], [100] * len(sides),
                  told_of([one.total for one in sides], LEAST_TOTAL)),
        groups=_groups(sides),
        frontier=frontier_of(spots),
        spots=dict(spots),
        lanes=[drawn_lane(lane, longest) if lane else None for lane in lanes],
        versions={one.evaluation.challenge_version or one.assessment.challenge_version
                  for one in sides},
        verdicts=VERDICTS,
        same=SAME,
    )  # fmt: skip


def _columns(session: Session, member: Member, found: Sequence[Contender]) -> list[Column]:
    """As they were chosen; to whom names are hidden, in an order of their own."""
    faces = faces_of(session, member, [one.assessment for one in found])
    ordered = list(found)
    if any(face.hidden for face in faces.values()):
        ordered.sort(key=lambda one: _place(member, one.assessment))
    decided = latest_decisions(session, [one.assessment.id for one in found])
    return [
        Column(
            letter=letter,
            face=faces[one.assessment.id],
            of=one,
            totals=_totals(session, one),
            decision=None if faces[one.assessment.id].hidden else decided.get(one.assessment.id),
        )
        for letter, one in zip(LETTERS, ordered, strict=False)
    ]


def _place(member: Member, row: Assessment) -> str:
    return shuffled_place(member.user_id, row.position_id, row.id)


def _totals(session: Session, one: Contender) -> Totals:
    given = standing(overrides_of(session, one.evaluation.id))
    return overriding.totals(one.result, overriding.shares(given.values()))


def _groups(sides: Sequence[Contender]) -> list[Group]:
    """Area by area, in the order of the first; what only others have comes last."""
    areas = {area.id: area.title for one in sides for area in one.result.areas}
    titles: dict[str, dict[str, str]] = {}
    for one in sides:
        for line in one.result.criteria:
            titles.setdefault(line.area, {}).setdefault(line.id, line.title)
    return [
        Group(
            _row(title, sides, [one.areas.get(name) for one in sides], _area_most(sides, name)),
            [_line(line, told, sides) for line, told in titles.get(name, {}).items()],
        )
        for name, title in areas.items()
    ]


def _row(
    title: str, sides: Sequence[Contender], figures: Sequence[Figure | None], most: Sequence[int]
) -> Row:
    return Row(title, figures, most, told_of(figures, LEAST_POINTS))


def _area_most(sides: Sequence[Contender], name: str) -> list[int]:
    return [next((a.max for a in one.result.areas if a.id == name), 0) for one in sides]


def _line(name: str, title: str, sides: Sequence[Contender]) -> Row:
    found = [next((c for c in one.result.criteria if c.id == name), None) for one in sides]
    figures = [one.lines.get(name) for one in sides]
    return Row(
        title,
        figures,
        [line.max if line else 0 for line in found],
        told_of(figures, LEAST_POINTS),
        [(line.value, line.unit) if line and line.value is not None else None for line in found],
    )


def _chooser(
    session: Session, member: Member, position: str, ids: Sequence[str] = (), problem: str = ""
) -> str:
    there = _position(session, member, position)
    rows = session.exec(
        select(Assessment)
        .where(
            Assessment.organisation_id == member.organisation_id,
            Assessment.position_id == (position or None),
            col(Assessment.result_id).is_not(None),
        )
        .order_by(col(Assessment.score).desc().nulls_last(), col(Assessment.id))
        .limit(OFFERED)
    ).all()
    positions: Mapping[str, str] = dict(
        session.exec(
            select(Position.id, Position.title)
            .where(Position.organisation_id == member.organisation_id)
            .order_by(col(Position.created_at).desc())
            .limit(OFFERED)
        ).all()
    )
    return render(
        "hiring/compare/choose.html",
        nav="compare",
        me=me_of(session, member),
        rows=rows,
        faces=faces_of(session, member, rows),
        position=there,
        positions=positions,
        ticked=ids,
        problem=problem,
        fewest=FEWEST,
        most=MOST,
        offered=OFFERED,
    )


def _position(session: Session, member: Member, position_id: str) -> Position | None:
    if not position_id:
        return None
    found = session.get(Position, position_id)
    if found is None or found.organisation_id != member.organisation_id:
        raise NotFound("There is no such position in your organisation.")
    return found
