"""Personal data: who asked to be deleted, and who will be deleted when."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import require
from assay.domain.permissions import Action
from assay.features.positions.service import own_position
from assay.features.retention import due
from assay.web.blinding import faces_of
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.pages.hiring import me_of
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ANSWER_DAYS = 30
"""The law of the European Union gives a month to answer a request (GDPR, article 12(3))."""
SHOWN = 50
"""Of each position: those who go next."""
Days = Annotated[int | None, Form(ge=due.DAYS_MIN, le=due.DAYS_MAX)]


@router.get("/hiring/data")
def data(platform: ThePlatform, member: AMember) -> str:
    """Requests for deletion, and what is deleted for its age."""
    require(member, Action.DELETE)
    now = platform.now()
    with platform.database.read() as session:
        positions = due.positions_of(session, member.organisation_id)
        asking = due.asking(session, member.organisation_id)
        keeping = [(one, due.leaving(session, one, now, SHOWN)) for one in positions]
        named = [*asking, *(each.assessment for _, leaving in keeping for each in leaving)]
        return render(
            "hiring/data.html",
            nav="data",
            me=me_of(session, member),
            asking=asking,
            keeping=keeping,
            faces=faces_of(session, member, named),
            most=due.AT_ONCE,
            shown=SHOWN,
            answer_days=ANSWER_DAYS,
            notice_days=due.NOTICE.days,
            days_max=due.DAYS_MAX,
            now=now,
        )


@router.post("/hiring/positions/{position_id}/keep")
def keep(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    position_id: RowId,
    days: Days = None,
) -> Response:
    """Change how long a position keeps personal data, also of a closed one."""
    require(member, Action.DELETE)
    with platform.database.write() as session:
        own_position(session, member.organisation_id, position_id)
        by = actor_of(request, member)
        due.keep_for(session, position_id, days, platform.now(), actor=by)
    return RedirectResponse(f"/hiring/data#{position_id}", 303)
