"""Does the virtual clock tell the truth? The stretched replay against a live Prometheus.

A service with an hour of troubles is run 20, 60 and 150 times too fast. A real Prometheus
scrapes it live and evaluates the rules with their durations divided; our recorder scrapes it at
the same instants, and the unmodified rules are replayed over its stretched recording. Whatever
fires live must fire in the replay, from the same evaluation on or the one beside it.

    make bench NAME=virtual_clock                     about six minutes, publishes
    BENCH_SECONDS=30 make bench NAME=virtual_clock    about a minute (the fastest clock alone)
"""

import contextlib
import http.client
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gevent.event import AsyncResult
from gevent.pool import Pool
from table import publish, seconds
from tests.fakes.probe_runs import server
from tests.fakes.recordings import (
    LENGTH_MIN,
    RULES,
    TARGET,
    UNIX_S,
    by_tsdb,
    exposition,
    on_this_machine,
    scrape,
)

from assay.domain.incidents import Episode, Replay
from assay.evaluation.alerting.dilate import dilated
from assay.evaluation.alerting.episodes import MINUTE_S
from assay.evaluation.alerting.recording import Recording, read_recording
from assay.evaluation.alerting.replay import replay_all
from assay.evaluation.alerting.rules import read_rules, written
from assay.evaluation.alerting.stretch import STEP_S
from assay_probe.crew import Crew
from assay_probe.daemon import Daemon
from assay_probe.plan import ScrapeSpec
from assay_probe.recorder import Recorder
from assay_probe.records import ScrapeRecord

PACES = (20, 60, 150)
LONGEST_S = LENGTH_MIN * MINUTE_S / PACES[0]
LIMIT_S = 5.0
"""A replay of six virtual hours, from the bodies to the episodes."""
LONG_MIN, OTHER_SERIES = 360, 240
"""Its length, and series in it beside those the rules read."""
REPLAYS = 12
LOOKBACK_S = 300.0
SETTLE_SCRAPES, READY_S = 8, 30.0
FILES = read_rules({"monitoring/rules.yml": RULES})
HEADER = (
    "clock", "real time", "episodes", "the same live", "and by both engines",
    "onsets apart, evaluations", "onsets apart, virtual s", "ends apart, virtual s",
)  # fmt: skip


@dataclass(slots=True)
class Service:
    """The service with troubles. Before `zero_s` it runs, and exports nothing.

    Attributes:
        pace: Virtual seconds per real second.
        zero_s: Monotonic instant of the virtual minute 0.
        asked_s: Monotonic instants at which somebody asked.
    """

    pace: int
    zero_s: float = math.inf
    asked_s: list[float] = field(default_factory=list)

    def answer(self, _path: str, _body: bytes) -> tuple[int, bytes]:
        now_s = time.monotonic()
        self.asked_s.append(now_s)
        if now_s < self.zero_s:
            return 200, b""
        body = exposition((now_s - self.zero_s) * self.pace / MINUTE_S, pace=self.pace)
        return (503, b"") if body is None else (200, body)


@dataclass(frozen=True, slots=True)
class Onset:
    """Begin and end of an alert, in virtual seconds; `end_s` None if it still fired."""

    start_s: float
    end_s: float | None

    @property
    def evaluation(self) -> int:
        """The number of the evaluation: the one that follows scrape n is n."""
        return math.floor(self.start_s / STEP_S)


Fired = dict[tuple[tuple[str, str], ...], list[Onset]]
"""Labels, `alertname` among them -> its episodes in their order."""


@dataclass(frozen=True, slots=True)
class Lived:
    """One pace: what fired live, and what the replay of the same hour says."""

    pace: int
    live: Fired
    replay: Replay
    second: tuple[Episode, ...]
    recording: Recording

    @property
    def replayed(self) -> Fired:
        return fired(self.replay.episodes)

    @property
    def same(self) -> bool:
        """Whether the same episodes fired: the same labels, each as often."""
        return counts(self.live) == counts(self.replayed)

    def apart(self, part: Callable[[Onset], float | None]) -> list[float]:
        """Live less replay of every episode that both saw."""
        return [
            mine - theirs
            for labels in self.live.keys() & self.replayed.keys()
            for a, b in zip(self.live[labels], self.replayed[labels], strict=False)
            if (mine := part(a)) is not None and (theirs := part(b)) is not None
        ]

    @property
    def holds(self) -> bool:
        apart = self.apart(lambda onset: onset.evaluation)
        return (
            self.same
            and all(abs(evaluations) <= 1 for evaluations in apart)
            and self.second == self.replay.episodes
        )


def main() -> int:
    """0 if all of it holds, else 1."""
    paces = [k for k in PACES if LENGTH_MIN * MINUTE_S / k <= seconds(LONGEST_S)]
    lived = [live_and_replayed(pace) for pace in paces or PACES[-1:]]
    across = across_paces(lived)
    long_s, long_replay = long_run()
    alike = len({told(lived[-1].recording) for _ in range(REPLAYS)})
    notes = (
        f"An hour of {len(lived[0].replay.episodes)} episodes ({len(RULES.splitlines())} lines of "
        f"rules: rates, quantiles, absent, resets, deriv, for, keep_firing_for, recording rules).",
        "Apart: live less replay, least to most; one evaluation is 15 virtual s. Our recorder "
        "scrapes at the instants Prometheus does. Live a scrape waits for its evaluation, in the "
        "replay it does not.",
        f"Between the clocks: {across}.",
        f"Replay of six virtual hours ({LONG_MIN * 4} scrapes, {len(long_replay.episodes)} "
        f"episodes): {long_s:.1f} s, {long_replay.seconds:.1f} s of it promtool; "
        f"limit {LIMIT_S:.0f} s.",
        f"{REPLAYS} replays of one recording by both engines: "
        f"{'byte-identical' if alike == 1 else f'{alike} different outcomes'}.",
    )
    publish("virtual_clock", HEADER, [row(one) for one in lived], notes)
    failed = [f"clock x {one.pace}" for one in lived if not one.holds]
    failed += [] if across.endswith("the same") else ["between the clocks"]
    failed += [] if long_s < LIMIT_S and long_replay.engine == "promtool" else ["six hours"]
    failed += [] if alike == 1 else ["byte-identical"]
    for name in failed:
        sys.stderr.write(f"does not hold: {name}\n")
    return 1 if failed else 0


def row(one: Lived) -> list[str]:
    both = sum(map(min, *(_aligned(one.live, one.replayed))))
    number = len(one.replay.episodes)
    return [
        f"x {one.pace}",
        f"{LENGTH_MIN * MINUTE_S / one.pace:.0f} s",
        str(number),
        f"{both} of {number}" if one.same else f"{both} of {number}, live {_count(one.live)}",
        "all" if one.second == one.replay.episodes else "no",
        spread(one.apart(lambda onset: onset.evaluation)),
        spread(one.apart(lambda onset: onset.start_s)),
        spread(one.apart(lambda onset: onset.end_s)),
    ]


def spread(values: Sequence[float]) -> str:
    """Least and most."""
    return f"{min(values):+.0f} to {max(values):+.0f}" if values else ""


# ----------------------------------------------------------------------------------------- live


def live_and_replayed(pace: int) -> Lived:
    """An hour of the service at one pace, seen by Prometheus and by our recorder."""
    step_s = STEP_S / pace
    service, scrapes = Service(pace), list[ScrapeRecord]()
    with server(service.answer) as running, prometheus(running.server_port, pace) as ask:
        origin_s = _origin_s(service, step_s)
        unix_s = time.time() + origin_s - time.monotonic()
        record(f"http://127.0.0.1:{running.server_port}", origin_s, step_s, scrapes.append)
        time.sleep(2 * step_s)
        live = _fired_live(ask, unix_s, pace)
    recording = read_recording(scrapes, target=TARGET, every_s=step_s, unix_s=unix_s).recording
    done = replay_all({"recorded": recording}, FILES, run=on_this_machine)
    second = by_tsdb(recording, FILES).episodes
    return Lived(pace, live, done.replays[0], second, recording)


def _origin_s(service: Service, step_s: float) -> float:
    """The instant of slot 0: some scrapes ahead, when Prometheus scrapes, too.

    The service's clock begins half a step before it, so that nothing changes while it is asked.
    """
    until_s = time.monotonic() + READY_S
    while len(service.asked_s) < SETTLE_SCRAPES:
        if time.monotonic() > until_s:
            raise SystemExit("Prometheus did not scrape the service")
        time.sleep(step_s / 4)
    ahead = math.ceil((time.monotonic() + 0.5 - service.asked_s[-1]) / step_s)
    origin_s = service.asked_s[-1] + ahead * step_s
    service.zero_s = origin_s - step_s / 2
    return origin_s


def record(url: str, origin_s: float, every_s: float, keep: Callable[[ScrapeRecord], None]) -> None:
    """Our recorder over the whole hour."""
    crew = Crew(AsyncResult(), Pool(8))
    spec = ScrapeSpec(url, "/metrics", every_s=every_s, timeout_s=2.0)
    recorder = Recorder(spec, origin_s, lambda make, *made_of: keep(make(*made_of)), crew)
    recorder.stop_at(origin_s + (LENGTH_MIN * MINUTE_S / STEP_S - 0.5) * every_s)
    recorder.run()


Ask = Callable[[str, float], Any]
"""An instant query of an expression at a Unix time."""


@contextlib.contextmanager
def prometheus(port: int, pace: int) -> Iterator[Ask]:
    """A Prometheus on the service, with the rules divided by the pace."""
    every = f"{round(STEP_S / pace * 1000)}ms"
    config = {
        "global": {
            "scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every,
        },
        "rule_files": ["rules.yml"],
        "scrape_configs": [{
            "job_name": dict(TARGET)["job"],
            "static_configs": [{
                "targets": [f"127.0.0.1:{port}"],
                "labels": {"instance": dict(TARGET)["instance"]},
            }],
        }],
    }  # fmt: skip
    with server(lambda _path, _body: (404, b"")) as free:
        own_port = free.server_port
    with tempfile.TemporaryDirectory(prefix="virtual-clock-") as name:
        (Path(name) / "prometheus.yml").write_text(json.dumps(config))
        (Path(name) / "rules.yml").write_bytes(written(dilated(FILES.groups, pace).groups))
        command = [
            "prometheus",
            f"--config.file={name}/prometheus.yml",
            f"--storage.tsdb.path={name}/data",
            f"--web.listen-address=127.0.0.1:{own_port}",
            f"--query.lookback-delta={round(LOOKBACK_S / pace * 1000)}ms",
            "--log.level=error",
        ]
        with Daemon("prometheus", command, lambda: True):
            yield lambda expr, at_s: _query(own_port, expr, at_s)


def _query(port: int, expr: str, at_s: float) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", "/api/v1/query?" + urlencode({"query": expr, "time": at_s}))
        return json.loads(connection.getresponse().read())["data"]["result"]


def _fired_live(ask: Ask, zero_unix_s: float, pace: int) -> Fired:
    """Every stretch of evaluations at which an alert fired, if it began after slot 0."""
    last_s = LENGTH_MIN * MINUTE_S - STEP_S
    found: Fired = {}
    for series in ask('ALERTS{alertstate="firing"}[1h]', time.time()):
        named = {k: v for k, v in series["metric"].items() if k not in ("__name__", "alertstate")}
        instants = [(float(at) - zero_unix_s) * pace for at, _ in series["values"]]
        runs = [run for run in _unbroken(instants) if 0 <= run[0] < last_s + STEP_S]
        if runs:
            found[tuple(sorted(named.items()))] = [
                Onset(first, last + STEP_S if last < last_s - STEP_S else None)
                for first, last in runs
            ]
    return found


def _unbroken(instants: Sequence[float]) -> Iterator[tuple[float, float]]:
    """First and last of every stretch without a gap."""
    first = last = instants[0]
    for instant in instants[1:]:
        if instant - last > 1.5 * STEP_S:
            yield first, last
            first = instant
        last = instant
    yield first, last


# --------------------------------------------------------------------------------------- replay


def fired(episodes: Sequence[Episode]) -> Fired:
    found: Fired = {}
    for one in episodes:
        labels = tuple(sorted({**one.labels, "alertname": one.alert}.items()))
        end_s = None if one.end_min is None else one.end_min * MINUTE_S
        found.setdefault(labels, []).append(Onset(one.start_min * MINUTE_S, end_s))
    return found


def counts(found: Fired) -> dict[tuple[tuple[str, str], ...], int]:
    return {labels: len(onsets) for labels, onsets in found.items()}


def _aligned(a: Fired, b: Fired) -> tuple[list[int], list[int]]:
    labels = sorted(a.keys() | b.keys())
    return [len(a.get(one, [])) for one in labels], [len(b.get(one, [])) for one in labels]


def _count(found: Fired) -> int:
    return sum(len(onsets) for onsets in found.values())


def across_paces(lived: Sequence[Lived]) -> str:
    """How far the replays of one hour at several paces are apart."""
    first, *others = [one.replayed for one in lived]
    apart = [
        abs(a.evaluation - b.evaluation)
        for other in others
        for labels in first.keys() & other.keys()
        for a, b in zip(first[labels], other[labels], strict=False)
    ]
    most = max(apart, default=0)
    same = all(counts(first) == counts(other) for other in others) and most <= 1
    verdict = "the same" if same else "NOT the same"
    return f"onsets of the replays at most {most} evaluations apart, every episode {verdict}"


def long_run() -> tuple[float, Replay]:
    """Seconds of a replay of six virtual hours with everything, and what it found."""
    others = "# TYPE other_seconds histogram\n" + "".join(
        f'other_seconds_bucket{{route="/{n // 12}",le="{n % 12}"}} %d\n'
        for n in range(OTHER_SERIES)
    )
    scrapes = []
    for slot in range(LONG_MIN * 4):
        body = exposition(slot / 4 % LENGTH_MIN)
        more = (others % tuple(slot * n for n in range(OTHER_SERIES))).encode()
        scrapes.append(scrape(slot, None if body is None else body + more))
    started_s = time.monotonic()
    recording = read_recording(scrapes, target=TARGET, every_s=0.25, unix_s=UNIX_S).recording
    done = replay_all({"recorded": recording}, FILES, run=on_this_machine)
    return time.monotonic() - started_s, done.replays[0]


def told(recording: Recording) -> bytes:
    """Everything of a replay that goes into the evidence but how long it took, by both engines."""
    done = replay_all({"recorded": recording}, FILES, run=on_this_machine)
    said = done.replays[0].model_dump_json(exclude={"seconds"})
    second = [one.model_dump_json() for one in by_tsdb(recording, FILES).episodes]
    return "\n".join([said, *second]).encode() + done.test_file


if __name__ == "__main__":
    sys.exit(main())
