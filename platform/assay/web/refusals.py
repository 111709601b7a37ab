"""What somebody gets who does not get what they asked for: words, and a status.

Programs (`/api/`) get JSON, people a page.
"""

from collections.abc import Mapping, Sequence

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from assay.features.scorecards.wording import sentence
from assay.web.rendering import render

TITLES = {
    400: "That request could not be read",
    401: "Please sign in",
    403: "Not allowed",
    404: "There is nothing here",
    405: "Not possible here",
    409: "That is no longer possible",
    412: "It has changed meanwhile",
    413: "Too large",
    422: "Something is missing or wrong",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    503: "Not available at the moment",
}


def refusal(
    scope: Scope,
    status: int,
    code: str,
    message: str,
    *,
    problems: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer.

    Args:
        scope: Of the request.
        status: HTTP status.
        code: A word for programs.
        message: What was wrong and what to do.
        problems: Each single thing wrong, where there are several.
        headers: Further headers.
    """
    message = sentence(message)
    if scope["path"].startswith("/api/"):
        body = {"error": {"code": code, "message": message, "problems": list(problems)}}
        return JSONResponse(body, status, headers=headers)
    title = TITLES.get(status, "That did not work")
    page = render("error.html", title=title, message=message, problems=problems)
    return HTMLResponse(page, status, headers=headers)
