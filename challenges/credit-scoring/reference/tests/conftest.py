"""One running application and one valid request for all tests."""

import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from fastapi.testclient import TestClient

import train
from app.config import Settings
from app.main import create_app
from app.model import Model, load_model

APPLICATION = {
    "application_id": "A-000123",
    "applicant": {
        "name": "Ada Mustermann-Testperson",
        "email": "ada.mustermann@example.org",
        "national_id": "ID12345678X",
    },
    "seniority_years": 7,
    "home": "owner",
    "term_months": 48,
    "age_years": 41,
    "marital": "married",
    "records": "no",
    "job": "fixed",
    "expenses_eur_month": 600,
    "income_eur_year": 21_600,
    "assets_eur": 40_000,
    "debt_eur": 0,
    "amount_eur": 9_000,
    "price_eur": 14_000,
}


@pytest.fixture(scope="session")
def wait_until_loaded() -> Callable[[TestClient], None]:
    """Waits for the model of an application, 30 s at most."""

    def wait(client: TestClient) -> None:
        deadline = time.monotonic() + 30
        while client.app.state.scorer is None and time.monotonic() < deadline:
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings with a model that exists."""
    if not train.MODEL.exists():
        train.main()
    return Settings()


@pytest.fixture(scope="session")
def model(settings: Settings) -> Model:
    """The model as the service loads it."""
    return load_model(settings.model_path)


@pytest.fixture(scope="session")
def client(settings: Settings, wait_until_loaded: Callable) -> Iterator[TestClient]:
    """A client of the running application."""
    with TestClient(create_app(settings)) as client:
        wait_until_loaded(client)
        yield client


@pytest.fixture
def application() -> dict[str, Any]:
    """A valid request, to be changed at will."""
    return deepcopy(APPLICATION)
