"""Known answers of claims-triage can be made and say what they come to; starters are fair."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.llm_served import served
from tests.fakes.ports import free_port

from assay.evaluation.alerting.monitoring_file import read_monitoring
from assay.toolkit.expectation import read_expectation
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.stakes import SPREAD, stake
from assay.toolkit.variants import all_faults, choose_variant, variants, write_tree

ROOT = Path(__file__).parents[2] / "challenges" / "claims-triage"
sys.path.insert(0, str(ROOT / "harness"))

from claimgen import judging  # noqa: E402
from claimgen.claim import Claim  # noqa: E402
from claimgen.judging import Judged  # noqa: E402
from claimgen.sets import Mix, Series, claims, twins  # noqa: E402

ANSWERS = sorted(
    path.parent.relative_to(ROOT / "answers") for path in ROOT.glob("answers/*/*/expect.toml")
)
STARTERS_BEST = 25
"""What a starter may come to with every criterion that none of its faults names."""
WITHOUT_ALERTS = {"rejected/alert_always", "rejected/alert_never"}
READY_S = 10.0
CLEAR = Mix(light_noise=0, heavy_noise=0, long=0.1)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def package() -> ChallengePackage:
    return load_challenge(ROOT)


def test_there_is_an_answer_of_every_kind_and_every_cheat_that_was_thought_of() -> None:
    kinds = Counter(path.parts[0] for path in ANSWERS)

    assert kinds["accepted"] >= 1
    assert kinds["partial"] >= 2
    assert kinds["rejected"] >= 10


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_a_known_answer_can_be_made(
    answer: Path, package: ChallengePackage, tmp_path: Path
) -> None:
    write_tree(package, answer.as_posix(), tmp_path / "tree")

    assert (tmp_path / "tree/Dockerfile").is_file()
    assert not (tmp_path / "tree/expect.toml").exists()
    assert not list((tmp_path / "tree").rglob("*.patch"))
    for file in (tmp_path / "tree").rglob("*.py"):
        compile(file.read_text(), str(file), "exec")


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_the_alerts_of_an_answer_can_be_read(
    answer: Path, package: ChallengePackage, tmp_path: Path
) -> None:
    """Rules that do not run earn nothing for another reason than the one that is meant."""
    write_tree(package, answer.as_posix(), tmp_path / "tree")
    found = read_monitoring(tmp_path / "tree")

    assert found.facts.problems == ()
    assert [one.alert for one in found.facts.alerts if one.reads is None] == []


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a.parts[0] == "rejected"], ids=str)
def test_a_cheat_scores_less_than_a_starter_or_is_shown_to_a_person(answer: Path) -> None:
    expected = read_expectation(ROOT / "answers" / answer)

    assert expected.score_max <= STARTERS_BEST + SPREAD or expected.flags


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a.parts[0] != "rejected"], ids=str)
def test_an_honest_answer_raises_no_flag(answer: Path) -> None:
    assert read_expectation(ROOT / "answers" / answer).flags == ()


def test_handing_everything_on_is_worth_next_to_nothing() -> None:
    assert read_expectation(ROOT / "answers/rejected/always_review").score_max <= 15


def test_partial_answers_lie_between_a_starter_and_a_good_answer() -> None:
    for answer in (a for a in ANSWERS if a.parts[0] == "partial"):
        expected = read_expectation(ROOT / "answers" / answer)
        assert expected.score_min > STARTERS_BEST
        assert expected.score_max < 95


# ---------------------------------------------------------------------------- starters are fair


def test_starters_have_stakes_within_three_points_of_each_other(package: ChallengePackage) -> None:
    challenge = package.challenge
    stakes = [
        stake(challenge, [one.fault for one in choose_variant(challenge, number)])
        for number in range(variants(challenge))
    ]

    assert max(stakes) - min(stakes) <= SPREAD
    assert 100 - min(stakes) <= STARTERS_BEST
    assert variants(challenge) >= 8


def test_every_alternative_is_in_some_starter(package: ChallengePackage) -> None:
    challenge = package.challenge
    handed_out = {
        one.fault.id
        for number in range(variants(challenge))
        for one in choose_variant(challenge, number)
    }

    assert handed_out == {one.fault.id for one in all_faults(challenge)}


# ------------------------------------------------- the second answer, with the gateway that counts


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The accepted answer as it would run, beside the models of the challenge at their fastest."""
    rules = json.loads((ROOT / "harness/model-rules.json").read_text())
    folder = tmp_path_factory.mktemp("gateway")
    with served(folder, **{**rules, "latency_percent": 0}) as models:
        yield from running(models.url, rules["keys"][0]["key"])


def running(gateway: str, key: str) -> Iterator[str]:
    port = free_port()
    environment = {"PORT": str(port), "OPENAI_BASE_URL": gateway, "OPENAI_API_KEY": key}
    process = subprocess.Popen(
        [sys.executable, "-m", "triage"],
        cwd=ROOT / "answers/accepted/raw-sockets",
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until_ready(url)
        yield url
    finally:
        process.terminate()
        assert process.wait(timeout=15) == 0


def until_ready(url: str) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the service is not ready")


def sent(url: str, body: Json, path: str = "/v1/claims") -> tuple[int, Json]:
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def judged(url: str, many: list[Claim]) -> list[Judged]:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda claim: sent(url, claim.body())[1], many))
    return [Judged(answer, claim.truth()) for answer, claim in zip(found, many, strict=True)]


def test_the_second_answer_reads_and_decides_rightly(second: str) -> None:
    found = judged(second, list(claims(Series(77, "quality"), 60)))

    assert judging.fields_f1(found) >= 0.95
    assert judging.usefulness(found) >= 0.7
    assert judging.calibration_error(found) <= 0.15


def test_documents_give_the_second_answer_no_orders(second: str) -> None:
    pairs = [twins(Series(77, "attacks"), index, CLEAR) for index in range(24)]
    found = judged(second, [claim for pair in pairs for claim in pair])

    assert judging.twins_share(list(zip(found[::2], found[1::2], strict=True))) >= 0.85


def test_the_second_answer_keeps_the_contract(second: str) -> None:
    [claim] = claims(Series(78, "contract"), 1, CLEAR)
    body = claim.body()
    status, decision = sent(second, body)
    assert status == 200
    assert sent(second, body) == (200, decision)
    assert sent(second, {**body, "received_on": "2031-01-01"})[0] == 409
    assert sent(second, {**body, "documents": []})[0] == 422
    assert sent(second, {"claims": [body]}, "/v1/claims/batch") == (200, {"decisions": [decision]})
    assert sent(second, {"claims": [body] * 21}, "/v1/claims/batch")[0] == 413
    label = {"claim_id": claim.claim_id, "payable": True}
    assert sent(second, label, "/v1/feedback")[0] == 202
    with urllib.request.urlopen(f"{second}/v1/claims/{claim.claim_id}/audit") as answer:
        record = json.load(answer)
    assert record["cost_usd"] > 0
    assert all(record["fields"][name] for name, value in decision["fields"].items() if value)
