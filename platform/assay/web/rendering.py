"""Pages from templates. Every value is escaped, and what hides or reorders text is made visible."""

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assay.features.scorecards.report import FILTERS
from assay.features.scorecards.wording import figure, number, printable, sentence
from assay.kit.clock import utc_now
from assay.web import words
from assay.web.assets import asset_url


def render(template: str, **values: object) -> str:
    """The page as HTML text. `now` may be among the values; else it is read from the clock."""
    return environment().get_template(template).render({"now": utc_now(), **values})


def compile_all() -> None:
    """Read every template now: who asks for a page first does not wait for it."""
    for name in environment().list_templates(extensions=["html"]):
        environment().get_template(name)


@cache
def environment() -> Environment:
    """Where the templates are, and what they may call."""
    made = Environment(
        loader=ChoiceLoader(
            [PackageLoader("assay.web"), PackageLoader("assay.features.scorecards")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_made_printable,
    )
    made.filters |= FILTERS | {
        "change": words.change,
        "counted": words.counted,
        "duration": words.duration,
        "figure": figure,
        "grade": words.grade,
        "moment": words.moment,
        "number": number,
        "roughly": words.roughly,
        "score": words.score,
        "sentence": sentence,
        "short_sha": words.short_sha,
        "shortly": words.shortly,
    }
    made.globals |= {"asset": asset_url}
    return made


def _made_printable(value: object) -> object:
    is_plain_text = isinstance(value, str) and not isinstance(value, Markup)
    return printable(str(value)) if is_plain_text else value
