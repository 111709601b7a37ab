"""What a fault must not do on the local engine, where processes of ours stand in for networks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.engines import bubblewrap_stand
from tests.fakes.local_engines import needs_bubblewrap
from tests.fakes.processes import state_of

from assay_sandbox.conformance_faults import wait_until
from assay_sandbox.conformance_lab import START_S, Lab, laboratory
from assay_sandbox.engine import Attachment
from assay_sandbox.local_container import LocalContainer

pytestmark = [needs_bubblewrap, pytest.mark.slow]

SLEEP = "import time\nwhile True: time.sleep(1)"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    stand = bubblewrap_stand()
    with laboratory(stand.engine, stand.image) as made:
        yield made


def test_a_cut_right_after_the_start_waits_for_the_relay_that_dies_with_us(lab: Lab) -> None:
    """A process that is stopped before it has asked to die with us would never ask."""
    place = Attachment(lab.network("app"), 2)
    container = lab.start(SLEEP, attachments=(place,), port=8000)
    assert isinstance(container, LocalContainer)

    container.fault("network_cut").inject({}, deadline_s=START_S)

    (relay,) = container.relays.values()
    assert "local_relay" in Path(f"/proc/{relay.pid}/cmdline").read_text()
    wait_until(lambda: state_of(relay.pid) == "T", "the relay is stopped")
    container.fault("network_cut").heal(deadline_s=START_S)
    wait_until(lambda: state_of(relay.pid) == "S", "the relay goes on")
    container.remove()


def test_a_cut_of_what_ended_before_its_relay_could_serve_is_no_error(lab: Lab) -> None:
    place = Attachment(lab.network("app"), 2)
    container = lab.start("raise SystemExit(3)", attachments=(place,), port=8000)

    container.fault("network_cut").inject({}, deadline_s=START_S)
    container.fault("network_cut").heal(deadline_s=START_S)

    container.remove()
