"""Known answers of claims-triage: one that must be worth nothing, and the second that is good."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.llm_served import served
from tests.fakes.ports import free_port

from assay.toolkit.expectation import read_expectation

ROOT = Path(__file__).parents[2] / "challenges" / "claims-triage"
sys.path.insert(0, str(ROOT / "harness"))

from claimgen import judging  # noqa: E402
from claimgen.claim import Claim  # noqa: E402
from claimgen.judging import Judged  # noqa: E402
from claimgen.sets import Mix, Series, claims, twins  # noqa: E402

READY_S = 10.0
CLEAR = Mix(light_noise=0, heavy_noise=0, long=0.1)

Json = dict[str, Any]


def test_handing_everything_on_is_worth_next_to_nothing() -> None:
    assert read_expectation(ROOT / "answers/rejected/always_review").score_max <= 15


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
