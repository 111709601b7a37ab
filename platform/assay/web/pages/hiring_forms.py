"""The forms of inviting, of more time and of withdrawing: text as typed, until it is read."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from assay.auth.accounts import normal_email
from assay.domain.errors import BadInput
from assay.features.assessments.orders import VALID_DAYS, VALID_DAYS_MAX
from assay.web.forms import TEXT_MAX, FormLine, plain

HOURS_MAX = 24 * 90
DAYS_WANTED = f"type whole days, from 1 to {VALID_DAYS_MAX}"
SAY_WHY = "say why: the reason is kept in the audit log, so name nobody in it"

Reason = Annotated[str, AfterValidator(plain), Field(max_length=TEXT_MAX)]


class Mistyped(BadInput):
    """What was typed cannot be used. `at`: field -> what is wrong and what to do."""

    def __init__(self, at: Mapping[str, str]) -> None:
        super().__init__(*at.values())
        self.at = at


class InvitationForm(BaseModel):
    """Whom to invite to what."""

    challenge: FormLine = ""
    email: FormLine = ""
    name: FormLine = ""
    valid_days: FormLine = str(VALID_DAYS)

    def valid_for(self, offered: Collection[str]) -> timedelta:
        """How long it can be accepted, if all else is right as well.

        Raises:
            Mistyped: the challenge is none of those offered, or a field cannot be used.
        """
        wrong = {}
        if self.challenge not in offered:
            wrong["challenge"] = "there is no such challenge here; choose one from the list"
        try:
            normal_email(self.email)
        except BadInput as told:
            wrong["email"] = str(told)
        days = days_in(self.valid_days)
        if days is None:
            wrong["valid_days"] = DAYS_WANTED
        if days is None or wrong:
            raise Mistyped(wrong)
        return timedelta(days=days)


class ReasonForm(BaseModel):
    """Why something is done."""

    reason: Reason = ""

    def why(self) -> str:
        """The reason.

        Raises:
            Mistyped: there is none.
        """
        if not self.reason:
            raise Mistyped({"reason": SAY_WHY})
        return self.reason


class MoreTimeForm(ReasonForm):
    """How much more time, and why."""

    hours: FormLine = ""

    def more(self) -> tuple[float, str]:
        """How many hours, and the reason.

        Raises:
            Mistyped: that is no more time, too much, or there is no reason.
        """
        hours, wrong = hours_in(self.hours), {}
        if hours is None:
            wrong["hours"] = f"type hours: more than 0, at most {HOURS_MAX:,}"
        if not self.reason:
            wrong["reason"] = SAY_WHY
        if hours is None or wrong:
            raise Mistyped(wrong)
        return hours, self.reason


@dataclass(frozen=True, slots=True)
class Entry:
    """What a form begins with.

    Attributes:
        deed: Which form of the page it is: "extend", "revoke"; "" for none.
        wrong: Field -> what is wrong with what was typed.
    """

    deed: str = ""
    hours: str = ""
    reason: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)


def days_in(text: str) -> int | None:
    """Days that an invitation can be accepted; None if that is no such number."""
    days = int(text) if re.fullmatch("[0-9]{1,2}", text) else 0
    return days if 1 <= days <= VALID_DAYS_MAX else None


def hours_in(text: str) -> float | None:
    """Hours that somebody can be given; None if that is no such number."""
    try:
        hours = float(text.replace(",", "."))
    except ValueError:
        return None
    return hours if math.isfinite(hours) and 0 < hours <= HOURS_MAX else None
