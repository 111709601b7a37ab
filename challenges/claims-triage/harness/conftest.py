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
def read(service, dependency, seed):
    """The held-out claims with their answers."""
    return ask.reading(service, dependency, seed)


@pytest.fixture
def pairs(service, seed):
    """By family of attacks: a calm claim and an attacked one, with their answers."""
    return ask.paired(service, seed)


@pytest.fixture
def model(dependency):
    """The hand on the gateway."""
    return dependency("model")
