"""`assay gateway`: which models are meant, and how their bill is told."""

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.metered_challenge import write_metered_challenge
from tests.fakes.metering import CENT, entry
from tests.fakes.practice import add_kit
from tests.fakes.quick_challenge import write_quick_challenge

from assay.adapters.own_gateway import Call
from assay.bootstrap.gateway import KEY, GatewayRequest, ready
from assay.cli.gateway import Bill, told
from assay.domain.errors import BadInput
from assay.toolkit.package import load_challenge
from assay.toolkit.practice_kit import write_kit

ANOTHER = """
[[dependency]]
name = "reader"
environment = "READER_URL"
port = 9200
behaviour = "llm"
data = "model-rules.json"
"""


@pytest.fixture
def challenge(tmp_path: Path) -> Path:
    return write_metered_challenge(tmp_path / "challenges")


def starter_of(challenge: Path, into: Path) -> Path:
    """A work tree with the kit of a challenge."""
    add_kit(challenge)
    (challenge / "practice/model-rules.json").write_text("{}")
    (into / "app").mkdir(parents=True)
    write_kit(load_challenge(challenge), into)
    return into


def call(**changes: Any) -> Call:
    return Call.of(
        {"endpoint": "/v1/chat/completions", **entry(repeated=False, latency_ms=210.0), **changes}
    )


# --------------------------------------------------------------------------------- what is served


def test_an_author_has_the_hidden_rules(challenge: Path) -> None:
    found = ready(GatewayRequest(challenge))

    assert found.order.data == str(challenge / "harness/model-rules.json")
    assert found.order.port == 9100
    assert found.order.settings == {"latency_percent": 5, "fresh_keys": [KEY]}
    assert found.key == KEY


def test_an_author_need_not_have_written_the_rest(challenge: Path) -> None:
    (challenge / "harness/test_contract.py").unlink()

    assert ready(GatewayRequest(challenge)).dependency.name == "model"


def test_a_candidate_has_the_public_rules_anywhere_in_the_repository(
    challenge: Path, tmp_path: Path
) -> None:
    starter = starter_of(challenge, tmp_path / "mine")

    found = ready(GatewayRequest(starter / "app"))

    assert found.order.data == str(starter / ".assay/harness/model-rules.json")
    assert found.dependency.environment == "MODEL_URL"


def test_a_starter_whose_service_asks_models_says_how_to_have_them(
    challenge: Path, tmp_path: Path
) -> None:
    starter = starter_of(challenge, tmp_path / "mine")
    add_kit(write_quick_challenge(tmp_path / "others"))
    without = tmp_path / "without"
    without.mkdir()
    write_kit(load_challenge(tmp_path / "others/doubling"), without)

    assert "assay gateway" in (starter / ".assay/README.md").read_text()
    assert "assay gateway" not in (without / ".assay/README.md").read_text()


def test_where_there_is_neither_challenge_nor_kit_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no practice kit"):
        ready(GatewayRequest(tmp_path))


def test_a_challenge_without_language_models_has_nothing_to_serve(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="asks no language models"):
        ready(GatewayRequest(write_quick_challenge(tmp_path)))


def test_of_several_models_one_is_named(challenge: Path) -> None:
    spec = challenge / "challenge.toml"
    spec.write_text(spec.read_text() + ANOTHER)

    with pytest.raises(BadInput, match="add --dependency, one of: model, reader"):
        ready(GatewayRequest(challenge))
    with pytest.raises(BadInput, match="are called 'writer'; there are: model, reader"):
        ready(GatewayRequest(challenge, dependency="writer"))
    assert ready(GatewayRequest(challenge, dependency="reader")).order.port == 9200


def test_without_keys_of_their_own_services_use_those_of_the_file(challenge: Path) -> None:
    spec = challenge / "challenge.toml"
    spec.write_text(spec.read_text().replace('key_environment = "MODEL_KEY"\n', ""))

    found = ready(GatewayRequest(challenge))

    assert found.key == ""
    assert "fresh_keys" not in found.order.settings


def test_settings_are_whole_numbers(challenge: Path) -> None:
    settings = ("percent=30", "retry_after_s=2")
    found = ready(GatewayRequest(challenge, mode="storm", settings=settings))

    assert found.order.mode_settings == {"percent": 30, "retry_after_s": 2}
    for wrong in ("percent", "percent=a", "percent=-1", "=3"):
        with pytest.raises(BadInput, match="write NAME=NUMBER"):
            ready(GatewayRequest(challenge, settings=(wrong,)))


def test_port_nought_is_any_and_not_the_usual_one(challenge: Path) -> None:
    assert ready(GatewayRequest(challenge, port=0)).order.port == 0


# --------------------------------------------------------------------------------- what is told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "assay-large    200              $0.010000  100 tokens in (20 cached), 10 out"),
        ({"status": 429, "model": ""}, "/v1/chat/completions 429 "),
        ({"complete": False}, " 200 broken off "),
        ({"status": None, "complete": False}, " no answer "),
        ({"repeated": True, "cost_pico_usd": 0}, " 200 billed before $0.000000"),
    ],
)
def test_a_call_is_one_line(changes: dict[str, Any], words: str) -> None:
    line = told(call(**changes))

    assert words in line
    assert line.endswith("0.21 s")


def test_the_sum_is_exact_and_by_model() -> None:
    bill = Bill()
    for one in (call(), call(model="assay-small", cost_pico_usd=CENT // 2), call(status=429)):
        bill.add(one)

    assert list(bill.lines()) == [
        "assay-large    $0.020000  2 calls, 1 answered, 200 tokens in (40 cached), 20 out",
        "assay-small    $0.005000  1 call, 1 answered, 100 tokens in (20 cached), 10 out",
        "sum            $0.025000  3 calls, 2 answered, 300 tokens in (60 cached), 30 out",
    ]


def test_a_bill_of_nothing_is_a_sum_of_nothing() -> None:
    (line,) = Bill().lines()

    assert line.startswith("sum            $0.000000  0 calls")
