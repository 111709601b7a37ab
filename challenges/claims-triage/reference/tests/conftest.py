"""Adjudicated claims, and a service with a gateway that does as it is told."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from app.config import Settings
from app.main import create_app
from tests.scripted_gateway import ScriptedGateway

USUAL = Settings(
    small_model="assay-small",
    large_model="assay-large",
    attempt_s=4.0,
    claim_s=9.0,
    claim_budget_usd=0.03,
    daily_budget_usd=35.0,
    in_work=48,
    waiting=48,
)
"""What these tests rely on, however a deployment is set."""
LINES = (Path(__file__).parent.parent / "data" / "claims.jsonl").read_text().splitlines()
Row = dict[str, Any]


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    """Claims with what is right about them."""
    return [json.loads(line) for line in LINES]


@pytest.fixture
def payable(rows: list[Row]) -> Row:
    """A claim that can be paid."""
    return next(row for row in rows if row["right"]["decision"] == "auto")


@pytest.fixture
def gateway(rows: list[Row]) -> ScriptedGateway:
    """Knows all claims, and answers rightly unless told otherwise."""
    return ScriptedGateway(rows)


@pytest.fixture
def with_service(
    gateway: ScriptedGateway,
) -> Callable[[Callable[[TestClient], Awaitable[Any]]], Any]:
    """Runs a scenario with a client of the service; the gateway is there as scripted."""

    def run(scenario: Callable[[TestClient], Awaitable[Any]], **settings: Any) -> Any:
        async def all_of_it() -> Any:
            async with TestServer(gateway.app()) as server:
                url = str(server.make_url("/v1")) if gateway.reachable else "http://127.0.0.1:9/v1"
                chosen = replace(USUAL, base_url=url, api_key=gateway.key, **settings)
                async with TestClient(TestServer(create_app(chosen))) as client:
                    return await scenario(client)

        return asyncio.run(all_of_it())

    return run
