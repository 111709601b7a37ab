"""A scorecard behind a link: for whoever has it, to read, until it ends. No session, no way on."""

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, Response

from assay.auth.limits import Rule
from assay.bootstrap.demo_data.note import words_about
from assay.db.tables import Assessment, ShareLink
from assay.domain.errors import NotFound
from assay.features.documents import sharing
from assay.features.documents.card import card_of, has_result
from assay.web.dependencies import (
    ThePlatform,
    Token,
    address_of,
    limit,
    note_wrong_token,
    refuse_guessing,
)
from assay.web.pages.documents import title_of
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

OPENED_FROM_ADDRESS = Rule("shared_from_address", 60, 60)
"""Nobody reads more pages in a minute."""
ALONE = {
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "cache-control": "no-store",
}
"""The address is the secret: it goes nowhere from here."""
AGAIN = "the result is being measured once more; open this link again later"


@router.get("/shared/{token}")
def shared(request: Request, platform: ThePlatform, token: Token) -> Response:
    """The scorecard."""
    refuse_guessing(platform, request)
    limit(platform, OPENED_FROM_ADDRESS, address_of(request))
    now = platform.now()
    with platform.database.read() as session:
        link = _opened(session, platform, request, token)
        page = _page(session, platform, link)
    if sharing.is_worth_noting(link, now):
        with platform.database.write() as session:
            sharing.note_seen(session, link.id, now)
    return HTMLResponse(page, headers=ALONE)


def _opened(session: Session, platform: Platform, request: Request, token: str) -> ShareLink:
    try:
        return sharing.opened(session, token, platform.now())
    except NotFound:
        note_wrong_token(platform, request)
        raise


def _page(session: Session, platform: Platform, link: ShareLink) -> str:
    row = session.get(Assessment, link.assessment_id)
    if row is None or not has_result(session, row.id):
        raise NotFound(AGAIN)
    title = title_of(platform, row.challenge)
    return render(
        "shared/scorecard.html",
        card=card_of(session, row, title, anonymous=link.anonymous),
        link=link,
        demo=words_about(session, row),
        now=platform.now(),
    )
