"""Nothing tells a request of the harness from others: not its headers, not the order of fields."""

import json
from collections import Counter
from pathlib import Path

import pytest

from assay_probe.arrivals import fresh_string, own_string
from assay_probe.client import Client
from assay_probe.guises import GUISES, STRANGERS, USUAL, Guise, guise_named, guise_of
from assay_probe.plan import RequestSpec
from assay_probe.rows import encoded, read_rows, row_of
from assay_probe.timeline_rows import read_timeline_rows

CLIENT = Client("http://127.0.0.1:8080")
SPEC = RequestSpec("POST", "/score", "", "p", 0.01, unique="person.national_id")
BODY = {"id": "A-1", "person": {"national_id": "x"}, "age": 3, "income": 4, "home": "rent"}


def lines(request: bytes) -> dict[str, str]:
    head = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in head)


@pytest.mark.parametrize("guise", [*GUISES, *STRANGERS], ids=lambda guise: guise.name)
def test_every_guise_sends_a_whole_request(guise: Guise) -> None:
    request = CLIENT.encode("POST", "/score", b'{"a": 1}', guise=guise)
    headers = lines(request)

    assert request.startswith(b"POST /score HTTP/1.1\r\n")
    assert request.endswith(b'\r\n\r\n{"a": 1}')
    assert headers["Host"] == "127.0.0.1:8080"
    assert (headers["Content-Type"], headers["Content-Length"]) == ("application/json", "8")
    assert list(headers) == [name for name, _ in guise.lines]


@pytest.mark.parametrize("guise", GUISES, ids=lambda guise: guise.name)
def test_no_guise_of_the_traffic_asks_for_more_than_another(guise: Guise) -> None:
    """An encoding or a connection of another kind would be work of another kind."""
    headers = dict(guise.lines)

    assert headers.get("Accept-Encoding", "identity") == "identity"
    assert headers.get("Connection", "keep-alive") == "keep-alive"


def test_without_a_body_there_is_no_length() -> None:
    assert "Content-Length" not in lines(CLIENT.encode("GET", "/readyz"))


def test_headers_that_a_caller_gives_win() -> None:
    headers = lines(CLIENT.encode("GET", "/metrics", headers={"accept": "text/plain"}))

    assert headers["Accept"] == "text/plain"


def test_guises_are_drawn_evenly() -> None:
    drawn = Counter(guise_of(fresh_string(1, n)).name for n in range(6000))

    assert set(drawn) == {guise.name for guise in GUISES}
    assert min(drawn.values()) > 850


def test_guises_have_names_of_their_own() -> None:
    every = (*GUISES, *STRANGERS)

    assert [guise_named(guise.name) for guise in every] == list(every)
    assert USUAL in GUISES


def test_the_same_request_wears_the_same_guise_and_others_another() -> None:
    row = row_of({"id": "r", "body": json.loads(json.dumps(BODY))}, SPEC.unique)
    worn = {
        lines(encoded(CLIENT, SPEC, row, fresh_string(1, n))).get("User-Agent") for n in range(60)
    }

    assert len(worn) == len(GUISES)
    text = fresh_string(1, 3)
    assert encoded(CLIENT, SPEC, row, text) == encoded(CLIENT, SPEC, row, text)


def test_a_row_asked_once_has_a_string_of_its_own() -> None:
    """An empty one would give the rows of the quality stage away."""
    row = row_of({"id": "r", "body": json.loads(json.dumps(BODY))}, SPEC.unique)
    body = json.loads(encoded(CLIENT, SPEC, row).partition(b"\r\n\r\n")[2])

    assert body["person"]["national_id"] == own_string("r")
    assert len(own_string("r")) == 16
    assert own_string("r") != own_string("s")


def test_a_row_may_say_who_asks(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "r", "body": BODY, "guise": "one connection each"}))
    [row] = read_rows(RequestSpec("POST", "/score", str(path), "p", 0.01))

    assert lines(encoded(CLIENT, SPEC, row))["Connection"] == "close"


def test_fields_stand_in_an_order_of_the_row_s_own() -> None:
    orders = {
        tuple(json.loads(row_of({"id": f"r{n}", "body": dict(BODY)}, "").before)) for n in range(20)
    }

    assert len(orders) > 10
    assert {frozenset(order) for order in orders} == {frozenset(BODY)}


def test_the_timeline_wears_the_same_guises_as_all_other_traffic(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "r", "body": BODY, "expected": 0.5}))
    [timed] = read_timeline_rows(str(path), SPEC, CLIENT)
    [plain] = read_rows(RequestSpec("POST", "/score", str(path), "p", 0.01, unique=SPEC.unique))

    for number in range(30):
        text = fresh_string(9, 2, number)
        assert timed.request(text) == encoded(CLIENT, SPEC, plain, text)
