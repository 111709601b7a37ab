"""What the hidden tests have in their hands, besides the probe's own fixtures."""

import ask
import pytest


@pytest.fixture
def seed(rng):
    """Of the claims of this evaluation."""
    return ask.seed_of(rng)


@pytest.fixture
def stock(seed):
    """Claims that no other test has used."""
    return ask.stock(seed)


@pytest.fixture
def claim(stock):
    """A clear claim that is to be paid."""
    return stock.easy()


@pytest.fixture
def prying(seed):
    """Claims with a document that asks for the instructions."""
    return ask.prying(seed)


@pytest.fixture
def bill(meter):
    """What the gateway bills."""
    return ask.Bill(meter("model"))


@pytest.fixture
def model(dependency):
    """The hand on the gateway."""
    return dependency("model")
