"""What the API takes and gives of endpoints and deliveries."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from assay.domain.hiring import EndpointKind, EventKind
from assay.web.api.schemas import Given, Taken

URL = r"^[\x21-\x7e]*$"
"""Plain characters without a blank; whether it is an address is looked at later."""
ShortName = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$", max_length=80)
]
SECRET = r"^[\x21-\x39\x3b-\x7e]*$"  # noqa: S105 - the form of secrets


class EndpointIn(Given):
    """An endpoint to make or to change. Changed, kind and secrets stay as they are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "signed",
                    "name": "our own bot",
                    "url": "https://hooks.example.org/assay",
                    "events": ["assessment.judged"],
                }
            ]
        }
    )

    kind: EndpointKind
    name: ShortName = Field(description="To know it by.")
    url: str = Field(
        "", pattern=URL, max_length=2000, description="Where to; of Greenhouse it is not needed."
    )
    events: list[EventKind] = Field(
        default_factory=list, max_length=20, description="What it is told of; none: of all."
    )
    personal: bool = Field(False, strict=True, description="Is told names and mail addresses.")
    their_key: str = Field(
        "", pattern=SECRET, max_length=100, description="The API key that Ashby or Lever made."
    )
    their_token: str = Field(
        "", pattern=SECRET, max_length=100, description="The signature token of Lever's webhook."
    )


class EndpointOut(Taken):
    """Who listens. Its secret was told once."""

    id: str
    kind: EndpointKind
    name: str
    url: str
    events: list[EventKind] = Field(description="None: all.")
    personal: bool
    created_at: datetime
    disabled_at: datetime | None = Field(description="Since when nothing is sent there.")


class EndpointsOut(Taken):
    """The endpoints of an organisation, the newest first."""

    endpoints: list[EndpointOut]


class MadeOut(Taken):
    """An endpoint with its secret, which is told this once."""

    endpoint: EndpointOut
    secret: str = Field(description='Signs, or is the key to call with; "" if we made none.')


class DeliveryOut(Taken):
    """One event on its way to one endpoint."""

    id: str
    endpoint_id: str
    event: str = Field(description="Header `webhook-id`, the same in every try.")
    type: EventKind
    assessment_id: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    created_at: datetime
    next_at: datetime | None = Field(description="Of the next try; null: there is none.")
    delivered_at: datetime | None
    status: int | None = Field(description="HTTP status of the last try; null: no answer came.")
    error: str
    method: str
    url: str
    body: str = Field(description="As it is sent.")


class DeliveriesOut(Taken):
    """A page of deliveries, the newest first."""

    deliveries: list[DeliveryOut]
    after: str = Field(description='Send it as `after` for the next page; "" at the end.')


class ReplayedOut(Taken):
    """How many deliveries are sent again."""

    replayed: int
