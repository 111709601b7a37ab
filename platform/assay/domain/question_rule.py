"""The format of a question that a challenge's author wants asked, and when. Published to nobody."""

import math
import string
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]

FIGURES = ("title", "value", "unit", "percent", "points", "max", "evidence")
"""What a text may name between braces."""


class QuestionRule(BaseModel):
    """A question that is asked where a line of the rubric came out so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name = Field(description="Unique among the questions of the challenge.")
    criterion: Name = Field(description="The line it is about.")
    measure: Literal["fraction", "value"] = Field(
        "fraction", description="What is compared: the share of the points, or the value itself."
    )
    above: float | None = Field(None, description="Asked if it is more than this.")
    below: float | None = Field(None, description="Asked if it is less than this.")
    text: str = Field(
        min_length=20,
        max_length=600,
        description="As one says it; {value}, {unit}, {percent}, {points}, {max}, {title} and "
        "{evidence} stand for what the scorecard says.",
    )
    why: str = Field(min_length=12, max_length=600, description="What a good answer shows.")
    weight: float | None = Field(
        None, ge=0, le=100, description="Its place among the others; else the points lost there."
    )

    @model_validator(mode="after")
    def _must_be_able_to_hold(self) -> "QuestionRule":
        if self.above is None and self.below is None:
            raise ValueError("say when it is asked: give above, below or both")
        if self.above is not None and self.below is not None and self.above >= self.below:
            raise ValueError("above has to be less than below, or it is never asked")
        return self

    @model_validator(mode="after")
    def _compares_with_what_there_can_be(self) -> "QuestionRule":
        given = [limit for limit in (self.above, self.below) if limit is not None]
        if not all(map(math.isfinite, given)):
            raise ValueError("above and below are ordinary numbers")
        if self.measure == "value":
            return self
        if not all(0 <= limit <= 1 for limit in given):
            raise ValueError("a share of the points lies in 0 to 1: say 0.6 for 60 %")
        if self.above == 1 or self.below == 0:
            raise ValueError("no share is above 1 or below 0: it is never asked")
        return self

    @model_validator(mode="after")
    def _names_only_what_there_is(self) -> "QuestionRule":
        strange = [name for name in _named(self.text) if name not in FIGURES]
        if strange:
            known = ", ".join(f"{{{name}}}" for name in FIGURES)
            raise ValueError(f"the text names {{{strange[0]}}}; use {known}, or {{{{ for a brace")
        return self


def _named(text: str) -> list[str]:
    """What stands between braces, with any format of it.

    Raises:
        ValueError: a brace is open, or closes nothing.
    """
    return [
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, name, form, conversion in string.Formatter().parse(text)
        if name is not None
    ]
