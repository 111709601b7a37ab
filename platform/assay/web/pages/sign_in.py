"""How members of a hiring team come in: by password, by a link, by their company's accounts."""

from datetime import timedelta

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.auth.accounts import active_user
from assay.auth.limits import (
    LINK_FROM_ADDRESS,
    LINK_TO_ACCOUNT,
    SIGN_IN_FROM_ADDRESS,
    SIGN_IN_OF_ACCOUNT,
)
from assay.auth.links import REFUSAL, follow_link, is_open, new_link
from assay.auth.oidc import LASTS_S, OidcClient, seal, unseal
from assay.auth.passwords import is_password
from assay.auth.principal import Member
from assay.auth.sessions import MEMBER_LASTS, sign_in, sign_out, whose_session
from assay.db.tables import Mail, User
from assay.domain.errors import Forbidden, NotFound
from assay.kit.ids import new_id
from assay.web.cookies import drop_cookie, read_cookie, set_cookie
from assay.web.dependencies import (
    SIGN_IN,
    ThePlatform,
    Token,
    address_of,
    limit,
    note_wrong_token,
    of_cookie,
    refuse_guessing,
)
from assay.web.forms import Line, Secret
from assay.web.platform import Platform
from assay.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

HOME = "/hiring"
WRONG = "This address and this password do not belong together."
NO_ACCOUNT = "your account belongs to no organisation here; ask an owner of yours to add you"
UNKNOWN = "unknown"
OIDC_LASTS = timedelta(seconds=LASTS_S)


@router.get(SIGN_IN)
def page(platform: ThePlatform) -> str:
    """The ways in."""
    return _page(platform)


@router.post(SIGN_IN)
def by_password(request: Request, platform: ThePlatform, email: Line, password: Secret) -> Response:
    """In by address and password."""
    address = address_of(request)
    limit(platform, SIGN_IN_FROM_ADDRESS, address)
    limit(platform, SIGN_IN_OF_ACCOUNT, email.lower())
    with platform.database.read() as session:
        user = active_user(session, email)
    if not is_password(user.password_hash if user else None, password) or user is None:
        with platform.database.write() as session:
            by, subject = Actor("nobody", address=address), user.id if user else UNKNOWN
            record(session, Tag.SIGN_IN_FAILED, by=by, subject=subject, now=platform.now())
        return HTMLResponse(_page(platform, problem=WRONG, email=email), 401)
    platform.limits.forget(SIGN_IN_OF_ACCOUNT, email.lower())
    with platform.database.write() as session:
        return _let_in(session, platform, user, request)


@router.post("/hiring/link")
def ask_link(request: Request, platform: ThePlatform, email: Line) -> str:
    """Send a link that signs in. The answer is the same whether there is an account."""
    limit(platform, LINK_FROM_ADDRESS, address_of(request))
    limit(platform, LINK_TO_ACCOUNT, email.lower())
    with platform.database.write() as session:
        token = new_link(session, email, platform.now())
        if token:
            session.add(_letter(platform, email, token))
            by = Actor("nobody", address=address_of(request))
            user = active_user(session, email)
            subject = user.id if user else UNKNOWN
            record(session, Tag.LINK_SENT, by=by, subject=subject, now=platform.now())
    return render("hiring/link_sent.html", email=email)


@router.get("/hiring/link/{token}")
def link(request: Request, platform: ThePlatform, token: Token) -> str:
    """A button: programs that scan mail follow links, but press nothing."""
    refuse_guessing(platform, request)
    with platform.database.read() as session:
        is_good = is_open(session, token, platform.now())
    if not is_good:
        note_wrong_token(platform, request)
        raise NotFound(REFUSAL)
    return render("hiring/link.html", token=token)


@router.post("/hiring/link/{token}")
def by_link(request: Request, platform: ThePlatform, token: Token) -> Response:
    """In by a link, once."""
    refuse_guessing(platform, request)
    with platform.database.write() as session:
        return _let_in(session, platform, follow_link(session, token, platform.now()), request)


@router.get("/hiring/oidc")
def to_provider(platform: ThePlatform) -> Response:
    """To the company's own sign-in."""
    url, pending = _client(platform).begin(f"{platform.public_url}/hiring/oidc/callback")
    response = RedirectResponse(url, 303)
    sealed = seal(pending, platform.secret_key)
    set_cookie(response, "oidc", sealed, lasts=OIDC_LASTS, secure=platform.secure)
    return response


@router.get("/hiring/oidc/callback")
def from_provider(request: Request, platform: ThePlatform) -> Response:
    """Back from there."""
    cookie = read_cookie(request, "oidc", secure=platform.secure)
    pending = unseal(cookie, platform.secret_key)
    identity = _client(platform).finish(pending, request.query_params)
    with platform.database.write() as session:
        user = active_user(session, identity.email)
        if user is None:
            raise Forbidden(f"{identity.email} has no account here; ask an owner to add you")
        response = _let_in(session, platform, user, request)
    drop_cookie(response, "oidc", secure=platform.secure)
    return response


@router.post("/hiring/sign-out")
def leave(request: Request, platform: ThePlatform) -> Response:
    """Out, in this browser."""
    token = read_cookie(request, "team", secure=platform.secure)
    known = of_cookie(request, platform, "team")
    with platform.database.write() as session:
        sign_out(session, token)
        if isinstance(known, Member):
            by = Actor(known.actor, known.organisation_id, address_of(request))
            record(session, Tag.SIGNED_OUT, by=by, subject=known.user_id, now=platform.now())
    response = RedirectResponse(SIGN_IN, 303)
    drop_cookie(response, "team", secure=platform.secure)
    return response


def _page(platform: Platform, *, problem: str = "", email: str = "") -> str:
    has_oidc = platform.oidc is not None
    return render("hiring/sign_in.html", problem=problem, email=email, has_oidc=has_oidc)


def _let_in(session: Session, platform: Platform, user: User, request: Request) -> Response:
    """A cookie for the user's browser, and a line in the ledger.

    Raises:
        Forbidden: the user is in no organisation.
    """
    now = platform.now()
    token = sign_in(session, user.id, now)
    session.flush()
    known = whose_session(session, token, now)
    if not isinstance(known, Member):
        raise Forbidden(NO_ACCOUNT)
    by = Actor(known.actor, known.organisation_id, address_of(request))
    record(session, Tag.SIGNED_IN, by=by, subject=user.id, now=now)
    response = RedirectResponse(HOME, 303)
    set_cookie(response, "team", token, lasts=MEMBER_LASTS, secure=platform.secure)
    return response


def _client(platform: Platform) -> OidcClient:
    if platform.oidc is None:
        raise NotFound("sign-in by company accounts is not set up here; use a password or a link")
    return platform.oidc


def _letter(platform: Platform, email: str, token: str) -> Mail:
    return Mail(
        id=new_id("mai"),
        recipient=email.lower(),
        subject="Your sign-in link",
        body=(
            "Hello,\n\nthis link signs you in to Assay. It works once, and for 15 minutes:\n\n"
            f"  {platform.public_url}/hiring/link/{token}\n\n"
            "You did not ask for it? Then leave it: nothing happens.\n"
        ),
        created_at=platform.now(),
    )
