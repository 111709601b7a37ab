"""The audit log: who did what to what, and when; filtered, page by page, and as a file."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import HTMLResponse, Response

from assay.audit.ledger import record
from assay.audit.tags import Tag
from assay.auth.principal import require
from assay.domain.errors import BadInput
from assay.domain.permissions import Action
from assay.features.reviews.blind import open_reviews
from assay.features.reviews.deeds import EXPORT_MAX, Deed, Filter, actors_of, deeds
from assay.kit.sheets import spreadsheet
from assay.web.dependencies import AMember, ThePlatform, actor_of
from assay.web.forms import plain
from assay.web.pages.hiring import me_of
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

LAST_ID, LAST_YEAR = 2**53, 9000
COLUMNS = ("id", "at", "who", "actor", "action", "about", "subject", "details", "address")
ACTIONS = tuple(dict.fromkeys(f"{tag.partition(':')[0]}:" for tag in Tag))
"""All deeds about one kind of thing."""

Text = Annotated[str, Field(max_length=200), AfterValidator(plain)]
Day = Annotated[str, Field(max_length=40), AfterValidator(plain)]


class Asked(BaseModel):
    """The filter, as it is typed."""

    who: Text = ""
    what: Text = ""
    assessment: Text = ""
    since: Day = ""
    until: Day = ""

    def filter(self) -> tuple[Filter, Sequence[str]]:
        """What is wanted, and what was typed that is no day: it narrows nothing."""
        problems: list[str] = []
        since, until = _day(self.since, problems), _day(self.until, problems)
        if since and until and since > until:
            problems.append("The first day lies behind the last one: nothing fits; change them")
        wanted = Filter(
            actor=self.who,
            action=self.what,
            assessment_id=self.assessment,
            since=since,
            until=until + timedelta(days=1) if until else None,
        )
        return wanted, problems

    def query(self) -> str:
        """The same as the end of an address."""
        typed = self.model_dump(include=set(Asked.model_fields))
        return urlencode({name: text for name, text in typed.items() if text})


class PageAsked(Asked):
    """And where to go on: the id of the last entry of the page before."""

    before: int | None = Field(None, ge=1, le=LAST_ID)


class ExportAsked(PageAsked):
    """And as which file."""

    format: Literal["csv", "json"] = "csv"


@router.get("/hiring/audit")
def page(platform: ThePlatform, member: AMember, asked: Annotated[PageAsked, Query()]) -> str:
    """What was done, the latest first."""
    require(member, Action.SEE_AUDIT)
    wanted, problems = asked.filter()
    with platform.database.read() as session:
        hidden = open_reviews(session, member.user_id)
        wanted = replace(wanted, before=asked.before)
        found = deeds(session, member.organisation_id, wanted, hidden)
        return render(
            "hiring/audit/audit.html",
            nav="audit",
            me=me_of(session, member),
            found=found,
            asked=asked,
            problems=problems,
            actors=actors_of(session, member.organisation_id),
            subjects=ACTIONS,
            tags=list(Tag),
            word=action_words,
            query=asked.query(),
            first=asked.before is None,
            most=EXPORT_MAX,
        )


@router.get("/hiring/audit/export")
def export(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    asked: Annotated[ExportAsked, Query()],
) -> Response:
    """The same as a file: the latest entries that fit, as many as a file may hold.

    They are read before the export is put on record: nobody who writes waits for it.

    Raises:
        BadInput: a day is none: nobody takes everything for what they asked for.
    """
    require(member, Action.SEE_AUDIT)
    kind, (wanted, problems) = asked.format, asked.filter()
    if problems:
        raise BadInput(*problems)
    wanted = replace(wanted, before=asked.before)
    with platform.database.read() as session:
        hidden = open_reviews(session, member.user_id)
        found = deeds(session, member.organisation_id, wanted, hidden, EXPORT_MAX)
    by, now = actor_of(request, member), platform.now()
    facts = {"what": "audit log", "format": kind, "entries": len(found.deeds)}
    with platform.database.write() as session:
        record(session, Tag.EXPORTED, by=by, subject=member.organisation_id, now=now,
               details=facts)  # fmt: skip
    headers = {"content-disposition": f'attachment; filename="audit.{kind}"'}
    if kind == "csv":
        content = spreadsheet([COLUMNS, *map(_cells, found.deeds)])
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
    told = {"entries": [as_data(one) for one in found.deeds], "before": found.before}
    content = json.dumps(told, indent=2, ensure_ascii=False)
    return Response(content, media_type="application/json", headers=headers)


def action_words(action: str) -> str:
    """A tag as people say it: "Assessment: git token made"."""
    subject, _, deed = action.partition(":")
    return f"{subject}: {deed.replace('_', ' ') or 'everything'}".capitalize()


def as_data(one: Deed) -> dict[str, object]:
    """An entry for programs."""
    values = (getattr(one, name) for name in COLUMNS)
    return dict(zip(COLUMNS, values, strict=True)) | {"at": one.at.isoformat()}


def _cells(one: Deed) -> list[object]:
    told = as_data(one) | {"details": json.dumps(one.details, sort_keys=True, ensure_ascii=False)}
    return list(told.values())


def _day(typed: str, problems: list[str]) -> datetime | None:
    if not typed:
        return None
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        found = date.max
    if found.year > LAST_YEAR:
        problems.append(f"{typed} is no day; type it as 2026-11-22")
        return None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
