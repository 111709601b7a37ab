"""Two results of one push: why they differ, and which of them counts."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import require
from assay.bootstrap.comparing import side_of_evaluation
from assay.db.results import counting_evaluation
from assay.domain.comparison import GATES, MEASURED, compare, shown_difference, shown_shares
from assay.domain.errors import NotFound
from assay.domain.permissions import Action, may
from assay.features.assessments import adoption
from assay.web.blinding import face_of
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.forms import Words
from assay.web.listing import own_assessment, own_evaluation
from assay.web.pages.hiring import me_of
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

DECIMALS = 1


@router.get("/hiring/evaluations/{evaluation_id}/comparison")
def comparison(platform: ThePlatform, member: AMember, evaluation_id: RowId) -> str:
    """This result beside the one that counts."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        row = own_evaluation(session, member.organisation_id, evaluation_id)
        counts = counting_evaluation(session, row.assessment_id)
        if counts is None or counts.id == row.id:
            raise NotFound("This result counts, and there is none beside it to compare with.")
        before, after = (side_of_evaluation(session, one.id) for one in (counts, row))
        one = own_assessment(session, member.organisation_id, row.assessment_id)
        found = compare(before, after)
        return render(
            "hiring/comparison.html",
            nav="assessment",
            me=me_of(session, member),
            one=one,
            face=face_of(session, member, one),
            run=row,
            found=found,
            shares=shown_shares(found, DECIMALS),
            others={GATES: "The gates", MEASURED: "Other points were measured"},
            difference=shown_difference(found, DECIMALS),
            may_adopt=may(member.role, Action.ADOPT),
        )


@router.post("/hiring/evaluations/{evaluation_id}/adopt")
def adopt(
    request: Request, platform: ThePlatform, member: AMember, evaluation_id: RowId, reason: Words
) -> Response:
    """Let this result count."""
    require(member, Action.ADOPT)
    with platform.database.write() as session:
        row = own_evaluation(session, member.organisation_id, evaluation_id)
        by, now, url = actor_of(request, member), platform.now(), platform.public_url
        adoption.adopt(session, evaluation_id, reason, url, now, actor=by)
    return RedirectResponse(f"/hiring/assessments/{row.assessment_id}", 303)
