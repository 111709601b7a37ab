"""What the team gives out: links to a scorecard, paper, and all there is of a position."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from sqlmodel import Session, select
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from assay.adapters.paper import pdf_of, why_no_pdf
from assay.audit.ledger import record
from assay.audit.tags import Tag
from assay.auth.principal import Member, require
from assay.bootstrap.demo_data.note import words_about
from assay.db.tables import Assessment
from assay.domain.errors import Forbidden
from assay.domain.permissions import Action, may
from assay.features.documents import sharing
from assay.features.documents.card import card_of, has_result
from assay.features.documents.export import exported, file_name
from assay.features.documents.letters import sent_letter
from assay.features.positions.service import own_position
from assay.web.blinding import Face, face_of, hidden_from, require_face
from assay.web.dependencies import AMember, RowId, ThePlatform, actor_of
from assay.web.headers import FILE_POLICY
from assay.web.listing import own_assessment
from assay.web.pages.hiring import me_of
from assay.web.platform import Platform
from assay.web.rendering import render
from assay.web.words import counted

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Days = Annotated[int, Form(ge=sharing.DAYS_MIN, le=sharing.DAYS_MAX)]
Tick = Annotated[bool, Form()]
Anonymous = Annotated[bool, Query()]
AS_A_FILE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose documents they are, and how whoever asks may call them."""

    row: Assessment
    face: Face
    title: str


def subject_of(session: Session, platform: Platform, member: Member, assessment_id: str) -> Subject:
    """The assessment, if who asks may know whose it is.

    Raises:
        NotFound: there is none in their organisation.
        Forbidden: they must not know the candidate yet.
    """
    row = own_assessment(session, member.organisation_id, assessment_id)
    face = face_of(session, member, row)
    require_face(face)
    return Subject(row, face, title_of(platform, row.challenge))


def title_of(platform: Platform, slug: str) -> str:
    """Of a challenge, also of one that is no longer offered."""
    package = platform.challenges.get(slug)
    return package.challenge.title if package else slug


@router.get("/hiring/assessments/{assessment_id}/documents")
def documents(platform: ThePlatform, member: AMember, assessment_id: RowId) -> str:
    """Links, paper and letter of one candidate."""
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        return _documents_page(session, platform, member, assessment_id)


@router.post("/hiring/assessments/{assessment_id}/shares")
def share(
    request: Request,
    platform: ThePlatform,
    member: AMember,
    assessment_id: RowId,
    days: Days = 14,
    anonymous: Tick = False,
) -> str:
    """Make a link; it is shown this once."""
    require(member, Action.SHARE)
    with platform.database.write() as session:
        subject_of(session, platform, member, assessment_id)
        order = sharing.ShareOrder(
            assessment_id, days, anonymous, member.user_id, actor_of(request, member)
        )
        made = sharing.share(session, order, platform.now())
        link = platform.public_url + made.path
        return _documents_page(session, platform, member, assessment_id, made=link)


@router.post("/hiring/assessments/{assessment_id}/shares/{link_id}/revoke")
def take_back(
    request: Request, platform: ThePlatform, member: AMember, assessment_id: RowId, link_id: RowId
) -> Response:
    """Let a link open nothing any more."""
    require(member, Action.SHARE)
    with platform.database.write() as session:
        own_assessment(session, member.organisation_id, assessment_id)
        by, now = actor_of(request, member), platform.now()
        sharing.take_back(session, assessment_id, link_id, now, actor=by)
    return RedirectResponse(f"/hiring/assessments/{assessment_id}/documents#links", 303)


@router.get("/hiring/assessments/{assessment_id}/paper")
def paper(
    platform: ThePlatform, member: AMember, assessment_id: RowId, anonymous: Anonymous = False
) -> Response:
    """The scorecard as a page to print."""
    page = _paper(platform, member, assessment_id, anonymous=anonymous)
    return HTMLResponse(page, headers={**AS_A_FILE, "content-security-policy": FILE_POLICY})


@router.get("/hiring/assessments/{assessment_id}/scorecard.pdf")
def pdf(
    platform: ThePlatform, member: AMember, assessment_id: RowId, anonymous: Anonymous = False
) -> Response:
    """The same as a PDF."""
    content = pdf_of(_paper(platform, member, assessment_id, anonymous=anonymous))
    name = f'attachment; filename="scorecard-{assessment_id}.pdf"'
    headers = {**AS_A_FILE, "content-disposition": name}
    return Response(content, media_type="application/pdf", headers=headers)


@router.post("/hiring/positions/{position_id}/export")
def export_all(
    request: Request, platform: ThePlatform, member: AMember, position_id: RowId
) -> Response:
    """Everything there is of a position, as a ZIP that is written while it is sent."""
    require(member, Action.EXPORT_ALL)
    now = platform.now()
    with platform.database.write() as session:
        position = own_position(session, member.organisation_id, position_id)
        _refuse_hidden(session, member, position_id)
        by = actor_of(request, member)
        facts = {"what": "everything of the position"}
        record(session, Tag.EXPORTED, by=by, subject=position_id, now=now, details=facts)
    name = f'attachment; filename="{file_name(position, now)}"'
    return StreamingResponse(
        exported(platform.database, position_id, now),
        media_type="application/zip",
        headers={**AS_A_FILE, "content-disposition": name},
    )


def _refuse_hidden(session: Session, member: Member, position_id: str) -> None:
    """The file names everybody, and holds what all have written about them."""
    ids = session.exec(select(Assessment.id).where(Assessment.position_id == position_id)).all()
    hidden = len(hidden_from(session, member, ids))
    if hidden:
        raise Forbidden(
            f"the file would name {counted(hidden, 'candidate')} whose review you have begun; hand "
            f"it in, or choose to see the name on the review's page, then export again"
        )


def _paper(platform: Platform, member: Member, assessment_id: str, *, anonymous: bool) -> str:
    require(member, Action.SEE_RESULTS)
    with platform.database.read() as session:
        subject = subject_of(session, platform, member, assessment_id)
        card = card_of(session, subject.row, subject.title, anonymous=anonymous)
        demo = words_about(session, subject.row)
        return render("hiring/documents/paper.html", card=card, demo=demo, now=platform.now())


def _documents_page(
    session: Session, platform: Platform, member: Member, assessment_id: str, made: str = ""
) -> str:
    subject = subject_of(session, platform, member, assessment_id)
    now = platform.now()
    links = sharing.links_of(session, assessment_id)
    return render(
        "hiring/documents/index.html",
        nav="assessment",
        me=me_of(session, member),
        one=subject.row,
        face=subject.face,
        title=subject.title,
        is_judged=has_result(session, assessment_id),
        links=[(link, sharing.is_open(link, now)) for link in links],
        made=made,
        letter=sent_letter(session, assessment_id),
        why_no_pdf=why_no_pdf(),
        may_share=may(member.role, Action.SHARE),
        days_max=sharing.DAYS_MAX,
        now=now,
    )
