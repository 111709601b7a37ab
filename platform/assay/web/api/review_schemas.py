"""What the API takes and gives of reviews, overrides, decisions and the audit log."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assay.domain.hiring import Verdict
from assay.domain.human_rubric import NOTE_MAX, SUMMARY_MAX
from assay.features.reviews import deciding, overriding
from assay.web.api.schemas import EXAMPLE_ID, Given, Taken
from assay.web.dependencies import ID_PATTERN

LAST_ID = 2**53
PROSE = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
"""Several lines, without what cannot be seen."""

Note = Annotated[str, StringConstraints(pattern=PROSE, max_length=NOTE_MAX)]
Summary = Annotated[str, StringConstraints(pattern=PROSE, max_length=SUMMARY_MAX)]
LineName = Annotated[str, StringConstraints(pattern=r"^(flag:)?[a-z][a-z0-9_]*$", max_length=80)]


class OpinionIn(Given):
    """What is said about one line."""

    score: int | None = Field(None, ge=1, le=4, strict=True, description="Null for a flag.")
    note: Note = ""


class ReviewIn(Given):
    """A draft: it takes the place of what was saved before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": {"design": {"score": 3, "note": "one model, loaded once"}},
                    "summary": "Would build on it.",
                }
            ]
        }
    )

    lines: dict[LineName, OpinionIn] = Field(
        max_length=40, description="Line, or `flag:KIND`, -> what is said about it."
    )
    summary: Summary = ""
    hand_in: bool = Field(False, strict=True, description="Hand it in once it is saved.")


class OpinionOut(Taken):
    """What was said about one line."""

    score: int | None
    note: str


class ReviewOut(Taken):
    """One review. Of others only what was handed in is given."""

    id: str = Field(examples=["rev_4k2v9qx0w7tz3m8a"])
    reviewer: str = Field(description="Name, or address where there is none.")
    blindness: str = Field(description="Whether its reviewer knew the name, in words.")
    lines: dict[str, OpinionOut]
    summary: str
    handed_in_at: datetime | None = Field(description="Null: a draft, and your own.")


class LineOut(Taken):
    """A line that is asked."""

    id: str
    title: str
    question: str
    anchors: tuple[str, str, str, str] = Field(description="What 1, 2, 3 and 4 mean.")


class ReviewsOut(Taken):
    """The reviews of one candidate, as far as who asks may see them."""

    blind: bool = Field(description="Others are hidden until you have handed in yours.")
    lines: list[LineOut]
    own: ReviewOut | None
    reviews: list[ReviewOut]


class OverrideIn(Given):
    """What a line shall earn instead."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "criterion": "shutdown_time",
                    "fraction": 1.0,
                    "reason": "the host lost its disk in that very minute",
                }
            ]
        }
    )

    criterion: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    fraction: float | None = Field(
        ge=0, le=1, strict=True, description="Of its points; null: as measured again."
    )
    reason: Annotated[
        str,
        StringConstraints(
            pattern=PROSE, min_length=overriding.REASON_MIN, max_length=overriding.REASON_MAX
        ),
    ]


class OverrideOut(Taken):
    """One override. Of those of a line the last one counts."""

    criterion: str
    was: float | None
    now: float | None
    reason: str
    user_id: str
    at: datetime


class OverridesOut(Taken):
    """All overrides of the result that counts, the latest first."""

    machine_total: float | None = Field(
        description="As measured, 0..100, by the weights of the position."
    )
    unweighted_total: float | None = Field(description="As measured, the challenge's own.")
    total: float | None = Field(
        description="With overrides, by the weights of the position; null if there are none."
    )
    overrides: list[OverrideOut]


class DecisionIn(Given):
    """A decision about a candidate."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"verdict": "advance", "reason": "sound work, and two reviewers agree"}]
        }
    )

    verdict: Verdict
    reason: Annotated[
        str,
        StringConstraints(
            pattern=PROSE, min_length=deciding.REASON_MIN, max_length=deciding.REASON_MAX
        ),
    ]
    confirmed: bool = Field(
        False, strict=True, description="Decide although something is missing, see the refusal."
    )


class DecisionOut(Taken):
    """One decision. The last one counts."""

    verdict: Verdict
    reason: str
    user_id: str | None = Field(description="Null: a program decided.")
    at: datetime


class DecisionsOut(Taken):
    """All decisions about a candidate, the one that counts first."""

    assessment_id: str = Field(examples=[EXAMPLE_ID])
    concerns: list[str] = Field(description="What is missing for a decision, in words.")
    decisions: list[DecisionOut]


class DeedsIn(BaseModel):
    """Which entries of the audit log are wanted."""

    actor: str = Field(
        "", pattern=r"^([a-z]+(:[a-z0-9_]+)?)?$", max_length=200, description="`user:ID`, `key:ID`."
    )
    action: str = Field(
        "",
        pattern=r"^([a-z]+:[a-z_]*)?$",
        max_length=80,
        description="`subject:deed`; one that ends with `:` means all about such a thing.",
    )
    assessment: str = Field(
        "", pattern=ID_PATTERN + "|^$", description="It, its pushes and its evaluations."
    )
    since: datetime | None = Field(None, description="In UTC unless it says otherwise.")
    until: datetime | None = Field(None, description="Before it.")
    before: int | None = Field(None, ge=1, le=LAST_ID, description="Of the page before.")


class DeedOut(Taken):
    """One entry of the audit log. Names are looked up now; what was deleted has none."""

    id: int
    at: datetime
    who: str
    actor: str = Field(examples=["user:usr_4k2v9qx0w7tz3m8a"])
    action: str = Field(examples=["assessment:invited"])
    about: str
    subject: str
    details: dict[str, str | int | float | bool | None]
    address: str = Field(description='Of the client; "" where it is not kept.')


class DeedsOut(Taken):
    """A page of the audit log, the latest first."""

    entries: list[DeedOut]
    before: int | None = Field(description="Send it as `before` for the next page; null: the end.")
