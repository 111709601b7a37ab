"""Stand-ins: they know what their file knows, and fail the way they are told to."""

import http.client
import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.ports import free_port
from tests.fakes.probe_runs import run_plan, started

from assay_probe.plan import ContractPlan, StandIn, StandInPlan, StandInService, Target
from assay_probe.records import Done, Event, TestRecord, load

TOKEN = "a-token-of-this-test"


class Bureau:
    """A served stand-in, its port and its control port."""

    def __init__(self, port: int, control_port: int) -> None:
        self.port, self.control_port = port, control_port

    def ask(self, path: str, timeout_s: float = 5.0) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        with closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()

    def control(
        self, method: str, path: str, body: object = None, key: str = TOKEN
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=5)
        with closing(connection):
            connection.request(method, path, json.dumps(body), {"Authorization": f"Bearer {key}"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def set(self, mode: str, **settings: int) -> None:
        status, answer = self.control("POST", "/modes/bureau", {"mode": mode, **settings})
        assert status == 200, answer


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    folder = tmp_path_factory.mktemp("stand_ins")
    known = {"id": "A-1", "income_eur_year": 30000, "name": "not to be given away"}
    (folder / "bureau.jsonl").write_text(json.dumps(known) + "\n")
    settings = {"path": "/income/{id}", "fields": ["income_eur_year"], "key": "id"}
    bureau = Bureau(free_port(), free_port())
    service = StandInService("bureau", "lookup", bureau.port, "bureau.jsonl", settings)
    plan = StandInPlan([service], "127.0.0.1", bureau.control_port, TOKEN, harness=".")
    with started(plan, folder) as process:
        ready = load(process.stdout.readline())
        assert isinstance(ready, Event)
        assert ready.name == "ready"
        yield bureau
        process.send_signal(signal.SIGTERM)
        assert isinstance(load(process.stdout.readline()), Done)
        assert process.wait(timeout=5) == 0
        process.stderr.close()


@pytest.fixture
def bureau(served: Bureau) -> Bureau:
    served.set("ok")
    served.control("DELETE", "/requests/bureau")
    return served


def test_a_known_record_is_given_away_with_its_chosen_fields_only(bureau: Bureau) -> None:
    status, body = bureau.ask("/income/A-1")
    assert (status, json.loads(body)) == (200, {"income_eur_year": 30000})


@pytest.mark.parametrize(
    ("path", "status"), [("/income/A-2", 404), ("/income/", 400), ("/other/A-1", 400)]
)
def test_what_is_unknown_is_said_so(bureau: Bureau, path: str, status: int) -> None:
    assert bureau.ask(path)[0] == status


def test_slow_is_right_but_late(bureau: Bureau) -> None:
    bureau.set("slow", delay_ms=300)
    begin_s = time.monotonic()
    assert bureau.ask("/income/A-1")[0] == 200
    assert time.monotonic() - begin_s >= 0.3


def test_hanging_never_answers(bureau: Bureau) -> None:
    bureau.set("hang")
    with pytest.raises(TimeoutError):
        bureau.ask("/income/A-1", timeout_s=0.5)


def test_a_hanging_request_ends_when_the_mode_changes(bureau: Bureau) -> None:
    bureau.set("hang")
    with socket.create_connection(("127.0.0.1", bureau.port), timeout=3) as connection:
        connection.sendall(b"GET /income/A-1 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        bureau.set("ok")
        assert ended(connection)


def ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_error_answers_the_status_it_is_told(bureau: Bureau) -> None:
    bureau.set("error", status=502)
    assert bureau.ask("/income/A-1")[0] == 502


def test_garbled_is_200_and_not_json(bureau: Bureau) -> None:
    bureau.set("garbled")
    status, body = bureau.ask("/income/A-1")
    assert status == 200
    with pytest.raises(ValueError, match=r"Expecting|codec|Unterminated|delimiter"):
        json.loads(body)


def test_reset_cuts_the_connection_after_the_request(bureau: Bureau) -> None:
    bureau.set("reset")
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        bureau.ask("/income/A-1")


def test_down_refuses_and_cuts_what_was_open_and_comes_back(bureau: Bureau) -> None:
    with socket.create_connection(("127.0.0.1", bureau.port), timeout=3) as connection:
        time.sleep(0.1)
        bureau.set("down")
        assert ended(connection)
    with pytest.raises(ConnectionRefusedError):
        bureau.ask("/income/A-1")
    bureau.set("ok")
    assert bureau.ask("/income/A-1")[0] == 200


def test_requests_are_remembered_with_their_mode_until_forgotten(bureau: Bureau) -> None:
    bureau.ask("/income/A-1")
    bureau.set("error")
    bureau.ask("/income/A-2")
    _, seen = bureau.control("GET", "/requests/bureau")
    assert seen["count"] == 2
    assert [(r["path"], r["mode"]) for r in seen["requests"]] == [
        ("/income/A-1", "ok"),
        ("/income/A-2", "error"),
    ]
    bureau.control("DELETE", "/requests/bureau")
    assert bureau.control("GET", "/requests/bureau")[1]["count"] == 0


def test_nobody_steers_without_the_token(bureau: Bureau) -> None:
    status, _ = bureau.control("POST", "/modes/bureau", {"mode": "down"}, key="guess")
    assert status == 401
    assert bureau.ask("/income/A-1")[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/modes/bureau", {"mode": "sulk"}, 400, "no mode 'sulk'"),
        ("/modes/bureau", {"mode": "slow", "delay": 3}, 400, "no setting delay"),
        ("/modes/bureau", {"mode": "slow", "delay_ms": "3"}, 400, "no setting delay_ms"),
        ("/modes/nobody", {"mode": "ok"}, 404, "nobody"),
        ("/other/bureau", {}, 404, "other"),
    ],
)
def test_a_wrong_order_is_refused_in_words(
    bureau: Bureau, path: str, body: object, status: int, words: str
) -> None:
    answered, problem = bureau.control("POST", path, body)
    assert answered == status
    assert words in problem["error"]


SUITE = """
def test_degrade(dependency, service):
    bureau = dependency("bureau")
    bureau.set("error", status=502)
    assert service.get("/income/A-1").status == 502
    assert [r["mode"] for r in bureau.requests()] == ["error"]

def test_well_again_and_counted_anew(dependency, service):
    bureau = dependency("bureau")
    assert bureau.requests() == []
    assert service.get("/income/A-1").status == 200

def test_unknown_mode_is_our_fault(dependency, service):
    service.get("/income/A-1")
    dependency("bureau").set("sulk")
"""


def test_a_hidden_test_steers_a_stand_in_and_leaves_it_well(bureau: Bureau, tmp_path: Path) -> None:
    """The stand-in plays the service under measurement here, too."""
    (tmp_path / "test_contract.py").write_text(SUITE)
    stand_in = StandIn("bureau", f"http://127.0.0.1:{bureau.control_port}", TOKEN)
    target = Target("service", f"http://127.0.0.1:{bureau.port}")
    plan = ContractPlan(target, "test_contract.py", ".", [stand_in], {}, 1, deadline_s=20)
    records = run_plan(plan, tmp_path).of(TestRecord)
    assert [(r.outcome, r.message) for r in records[:2]] == [("passed", ""), ("passed", "")]
    assert records[2].outcome == "error"
    assert "no mode 'sulk'" in records[2].message
