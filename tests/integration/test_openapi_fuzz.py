"""The API keeps its word: whatever is sent, no fault of ours and no answer its document lacks.

Requests are made from the document by schemathesis, fitting ones and ones that break it. Half of
those that name something name something that is there. They are the same in every run.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlmodel import Session, select
from tests.fakes.positions import a_position, invited_to
from tests.fakes.web import Site, a_site

from assay.db.tables import ApiKey, Assessment, Evaluation, Position
from assay.web import api
from assay.web.api import PREFIX

DOCUMENT = f"{PREFIX}/openapi.json"
PARTS = [import_module(f"{api.__name__}.{found.name}") for found in iter_modules(api.__path__)]
OPERATIONS = sorted(
    (method, route.path)
    for part in PARTS
    if hasattr(part, "router")
    for route in part.router.routes
    for method in route.methods
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
"""Requests to each operation, by each caller, in each mode."""
POOL = 5
"""Assessments in each state: some are withdrawn or deleted on the way."""

the_same_each_time = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One with assessments in every state."""
    made = a_site(tmp_path_factory.mktemp("fuzzed"), practice_runs=50)
    for _ in range(POOL):
        made.house.invite()
        at_work, done = made.house.started(), made.house.started()
        made.judge(made.pushed(at_work))
        made.pushed(at_work)
        made.pushed(done)
        made.judge(made.sealed(done))
        made.key()
        invited_to(made.house, a_position(made.house))
    yield made
    made.house.database.dispose()


@pytest.fixture(scope="module")
def document(site: Site) -> Any:
    return schemathesis.openapi.from_asgi(DOCUMENT, site.app)


@pytest.fixture(scope="module")
def known(site: Site) -> dict[str, list[str]]:
    """Parameter of an address -> what it can name."""
    tables = {
        "assessment_id": Assessment,
        "evaluation_id": Evaluation,
        "key_id": ApiKey,
        "position_id": Position,
    }
    with site.house.read() as session:
        return {name: ids_of(session, table) for name, table in tables.items()}


def ids_of(session: Session, table: Any) -> list[str]:
    return list(session.exec(select(table.id)))


def headers_of(site: Site, caller: Literal["program", "browser"]) -> dict[str, str]:
    if caller == "program":
        return {"Authorization": f"Bearer {site.key()}"}
    browser = site.of(site.house.cast.alice)
    return {"Cookie": "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)}


def name_something(case: Case, known: dict[str, list[str]]) -> None:
    """In half of the requests; which, and what, depends on what the request is."""
    drawn, another = divmod(crc32(repr((case.path_parameters, case.body)).encode()), 2)
    for name, there in known.items():
        if name in (case.path_parameters or {}) and another:
            case.path_parameters[name] = there[drawn % len(there)]


def test_every_operation_of_the_document_is_tried(document: Any) -> None:
    found = [operation.ok() for operation in document.get_all_operations()]

    assert sorted((one.method.upper(), one.path) for one in found) == OPERATIONS


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
@pytest.mark.parametrize("caller", ["program", "browser"])
@pytest.mark.parametrize("where", OPERATIONS, ids=" ".join)
def test_whatever_is_sent_is_answered_as_the_document_says(
    site: Site,
    document: Any,
    known: dict[str, list[str]],
    where: tuple[str, str],
    caller: Literal["program", "browser"],
    mode: GenerationMode,
) -> None:
    method, path = where
    headers, operation = headers_of(site, caller), document[path][method]

    @the_same_each_time
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
        site.forget_tries()
        name_something(case, known)
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()
