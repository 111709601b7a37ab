"""Documents about candidates, and the fairness of a position, for programs."""

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from assay.auth.principal import Key, Principal, Staff, require
from assay.db.states import locked
from assay.db.tables import ApiKey, Assessment, ShareLink
from assay.domain.fairness import Comparison
from assay.domain.permissions import Action
from assay.features.documents import letters, sharing
from assay.features.documents.letter import Draft
from assay.features.fairness.reading import Fairness, fairness_of
from assay.features.positions.service import own_position
from assay.web.api import PREFIX
from assay.web.api.answers import refusals
from assay.web.api.document_schemas import (
    ComparisonOut,
    DimensionOut,
    FairnessOut,
    GroupSpreadOut,
    ImpactOut,
    LetterIn,
    LetterOut,
    NewShareOut,
    ShareIn,
    ShareOut,
    SharesOut,
)
from assay.web.blinding import face_of, require_face
from assay.web.dependencies import ACaller, RowId, ThePlatform, actor_of
from assay.web.listing import own_assessment
from assay.web.pages.documents import title_of
from assay.web.pages.letters import CANDIDATE_PAGE, tier_of
from assay.web.platform import Platform

router = APIRouter(prefix=PREFIX, tags=["documents"])


@router.get(
    "/assessments/{assessment_id}/shares", operation_id="listShares", responses=refusals(404)
)
def list_shares(platform: ThePlatform, caller: ACaller, assessment_id: RowId) -> SharesOut:
    """The links to the scorecard of an assessment, also those that have ended."""
    staff, now = require(caller, Action.SHARE), platform.now()
    with platform.database.read() as session:
        own_assessment(session, staff.organisation_id, assessment_id)
        found = sharing.links_of(session, assessment_id)
        return SharesOut(
            shares=[_share(link, is_open=sharing.is_open(link, now)) for link in found]
        )


@router.post(
    "/assessments/{assessment_id}/shares",
    operation_id="share",
    status_code=201,
    responses=refusals(404, 409, 413),
)
def share(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId, wanted: ShareIn
) -> NewShareOut:
    """Make a link to the scorecard for somebody without an account."""
    staff = require(caller, Action.SHARE)
    with platform.database.write() as session:
        _known(session, caller, staff, assessment_id)
        user_id = _user_of(session, staff)
        by = actor_of(request, caller)
        order = sharing.ShareOrder(assessment_id, wanted.days, wanted.anonymous, user_id, by)
        made = sharing.share(session, order, platform.now())
    url = platform.public_url + made.path
    return NewShareOut(id=made.link.id, url=url, expires_at=made.link.expires_at)


@router.delete(
    "/assessments/{assessment_id}/shares/{link_id}",
    operation_id="revokeShare",
    status_code=204,
    responses=refusals(404),
)
def take_back(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId, link_id: RowId
) -> Response:
    """The link opens nothing any more."""
    staff = require(caller, Action.SHARE)
    with platform.database.write() as session:
        own_assessment(session, staff.organisation_id, assessment_id)
        by, now = actor_of(request, caller), platform.now()
        sharing.take_back(session, assessment_id, link_id, now, actor=by)
    return Response(status_code=204)


@router.get(
    "/assessments/{assessment_id}/letter", operation_id="getLetter", responses=refusals(404)
)
def get_letter(platform: ThePlatform, caller: ACaller, assessment_id: RowId) -> LetterOut:
    """The letter to the candidate: as it was kept, else as the evidence writes it."""
    staff = require(caller, Action.SHARE)
    with platform.database.read() as session:
        row = _known(session, caller, staff, assessment_id)
        return _letter(session, platform, row)


@router.put(
    "/assessments/{assessment_id}/letter",
    operation_id="changeLetter",
    responses=refusals(404, 409, 413),
)
def change_letter(
    platform: ThePlatform, caller: ACaller, assessment_id: RowId, letter: LetterIn
) -> LetterOut:
    """Keep the letter as it is given."""
    staff = require(caller, Action.SHARE)
    with platform.database.write() as session:
        row = _known(session, caller, staff, assessment_id)
        letters.keep(session, row.id, Draft(letter.subject, letter.text), platform.now())
        return _letter(session, platform, row)


@router.post(
    "/assessments/{assessment_id}/letter/send",
    operation_id="sendLetter",
    responses=refusals(404, 409),
)
def send_letter(
    request: Request, platform: ThePlatform, caller: ACaller, assessment_id: RowId
) -> LetterOut:
    """Mail the letter as it stands, once."""
    staff = require(caller, Action.RELEASE)
    with platform.database.write() as session:
        row = locked(session, Assessment, _known(session, caller, staff, assessment_id).id)
        stands = _letter(session, platform, row)
        draft, page_url = Draft(stands.subject, stands.text), platform.public_url + CANDIDATE_PAGE
        sending = letters.Sending(draft, page_url, actor_of(request, caller))
        letters.send(session, row, sending, platform.now())
        return _letter(session, platform, row)


@router.get(
    "/positions/{position_id}/fairness", operation_id="getFairness", responses=refusals(404)
)
def get_fairness(platform: ThePlatform, caller: ACaller, position_id: RowId) -> FairnessOut:
    """Scores by variant, host and time of day; selection rates by group."""
    staff = require(caller, Action.SEE_FAIRNESS)
    with platform.database.read() as session:
        position = own_position(session, staff.organisation_id, position_id)
        return _fairness(fairness_of(session, position))


def _known(session: Session, caller: Principal, staff: Staff, assessment_id: str) -> Assessment:
    """The assessment, if who asks may know whose it is."""
    row = own_assessment(session, staff.organisation_id, assessment_id)
    require_face(face_of(session, caller, row))
    return row


def _user_of(session: Session, staff: Staff) -> str:
    """The person who answers for it: of a key, who made the key."""
    if isinstance(staff, Key):
        return session.get_one(ApiKey, staff.key_id).created_by
    return staff.user_id


def _share(link: ShareLink, *, is_open: bool) -> ShareOut:
    return ShareOut(
        id=link.id,
        anonymous=link.anonymous,
        created_at=link.created_at,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
        seen_at=link.seen_at,
        is_open=is_open,
    )


def _letter(session: Session, platform: Platform, row: Assessment) -> LetterOut:
    title, tier = title_of(platform, row.challenge), tier_of(platform, row.challenge)
    found = letters.letter_of(session, row, title, tier)
    return LetterOut(
        subject=found.subject, text=found.text, edited=found.edited, sent_at=found.sent_at
    )


def _fairness(found: Fairness) -> FairnessOut:
    return FairnessOut(
        results=found.results,
        deleted=found.deleted,
        version=found.version,
        partial=found.partial,
        others=found.others,
        by_variant=_comparison(found.by_variant),
        by_host=_comparison(found.by_host),
        by_hour=_comparison(found.by_hour),
        dimensions=[
            DimensionOut(
                name=each.name,
                impacts=[
                    ImpactOut(
                        group=one.group,
                        rate=one.rate,
                        ratio=one.ratio,
                        p=one.p,
                        is_below=one.is_below,
                    )
                    for one in each.impacts
                ],
            )
            for each in found.dimensions
        ],
    )


def _comparison(found: Comparison) -> ComparisonOut:
    spreads = [
        GroupSpreadOut(name=o.name, count=o.count, low=o.low, median=o.median, high=o.high)
        for o in found.spreads
    ]
    return ComparisonOut(
        verdict=found.verdict,
        people=found.people,
        p=found.p,
        noticeable=found.noticeable,
        spreads=spreads,
    )
