"""A timeline against loopback services: what is sent when, and what becomes of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from tests.fakes.probe_runs import Run, run_plan, serving, spec, started

from assay_probe.plan import (
    CanarySpec,
    FeedbackSpec,
    IncidentsPlan,
    Mark,
    RequestSpec,
    ScrapeSpec,
    Segment,
    StandIn,
    StandInChange,
    StandInPlan,
    StandInService,
    Target,
)
from assay_probe.records import (
    CanaryRecord,
    Done,
    Event,
    FeedbackRecord,
    ScrapeRecord,
    SegmentRecord,
    load,
)

TOKEN = "a-token-of-this-test"
METRICS = b"# TYPE a_total counter\na_total 1\n"


def calm(start_s: float, end_s: float, incident: str = "") -> Segment:
    return Segment(incident, start_s, end_s, 60.0, "rows.jsonl", "")


def plan_of(
    target: Target, request: RequestSpec, segments: list[Segment], **changes: Any
) -> IncidentsPlan:
    fields: dict[str, Any] = {
        "changes": [],
        "marks": [],
        "stand_ins": [],
        "scrape": ScrapeSpec(target.url, "/metrics", timeout_s=0.5),
        "seed": 5,
        "idle_s": 0.3,
    }
    return IncidentsPlan(target, request, segments, **{**fields, **changes})


def write_rows(folder: Path, name: str, *rows: dict[str, Any]) -> None:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def segments_of(run: Run) -> list[SegmentRecord]:
    return sorted(run.of(SegmentRecord), key=lambda segment: segment.index)


def events(run: Run, name: str) -> list[Event]:
    return [event for event in run.of(Event) if event.name == name]


def origin_s(run: Run) -> float:
    return events(run, "origin")[0].at_s


def letters(segment: SegmentRecord, from_s: float, to_s: float) -> str:
    """Outcomes of the requests meant for a stretch of the timeline."""
    return "".join(
        letter
        for at_us, letter in zip(segment.intended_us, segment.outcomes, strict=True)
        if from_s * 1e6 <= at_us < to_s * 1e6
    )


class Desk:
    """A service that answers by what a row's body says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, dict[str, Any]]] = []
        self.labelled: list[tuple[float, dict[str, Any]]] = []

    def __call__(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/metrics":
            return 200, METRICS
        fields, now = json.loads(body), time.monotonic()
        if path == "/feedback":
            self.labelled.append((now, fields))
            return (202 if fields["id"] != "unwanted" else 404), b"{}"
        self.asked.append((now, fields))
        if fields["say"] is None:
            return 422, b"{}"
        return 200, json.dumps({"p": fields["say"], "decision": fields["id"]}).encode()


# ------------------------------------------------------------------------- what is sent


def test_every_segment_sends_its_own_traffic_at_its_own_instants(tmp_path: Path) -> None:
    desk = Desk()
    write_rows(tmp_path, "clean", *({"id": f"c{i}", "body": {"id": "clean", "say": 0.5, "n": i}, "expected": 0.5} for i in range(40)))  # fmt: skip  # noqa: E501
    write_rows(tmp_path, "drift", *({"id": f"d{i}", "body": {"id": "drift", "say": 0.7, "n": i}, "expected": 0.7} for i in range(40)))  # fmt: skip  # noqa: E501
    with serving(desk) as target:
        request = spec(tmp_path, unique="unique")
        quiet = Segment("", 0.0, 1.0, 60.0, "clean", "clean")
        mixed = Segment("shift", 1.0, 3.0, 120.0, "drift", "clean", 0.0, 1.0)
        plan = plan_of(target, request, [quiet, mixed], answer_class="decision")
        run = run_plan(plan, tmp_path)
    first, second = segments_of(run)
    assert set(first.outcomes + second.outcomes) == {"o"}
    assert (first.incident, second.incident) == ("", "shift")
    assert first.classes == ["clean"]
    sent = sorted(second.classes[i] for i in second.class_of)
    assert sent.count("drift") == second.drifted.count("1")
    assert sent.count("clean") == second.drifted.count("0")
    assert {name for _, fields in desk.asked for name in [fields["id"]]} == {"clean", "drift"}
    assert len(desk.asked) == len(first.outcomes) + len(second.outcomes)
    assert all(at_us < 1e6 for at_us in first.intended_us)
    assert all(1e6 <= at_us < 3e6 for at_us in second.intended_us)
    assert first.origin_s == second.origin_s == origin_s(run)


def test_no_request_is_sent_before_its_instant_or_twice(tmp_path: Path) -> None:
    desk = Desk()
    write_rows(tmp_path, "clean", {"id": "c", "body": {"id": "x", "say": 0.5, "unique": ""}})
    with serving(desk) as target:
        request = spec(tmp_path, unique="unique")
        plan = plan_of(target, request, [Segment("", 0.0, 1.5, 60.0, "clean", "")])
        run = run_plan(plan, tmp_path)
    (segment,) = segments_of(run)
    strings = [fields["unique"] for _, fields in desk.asked]
    assert len(set(strings)) == len(strings) == len(segment.outcomes)
    assert all(us >= 0 for us in segment.latency_us)
    arrived_s = sorted(at_s for at_s, _ in desk.asked)
    for at_s, at_us in zip(arrived_s, segment.intended_us, strict=True):
        assert at_s >= segment.origin_s + at_us * 1e-6 - 1e-3


def test_the_same_plan_is_the_same_traffic(tmp_path: Path) -> None:
    """Answers differ from run to run, what is asked does not."""
    desks = [Desk(), Desk()]
    write_rows(
        tmp_path, "clean", *({"id": str(i), "body": {"id": i, "say": 0.5}} for i in range(9))
    )
    found = []
    for desk in desks:
        with serving(desk) as target:
            request = spec(tmp_path, unique="unique")
            plan = plan_of(target, request, [Segment("", 0.0, 1.0, 60.0, "clean", "")])
            found.append(segments_of(run_plan(plan, tmp_path))[0])
    assert found[0].intended_us == found[1].intended_us
    one, other = ([fields for _, fields in desk.asked] for desk in desks)
    assert sorted(one, key=json.dumps) == sorted(other, key=json.dumps)


def test_right_wrong_fallback_and_refused_are_told_apart(tmp_path: Path) -> None:
    write_rows(
        tmp_path,
        "clean",
        {"id": "right", "body": {"id": "right", "say": 0.5}, "expected": 0.5},
        {"id": "wrong", "body": {"id": "wrong", "say": 0.9}, "expected": 0.5},
        {"id": "back", "body": {"id": "back", "say": 0.7}, "expected": 0.5, "fallback": 0.7},
        {"id": "bad", "body": {"id": "bad", "say": None}, "refuse": True},
        {"id": "served", "body": {"id": "served", "say": 0.1}, "refuse": True},
        {"id": "no", "body": {"id": "no", "say": None}, "expected": 0.5},
    )
    with serving(Desk()) as target:
        plan = plan_of(
            target,
            spec(tmp_path),
            [Segment("", 0.0, 2.0, 60.0, "clean", "")],
            answer_class="decision",
        )
        (segment,) = segments_of(run_plan(plan, tmp_path))
    by_class: dict[str, set[str]] = {}
    for letter, index in zip(segment.outcomes, segment.class_of, strict=True):
        by_class.setdefault("" if index < 0 else segment.classes[index], set()).add(letter)
    assert by_class == {"right": {"o"}, "wrong": {"w"}, "back": {"o"}, "served": {"w"}, "": {"o", "4"}}  # fmt: skip  # noqa: E501
    back = segment.classes.index("back")
    assert segment.fallbacks == segment.class_of.count(back) > 0


# ------------------------------------------------------------------------------ late labels


FEEDBACK = FeedbackSpec("POST", "/feedback", "id", "bad", delay_s=0.7, share=0.5)


def test_labels_follow_answers_after_their_delay(tmp_path: Path) -> None:
    desk = Desk()
    write_rows(
        tmp_path,
        "clean",
        *({"id": f"A-{i}", "body": {"id": f"A-{i}", "say": 0.5}, "label": i % 2} for i in range(8)),
    )
    with serving(desk) as target:
        plan = plan_of(
            target,
            spec(tmp_path),
            [Segment("", 0.0, 3.0, 60.0, "clean", "")],
            feedback=FEEDBACK,
        )
        run = run_plan(plan, tmp_path)
    record = run.one(FeedbackRecord)
    answered = sum(at_s < origin_s(run) + 3.0 - 0.7 for at_s, _ in desk.asked)
    assert record.sent == record.accepted == len(desk.labelled)
    assert abs(record.sent / answered - 0.5) < 0.15
    for at_s, fields in desk.labelled:
        assert fields["bad"] is bool(int(fields["id"][2:]) % 2)
        assert any(0.69 <= at_s - asked_s < 1.2 for asked_s, f in desk.asked if f["id"] == fields["id"])  # fmt: skip  # noqa: E501
    assert max(at_s for at_s, _ in desk.labelled) <= events(run, "idle")[0].at_s


def test_no_label_follows_what_has_none_or_was_not_answered(tmp_path: Path) -> None:
    desk = Desk()
    write_rows(
        tmp_path,
        "clean",
        {"id": "a", "body": {"id": "unlabelled", "say": 0.5}},
        {"id": "b", "body": {"id": "refused", "say": None}, "label": 1},
        {"id": "c", "body": {"id": "unwanted", "say": 0.5}, "label": 1},
    )
    with serving(desk) as target:
        plan = plan_of(
            target,
            spec(tmp_path),
            [Segment("", 0.0, 1.5, 60.0, "clean", "")],
            feedback=FeedbackSpec("POST", "/feedback", "id", "bad", delay_s=0.2, share=1.0),
        )
        record = run_plan(plan, tmp_path).one(FeedbackRecord)
    assert {fields["id"] for _, fields in desk.labelled} == {"unwanted"}
    assert record.sent == len(desk.labelled) > 5
    assert record.accepted == 0


def test_a_feedback_endpoint_that_hangs_delays_no_request(tmp_path: Path) -> None:
    """A request that waited for a label would take its whole timeout; a busy host takes less."""
    over = threading.Event()

    def hanging(path: str, _body: bytes) -> tuple[int, bytes]:
        if path == "/feedback":
            over.wait(60.0)
        return 200, b'{"p": 0.5}'

    write_rows(tmp_path, "clean", {"id": "a", "body": {"id": "A-1"}, "label": 1})
    with serving(hanging) as target:
        plan = plan_of(
            target,
            spec(tmp_path),
            [Segment("", 0.0, 2.5, 60.0, "clean", "")],
            feedback=FeedbackSpec("POST", "/feedback", "id", "bad", 0.1, 1.0, timeout_s=6.0),
        )
        try:
            run = run_plan(plan, tmp_path)
        finally:
            over.set()
    (segment,) = segments_of(run)
    assert set(segment.outcomes) == {"o"}
    assert sorted(segment.latency_us)[len(segment.latency_us) // 2] < 4_000_000
    assert run.one(FeedbackRecord).accepted == 0


# ----------------------------------------------------------------- instants for the others


def test_marks_and_seconds_are_told_at_their_instants(tmp_path: Path) -> None:
    with serving(Desk()) as target:
        write_rows(tmp_path, "rows", {"id": "a", "body": {"id": "x", "say": 0.5}})
        plan = plan_of(
            target,
            spec(tmp_path),
            [Segment("x", 0.0, 2.0, 60.0, "rows", "")],
            marks=[Mark(1.2, "end", "x"), Mark(0.4, "begin", "x")],
        )
        run = run_plan(plan, tmp_path)
    begin_s = origin_s(run)
    assert isinstance(run.records[0], Event)
    assert run.records[0].name == "origin"
    for name, at_s in (("begin", 0.4), ("end", 1.2)):
        (event,) = events(run, name)
        assert event.detail == "x"
        assert 0 <= event.at_s - begin_s - at_s < 0.4
    seconds = events(run, "minute")
    assert [(event.done, event.total, event.detail) for event in seconds] == [(1, 3, ""), (2, 3, "")]  # fmt: skip  # noqa: E501
    for event in seconds:
        assert 0 <= event.at_s - begin_s - event.done < 0.4


def test_a_segment_is_written_as_soon_as_it_is_complete(tmp_path: Path) -> None:
    heard: list[object] = []
    with serving(Desk()) as target:
        write_rows(tmp_path, "rows", {"id": "a", "body": {"id": "x", "say": 0.5}})
        segments = [Segment("", t, t + 1.0, 60.0, "rows", "") for t in (0.0, 1.0, 2.0)]
        plan = plan_of(target, spec(tmp_path), segments, marks=[Mark(1.6, "late")])
        heard = run_plan(plan, tmp_path).records
    order = [r.index if isinstance(r, SegmentRecord) else r.name for r in heard if isinstance(r, SegmentRecord) or getattr(r, "name", "") == "late"]  # fmt: skip  # noqa: E501
    assert order == [0, "late", 1, 2]


# --------------------------------------------------------------- a service that comes and goes

SERVICE = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    def do_GET(self):
        self.answer(b"a_total 1\\n")
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b'{"p": 0.5}')
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

Server(("127.0.0.1", int(sys.argv[1])), Answering).serve_forever()
"""


class Living:
    """A service in a process of its own, as a container would be."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = int(listener.getsockname()[1])
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVICE, str(self.port)])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("the service of this test did not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def hear(self, event: Event, _probe: "Popen[str]") -> None:
        """Do what a mark says, as the platform does."""
        if event.name == "hang":
            os.kill(self.process.pid, signal.SIGSTOP)
        elif event.name == "go on":
            os.kill(self.process.pid, signal.SIGCONT)
        elif event.name == "crash":
            self.stop()
        elif event.name == "start":
            self.start()


@contextmanager
def living() -> Iterator[Living]:
    service = Living()
    try:
        yield service
    finally:
        service.stop()


@pytest.mark.slow
def test_hanging_dying_and_coming_back_leave_no_wrong_letter(tmp_path: Path) -> None:
    write_rows(tmp_path, "rows", {"id": "a", "body": {"id": "x"}, "expected": 0.5})
    segments = [Segment("", float(t), t + 1.0, 60.0, "rows", "") for t in range(9)]
    with living() as service:
        target = Target("service", f"http://127.0.0.1:{service.port}")
        marks = [Mark(1.0, "hang"), Mark(3.0, "go on"), Mark(5.0, "crash"), Mark(6.0, "start")]
        plan = plan_of(target, spec(tmp_path, timeout_s=0.5), segments, marks=marks)
        run = run_plan(plan, tmp_path, service.hear)
    found = segments_of(run)
    assert set(found[0].outcomes) == {"o"}
    assert set(letters(found[1], 1.2, 2.0)) == {"t"}
    assert set(letters(found[2], 2.0, 2.4)) == {"t"}
    assert set(letters(found[3], 3.5, 4.0) + found[4].outcomes) == {"o"}
    assert set(letters(found[5], 5.3, 6.0)) == {"r"}
    assert set(letters(found[7], 7.5, 8.0) + found[8].outcomes) == {"o"}
    assert set("".join(one.outcomes for one in found)) <= set("otr"), "nothing else happened"
    slots = sorted(run.of(ScrapeRecord), key=lambda scrape: scrape.slot)
    assert [scrape.slot for scrape in slots] == list(range(len(slots)))
    failures = {slot.slot: slot.failure for slot in slots}
    assert [failures[n] for n in (1, 2, 3)] == ["", "", ""]
    assert [failures[n] for n in (5, 6, 7, 8)] == ["timeout"] * 4
    assert [failures[n] for n in (15, 16, 17, 18)] == [""] * 4
    assert [failures[n] for n in (22, 23)] == ["refused"] * 2
    assert [failures[n] for n in (31, 32, 33)] == [""] * 3


# --------------------------------------------------------------------------------- stand-ins


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[tuple[Target, StandIn]]:
    """A real stand-in, which is also the service that is asked."""
    folder = tmp_path / "bureau"
    folder.mkdir()
    (folder / "bureau.jsonl").write_text('{"id": "A-1", "p": 0.5}\n')
    with socket.create_server(("127.0.0.1", 0)) as a, socket.create_server(("127.0.0.1", 0)) as b:
        port, control = a.getsockname()[1], b.getsockname()[1]
    service = StandInService("bureau", "lookup", port, "bureau.jsonl", {"path": "/score/{id}"})
    plan = StandInPlan([service], "127.0.0.1", control, TOKEN, harness=".")
    with started(plan, folder) as process:
        assert isinstance(load(process.stdout.readline()), Event)
        yield (
            Target("service", f"http://127.0.0.1:{port}"),
            StandIn("bureau", f"http://127.0.0.1:{control}", TOKEN),
        )
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=5)
        process.stdout.close()
        process.stderr.close()


def asking(folder: Path) -> RequestSpec:
    write_rows(folder, "rows", {"id": "a", "body": {}, "expected": 0.5})
    return spec(folder, method="GET", path="/score/A-1", timeout_s=0.5)


def works(target: Target, folder: Path) -> bool:
    """Whether the stand-in answers as it should, asked once more by a probe of its own."""
    plan = plan_of(target, asking(folder), [Segment("", 0.0, 0.3, 60.0, "rows", "")], idle_s=0.1)
    return set(segments_of(run_plan(plan, folder))[0].outcomes) == {"o"}


def test_stand_ins_change_at_their_instants(bureau: tuple[Target, StandIn], tmp_path: Path) -> None:
    target, stand_in = bureau
    plan = plan_of(
        target,
        asking(tmp_path),
        [Segment("", 0.0, 3.0, 60.0, "rows", "")],
        stand_ins=[stand_in],
        changes=[
            StandInChange(2.0, "bureau", "ok"),
            StandInChange(1.0, "bureau", "error", {"status": 502}),
        ],
    )
    (segment,) = segments_of(run_plan(plan, tmp_path))
    assert set(letters(segment, 0.0, 0.9)) == {"o"}
    assert set(letters(segment, 1.15, 1.9)) == {"5"}
    assert set(letters(segment, 2.15, 3.0)) == {"o"}


def test_stand_ins_are_well_again_at_the_end(
    bureau: tuple[Target, StandIn], tmp_path: Path
) -> None:
    target, stand_in = bureau
    plan = plan_of(
        target,
        asking(tmp_path),
        [Segment("", 0.0, 0.8, 60.0, "rows", "")],
        stand_ins=[stand_in],
        changes=[StandInChange(0.3, "bureau", "down")],
    )
    (segment,) = segments_of(run_plan(plan, tmp_path))
    assert "r" in segment.outcomes
    assert works(target, tmp_path)


def failed(plan: IncidentsPlan, folder: Path) -> tuple[str, str]:
    """Output and errors of a probe that must not finish."""
    with started(plan, folder) as process:
        output, errors = process.communicate(timeout=20)
    assert process.returncode != 0
    assert not any(isinstance(load(line), Done) for line in output.splitlines())
    return output, errors


def test_a_stand_in_that_cannot_be_steered_ends_the_run_before_it_begins(
    bureau: tuple[Target, StandIn], tmp_path: Path
) -> None:
    target, stand_in = bureau
    stranger = StandIn("bureau", stand_in.control_url, "another token")
    plan = plan_of(
        target,
        asking(tmp_path),
        [Segment("", 0.0, 5.0, 60.0, "rows", "")],
        stand_ins=[stranger],
        changes=[StandInChange(3.0, "bureau", "down")],
    )
    output, errors = failed(plan, tmp_path)
    assert output == ""
    assert "wrong or missing token" in errors


def test_an_order_that_fails_midway_ends_the_run_and_leaves_stand_ins_well(
    bureau: tuple[Target, StandIn], tmp_path: Path
) -> None:
    target, stand_in = bureau
    plan = plan_of(
        target,
        asking(tmp_path),
        [Segment("", 0.0, 30.0, 60.0, "rows", "")],
        stand_ins=[stand_in],
        changes=[
            StandInChange(0.2, "bureau", "error"),
            StandInChange(0.5, "bureau", "slow", {"delay": 3}),
        ],
    )
    begin_s = time.monotonic()
    _output, errors = failed(plan, tmp_path)
    assert time.monotonic() - begin_s < 10
    assert "takes no setting delay=3" in errors
    assert works(target, tmp_path)


# ------------------------------------------------------------------------------------ bounds


@pytest.mark.slow
def test_memory_does_not_grow_with_what_was_scraped(tmp_path: Path) -> None:
    """Eight megabytes of expositions of half a megabyte each pass through."""
    lines = "".join(f'm{{n="{n:090d}"}} 1\n' for n in range(4900)).encode()

    def answer(path: str, _body: bytes) -> tuple[int, bytes]:
        return 200, lines if path == "/metrics" else b'{"p": 0.5}'

    write_rows(tmp_path, "rows", {"id": "a", "body": {"id": "x"}, "expected": 0.5})
    peaks = []
    with serving(answer) as target:
        for length_s in (1.0, 5.0):
            plan = plan_of(
                target,
                spec(tmp_path),
                [Segment("", 0.0, length_s, 60.0, "rows", "")],
                scrape=ScrapeSpec(target.url, "/metrics"),
            )
            run = run_plan(plan, tmp_path)
            assert {scrape.failure for scrape in run.of(ScrapeRecord)} == {""}
            peaks.append(run.memory_mib_peak)
    assert peaks[1] < peaks[0] + 8


# ------------------------------------------------------------------------------ the canary


def test_a_service_nobody_harms_is_asked_at_an_even_pace_whatever_happens_beside_it(
    tmp_path: Path,
) -> None:
    beside = Desk()

    def slow(path: str, body: bytes) -> tuple[int, bytes]:
        time.sleep(0.0 if path == "/metrics" else 0.3)
        return Desk()(path, body)

    write_rows(
        tmp_path, "clean", *({"id": str(i), "body": {"id": str(i), "say": 0.5}} for i in range(3))
    )
    with serving(slow) as harmed, serving(beside) as reference:
        canary = CanarySpec(reference, "clean", rate_rps=10)
        segment = Segment("", 0.0, 1.5, 30.0, "clean", "")
        plan = plan_of(harmed, spec(tmp_path), [segment], canary=canary)
        run = run_plan(plan, tmp_path)
    (record,) = run.of(CanaryRecord)
    (harmed_record,) = segments_of(run)
    assert min(harmed_record.latency_us) >= 300_000
    assert 14 <= len(record.latency_us) <= 22
    assert set(record.outcomes) == {"o"}
    assert sorted(record.latency_us)[len(record.latency_us) // 2] < 250_000
    assert len(beside.asked) >= len(record.latency_us)
    assert [fields["id"] for _, fields in beside.asked[:6]] == ["0", "1", "2", "0", "1", "2"]


def test_nothing_is_read_any_more_once_the_timeline_has_begun(tmp_path: Path) -> None:
    rows = [{"id": str(i), "body": {"id": str(i), "say": 0.5}} for i in range(3)]
    write_rows(tmp_path, "rows.jsonl", *rows)
    os.mkfifo(tmp_path / "slowly")

    def come_slowly() -> None:
        with (tmp_path / "slowly").open("w") as pipe:
            time.sleep(0.8)
            pipe.write("".join(json.dumps(row) + "\n" for row in rows))

    reader = threading.Thread(target=come_slowly)
    reader.start()
    with serving(Desk()) as service, serving(Desk()) as reference:
        canary = CanarySpec(reference, "slowly", rate_rps=10)
        run = run_plan(plan_of(service, spec(tmp_path), [calm(0.0, 1.0)], canary=canary), tmp_path)
    reader.join()
    (record,) = segments_of(run)
    assert max(record.send_lag_us) < 700_000
