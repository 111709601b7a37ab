"""`report.html`: one file that needs nothing else, for a person with a minute.

Everything that came from a submission is hostile: templates escape every value, control and
reordering characters are made visible, and the page itself forbids scripts and any request.
"""

from collections.abc import Callable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assay.domain.evidence import Evidence
from assay.domain.scorecard import Scorecard
from assay.features.scorecards.view import page_of
from assay.features.scorecards.wording import (
    FLAGS,
    STAGE_STATUS,
    excerpt,
    figure,
    points,
    printable,
    seconds,
    sentence,
)

FILTERS: dict[str, Callable[..., str]] = {
    "points": points,
    "excerpt": excerpt,
    "figure": figure,
    "seconds": seconds,
    "sentence": sentence,
    "stage_status": STAGE_STATUS.__getitem__,
    "flag": FLAGS.__getitem__,
}
"""What templates of scorecards may call, wherever they are shown."""


def render_report(evidence: Evidence, scorecard: Scorecard, *, examples: bool = False) -> str:
    """The page as HTML text.

    Args:
        evidence: What was measured.
        scorecard: What it is worth.
        examples: Whether to show what was said of single rows: to whoever holds the evidence. Of
            hidden rows a candidate is told counts and kinds, as criteria tell them.
    """
    page = page_of(evidence, scorecard, examples=examples)
    return environment().get_template("report.html").render(page=page)


def colours() -> str:
    """CSS that gives the colours of pages and drawings their names, for light and dark."""
    return environment().get_template("colours.css").render()


@cache
def environment() -> Environment:
    """Templates of pages that stand alone: everything is escaped and made printable."""
    made = Environment(
        loader=PackageLoader("assay.features.scorecards"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_made_printable,
    )
    made.filters |= FILTERS
    return made


def _made_printable(value: object) -> object:
    is_plain_text = isinstance(value, str) and not isinstance(value, Markup)
    return printable(str(value)) if is_plain_text else value
