"""Records about alert rules: what tools said, what was asked, what was notified. Facts only."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """One run of promtool or amtool.

    Attributes:
        code: Exit status, None if it was stopped for time or output.
        output: Standard output and error together; cut at a limit, then `cut` is true.
    """

    name: str
    code: int | None
    output: str
    cut: bool
    seconds: float
    kind: str = "tool"


@dataclass(frozen=True, slots=True)
class RangeRecord:
    """The answer to one range query.

    Attributes:
        series: Pairs of labels and [[virtual seconds, value as text], ...].
        error: Prometheus' own message, "" without one.
    """

    name: str
    series: list[Any]
    error: str
    seconds: float
    kind: str = "range"


@dataclass(frozen=True, slots=True)
class NotificationRecord:
    """One alert of one notification that reached our receiver."""

    alert: str
    status: str
    at_s: float
    labels: dict[str, str]
    receiver: str = ""
    kind: str = "notification"
