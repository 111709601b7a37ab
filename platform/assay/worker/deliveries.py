"""Telling other systems what happened, beside everything else a worker does.

In a thread of its own: a receiver that hangs holds up neither deadlines nor mail.
"""

import logging
import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from assay.adapters.outgoing import HttpCourier
from assay.bootstrap.installation import Installation
from assay.features.integrations import outbox
from assay.features.integrations.sending import Desk, Sender
from assay.kit.clock import utc_now
from assay.worker.beside import beside

logger = logging.getLogger(__name__)

EVERY_S = 2.0
STOP_S = 2.0
"""What a request may take to end when the worker stops; cut off, it is sent again later."""


def delivering(
    installation: Installation, every_s: float = EVERY_S
) -> AbstractContextManager[None]:
    """Deliver, in a thread, until the block ends."""
    deliver = partial(_deliver, installation, every_s)
    return beside("deliveries", deliver, stop_s=STOP_S)


def sender_of(installation: Installation) -> Sender:
    """Sends what is due of an installation."""
    settings = installation.settings
    return Sender(
        Desk(
            database=installation.database,
            courier=HttpCourier(allow_private=settings.allow_private_endpoints),
            now=utc_now,
            rng=random.SystemRandom(),
            public_url=settings.public_url,
            greenhouse_hosts=settings.greenhouse_hosts,
            plain=settings.allow_private_endpoints,
        )
    )


def hand_on(installation: Installation) -> int:
    """Make the deliveries of what happened since the last time; how many events there were."""
    with installation.database.read() as session:
        if not outbox.is_anything_new(session):
            return 0
    with installation.database.write() as session:
        return outbox.hand_on(session, installation.settings.public_url, utc_now())


def _deliver(installation: Installation, every_s: float, over: threading.Event) -> None:
    sender = sender_of(installation)
    while not over.wait(every_s):
        _try(lambda: hand_on(installation))
        _try(sender.send_due)


def _try(step: Callable[[], object]) -> None:
    """What fails is tried again in a moment; what waits already is sent all the same."""
    try:
        step()
    except Exception:
        logger.exception("deliveries: tried again in a moment")
