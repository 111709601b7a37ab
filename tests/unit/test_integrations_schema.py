"""What receivers are promised is written down, and is what is sent."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.integrations import HOOK, Post, Worker, an_endpoint, deliveries_in
from tests.fakes.sittings import House, a_house

from assay.bootstrap.settings import read_settings
from assay.domain.errors import BadInput
from assay.domain.hiring import EndpointKind, EventKind
from assay.features.integrations.formats import FORMATS
from assay.features.integrations.messages import EventMessage
from assay.features.integrations.retries import NO_USE
from assay.web.pages.integrations import EVENTS, KINDS

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = DOCS / "schemas" / "event.schema.json"
RECORD = "ASSAY_RECORD" in os.environ


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def test_the_published_schema_of_events_is_fresh() -> None:
    made = EventMessage.model_json_schema(mode="serialization")
    if RECORD:
        SCHEMA.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")

    assert json.loads(SCHEMA.read_text()) == made, "run the test with ASSAY_RECORD=1"


def test_every_field_that_is_promised_is_sent(house: House) -> None:
    an_endpoint(house, EndpointKind.SIGNED, HOOK, personal=True)
    house.invite()
    Worker(house, Post()).hand_on()
    sent = json.loads(deliveries_in(house)[0].body)
    schema = json.loads(SCHEMA.read_text())
    parts = {
        "EventMessage": sent,
        "EventData": sent["data"],
        "AssessmentPart": sent["data"]["assessment"],
        "CandidatePart": sent["data"]["candidate"],
    }

    assert set(schema["properties"]) == set(parts.pop("EventMessage"))
    for name, part in parts.items():
        assert set(schema["$defs"][name]["required"]) == set(part), name


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_is_documented(kind: EventKind) -> None:
    assert f"`{kind.value}`" in (DOCS / "integrations.md").read_text()


@pytest.mark.parametrize("kind", EndpointKind)
def test_every_kind_of_endpoint_has_all_it_takes(kind: EndpointKind) -> None:
    assert kind in FORMATS
    assert kind in NO_USE
    assert kind in KINDS
    assert set(EVENTS) == set(EventKind)


def test_the_example_of_the_documentation_is_a_message() -> None:
    page = (DOCS / "integrations.md").read_text()
    (example,) = re.findall(r"```json\n(\{.*?\"type\".*?)```", page, re.DOTALL)

    assert EventMessage.model_validate_json(example).type is EventKind.JUDGED


@pytest.mark.parametrize("setting", ["ASSAY_ALLOW_PRIVATE_ENDPOINTS", "ASSAY_GREENHOUSE_HOSTS"])
def test_the_settings_are_documented(setting: str) -> None:
    assert setting in (DOCS / "operating.md").read_text()


def test_without_settings_nothing_private_is_sent_to_and_greenhouse_is_greenhouse() -> None:
    settings = read_settings({})

    assert not settings.allow_private_endpoints
    assert settings.greenhouse_hosts == ("*.greenhouse.io",)


def test_other_hosts_pass_for_greenhouse_where_the_operator_says_so() -> None:
    given = {"ASSAY_GREENHOUSE_HOSTS": "127.0.0.1:8080 *.Greenhouse.io"}

    assert read_settings(given).greenhouse_hosts == ("127.0.0.1:8080", "*.greenhouse.io")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("ASSAY_GREENHOUSE_HOSTS", "https://app.greenhouse.io"),
        ("ASSAY_GREENHOUSE_HOSTS", "*"),
        ("ASSAY_GREENHOUSE_HOSTS", "a.example/x"),
        ("ASSAY_ALLOW_PRIVATE_ENDPOINTS", "true"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, given: str) -> None:
    with pytest.raises(BadInput, match=name):
        read_settings({name: given})
