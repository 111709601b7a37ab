"""Owners look after integrations: who is told of what happens, and what came of every delivery."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Member
from assay.db.tables import Endpoint
from assay.domain.errors import BadInput
from assay.domain.hiring import EndpointKind, EventKind
from assay.features.integrations import deliveries, endpoints, outbox
from assay.features.integrations.addresses import shown
from assay.features.integrations.endpoints import CHOSEN, VENDORS, Made, Wish
from assay.features.integrations.removing import remove
from assay.web.dependencies import ID_PATTERN, AMember, RowId, ThePlatform
from assay.web.forms import FormLine, Line, plain
from assay.web.integrations import done, owner, veils_of
from assay.web.pages.hiring import me_of
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

NAV = "integrations"
HOME = "/hiring/integrations"
KINDS = {
    EndpointKind.SIGNED: ("Signed webhook", "JSON to a server of yours, signed."),
    EndpointKind.SLACK: ("Chat message", "To Slack, or whatever takes its incoming webhooks."),
    EndpointKind.GREENHOUSE: ("Greenhouse", "Take-home tests are sent from Greenhouse."),
    EndpointKind.ASHBY: ("Ashby", "Assessments are started from Ashby."),
    EndpointKind.LEVER: ("Lever", "A change of stage invites; results become notes."),
}
"""Kind -> its name, and what it does."""
EVENTS = {
    EventKind.INVITED: "somebody is invited",
    EventKind.STARTED: "somebody starts",
    EventKind.SUBMITTED: "somebody pushes",
    EventKind.FINISHED: "a sitting ends",
    EventKind.EXPIRED: "an invitation was not used in time",
    EventKind.REVOKED: "an assessment is withdrawn",
    EventKind.JUDGED: "a result is there, or another one counts",
    EventKind.RELEASED: "a result is released to the candidate",
    EventKind.DECIDED: "your company decides",
    EventKind.DELETED: "a candidate is deleted",
    EventKind.TESTED: "a test was sent",
}
"""Event -> when it is told."""
State = Literal["waiting", "delivered", "failed"]


class EndpointForm(BaseModel):
    """What an endpoint shall be."""

    kind: EndpointKind = EndpointKind.SIGNED
    name: FormLine = ""
    url: Annotated[str, Field(max_length=3000)] = ""
    events: list[EventKind] = Field(default_factory=list, max_length=20)
    personal: bool = False
    their_key: FormLine = ""
    their_token: FormLine = ""

    def wish(self, platform: Platform) -> Wish:
        """The same, as the service takes it."""
        return Wish(
            kind=self.kind,
            name=self.name,
            url=plain(self.url),
            events=self.events,
            personal=self.personal,
            their_key=self.their_key,
            their_token=self.their_token,
            plain=platform.outward.plain,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an endpoint's page somebody looks at, and what they had typed."""

    state: State | None = None
    after: str = ""
    wanted: EndpointForm | None = None
    problem: BadInput | None = None


@router.get(HOME)
def index(platform: ThePlatform, member: AMember) -> str:
    """All endpoints, and how they fare."""
    owner(member)
    with platform.database.read() as session:
        rows = endpoints.endpoints_of(session, member.organisation_id)
        latest = deliveries.latest(session, [row.id for row in rows])
        return render(
            "hiring/integrations/list.html",
            nav=NAV,
            me=me_of(session, member),
            rows=rows,
            states={one: (row, deliveries.state_of(row)) for one, row in latest.items()},
            kinds=KINDS,
            host=shown,
            now=platform.now(),
        )


@router.get(f"{HOME}/new")
def form(platform: ThePlatform, member: AMember, kind: EndpointKind = EndpointKind.SIGNED) -> str:
    """The form for a new one."""
    owner(member)
    return _form(platform, member, EndpointForm(kind=kind))


@router.post(HOME)
def add(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    wanted: Annotated[EndpointForm, Form()],
) -> Response:
    """Make one; its secret is shown this once."""
    try:
        made = done(request, platform, member, endpoints.add, wanted.wish(platform))
    except BadInput as error:
        return HTMLResponse(_form(platform, member, wanted, error), 422)
    return HTMLResponse(_secret(platform, member, made, is_new=True))


@router.get(f"{HOME}/{{endpoint_id}}")
def endpoint(
    platform: ThePlatform,
    member: AMember,
    endpoint_id: RowId,
    state: State | None = None,
    after: Annotated[str, Query(pattern=ID_PATTERN + "|^$")] = "",
) -> str:
    """One endpoint with its deliveries."""
    owner(member)
    return _page(platform, member, endpoint_id, Shown(state, after))


@router.post(f"{HOME}/{{endpoint_id}}")
def change(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    endpoint_id: RowId,
    wanted: Annotated[EndpointForm, Form()],
) -> Response:
    """Change it."""
    try:
        done(request, platform, member, endpoints.change, endpoint_id, wanted.wish(platform))
    except BadInput as error:
        typed = Shown(wanted=wanted, problem=error)
        return HTMLResponse(_page(platform, member, endpoint_id, typed), 422)
    return _back(endpoint_id)


@router.post(f"{HOME}/{{endpoint_id}}/secret")
def change_secret(
    request: Request, platform: ThePlatform, member: AMember, endpoint_id: RowId
) -> str:
    """Make another secret, shown this once."""
    made = done(request, platform, member, endpoints.change_secret, endpoint_id)
    return _secret(platform, member, made, is_new=False)


@router.post(f"{HOME}/{{endpoint_id}}/disable")
def disable(
    request: Request, platform: ThePlatform, member: AMember, endpoint_id: RowId
) -> Response:
    """Switch it off."""
    done(request, platform, member, endpoints.disable, endpoint_id)
    return _back(endpoint_id)


@router.post(f"{HOME}/{{endpoint_id}}/enable")
def enable(
    request: Request, platform: ThePlatform, member: AMember, endpoint_id: RowId
) -> Response:
    """Switch it on."""
    done(request, platform, member, endpoints.enable, endpoint_id)
    return _back(endpoint_id)


@router.post(f"{HOME}/{{endpoint_id}}/remove")
def take_away(
    request: Request, platform: ThePlatform, member: AMember, endpoint_id: RowId, sure: Line
) -> Response:
    """Remove it with its secrets and deliveries; `sure` is the tick that says it is meant."""
    done(request, platform, member, remove, endpoint_id)
    return RedirectResponse(HOME, 303)


@router.post(f"{HOME}/{{endpoint_id}}/test")
def try_out(platform: ThePlatform, member: AMember, endpoint_id: RowId) -> Response:
    """Send it an event that says it is a test."""
    owner(member)
    with platform.database.write() as session:
        row = endpoints.own_endpoint(session, member.organisation_id, endpoint_id)
        outbox.try_out(session, row, platform.public_url, platform.now())
    return _back(endpoint_id)


@router.post(f"{HOME}/{{endpoint_id}}/replay")
def replay_failed(
    request: Request, platform: ThePlatform, member: AMember, endpoint_id: RowId
) -> Response:
    """Send again all that was given up."""
    done(request, platform, member, deliveries.replay_failed, endpoint_id)
    return _back(endpoint_id)


@router.get(f"{HOME}/deliveries/{{delivery_id}}")
def delivery(platform: ThePlatform, member: AMember, delivery_id: RowId) -> str:
    """One delivery, with what was sent."""
    owner(member)
    with platform.database.read() as session:
        view = deliveries.own_delivery(session, member.organisation_id, delivery_id)
        row = endpoints.own_endpoint(session, member.organisation_id, view.row.endpoint_id)
        return render(
            "hiring/integrations/delivery.html",
            nav=NAV,
            me=me_of(session, member),
            view=view,
            veil=veils_of(session, member, [view.row])(view.row),
            one=row,
            host=shown(view.row.url),
            told=EVENTS[view.kind],
            now=platform.now(),
        )


@router.post(f"{HOME}/deliveries/{{delivery_id}}/replay")
def replay(
    request: Request, platform: ThePlatform, member: AMember, delivery_id: RowId
) -> Response:
    """Send one again."""
    done(request, platform, member, deliveries.replay, delivery_id)
    return RedirectResponse(f"{HOME}/deliveries/{delivery_id}", 303)


def _form(
    platform: Platform, member: Member, given: EndpointForm, error: BadInput | None = None
) -> str:
    with platform.database.read() as session:
        me = me_of(session, member)
    return render(
        "hiring/integrations/new.html",
        nav=NAV,
        me=me,
        given=given,
        kinds=KINDS,
        problems=_told(error),
        **_choices(given.kind),
    )


def _page(platform: Platform, member: Member, endpoint_id: str, what: Shown) -> str:
    with platform.database.read() as session:
        row = endpoints.own_endpoint(session, member.organisation_id, endpoint_id)
        found = deliveries.deliveries_of(session, row.id, state=what.state, after=what.after)
        return render(
            "hiring/integrations/endpoint.html",
            nav=NAV,
            me=me_of(session, member),
            one=row,
            given=what.wanted or _as_given(row),
            found=found,
            veil_of=veils_of(session, member, [view.row for view in found.rows]),
            state=what.state,
            failed=deliveries.failed_count(session, row.id),
            kinds=KINDS,
            problems=_told(what.problem),
            platform_url=platform.public_url,
            now=platform.now(),
            **_choices(row.kind),
        )


def _told(problem: BadInput | None) -> list[str]:
    return [str(one) for one in problem.problems] if problem else []


def _as_given(row: Endpoint) -> EndpointForm:
    return EndpointForm(
        kind=row.kind,
        name=row.name,
        url=row.url,
        events=endpoints.events_of(row),
        personal=row.personal,
    )


def _choices(kind: EndpointKind) -> dict[str, object]:
    """What of the form makes sense for a kind."""
    return {
        "events": {one: EVENTS[one] for one in CHOSEN},
        "is_vendor": kind in VENDORS,
        "has_url": kind in (EndpointKind.SIGNED, EndpointKind.SLACK),
        "has_their_key": kind in (EndpointKind.ASHBY, EndpointKind.LEVER),
        "has_their_token": kind is EndpointKind.LEVER,
        "has_secret": kind not in (EndpointKind.SLACK, EndpointKind.LEVER),
    }


def _secret(platform: Platform, member: Member, made: Made, *, is_new: bool) -> str:
    with platform.database.read() as session:
        me = me_of(session, member)
    return render(
        "hiring/integrations/secret.html",
        nav=NAV,
        me=me,
        made=made,
        kinds=KINDS,
        is_new=is_new,
        platform_url=platform.public_url,
    )


def _back(endpoint_id: str) -> Response:
    return RedirectResponse(f"{HOME}/{endpoint_id}", 303)
