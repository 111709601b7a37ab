"""What callers are told when it does not work: which field and why, never what they sent."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from app.metrics import VIOLATIONS
from app.schemas import Batch, Claim, Feedback

Problem = Mapping[str, Any]
MAX_PROBLEMS = 20
KNOWN = {*Claim.model_fields, *Batch.model_fields, *Feedback.model_fields}


def json_response(value: object, status: int = 200, **headers: str) -> web.Response:
    """A value as JSON. orjson writes no NaN."""
    return web.Response(
        body=orjson.dumps(value), status=status, content_type="application/json", headers=headers
    )


def refusal(
    status: int, kind: str, message: str, fields: Sequence[Problem] = (), **headers: str
) -> web.Response:
    """The one shape of all errors."""
    error: dict[str, Any] = {"type": kind, "message": message}
    if fields:
        error["fields"] = fields
    return json_response({"error": error}, status, **headers)


def invalid(error: ValidationError) -> web.Response:
    """422 with the fields that are wrong, 413 for what is too much."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    for field in {_field(problem) for problem in problems}:
        VIOLATIONS.labels(field).inc()
    if any(problem["type"] == "too_long" and problem["loc"] == ("claims",) for problem in problems):
        return refusal(413, "too_many_claims", "Send at most 20 claims at once.")
    fields = [_told(problem) for problem in problems[:MAX_PROBLEMS]]
    return refusal(422, "invalid_input", "Some fields are missing or wrong.", fields)


def _told(problem: Problem) -> Problem:
    place = problem["loc"]
    index = {"index": place[1]} if place[:1] == ("claims",) and len(place) > 1 else {}
    return {**index, "field": ".".join(map(str, place)) or "body", "problem": problem["msg"]}


def _field(problem: Problem) -> str:
    """The field of the claim that is wrong, from a fixed list."""
    names = [part for part in problem["loc"] if isinstance(part, str) and part != "claims"]
    return names[0] if names and names[0] in KNOWN else "body"
