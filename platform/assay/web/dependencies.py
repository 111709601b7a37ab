"""What a route may ask for: the platform, and who is asking.

Who is asking is settled before the route's own transaction, in a short reading one.
"""

from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPBearer

from assay.audit.ledger import Actor
from assay.auth.keys import is_use_worth_noting, note_use, whose_key
from assay.auth.limits import CALLS_OF_KEY, WRONG_TOKEN_FROM_ADDRESS, Rule
from assay.auth.principal import Candidate, Key, Member, Nobody, Principal
from assay.auth.sessions import whose_session
from assay.web.cookies import Cookie, read_cookie
from assay.web.errors import SignInNeeded, TooMany
from assay.web.platform import Platform

ID_PATTERN = r"^[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{16}$"
"""What `assay.kit.ids.new_id` makes."""
TOKEN_PATTERN = r"^[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{40}$"  # noqa: S105 - the form of tokens
SIGN_IN = "/hiring/sign-in"

RowId = Annotated[str, Path(pattern=ID_PATTERN)]
Token = Annotated[str, Path(pattern=TOKEN_PATTERN)]


def the_platform(request: Request) -> Platform:
    """What `create_app` was given."""
    platform: Platform = request.app.state.platform
    return platform


ThePlatform = Annotated[Platform, Depends(the_platform)]


def address_of(request: Request) -> str:
    """Network address of the client; behind a proxy, as uvicorn was told to believe it."""
    return request.client.host if request.client else ""


def limit(platform: Platform, rule: Rule, who: str) -> None:
    """Count one try.

    Raises:
        TooMany: it was one too many.
    """
    _refuse(platform.limits.hit(rule, who))


def refuse_guessing(platform: Platform, request: Request) -> None:
    """Refuse an address from which too many tokens came that open nothing.

    Raises:
        TooMany: that is so.
    """
    _refuse(platform.limits.wait_s(WRONG_TOKEN_FROM_ADDRESS, address_of(request)))


def note_wrong_token(platform: Platform, request: Request) -> None:
    """A token came that opens nothing."""
    platform.limits.hit(WRONG_TOKEN_FROM_ADDRESS, address_of(request))


def _refuse(wait_s: int) -> None:
    if wait_s:
        raise TooMany(
            f"Too many attempts. Wait {wait_s} seconds, then try again.", retry_after_s=wait_s
        )


def of_cookie(request: Request, platform: Platform, cookie: Cookie) -> Member | Candidate | Nobody:
    """Whose browser it is."""
    token = read_cookie(request, cookie, secure=platform.secure)
    if not token:
        return Nobody()
    with platform.database.read() as session:
        return whose_session(session, token, platform.now())


def a_member(request: Request, platform: ThePlatform) -> Member:
    """The signed-in member of a hiring team.

    Raises:
        SignInNeeded: nobody is.
    """
    found = of_cookie(request, platform, "team")
    if not isinstance(found, Member):
        raise SignInNeeded("Sign in first, then do that again.", where=SIGN_IN)
    return found


def a_candidate(request: Request, platform: ThePlatform) -> Candidate:
    """The candidate whose invitation this browser has opened.

    Raises:
        SignInNeeded: it has opened none.
    """
    found = of_cookie(request, platform, "candidate")
    if not isinstance(found, Candidate):
        raise SignInNeeded(
            "Open the link in your invitation once more: it leads to your assessment."
        )
    return found


BY_KEY = HTTPBearer(auto_error=False, description="An API key: `ask_...`. Owners make them.")
"""For the OpenAPI document; the header is read below."""


def a_caller(
    request: Request, platform: ThePlatform, _: Annotated[object, Depends(BY_KEY)]
) -> Principal:
    """Whoever calls the API: by a key, or from a signed-in browser.

    Raises:
        SignInNeeded: by nothing that is valid.
        TooMany: too often.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if token:
        return _of_key(request, platform, token.strip() if scheme.lower() == "bearer" else "")
    for cookie in ("team", "candidate"):
        found = of_cookie(request, platform, cookie)
        if not isinstance(found, Nobody):
            return found
    raise SignInNeeded("Send an API key as `Authorization: Bearer ask_...`; owners make keys.")


def _of_key(request: Request, platform: Platform, token: str) -> Key:
    refuse_guessing(platform, request)
    with platform.database.read() as session:
        found = whose_key(session, token)
        is_to_note = isinstance(found, Key) and is_use_worth_noting(
            session, found.key_id, platform.now()
        )
    if not isinstance(found, Key):
        note_wrong_token(platform, request)
        raise SignInNeeded("This API key opens nothing: it was revoked, or is not one of ours.")
    limit(platform, CALLS_OF_KEY, found.key_id)
    if is_to_note:
        with platform.database.write() as session:
            note_use(session, found.key_id, platform.now())
    return found


AMember = Annotated[Member, Depends(a_member)]
ACandidate = Annotated[Candidate, Depends(a_candidate)]
ACaller = Annotated[Principal, Depends(a_caller)]


def actor_of(request: Request, principal: Principal) -> Actor:
    """The same, as the ledger names them."""
    organisation = principal.organisation_id if isinstance(principal, Member | Key) else None
    return Actor(principal.actor, organisation, address_of(request))
