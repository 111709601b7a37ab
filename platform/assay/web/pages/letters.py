"""The letter to a candidate: what the evidence writes, what people make of it, and the sending."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.auth.principal import Member, require
from assay.domain.challenge import FeedbackTier
from assay.domain.errors import BadInput, NotFound
from assay.domain.permissions import Action, may
from assay.features.documents import letters
from assay.features.documents.letter import Draft
from assay.features.documents.letters import ChangedMeanwhile
from assay.features.submissions.feedback import RULES_OF_ONE_GONE
from assay.web.dependencies import ACandidate, AMember, RowId, ThePlatform, actor_of
from assay.web.forms import FormLine
from assay.web.pages.documents import Subject, subject_of
from assay.web.pages.hiring import me_of
from assay.web.pages.sitting import sitting_of
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

CANDIDATE_PAGE = "/candidate/letter"
LONGEST = 2 * letters.TEXT_MAX
"""Longer than may be kept: browsers count the ends of lines twice."""


class LetterForm(BaseModel):
    """A letter as somebody wants it. `read`: the version that the form was filled with."""

    subject: FormLine = ""
    text: Annotated[str, Field(max_length=LONGEST)] = ""
    read: Annotated[str, Field(max_length=letters.VERSION_LENGTH)] = ""

    @property
    def draft(self) -> Draft:
        """The same, as the service takes it."""
        return Draft(self.subject, self.text)


@router.get("/hiring/assessments/{assessment_id}/letter")
def letter(platform: ThePlatform, member: AMember, assessment_id: RowId) -> str:
    """How the candidate will read it, and the text to change."""
    require(member, Action.SHARE)
    with platform.database.read() as session:
        return _page(session, platform, member, assessment_id)


@router.post("/hiring/assessments/{assessment_id}/letter")
def keep(
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    form: Annotated[LetterForm, Form()],
) -> Response:
    """Keep what was changed. What is wrong is said beside what was typed."""
    require(member, Action.SHARE)
    try:
        with platform.database.write() as session:
            read = _read(platform, subject_of(session, platform, member, assessment_id), form.read)
            letters.keep(session, assessment_id, form.draft, platform.now(), read=read)
    except (BadInput, ChangedMeanwhile) as wrong:
        return _refused(platform, member, assessment_id, form.draft, wrong)
    return _back(assessment_id)


@router.post("/hiring/assessments/{assessment_id}/letter/drop")
def drop(
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    read: Annotated[str, Form(max_length=letters.VERSION_LENGTH)] = "",
) -> Response:
    """Forget the changes, those that were looked at: begin anew from the evidence."""
    require(member, Action.SHARE)
    try:
        with platform.database.write() as session:
            seen = _read(platform, subject_of(session, platform, member, assessment_id), read)
            letters.drop(session, assessment_id, platform.now(), read=seen)
    except ChangedMeanwhile as wrong:
        return _refused(platform, member, assessment_id, None, wrong)
    return _back(assessment_id)


@router.post("/hiring/assessments/{assessment_id}/letter/send")
def send(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    form: Annotated[LetterForm, Form()],
) -> Response:
    """Mail it as it stands in the form, once."""
    require(member, Action.RELEASE)
    page_url, by = platform.public_url + CANDIDATE_PAGE, actor_of(request, member)
    try:
        with platform.database.write() as session:
            about = subject_of(session, platform, member, assessment_id)
            read = _read(platform, about, form.read)
            sending = letters.Sending(form.draft, page_url, by, read)
            letters.send(session, about.row, sending, platform.now())
    except (BadInput, ChangedMeanwhile) as wrong:
        return _refused(platform, member, assessment_id, form.draft, wrong)
    return _back(assessment_id)


@router.get(CANDIDATE_PAGE)
def received(platform: ThePlatform, candidate: ACandidate) -> str:
    """The letter, for whom it is."""
    with platform.database.read() as session:
        sitting = sitting_of(session, platform, candidate.assessment_id)
        sent = letters.sent_letter(session, sitting.id)
    if sent is None:
        raise NotFound(f"There is no letter yet. {sitting.company} writes it after the end.")
    return render(
        "candidate/letter.html",
        nav="letter",
        sitting=sitting,
        letter=sent,
        blocks=letters.blocks_of(sent.text),
        level=2,
        now=platform.now(),
    )


def tier_of(platform: Platform, slug: str) -> FeedbackTier:
    """How much of a result the challenge tells its candidates."""
    package = platform.challenges.get(slug)
    return (package.challenge.practice if package else RULES_OF_ONE_GONE).feedback


def _read(platform: Platform, about: Subject, version: str) -> letters.Read:
    return letters.Read(version, about.title, tier_of(platform, about.row.challenge))


def _page(
    session: Session,
    platform: Platform,
    member: Member,
    assessment_id: str,
    typed: Draft | None = None,
    problem: str = "",
) -> str:
    about = subject_of(session, platform, member, assessment_id)
    tier = tier_of(platform, about.row.challenge)
    stands = letters.letter_of(session, about.row, about.title, tier)
    return render(
        "hiring/documents/letter.html",
        nav="assessment",
        me=me_of(session, member),
        one=about.row,
        face=about.face,
        letter=stands,
        blocks=letters.blocks_of(stands.text),
        level=3,
        subject=typed.subject if typed else stands.subject,
        text=typed.text if typed else stands.text,
        typed=typed is not None,
        problem=problem,
        tier=tier,
        may_send=may(member.role, Action.RELEASE),
        subject_max=letters.SUBJECT_MAX,
        text_max=letters.TEXT_MAX,
        now=platform.now(),
    )


def _refused(
    platform: Platform,
    member: Member,
    assessment_id: str,
    draft: Draft | None,
    wrong: BadInput | ChangedMeanwhile,
) -> Response:
    with platform.database.read() as session:
        page = _page(session, platform, member, assessment_id, draft, str(wrong))
    return HTMLResponse(page, 409 if isinstance(wrong, ChangedMeanwhile) else 422)


def _back(assessment_id: str) -> Response:
    return RedirectResponse(f"/hiring/assessments/{assessment_id}/letter", 303)
