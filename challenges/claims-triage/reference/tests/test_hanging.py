"""A gateway that never answers costs an attempt, and no claim waits for it beyond its time."""

import time

from tests.asking import decided
from tests.asking_gateway import ask


def test_a_call_that_hangs_costs_an_attempt_and_no_more_than_the_deadline(gateway, payable):
    gateway.usually = "hang"
    begun = time.monotonic()
    [reply], _ = ask(gateway, payable, attempt_s=0.2, claim_s=0.5)
    assert reply.answer is None
    assert time.monotonic() - begun < 2
    assert {call.outcome for call in reply.calls} == {"timeout"}


def test_a_claim_is_handed_on_while_the_gateway_hangs(with_service, gateway, payable):
    gateway.usually = "hang"
    got = decided(with_service, payable["body"], attempt_s=0.2, claim_s=1.0)
    assert got["reasons"] == ["model_unavailable"]
