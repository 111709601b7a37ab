"""What the hidden tests have in their hands, besides the probe's own fixtures."""

import ask
import pytest


@pytest.fixture
def body(rows):
    """One application with nothing missing."""
    return ask.complete(rows)[0][0]


@pytest.fixture
def score(service):
    """Ask for the score of an application, some of its fields replaced."""
    return lambda body, **fields: service.post(ask.SCORE, json=body | fields)


@pytest.fixture
def batch(service):
    """Ask for the scores of a batch."""
    return lambda bodies: service.post(ask.BATCH, json={"applications": bodies}, timeout_s=10)


@pytest.fixture
def sample(rows):
    """Thirty complete applications with the approved model's answers."""
    return ask.complete(rows)[:30]
