"""Logs and metrics hold nothing about people."""

import io
import logging

import pytest

from app import logs

PERSONAL = ("Mustermann", "ada.", "12345678")


@pytest.fixture
def printed(monkeypatch):
    """Everything logged by the time it is called."""
    stream = io.StringIO()
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logs.set_up(stream)
    return stream.getvalue


def test_neither_scores_nor_refusals_print_personal_data(client, application, printed):
    client.post("/v1/score", json=application)
    client.post("/v1/score", json=application | {"home": "Mustermann"})
    client.post("/v1/score", json=application | {"income_eur_year": None})
    client.post("/v1/score/batch", json={"applications": [application] * 2})
    assert "refused" in printed()
    text = printed() + client.get("/metrics").text
    assert not [word for word in PERSONAL if word in text]


def test_an_exception_is_logged_by_its_place_not_by_its_message(printed):
    try:
        raise ValueError("Ada Mustermann")
    except ValueError as exception:
        logs.error("failed", exception)
    line = printed()
    assert "test_logging.py" in line
    assert "Mustermann" not in line
