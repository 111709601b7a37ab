"""What the API takes and gives of documents."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from assay.features.documents.letters import SUBJECT_MAX, TEXT_MAX
from assay.features.documents.sharing import DAYS_MAX, DAYS_MIN
from assay.web.api.schemas import ONE_LINE, Given, Taken

Subject = Annotated[str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=SUBJECT_MAX)]
LetterText = Annotated[
    str,
    StringConstraints(
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$", min_length=1, max_length=TEXT_MAX
    ),
]


class ShareIn(Given):
    """A link to make."""

    days: int = Field(14, ge=DAYS_MIN, le=DAYS_MAX, description="How long it is open.")
    anonymous: bool = Field(False, description="Without the candidate's name and address.")


class ShareOut(Taken):
    """A link to a scorecard, without its address: we do not have it."""

    id: str
    anonymous: bool
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    seen_at: datetime | None = Field(description="When it was followed last.")
    is_open: bool


class NewShareOut(Taken):
    """A link that was made."""

    id: str
    url: str = Field(description="Answered this once.")
    expires_at: datetime


class SharesOut(Taken):
    """The links of an assessment, the newest first."""

    shares: list[ShareOut]


class LetterIn(Given):
    """A letter as it shall be."""

    subject: Subject
    text: LetterText = Field(description='Plain text; lines that begin "- " are points of a list.')


class LetterOut(Taken):
    """The letter to a candidate."""

    subject: str
    text: str
    edited: bool = Field(description="A person has changed it; else the evidence writes it.")
    sent_at: datetime | None


class GroupSpreadOut(Taken):
    """Scores of one group; the figures are null if the group is too small to show."""

    name: str
    count: int
    low: float | None = Field(description="Lower quartile.")
    median: float | None
    high: float | None = Field(description="Upper quartile.")


class ComparisonOut(Taken):
    """Whether groups differ more than chance makes them."""

    verdict: Literal["too_few", "differ", "no_difference_found"]
    people: int
    p: float | None
    noticeable: float | None = Field(
        description="Points between the two largest groups that are noticed four times of five."
    )
    spreads: list[GroupSpreadOut]


class ImpactOut(Taken):
    """The selection rate of a group; null where it is too small to show."""

    group: str
    rate: float | None
    ratio: float | None = Field(description="To the highest rate.")
    p: float | None = Field(description="Fisher's exact test, two-sided.")
    is_below: bool | None = Field(description="Less than four fifths.")


class DimensionOut(Taken):
    """Selection rates by one thing that is known of candidates."""

    name: str
    impacts: list[ImpactOut]


class FairnessOut(Taken):
    """Whether a position treats its candidates alike, as far as figures can tell."""

    results: int = Field(description="Compared: complete, and under `version`.")
    deleted: int = Field(description="How many of them are of candidates who were deleted since.")
    version: str = Field(description="Of the challenge, which most results have; empty: none has.")
    partial: int = Field(description="Left out: not everything was measured.")
    others: int = Field(description="Left out: under other versions.")
    by_variant: ComparisonOut
    by_host: ComparisonOut
    by_hour: ComparisonOut
    dimensions: list[DimensionOut]
