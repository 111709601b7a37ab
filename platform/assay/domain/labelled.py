"""The format of labelled answers: objects that are right field by field, and a decision.

The truth of a row has the shape of a right answer: the same fields at the same places.
"""

from typing import Annotated, Literal

from pydantic import Field

from assay.domain.timeline import Part

Comparison = Literal["number", "text", "folded"]
AnswerPath = Annotated[
    str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$", max_length=200)
]
"""Dotted path in an answer, and in the truth of a row."""


class DecisionRule(Part):
    """What an answer decides, or hands on."""

    field: AnswerPath = Field(description="Where the decision stands; it is text.")
    withheld: str = Field(
        min_length=1,
        description="The decision that hands the question on to people. Load, outages and "
        "`wrong_served` never take it for an invented answer.",
    )
    confidence: AnswerPath | None = Field(
        None, description="Where the answer says how likely it is right, from 0 to 1."
    )


class DecisionCosts(Part):
    """What decisions cost that are not right, in any unit."""

    wrong_taken: float = Field(20, gt=0, description="Decided, and wrongly.")
    needless_withheld: float = Field(1, gt=0, description="Handed on what could be decided.")
    unanswered: float = Field(2, gt=0, description="No decision at all.")


class LabelledAnswers(Part):
    """Answers that are right by field; rows then have a `truth` of the same shape."""

    fields: AnswerPath = Field(description="Where the object of the fields stands.")
    compare: dict[str, Comparison] = Field(
        min_length=1,
        description="Field -> how it is compared: `number` within `tolerance`, `text` exactly, "
        "`folded` without regard to case and spaces. Null for null counts for nothing.",
    )
    class_field: AnswerPath | None = Field(
        None, description="Where a class stands that counts as one more field, compared as text."
    )
    tolerance: float = Field(0.005, ge=0, description="Of fields compared as `number`.")
    decision: DecisionRule = Field(description="What an answer decides.")
    costs: DecisionCosts = Field(DecisionCosts(), description="What the others cost.")
