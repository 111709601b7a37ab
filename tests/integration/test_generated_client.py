"""Somebody who has nothing but the OpenAPI document can generate a client, and it works."""

import importlib
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import uvicorn
from tests.fakes.client_generator import generate, installed_generator
from tests.fakes.web import Site, a_site

from assay.domain.permissions import Role

PACKAGE = "client_of_assay"
START_S = 20.0


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = a_site(tmp_path_factory.mktemp("site"))
    yield made
    made.house.database.dispose()


@contextmanager
def listening(site: Site) -> Iterator[str]:
    """The address of the application, really served."""
    config = uvicorn.Config(site.app, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until_s = time.monotonic() + START_S
            while not server.started:
                assert time.monotonic() < until_s
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def generated(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A package that a generator made of the document, and of nothing else."""
    needed = str(installed_generator())
    document = tmp_path_factory.mktemp("generated") / "openapi.json"
    document.write_text(json.dumps(site.browser().get("/api/v1/openapi.json").json()))
    package = generate(document, PACKAGE)
    places = [str(document.parent), needed]
    sys.path += places
    yield package
    for place in places:
        sys.path.remove(place)


def call(area: str, operation: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.api.{area}.{operation}")


def model(name: str) -> Any:
    return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


@pytest.fixture(scope="module")
def client(site: Site, generated: Path) -> Iterator[Any]:
    """A generated client with a key of an owner."""
    made = importlib.import_module(PACKAGE).AuthenticatedClient
    with listening(site) as url, made(base_url=url, token=site.key(Role.OWNER)) as client:
        yield client


def test_a_candidate_is_invited_followed_cancelled_and_told(site: Site, client: Any) -> None:
    order = model("InviteIn")(challenge="credit-scoring", candidate_email="erin@example.com")
    made = call("assessments", "invite").sync(client=client, body=order)
    assert made.invitation_url.startswith("https://assay.example.org/a/")

    site.house.start(made.assessment_id)
    listed = call("assessments", "list_assessments").sync(client=client, limit=10)
    (mine,) = [one for one in listed.assessments if one.id == made.assessment_id]
    assert (mine.state, mine.candidate_email) == ("started", "erin@example.com")

    evaluation_id = site.pushed(mine.id)
    cancelled = call("evaluations", "cancel_evaluation").sync(evaluation_id, client=client)
    assert (cancelled.state, cancelled.score) == ("cancelled", None)

    site.pushed(mine.id)
    site.judge(site.sealed(mine.id))
    released = call("assessments", "release_result").sync(mine.id, client=client)
    assert released.released_at is not None
    assert released.score is not None
    assert (released.state, released.sealed_state) == ("finished", "judged")


def test_a_refusal_is_as_the_document_says(client: Any) -> None:
    unknown = "asm_0000000000000000"
    answer = call("assessments", "get_assessment").sync_detailed(unknown, client=client)

    assert answer.status_code == 404
    assert isinstance(answer.parsed, model("Refusal"))
    assert answer.parsed.error.code == "not_found"


def test_every_operation_of_the_document_has_a_function(site: Site, generated: Path) -> None:
    paths = site.browser().get("/api/v1/openapi.json").json()["paths"]
    operations = {one["operationId"] for methods in paths.values() for one in methods.values()}
    functions = {path.stem for path in generated.glob("api/*/*.py") if path.stem != "__init__"}

    assert {name.replace("_", "") for name in functions} == {name.lower() for name in operations}
