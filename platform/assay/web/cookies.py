"""The cookies: opaque tokens, out of reach of scripts, for this host alone."""

from datetime import timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

Cookie = Literal["team", "candidate", "git_token", "oidc"]
"""`team`: a signed-in member. `candidate`: an opened invitation. `git_token`: so that the browser
that made it can show it again. `oidc`: a sign-in on its way."""


def read_cookie(request: Request, cookie: Cookie, *, secure: bool) -> str:
    """Its value; "" if the browser sent none."""
    return request.cookies.get(_name(cookie, secure=secure), "")


def set_cookie(
    response: Response, cookie: Cookie, value: str, *, lasts: timedelta, secure: bool
) -> None:
    """Give the browser a cookie."""
    response.set_cookie(
        _name(cookie, secure=secure),
        value,
        max_age=round(lasts.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, cookie: Cookie, *, secure: bool) -> None:
    """Take it back."""
    response.delete_cookie(
        _name(cookie, secure=secure), path="/", secure=secure, httponly=True, samesite="lax"
    )


def _name(cookie: Cookie, *, secure: bool) -> str:
    """`__Host-` binds it to this host and to https; browsers take the prefix only with https."""
    return f"__Host-assay_{cookie}" if secure else f"assay_{cookie}"
