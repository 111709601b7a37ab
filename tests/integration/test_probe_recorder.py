"""Whatever `/metrics` does, every slot has a record in time, and requests do not notice."""

import base64
import gzip
import itertools
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.hostile_http import OK, REDIRECT, Stream, bomb, drip, forever, hostile, silence
from tests.fakes.probe_runs import Run, right, run_plan, serving, spec

from assay_probe.plan import IncidentsPlan, ScrapeSpec, Segment, Target
from assay_probe.records import Event, ScrapeRecord, SegmentRecord

TRAFFIC_S, IDLE_S, TIMEOUT_S = 1.0, 0.5, 0.6
ZIPPED = gzip.compress(b"a 1\n" * 1000, mtime=0)
EXPOSITION = b"".join(
    b'# HELP m%d help\n# TYPE m%d counter\nm%d{a="b"} %d\n' % (i, i, i, i) for i in range(200)
)


def plan_of(service: Target, metrics: Target, folder: Path, **changes: object) -> IncidentsPlan:
    """A second of traffic at one service while `/metrics` of another is scraped."""
    scrape = ScrapeSpec(metrics.url, "/metrics", timeout_s=TIMEOUT_S)
    return IncidentsPlan(
        target=service,
        request=spec(folder),
        segments=[Segment("", 0.0, TRAFFIC_S, 60.0, "rows.jsonl", "")],
        changes=[],
        marks=[],
        stand_ins=[],
        scrape=replace(scrape, **changes),
        seed=3,
        idle_s=IDLE_S,
    )


def recorded(metrics: Target, folder: Path, **changes: object) -> Run:
    with serving(right) as service:
        return run_plan(plan_of(service, metrics, folder, **changes), folder)


def scrapes(run: Run) -> list[ScrapeRecord]:
    return sorted(run.of(ScrapeRecord), key=lambda scrape: scrape.slot)


def origin_s(run: Run) -> float:
    return next(e.at_s for e in run.of(Event) if e.name == "origin")


def assert_undisturbed(run: Run) -> None:
    """Every slot of the run has one record in time, every request its right answer."""
    (segment,) = run.of(SegmentRecord)
    assert set(segment.outcomes) == {"o"}
    assert max(segment.send_lag_us) < 500_000
    found = scrapes(run)
    assert [scrape.slot for scrape in found] == list(range(len(found)))
    assert len(found) >= (TRAFFIC_S + IDLE_S) / 0.25 - 1
    for scrape in found:
        assert abs(scrape.due_s - origin_s(run) - scrape.slot * 0.25) < 1e-6
        assert scrape.took_s < TIMEOUT_S + 0.2
    assert run.memory_mib_peak < 110


def lines(count: int, width: int = 30) -> bytes:
    return b"".join(b'm{n="%0*d"} 1\n' % (width - 10, number) for number in range(count))


def whole(body: bytes, *headers: bytes) -> Stream:
    extra = b"".join(header + b"\r\n" for header in headers)
    return lambda: iter([OK + extra + b"Content-Length: %d\r\n\r\n" % len(body) + body])


def noise() -> bytes:
    rng = random.Random(1)  # noqa: S311  (noise, not a secret)
    letters = base64.b64encode(rng.randbytes(750_000))
    rows = (letters[i : i + 230] for i in range(0, len(letters) - 230, 230))
    return b"".join(b'm{n="%s"} 1\n' % row for row in rows)


HOSTILE: dict[str, tuple[str, Stream]] = {
    "20,000 series": ("too_many_series", whole(lines(20_000))),
    "endless body": ("too_large", lambda: forever(OK + b"\r\n", b"# " + b"x" * 4000 + b"\n")),
    "endless series": ("too_many_series", lambda: forever(OK + b"\r\n", lines(10))),
    "endless label": ("long_label", lambda: forever(OK + b'\r\nm{l="', b"x" * 100)),
    "one label of 900 kB": ("long_label", whole(b'm{l="' + b"x" * 900_000 + b'"} 1\n')),
    "a megabyte of newlines": ("too_many_series", whole(b"\n" * 1_000_000)),
    "a megabyte of quotes": ("", whole(b'm{l="' + b'"' * 1_000_000)),
    "a megabyte of noise": ("too_large", whole(noise())),
    "dripping body": ("timeout", lambda: drip(OK + b"Content-Length: 1000\r\n\r\n")),
    "dripping headers": ("timeout", lambda: drip(OK + b"X-A: ")),
    "silence": ("timeout", lambda: silence(40)),
    "garbage": ("", whole(b"\x00\xff not metrics {{{ at all")),
    "redirect": ("status", lambda: iter([REDIRECT])),
    "not HTTP": ("status", lambda: iter([b"SSH-2.0-OpenSSH_9.2\r\n"])),
    "closed at once": ("refused", lambda: iter([b""])),
    "gzip bomb": ("long_label", lambda: iter([bomb()])),
    "gzip": ("", whole(ZIPPED, b"Content-Encoding: gzip")),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_exposition_whatever_disturbs_the_requests(name: str, tmp_path: Path) -> None:
    failure, stream = HOSTILE[name]
    bomb()  # takes a moment to make, which must not count as the service being slow
    with hostile(stream) as metrics:
        run = recorded(metrics, tmp_path)
    assert_undisturbed(run)
    assert {scrape.failure for scrape in scrapes(run)} == {failure}
    assert all((scrape.body == "") == bool(failure) for scrape in scrapes(run))


def test_a_packed_body_is_what_was_sent_and_is_never_decompressed_for_us(tmp_path: Path) -> None:
    with hostile(HOSTILE["gzip"][1]) as metrics:
        (first, *_) = scrapes(recorded(metrics, tmp_path))
    assert zlib.decompress(base64.b64decode(first.body)) == ZIPPED
    assert first.bytes == len(ZIPPED)


def test_a_good_exposition_is_recorded_in_every_slot(tmp_path: Path) -> None:
    with serving(lambda _path, _body: (200, EXPOSITION)) as metrics:
        run = recorded(metrics, tmp_path)
    assert_undisturbed(run)
    for scrape in scrapes(run):
        assert zlib.decompress(base64.b64decode(scrape.body)) == EXPOSITION
        assert (scrape.failure, scrape.series, scrape.status) == ("", 200, 200)


@pytest.mark.alone
def test_a_slow_exposition_loses_no_slot(tmp_path: Path) -> None:
    """Each takes longer than two slots: they overlap."""

    def slow(_path: str, _body: bytes) -> tuple[int, bytes]:
        time.sleep(0.6)
        return 200, EXPOSITION

    with serving(slow) as metrics:
        run = recorded(metrics, tmp_path, timeout_s=2.0)
    found = scrapes(run)
    assert [scrape.slot for scrape in found] == list(range(len(found)))
    assert {scrape.failure for scrape in found} == {""}
    assert all(0.6 <= scrape.took_s < 0.9 for scrape in found)


@pytest.mark.alone
def test_slots_that_find_no_place_in_time_have_failed(tmp_path: Path) -> None:
    """One place and answers of two slots' length: the rest time out unsent, none is left out."""

    def slow(_path: str, _body: bytes) -> tuple[int, bytes]:
        time.sleep(0.45)
        return 200, EXPOSITION

    with serving(slow) as metrics:
        found = scrapes(recorded(metrics, tmp_path, in_flight=1, timeout_s=0.5))
    assert [scrape.slot for scrape in found] == list(range(len(found)))
    failures = [scrape.failure for scrape in found]
    assert "" in failures
    assert set(failures) == {"", "timeout"}


def test_a_slow_slot_delays_no_later_one(tmp_path: Path) -> None:
    number, asked_s = itertools.count(), []
    lock = threading.Lock()

    def every_third_hangs(_path: str, _body: bytes) -> tuple[int, bytes]:
        with lock:
            asked_s.append(time.monotonic())
            slow = next(number) % 3 == 0
        if slow:
            time.sleep(2.0)
        return 200, EXPOSITION

    with serving(every_third_hangs) as metrics:
        run = recorded(metrics, tmp_path)
    for slot, instant_s in enumerate(asked_s):
        assert abs(instant_s - origin_s(run) - slot * 0.25) < 0.2
    assert [s.failure for s in scrapes(run)][:5] == ["timeout", "", "", "timeout", ""]


def test_once_the_budget_is_spent_nothing_more_is_asked(tmp_path: Path) -> None:
    asked = itertools.count()

    def count(_path: str, _body: bytes) -> tuple[int, bytes]:
        next(asked)
        return 200, EXPOSITION

    with serving(count) as metrics:
        found = scrapes(recorded(metrics, tmp_path, budget_bytes=int(2.5 * len(EXPOSITION))))
    assert [scrape.failure for scrape in found[:2]] == ["", ""]
    assert {scrape.failure for scrape in found[2:]} == {"budget"}
    assert next(asked) == 3


@pytest.mark.parametrize("status", [404, 500])
def test_a_status_that_is_not_200_is_kept(status: int, tmp_path: Path) -> None:
    with serving(lambda _path, _body: (status, EXPOSITION)) as metrics:
        found = scrapes(recorded(metrics, tmp_path))
    assert {(scrape.failure, scrape.status) for scrape in found} == {("status", status)}


def test_scrapes_go_on_while_nothing_else_is_sent(tmp_path: Path) -> None:
    sent_s: list[float] = []

    def note(answer: tuple[int, bytes]) -> Callable[[str, bytes], tuple[int, bytes]]:
        def respond(_path: str, _body: bytes) -> tuple[int, bytes]:
            sent_s.append(time.monotonic())
            return answer

        return respond

    with (
        serving(note((200, b'{"p": 0.5}'))) as service,
        serving(lambda _path, _body: (200, EXPOSITION)) as metrics,
    ):
        run = run_plan(plan_of(service, metrics, tmp_path), tmp_path)
    idle_s = next(e.at_s for e in run.of(Event) if e.name == "idle")
    assert max(sent_s) <= idle_s
    idle = [scrape for scrape in scrapes(run) if scrape.due_s >= idle_s]
    assert len(idle) in (1, 2, 3)
    assert all(scrape.due_s < idle_s + IDLE_S for scrape in idle)


def test_numbers_in_streams_are_as_long_as_they_say() -> None:
    """Guards the cases above: a body of another size would test another limit."""
    assert len(lines(20_000)) == 600_000
    assert 900_000 < len(noise()) < 1_048_576
    first: Iterator[bytes] = HOSTILE["one label of 900 kB"][1]()
    assert len(next(first)) < 1_048_576
