"""Nothing of a claimant is in the log or in the metrics."""

import io
import logging

import pytest

from app import logs


@pytest.fixture
def logged():
    """What is logged from here on."""
    stream = io.StringIO()
    logs.set_up(stream)
    yield stream
    logging.root.handlers.clear()


def test_no_personal_value_is_logged_or_exported(with_service, gateway, rows, logged):
    gateway.script.extend(["wrong", 500, "garbled"])

    async def scenario(client):
        for row in rows[:6]:
            await client.post("/v1/claims", json=row["body"])
            await client.post("/v1/claims", json={**row["body"], "documents": [{}]})
        return await (await client.get("/metrics")).text()

    told = with_service(scenario) + logged.getvalue()
    assert '"event":"decided"' in told
    for row in rows[:6]:
        personal = [*row["body"]["contact"].values(), row["right"]["fields"]["claimant"]]
        assert [value for value in personal if value in told] == []
    assert gateway.key not in told


def test_an_exception_is_told_by_its_places(logged):
    try:
        raise ValueError("ada@example.org")
    except ValueError as problem:
        logs.error("failed", problem, path="/v1/claims")
    assert "ada@example.org" not in logged.getvalue()
    assert "test_logging.py" in logged.getvalue()
