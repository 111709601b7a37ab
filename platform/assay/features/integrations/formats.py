"""How each kind of endpoint is told of an event, and how it knows that it is us.

What is stored of a delivery is `Letter`: no secret is in it. The headers with which it is sent
are made for every try anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from assay.db.tables import Delivery, Endpoint
from assay.domain.hiring import EndpointKind
from assay.features.integrations import ashby, greenhouse, lever, signing, slack
from assay.features.integrations.keys import basic, outward_key
from assay.features.integrations.letters import Letter, Occasion

JSON = {"content-type": "application/json"}
Writer = Callable[[Occasion], Letter | None]
Sealer = Callable[[Endpoint, Delivery, datetime], dict[str, str]]


def event_name(event_id: int) -> str:
    """How receivers know an event: the same in every try, and at every endpoint."""
    return f"evt_{event_id}"


def _signed(occasion: Occasion) -> Letter:
    return Letter("POST", occasion.endpoint.url, occasion.message.model_dump_json())


def _with_signature(endpoint: Endpoint, delivery: Delivery, now: datetime) -> dict[str, str]:
    name = event_name(delivery.event_id)
    return JSON | signing.headers(endpoint.secret, name, delivery.body, now)


def _with_nothing(endpoint: Endpoint, delivery: Delivery, now: datetime) -> dict[str, str]:
    """The address itself is the secret."""
    return JSON


def _with_key(endpoint: Endpoint, delivery: Delivery, now: datetime) -> dict[str, str]:
    key = basic(outward_key(endpoint))
    return (JSON if delivery.body else {}) | {"authorization": key}


def _with_versioned_key(endpoint: Endpoint, delivery: Delivery, now: datetime) -> dict[str, str]:
    return _with_key(endpoint, delivery, now) | {"accept": ashby.ACCEPT}


@dataclass(frozen=True, slots=True)
class Format:
    """One way of telling.

    Attributes:
        write: The letter about an event; None if this endpoint is told nothing of it.
        seal: The headers of one try.
        only_orders: Whether only assessments are told of that this endpoint has ordered.
        latest_wins: Whether what happened earlier must not be told after something later.
    """

    write: Writer
    seal: Sealer
    only_orders: bool = True
    latest_wins: bool = False


FORMATS: dict[EndpointKind, Format] = {
    EndpointKind.SIGNED: Format(_signed, _with_signature, only_orders=False),
    EndpointKind.SLACK: Format(slack.write, _with_nothing, only_orders=False),
    EndpointKind.GREENHOUSE: Format(greenhouse.write, _with_key),
    EndpointKind.ASHBY: Format(ashby.write, _with_versioned_key, latest_wins=True),
    EndpointKind.LEVER: Format(lever.write, _with_key),
}
