"""Times, counts and figures as the pages write them. Everything here returns plain text."""

from datetime import datetime, timedelta

from assay.features.scorecards.view import FAIR, WELL

UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
WEEK = 7


def moment(at: datetime) -> str:
    """For people, the same everywhere: "21 Nov 2026, 14:05 UTC"."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def duration(span: timedelta | float) -> str:
    """The two largest units that say something: "2 days 3 hours", "14 minutes"."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    rest, parts = max(0, int(seconds)), []
    for size, name in UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(counted(count, name))
    return " ".join(parts[:2]) or "0 seconds"


def roughly(span: timedelta) -> str:
    """The same, and from a week on the days alone."""
    return counted(span.days, "day") if span.days >= WEEK else duration(span)


def shortly(seconds: float) -> str:
    """As little as it takes: "8 s", "3 min 5 s"."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def counted(count: int, name: str, plural: str = "") -> str:
    """As in "1 push", "2 pushes"; the plural is the name with an s unless it is given."""
    return f"{count:,} {name if count == 1 else plural or name + 's'}"


def score(value: float | None) -> str:
    """A score or points with one decimal; a dash if there is none."""
    return "–" if value is None else f"{value:.1f}"  # noqa: RUF001 - a dash for "none"


def change(value: float | None) -> str:
    """With its sign: "+1.5", "±0"; "" if there is nothing to compare."""
    if value is None:
        return ""
    if abs(value) < 0.05:
        return "±0"
    return f"{'+' if value > 0 else '−'}{abs(value):.1f}"  # noqa: RUF001 - a minus sign


def grade(points: float | None, most: float) -> str:
    """The colour of a bar: "good", "fair", "poor", or "none" if nothing was measured."""
    if points is None or most <= 0:
        return "none"
    share = points / most
    return "good" if share >= WELL else "fair" if share >= FAIR else "poor"


def short_sha(sha: str) -> str:
    """What git shows of a commit."""
    return sha[:8]
