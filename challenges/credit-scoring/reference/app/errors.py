"""What callers are told when it does not work: which field and why, never what they sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from app import logs
from app.metrics import count_violations
from app.responses import Json
from app.schemas import Application

Problem = Mapping[str, Any]
MAX_PROBLEMS = 20


async def on_invalid(request: Request, error: Exception) -> Json:
    """422 with the fields that are wrong, 413 for a batch with too many rows."""
    assert isinstance(error, ValidationError)
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if any(problem["type"] == "too_long" for problem in problems):
        return refusal(413, "too_many_rows", "Send at most 500 applications at once.")
    count_violations({_feature(problem) for problem in problems})
    fields = [_field(problem) for problem in problems[:MAX_PROBLEMS]]
    logs.warning("refused", path=request.url.path, fields=[field["field"] for field in fields])
    return refusal(422, "invalid_input", "Some fields are missing or wrong.", fields)


async def on_http_error(_: Request, error: Exception) -> Json:
    """Whatever the framework refuses, in our words."""
    assert isinstance(error, HTTPException)
    return refusal(error.status_code, "refused", str(error.detail))


def refusal(status: int, kind: str, message: str, fields: Sequence[Problem] = ()) -> Json:
    """The one shape of all errors."""
    error: dict[str, Any] = {"type": kind, "message": message}
    if fields:
        error["fields"] = fields
    return Json({"error": error}, status_code=status)


def _field(problem: Problem) -> Problem:
    place = problem["loc"]
    index = {"index": place[1]} if place[:1] == ("applications",) and len(place) > 1 else {}
    return {**index, "field": ".".join(map(str, place)) or "body", "problem": problem["msg"]}


def _feature(problem: Problem) -> str:
    """The field of the application that is wrong, wherever in it and in whichever row."""
    names = [part for part in problem["loc"] if isinstance(part, str) and part != "applications"]
    return names[0] if names and names[0] in Application.model_fields else "body"
