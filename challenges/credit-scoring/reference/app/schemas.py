"""What callers may send. Everything is checked here, so nothing behind it checks again."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_BATCH = 500

Money = Annotated[float, Field(ge=0, le=100_000_000)]
PositiveMoney = Annotated[float, Field(gt=0, le=100_000_000)]
ApplicationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Text = Annotated[str, Field(max_length=300)]

Home = Literal["rent", "owner", "priv", "ignore", "parents", "other"]
Marital = Literal["single", "married", "separated", "divorced", "widow"]
Records = Literal["yes", "no"]
Job = Literal["fixed", "partime", "freelance", "others"]


class Message(BaseModel):
    """JSON types are taken as they are: "12" is no number, NaN is no amount."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="ignore")


class Applicant(Message):
    """Who applies. Needed by the caller's audit, never by us: not used, not kept, not logged."""

    name: Text
    email: Text
    national_id: Text


class Application(Message):
    """One application for a loan; money in EUR."""

    application_id: ApplicationId
    applicant: Applicant = Field(repr=False)
    seniority_years: int = Field(ge=0, le=80)
    home: Home | None
    term_months: int = Field(ge=1, le=600)
    age_years: int = Field(ge=18, le=120)
    marital: Marital | None
    records: Records
    job: Job | None
    expenses_eur_month: Money
    income_eur_year: Money | None
    assets_eur: Money | None
    debt_eur: Money | None
    amount_eur: PositiveMoney
    price_eur: PositiveMoney


class Batch(Message):
    """Applications to score together, answered in the same order."""

    applications: list[Application] = Field(min_length=1, max_length=MAX_BATCH)


class Feedback(Message):
    """How a loan ended, known months later."""

    application_id: ApplicationId
    defaulted: bool
