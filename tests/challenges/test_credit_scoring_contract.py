"""Who only looks like the service is stopped at the gate; nobody else's points are touched."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import pytest
from tests.fakes.ports import free_port

from assay.domain.errors import PlatformFault
from assay.toolkit.package import load_challenge
from assay_probe.plan import ContractPlan, Target, dump
from assay_probe.records import TestRecord, load

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CHALLENGE = ROOT / "challenges" / "credit-scoring"
SERVICE = HERE.parent / "fakes" / "cheating_service.py"
GATE = "honours_contract"
GATE_S = 60.0
"""More than enough for the gate's tests, which come first; the rest of the suite is cut off."""


@pytest.fixture(params=["constant", "by-id"])
def cheat(request: pytest.FixtureRequest) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(SERVICE), request.param], env={**os.environ, "PORT": str(port)}
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(100):
        with closing(socket.socket()) as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise PlatformFault("the cheating service did not start")


def gate_records(url: str, work: Path) -> list[TestRecord]:
    """Of the gate's tests. The probe is ended once the first of the others is over."""
    shutil.copytree(CHALLENGE / "harness", work / "harness")
    plan = ContractPlan(
        Target("submission", url),
        "test_contract.py",
        "harness",
        stand_ins=[],
        settings={"rows": "rows.jsonl"},
        seed=7,
        deadline_s=GATE_S,
    )
    (work / "plan.json").write_text(dump(plan))
    with subprocess.Popen(
        [sys.executable, "-m", "assay_probe", str(work / "plan.json")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "sandbox")},
        stdout=subprocess.PIPE,
        text=True,
    ) as probe:
        assert probe.stdout is not None
        records = (load(line) for line in probe.stdout)
        tests = (record for record in records if isinstance(record, TestRecord))
        found = list(takewhile(lambda test: test.criterion == GATE, tests))
        probe.kill()
    return found


@pytest.mark.slow
def test_a_service_that_knows_nothing_does_not_pass_the_gate(cheat: str, tmp_path: Path) -> None:
    challenge = load_challenge(CHALLENGE).challenge
    (gate,) = [c for c in challenge.criterion if c.id == GATE]
    tests = gate_records(cheat, tmp_path)
    assert len(tests) == (CHALLENGE / "harness/test_contract.py").read_text().count("\n@gate\n")
    assert {t.outcome for t in tests} == {"passed", "failed"}
    share = sum(t.points for t in tests if t.outcome == "passed") / sum(t.points for t in tests)
    assert gate.band.fraction(share) == 0
