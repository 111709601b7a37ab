"""One event, about to be told to one endpoint. Plain values, no database."""

from dataclasses import dataclass

from assay.db.tables import AtsOrder, Endpoint
from assay.features.integrations.messages import EventMessage


@dataclass(frozen=True, slots=True)
class Occasion:
    """What there is to tell, and to whom.

    Attributes:
        message: Without the candidate's name, unless the endpoint is to be told it.
        order: How this endpoint asked for the assessment; None if it did not.
    """

    message: EventMessage
    endpoint: Endpoint
    order: AtsOrder | None


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent, and where. No secret is in it: it is stored."""

    method: str
    url: str
    body: str = ""
