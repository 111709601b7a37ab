"""From what went wrong to a status. Nothing else in the program knows a status code."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assay.domain.errors import (
    AssayError,
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    PlatformFault,
)
from assay.web.refusals import refusal


class SignInNeeded(AssayError):
    """Nobody is signed in. `where`: the page on which they can."""

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(message)
        self.where = where


class Stale(AssayError):
    """A program would have written over something that it has not seen."""


class TooMany(AssayError):
    """Asked too often. `retry_after_s`: when it makes sense again."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Kind:
    """What an error becomes: an HTTP status, and a word for programs."""

    status: int
    code: str


KINDS: dict[type[AssayError], Kind] = {
    BadInput: Kind(422, "bad_input"),
    NotFound: Kind(404, "not_found"),
    Conflict: Kind(409, "conflict"),
    Forbidden: Kind(403, "forbidden"),
    Stale: Kind(412, "stale"),
    SignInNeeded: Kind(401, "sign_in_needed"),
    TooMany: Kind(429, "too_many"),
    PlatformFault: Kind(503, "platform_fault"),
}
"""Every error that a request can be answered with. Others are mistakes of ours: 500."""

CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
"""Of what the framework refuses by itself."""

NOTHING_HERE = "Check the address, or go back to the page you came from."


def answer_errors(app: FastAPI) -> None:
    """Teach the app how errors are answered."""
    for error in KINDS:
        app.add_exception_handler(error, _told)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _framework)


def _told(request: Request, error: Exception) -> Response:
    kind = next(KINDS[known] for known in type(error).__mro__ if known in KINDS)
    if isinstance(error, SignInNeeded) and error.where and _is_page(request):
        return RedirectResponse(error.where, 303)
    if isinstance(error, BadInput) and len(error.problems) > 1:
        problems = [str(problem) for problem in error.problems]
        message = "Several things need to be corrected."
        return refusal(request.scope, kind.status, kind.code, message, problems=problems)
    headers = _headers(error)
    return refusal(request.scope, kind.status, kind.code, str(error), headers=headers)


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, TooMany):
        return {"retry-after": str(error.retry_after_s)}
    if isinstance(error, SignInNeeded):
        return {"www-authenticate": "Bearer"}
    return {}


def _is_page(request: Request) -> bool:
    """Whether a person would follow a redirect: not a program, and nothing that was sent."""
    return request.method in {"GET", "HEAD"} and not request.url.path.startswith("/api/")


def _not_valid(request: Request, error: Exception) -> Response:
    """An address of a page that cannot be is not there; anything else is told field by field."""
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    in_path = any(problem["loc"][:1] == ("path",) for problem in problems)
    if in_path and not request.url.path.startswith("/api/"):
        return refusal(request.scope, 404, "not_found", NOTHING_HERE)
    told = [f"{_place(problem['loc'])}: {problem['msg']}" for problem in problems]
    message = "Part of the request cannot be used."
    return refusal(request.scope, 422, "bad_input", message, problems=told)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    message = NOTHING_HERE if error.status_code == 404 else f"{error.detail}."
    code = CODES.get(error.status_code, "refused")
    headers = {"allow": _allowed(request)} if error.status_code == 405 else error.headers
    return refusal(request.scope, error.status_code, code, message, headers=headers)


def _allowed(request: Request) -> str:
    """The methods of all routes of this address; the framework names those of one."""
    methods = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.methods and route.path_regex.match(request.url.path)
        for method in route.methods
    }
    return ", ".join(sorted(methods))
