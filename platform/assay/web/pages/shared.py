"""A scorecard behind a link: for whoever has it, to read, until it ends. No session, no way on."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from assay.auth.limits import Rule
from assay.db.tables import Assessment
from assay.domain.errors import NotFound
from assay.features.documents import sharing
from assay.features.documents.card import card_of
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


@router.get("/shared/{token}")
def shared(request: Request, platform: ThePlatform, token: Token) -> Response:
    """The scorecard."""
    refuse_guessing(platform, request)
    limit(platform, OPENED_FROM_ADDRESS, address_of(request))
    try:
        page, link_id = _page(platform, token)
    except NotFound:
        note_wrong_token(platform, request)
        raise
    if link_id:
        with platform.database.write() as session:
            sharing.note_seen(session, link_id, platform.now())
    return HTMLResponse(page, headers=ALONE)


def _page(platform: Platform, token: str) -> tuple[str, str]:
    """The page, and the id of the link if it is to be noted that it was followed."""
    now = platform.now()
    with platform.database.read() as session:
        link = sharing.opened(session, token, now)
        row = session.get(Assessment, link.assessment_id)
        if row is None:
            raise NotFound(sharing.CLOSED)
        title = title_of(platform, row.challenge)
        card = card_of(session, row, title, anonymous=link.anonymous)
        page = render("shared/scorecard.html", card=card, link=link, now=now)
        return page, link.id if sharing.is_worth_noting(link, now) else ""
