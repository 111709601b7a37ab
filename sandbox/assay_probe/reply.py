"""What came back for one request. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass

TIMEOUT, CUT, TOO_LONG, NOT_HTTP = "t", "r", "x", "5"
"""Failures, by their letters in `records`."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        status: Status code, or None if no complete answer came.
        headers: Lower-case names; of repeated ones the last.
        body: Raw bytes, cut at the cap.
        failure: "" for a complete answer, else an outcome letter (see `records`).
        detail: Words for `failure`.
        started_s, ended_s: Monotonic instants of the call and of the last byte (or giving up).
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    failure: str
    detail: str
    started_s: float
    ended_s: float
