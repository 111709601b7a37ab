"""The format of the incidents in `challenge.toml`: what can happen, and how a timeline is drawn.

One real second is one virtual minute. Every duration here is in virtual minutes, which are
real seconds of the stage; rates are real requests per real second.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]

VIRTUAL_S_PER_S = 60
"""How much faster the virtual clock runs."""
SCRAPE_S = 0.25
"""Real seconds between scrapes of /metrics."""
VIRTUAL_SCRAPE_S = SCRAPE_S * VIRTUAL_S_PER_S
"""The scrape interval the candidate's rules see: 15 s."""
RESET_MIN = 30.0
"""An alert should have ended this long after its incident; later it is a false alarm."""
JOB, INSTANCE = "svc", "svc:{port}"
"""The labels every series is scraped with, published in the brief."""

IncidentKind = Literal["drift", "fault", "decoy"]
Signal = Literal[
    "availability",
    "errors",
    "latency",
    "dependency",
    "traffic",
    "drift",
    "missing",
    "schema",
    "prediction_shift",
    "quality",
    "saturation",
    "cost",
]
"""What an alert says it covers in `monitoring.yml`."""
Observable = Literal["service", "schema", "marginal", "score", "joint", "labels", "none"]
"""From what an incident can be noticed at all: the service's own behaviour, types and names of
fields, one column, the scores, several columns together, late labels, or nothing (decoys)."""
Schedule = Literal["abrupt", "gradual", "incremental", "recurring", "blip"]


class Part(BaseModel):
    """Base of every table: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Calibration(Part):
    """How strong a drift is made: its intensity is searched until `measure` reaches `target`."""

    measure: Literal["psi", "ks", "auc_loss"] = Field(description="What is measured of it.")
    target: float = Field(gt=0, description="Where the search ends.")
    field: str = Field("", description="Field that is measured; the drift's own without it.")


class IncidentSpec(Part):
    """One thing that can be done to the running service."""

    id: Name = Field(description="What plans and evidence call it.")
    title: str = Field(description="What happens, in one line, as the scorecard tells it.")
    kind: IncidentKind = Field(description="A decoy is to wake nobody.")
    group: Name = Field(description="A timeline draws a number of incidents from each group.")
    injector: Name = Field(description="Key of the registry of drifts, faults or traffic.")
    settings: dict[str, Any] = Field(default_factory=dict, description="Of the injector.")
    schedule: Schedule = Field("abrupt", description="How it comes and goes.")
    calibrate: Calibration | None = Field(
        None, description="Searches the strength; without it, as the settings say."
    )
    observable: Observable = Field(description="From what it can be noticed at all.")
    length_min: float = Field(gt=0, description="Virtual minutes from onset to end.")
    budget_min: float = Field(
        0, ge=0, description="Virtual minutes in which an alert earns credit; 0 for decoys."
    )
    accepts: tuple[Signal, ...] = Field((), description="Signals that count as noticing it.")
    locates: tuple[str, ...] = Field(
        (), description="Values of an alert's feature label that name the right place."
    )
    weight: float = Field(1.0, gt=0, description="Of its credit among the others.")

    @model_validator(mode="after")
    def _a_decoy_asks_for_nothing(self) -> "IncidentSpec":
        if (self.kind == "decoy") != (not self.accepts):
            raise ValueError("a decoy accepts no signal, and everything else at least one")
        if (self.kind == "decoy") != (self.budget_min == 0):
            raise ValueError("a decoy has no budget_min, and everything else needs one")
        return self


class Feedback(Part):
    """How late labels reach the service."""

    path: Annotated[str, Field(pattern=r"^/[^\s]*$", description="Path on the service.")]
    method: Literal["POST"] = Field("POST", description="HTTP method.")
    id_field: str = Field(description="Request field, and field of the feedback, with the id.")
    label_field: str = Field(description="Field of the feedback that holds true or false.")
    status: int = Field(202, description="Status of an accepted label.")
    delay_min: float = Field(gt=0, description="Virtual minutes between a score and its label.")
    share: float = Field(gt=0, le=1, description="Share of the scores that get a label.")


class Draw(Part):
    """How many incidents of a group one timeline has."""

    group: Name = Field(description="A group of the catalogue.")
    count: int = Field(gt=0, description="How many different ones.")


class FreshRows(Part):
    """How rows that nobody has seen are made from the pool, for each evaluation anew.

    Numbers are exchanged between rows of nearly the same rank, ids are new, personal values come
    from anybody. The reference is asked for the right answers.
    """

    together: tuple[tuple[str, ...], ...] = Field(
        (), description="Dotted paths of numbers that stay together, as an amount and its price."
    )


class IncidentRules(Part):
    """The incidents stage."""

    rows: str = Field(
        "",
        description="JSON lines {id, body, expected, label}: the pool of traffic. Left out with "
        "[generator].",
    )
    rate_rps: float = Field(60, ge=5, description="Requests per real second, fixed and published.")
    warmup_min: float = Field(15, ge=5, description="Clean traffic before anything happens.")
    gap_min: float = Field(10, ge=2, description="Least quiet between the end of one and the next.")
    standard_min: float = Field(240, gt=0, le=240, description="Length in the standard profile.")
    thorough_min: float = Field(480, gt=0, le=480, description="Length in the thorough profile.")
    quiet_share: float = Field(0.3, ge=0.3, lt=1, description="Least share of quiet time.")
    draw: tuple[Draw, ...] = Field(min_length=1, description="What one timeline is made of.")
    thorough_draw: tuple[Draw, ...] = Field((), description="Of the thorough profile.")
    feedback: Feedback | None = Field(None, description="Late labels; without it, none.")
    fresh: FreshRows | None = Field(
        None, description="New rows for every evaluation; without it, the pool as it is."
    )
    answer_class: str = Field("", description="Field of the answer whose values are counted.")
