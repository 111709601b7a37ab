"""Where the candidates of a position stand: the table, views of it, and how it leaves the house."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Request
from pydantic import Field
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.audit.ledger import Actor, Detail, record
from assay.audit.tags import Tag
from assay.auth.principal import Member, require
from assay.db.tables import Position
from assay.domain.hiring import Stage
from assay.domain.permissions import Action, may
from assay.domain.weights import weights_of
from assay.features.positions import views
from assay.features.positions.export import candidates_csv, candidates_json
from assay.features.positions.pool import FEW
from assay.features.positions.service import own_position
from assay.features.positions.stages import counts_of
from assay.features.positions.wanted import Decided, Flagged, Order, query_of
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.forms import FormLine
from assay.web.pages.hiring import me_of
from assay.web.pages.positions import titles_of, titles_of_areas
from assay.web.pipeline_filters import AFilter, APageFilter, Filters, PageFilters
from assay.web.pipelines import all_shown_to, place_of, reviewers_in, shown_to
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class ViewForm(Filters):
    """A name, and what it stands for."""

    name: FormLine = Field(max_length=views.NAME_MAX)


@router.get("/hiring/positions/{position_id}")
def pipeline(
    platform: ThePlatform, member: AMember, position_id: RowId, filters: APageFilter
) -> str:
    """The candidates of a position."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_position(session, member.organisation_id, position_id)
        return _page(session, platform, member, row, filters)


@router.get("/hiring/assessments")
def without_position(platform: ThePlatform, member: AMember, filters: APageFilter) -> str:
    """Who was invited to a challenge and to no position."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        return _page(session, platform, member, None, filters)


@router.post("/hiring/positions/{position_id}/views")
def save_view(
    platform: ThePlatform, member: AMember, position_id: RowId, form: Annotated[ViewForm, Form()]
) -> Response:
    """Keep filters and order under a name."""
    require(member, Action.SEE_RESULTS)
    wanted, now = form.wanted(), platform.now()
    with platform.database.write() as session:
        own_position(session, member.organisation_id, position_id)
        views.save_view(session, member.user_id, position_id, form.name, wanted, now)
    return RedirectResponse(f"/hiring/positions/{position_id}?{query_of(wanted)}", 303)


@router.post("/hiring/positions/{position_id}/views/{view_id}/delete")
def delete_view(
    platform: ThePlatform, member: AMember, position_id: RowId, view_id: RowId
) -> Response:
    """Forget a view."""
    require(member, Action.SEE_RESULTS)
    with platform.database.write() as session:
        own_position(session, member.organisation_id, position_id)
        views.delete_view(session, member.user_id, position_id, view_id)
    return RedirectResponse(f"/hiring/positions/{position_id}", 303)


@router.get("/hiring/positions/{position_id}/candidates.csv")
def as_csv(
    request: Request, platform: ThePlatform, member: AMember, position_id: RowId, filters: AFilter
) -> Response:
    """The table as spreadsheets read it. Every filter holds; what is hidden stays hidden."""
    text = _exported(platform, member, actor_of(request, member), position_id, filters, "csv")
    return _download(text, "candidates.csv", "text/csv; charset=utf-8")


@router.get("/hiring/positions/{position_id}/candidates.json")
def as_json(
    request: Request, platform: ThePlatform, member: AMember, position_id: RowId, filters: AFilter
) -> Response:
    """The same for programs."""
    text = _exported(platform, member, actor_of(request, member), position_id, filters, "json")
    return _download(text, "candidates.json", "application/json")


def _exported(
    platform: Platform,
    member: Member,
    actor: Actor,
    position_id: str,
    filters: Filters,
    form: str,
) -> str:
    require(member, Action.EXPORT)
    with platform.database.read() as session:
        place = place_of(session, member, position_id)
        rows = all_shown_to(session, member, place, filters.wanted())
    with platform.database.write() as session:
        details: dict[str, Detail] = {"candidates": len(rows), "format": form}
        now = platform.now()
        record(session, Tag.EXPORTED, by=actor, subject=position_id, now=now, details=details)
    return candidates_csv(rows) if form == "csv" else candidates_json(rows)


def _download(text: str, name: str, kind: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=kind, headers=headers)


def _page(
    session: Session,
    platform: Platform,
    member: Member,
    row: Position | None,
    filters: PageFilters,
) -> str:
    wanted = filters.wanted()
    place = place_of(session, member, row.id if row else None)
    shown = shown_to(session, member, place, wanted, filters.after or "")
    counts = counts_of(session, place.condition()).get(place.position_id, {})
    package = platform.challenges.get(row.challenge) if row else None
    return render(
        "hiring/positions/pipeline.html",
        nav="list",
        me=me_of(session, member),
        row=row,
        shown=shown,
        wanted=wanted,
        query=lambda **changes: query_of(wanted, **changes),
        wanted_fields=parse_qsl(query_of(wanted)),
        counts=counts,
        total=sum(counts.values()),
        few=FEW,
        is_later=bool(filters.after),
        views=views.views_of(session, member.user_id, row.id) if row else [],
        reviewers=reviewers_in(session, member.organisation_id),
        weights=weights_of(row.weights) if row else {},
        areas=titles_of_areas(package.challenge if package else None),
        titles=titles_of(platform),
        choices={"stages": list(Stage), "orders": ORDERS, "flags": FLAGS, "decisions": DECISIONS},
        allowed={action.value for action in Action if may(member.role, action)},
        is_open=row is not None and row.closed_at is None,
        now=platform.now(),
    )


ORDERS = {
    Order.NEWEST: "Latest invitation first",
    Order.OLDEST: "Earliest invitation first",
    Order.BEST: "Best score first",
    Order.LOWEST: "Lowest score first",
}
FLAGS = {Flagged.YES: "Flagged", Flagged.NO: "Nothing flagged"}
DECISIONS = {
    Decided.NO: "Not decided",
    Decided.ADVANCE: "Advance",
    Decided.HOLD: "Hold",
    Decided.REJECT: "Reject",
}
"""How the filters are said."""
