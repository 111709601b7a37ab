"""Two to five candidates of a position side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from sqlmodel import Session, col, select
from starlette.responses import HTMLResponse, Response

from assay.auth.principal import Member, require
from assay.db.tables import Assessment, Decision, Position
from assay.domain.difference import (
    LEAST_POINTS,
    LEAST_TOTAL,
    Figure,
    clearly_above,
    difference,
    is_larger_than_noise,
    pairs_of,
)
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.permissions import Action
from assay.domain.weights import weights_of
from assay.features.reviews.blind import shuffled_place
from assay.features.reviews.comparing import FEWEST, MOST, Contender, chosen, contenders
from assay.features.reviews.deciding import latest_decisions
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
NAMED_MAX = 500
"""Who ticked all of a page is told how many can be compared, and keeps the ticks."""
COUNTED, SAME, UNLIKE = "counted", "within the noise", "not measured by the same lines"
SHOWN = 6
"""Figures that differ behind so many decimals do not differ."""
ALIKE = "the same"
"""Also at both ends of what was measured: where all earn everything, noise moves nobody."""

AnId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Ids = Annotated[list[AnId], Query(max_length=NAMED_MAX)]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison.

    Attributes:
        figures: One of each candidate; None: not measured.
        most: Points there are, for each.
        told: Whose is larger than the noise, in words; "" where fewer than two have a figure.
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
        with_people: The score with overrides; None without any, and to whom is blind.
        decision: The one that counts; None without one, and to whom is blind.
    """

    letter: str
    face: Face
    of: Contender
    with_people: float | None
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Gap:
    """How far apart two totals are, the higher one first.

    Attributes:
        by: With the interval of the difference, corrected for the number of pairs.
        is_clear: Whether it is larger than the noise.
    """

    above: str
    below: str
    by: Figure
    is_clear: bool


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
            position = position or _position_of(session, member, ids)
            return HTMLResponse(_chooser(session, member, position, ids, str(wrong)), 422)
        if not found:
            return HTMLResponse(_chooser(session, member, position))
        return HTMLResponse(_comparison(session, member, found))


def told_of(figures: Sequence[Figure | None], least: float, most: Sequence[int] = ()) -> str:
    """Whose figure is above whose by more than the noise: "A over B and C".

    Args:
        figures: One for each candidate; None: there is none.
        least: A smaller difference is never one.
        most: Points there are, for each. Of unlike ones nothing is claimed: what is missing was not
            measured through our fault, or another version asks for something else.
    """
    known = [one for one in figures if one]
    if len(known) < 2:
        return ""
    if len({points for one, points in zip(figures, most, strict=False) if one}) > 1:
        return UNLIKE
    found = clearly_above(figures, least=least)
    if found:
        return "; ".join(f"{LETTERS[one]} over {_listed(below)}" for one, below in found)
    if len({round(end, SHOWN) for one in known for end in (one.low, one.value, one.high)}) == 1:
        return ALIKE
    values = {round(one.value, SHOWN) for one in known if not one.estimated}
    return COUNTED if len(values) > 1 else SAME


def gaps_of(figures: Sequence[Figure | None]) -> list[Gap]:
    """Every pair of totals."""
    pairs = pairs_of(figures)
    known = [(letter, one) for letter, one in zip(LETTERS, figures, strict=False) if one]
    return [_gap(one, other, pairs) for one, other in combinations(known, 2)]


def _gap(one: tuple[str, Figure], other: tuple[str, Figure], pairs: int) -> Gap:
    high, low = (one, other) if one[1].value >= other[1].value else (other, one)
    by = difference(high[1], low[1], pairs=pairs)
    clear = is_larger_than_noise(high[1], low[1], pairs=pairs, least=LEAST_TOTAL)
    return Gap(high[0], low[0], by, clear)


def _listed(places: Iterable[int]) -> str:
    letters = [LETTERS[place] for place in places]
    return " and ".join(filter(None, [", ".join(letters[:-1]), letters[-1]]))


def _comparison(session: Session, member: Member, found: Sequence[Contender]) -> str:
    columns = _columns(session, member, found)
    sides = [column.of for column in columns]
    lanes = [one.lane for one in sides]
    longest = max((lane.length_min for lane in lanes if lane), default=0.0)
    spots = [(c.letter, c.of.spot) for c in columns if c.of.spot]
    position = _position(session, member, sides[0].assessment.position_id or "")
    totals = [one.total if one.is_whole else None for one in sides]
    return render(
        "hiring/compare/compare.html",
        nav="compare",
        me=me_of(session, member),
        columns=columns,
        position=position,
        weights=_weights(position, sides),
        told=told_of(totals, LEAST_TOTAL),
        gaps=gaps_of(totals),
        groups=_groups(sides),
        frontier=frontier_of(spots),
        spots=dict(spots),
        price_sheets={spot.price_sheet for _, spot in spots},
        lanes=[drawn_lane(lane, longest) if lane else None for lane in lanes],
        versions={one.evaluation.challenge_version or one.assessment.challenge_version
                  for one in sides},
        verdicts=VERDICTS,
        same=SAME,
        counted_only=COUNTED,
    )  # fmt: skip


def _weights(position: Position | None, sides: Sequence[Contender]) -> dict[str, float]:
    """Title of an area -> its factor, of those that the position weighs."""
    titles = {area.id: area.title for one in sides for area in one.result.areas}
    weights = weights_of(position.weights) if position else {}
    return {titles.get(name, name): float(factor) for name, factor in weights.items()}


def _columns(session: Session, member: Member, found: Sequence[Contender]) -> list[Column]:
    """As they were chosen; to whom names are hidden, in an order of their own."""
    faces = faces_of(session, member, [one.assessment for one in found])
    ordered = list(found)
    if any(face.hidden for face in faces.values()):
        ordered.sort(key=lambda one: _place(member, one.assessment))
    decided = latest_decisions(session, [one.assessment.id for one in found])
    return [
        _column(letter, faces[one.assessment.id], one, decided.get(one.assessment.id))
        for letter, one in zip(LETTERS, ordered, strict=False)
    ]


def _column(letter: str, face: Face, one: Contender, decision: Decision | None) -> Column:
    """To whom is blind without what the others said."""
    if face.hidden:
        return Column(letter, face, one, None, None)
    return Column(letter, face, one, one.totals.with_people, decision)


def _place(member: Member, row: Assessment) -> str:
    return shuffled_place(member.user_id, row.position_id, row.id)


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
    return Row(title, figures, most, told_of(figures, LEAST_POINTS, most))


def _area_most(sides: Sequence[Contender], name: str) -> list[int]:
    return [next((a.max for a in one.result.areas if a.id == name), 0) for one in sides]


def _line(name: str, title: str, sides: Sequence[Contender]) -> Row:
    found = [next((c for c in one.result.criteria if c.id == name), None) for one in sides]
    figures = [one.lines.get(name) for one in sides]
    most = [line.max if line else 0 for line in found]
    return Row(
        title,
        figures,
        most,
        told_of(figures, LEAST_POINTS, most),
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
        .order_by(
            col(Assessment.id).in_(ids).desc(),
            col(Assessment.weighted).desc().nulls_last(),
            col(Assessment.id),
        )
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


def _position_of(session: Session, member: Member, ids: Sequence[str]) -> str:
    """Where those who were named are, so that others of them can be offered."""
    wanted = select(Assessment.position_id).where(
        col(Assessment.id).in_(ids), Assessment.organisation_id == member.organisation_id
    )
    return session.exec(wanted.limit(1)).first() or ""


def _position(session: Session, member: Member, position_id: str) -> Position | None:
    if not position_id:
        return None
    found = session.get(Position, position_id)
    if found is None or found.organisation_id != member.organisation_id:
        raise NotFound("There is no such position in your organisation.")
    return found
