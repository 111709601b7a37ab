"""The scorecard of an assessment: what a hiring team decides from, and how it came about."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from assay.auth.principal import Member, require
from assay.db.tables import Assessment, Evaluation, Submission
from assay.domain.errors import NotFound
from assay.domain.permissions import Action, may
from assay.domain.similarity import Likeness
from assay.features.assessments import service as assessments
from assay.features.scorecards.changes import lines_of
from assay.features.scorecards.dossier import (
    Dossier,
    changes_in,
    chosen_run,
    dossier_of,
)
from assay.features.scorecards.likenesses import Prints, alike, common_lines
from assay.features.scorecards.pool import NOBODY, Pool, pool_of
from assay.features.scorecards.report import colours
from assay.features.scorecards.studies import stored_prints, stored_similarity
from assay.features.scorecards.svg import standalone
from assay.features.submissions.reading import history
from assay.web.blinding import Face, face_of
from assay.web.dependencies import ID_PATTERN, AMember, RowId, ThePlatform
from assay.web.headers import FILE_POLICY
from assay.web.listing import own_assessment, row_of
from assay.web.pages.hiring import me_of
from assay.web.pages.sitting import number_of, sitting_of
from assay.web.platform import Platform
from assay.web.rendering import render
from assay.web.scorecards import (
    WIDTH,
    alike_in,
    area_marks,
    bins_of,
    figures,
    instants,
    judged_in,
    standing_of,
)
from assay.web.side_by_side import side_by_side

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

ASKED_FIRST = 8
"""Questions that are shown at once; the others are one click away."""
NO_RESULT = "There is no result of this assessment yet."
NO_SUCH_RUN = (
    "This assessment has no judged evaluation with that id. Open the scorecard from the page of "
    "the candidate."
)

Run = Annotated[str, Query(pattern=ID_PATTERN + "|^$")]


@dataclass(frozen=True, slots=True)
class Asked:
    """What every page here begins with."""

    session: Session
    member: Member
    row: Assessment
    face: Face

    def shown(self, html: str) -> str:
        """The page without the person, to whom must not know."""
        return self.face.veil(html)


def _asked(session: Session, member: Member, assessment_id: str) -> Asked:
    row = own_assessment(session, member.organisation_id, assessment_id)
    return Asked(session, member, row, face_of(session, member, row))


@router.get("/hiring/assessments/{assessment_id}/scorecard")
def scorecard(platform: ThePlatform, member: AMember, assessment_id: RowId, run: Run = "") -> str:
    """The whole of it; of the result that counts, or of another evaluation that was judged."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        asked = _asked(session, member, assessment_id)
        row = _run(session, assessment_id, run)
        found = dossier_of(session, row) if row else None
        if row is None or found is None:
            return asked.shown(_nothing_yet(asked, platform))
        return asked.shown(_page(asked, platform, row, found))


@router.get("/hiring/assessments/{assessment_id}/scorecard/figures.json")
def drawn_figures(
    platform: ThePlatform, member: AMember, assessment_id: RowId, run: Run = ""
) -> Response:
    """What the page draws, for its script."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        asked = _asked(session, member, assessment_id)
        found = _dossier(session, assessment_id, run)
        pool = _pool(asked, found)
        content = json.dumps(figures(found, pool, area_marks(found, pool)))
    return Response(asked.face.veil.file(content.encode()), media_type="application/json")


@router.get("/hiring/assessments/{assessment_id}/scorecard/plots/{name}.svg")
def plot(
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    name: Annotated[str, Path(pattern=r"^[a-z0-9-]{1,60}$")],
    run: Run = "",
) -> Response:
    """One plot as a picture, for browsers that run no script."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        asked = _asked(session, member, assessment_id)
        chart = _dossier(session, assessment_id, run).chart(name)
    if chart is None:
        raise NotFound("This scorecard has no such plot.")
    picture = standalone(chart.svg, colours()).encode()
    headers = {"content-security-policy": FILE_POLICY}
    return Response(asked.face.veil.file(picture), media_type="image/svg+xml", headers=headers)


@router.get("/hiring/assessments/{assessment_id}/scorecard/changes")
def changes(platform: ThePlatform, member: AMember, assessment_id: RowId, run: Run = "") -> str:
    """What the candidate changed, file by file."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        asked = _asked(session, member, assessment_id)
        row = _run(session, assessment_id, run)
        if row is None:
            raise NotFound(NO_RESULT)
        found = changes_in(session, row.submission_id)
        html = render(
            "hiring/scorecard/changes.html",
            nav="assessment",
            me=me_of(session, member),
            one=asked.row,
            face=asked.face,
            run=row,
            changes=found,
            lines_of=lines_of,
            submission=session.get_one(Submission, row.submission_id),
        )
    return asked.shown(html)


@router.get("/hiring/assessments/{assessment_id}/scorecard/alike/{submission_id}")
def alike_page(
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    submission_id: RowId,
    run: Run = "",
) -> str:
    """Two submissions side by side, with the lines that they have in common."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        asked = _asked(session, member, assessment_id)
        other = session.get(Submission, submission_id)
        beside = _asked(session, member, other.assessment_id if other else "")
        row = _run(session, assessment_id, run)
        pair = _Pair(row.submission_id if row else "", submission_id)
        own, theirs = pair.prints(session)
        spans = common_lines(own, theirs), common_lines(theirs, own)
        texts = [changes_in(session, one) for one in (pair.own, pair.other)]
        share, shared = pair.likeness(session, alike(own, theirs))
        html = render(
            "hiring/scorecard/alike.html",
            nav="assessment",
            me=me_of(session, member),
            one=asked.row,
            face=asked.face,
            other=beside,
            share=share,
            shared=shared,
            pairs=side_by_side(texts, spans),
        )
    return beside.shown(asked.shown(html))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two submissions, by id."""

    own: str
    other: str

    def prints(self, session: Session) -> tuple[Prints, Prints]:
        """The fingerprints of both.

        Raises:
            NotFound: one of them has none.
        """
        own, other = (stored_prints(session, one) for one in (self.own, self.other))
        if own is None or other is None:
            raise NotFound("These two submissions were not compared, or one of them is gone.")
        return own, other

    def likeness(self, session: Session, alone: Likeness) -> tuple[float, int]:
        """Share and count as the scorecard says them; of a pair that it does not name, `alone`.

        On the scorecard what many others have was taken out, too.
        """
        told = stored_similarity(session, self.own)
        for match in told.matches if told else ():
            if match.submission_id == self.other:
                return match.share, match.shared
        return float(alone.share), alone.shared


def _run(session: Session, assessment_id: str, run: str) -> Evaluation | None:
    """The evaluation to show; None if nothing was judged yet.

    Raises:
        NotFound: one was asked for that is not there.
    """
    row = chosen_run(session, assessment_id, run)
    if run and row is None:
        raise NotFound(NO_SUCH_RUN)
    return row


def _dossier(session: Session, assessment_id: str, run: str) -> Dossier:
    row = _run(session, assessment_id, run)
    found = dossier_of(session, row) if row else None
    if found is None:
        raise NotFound(NO_RESULT)
    return found


def _nothing_yet(asked: Asked, platform: Platform) -> str:
    return render(
        "hiring/scorecard/waiting.html",
        nav="assessment",
        me=me_of(asked.session, asked.member),
        one=asked.row,
        face=asked.face,
        sitting=sitting_of(asked.session, platform, asked.row.id),
    )


def _page(asked: Asked, platform: Platform, run: Evaluation, found: Dossier) -> str:
    session, row = asked.session, asked.row
    pushes, pool = history(session, row.id), _pool(asked, found)
    studied = changes_in(session, found.submission_id)
    similar, compared = alike_in(session, asked.member, run)
    questions, lines = found.prepared.questions, (*found.card.gates, *found.card.criteria)
    return render(
        "hiring/scorecard/page.html",
        nav="assessment",
        me=me_of(session, asked.member),
        one=row,
        face=asked.face,
        sitting=sitting_of(session, platform, row.id),
        unproven=assessments.unproven(session, row.id) or found.evidence.versions.unproven,
        row=row_of(session, row),
        allowed={action.value for action in Action if may(asked.member.role, action)},
        run=run,
        standing=standing_of(session, row, run, found, asked.face),
        is_settled=row.result_id is not None,
        number=number_of(pushes, run.id),
        page=found.page,
        pool=pool,
        bins=bins_of(pool.scores),
        marks={mark.id: mark for mark in area_marks(found, pool)},
        titles={line.id: line.title for line in lines},
        questions=questions[:ASKED_FIRST],
        more_questions=questions[ASKED_FIRST:],
        areas={area.id: area.title for area in found.result.areas},
        similar=similar,
        compared=compared,
        changes=studied,
        pushes=pushes,
        judged_in=judged_in,
        instants=instants(studied, pushes, *_span(row, platform.now())),
        width=WIDTH,
        query=f"?run={run.id}",
        now=platform.now(),
    )


def _pool(asked: Asked, found: Dossier) -> Pool:
    """Only the result that counts stands among the others."""
    if found.evaluation_id != asked.row.result_id:
        return NOBODY
    return pool_of(asked.session, asked.row, found.result.interval)


def _span(row: Assessment, now: datetime) -> tuple[datetime, datetime]:
    """From Start to the end, or until now."""
    return row.started_at or row.invited_at, row.finished_at or now
