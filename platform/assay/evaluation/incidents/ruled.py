"""What the candidate's rules and SLIs say of the recording of a timeline."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.domain.incidents import Replay, ScrapeFacts, SliReading
from assay.domain.timeline import INSTANCE, SCRAPE_S
from assay.evaluation.alerting import honesty
from assay.evaluation.alerting.exposition import RESERVED
from assay.evaluation.alerting.monitoring_file import ANY_WINDOW_S, Monitoring
from assay.evaluation.alerting.mutations import mutations
from assay.evaluation.alerting.recording import (
    Reading,
    Recording,
    moved,
    read_recording,
    scrape_facts,
    target_labels,
)
from assay.evaluation.alerting.replay import Replays, Runner, limit_s, replay_all
from assay.evaluation.alerting.rules import Rule, metric_names, referenced, with_window
from assay.evaluation.incidents.timeline import Timeline
from assay.evaluation.incidents.traffic import SERVICE_FAULTS
from assay.evaluation.ports import ProbeFiles
from assay.evaluation.run import PROBE_SLACK_S, Run
from assay_probe.plan import Plan
from assay_probe.records import Done, Event, Record, ScrapeRecord, SegmentRecord

RECORDED = "recorded"
CLEAN = "clean"
COUNTED = ("requests", "errors", "latency_mean", "latency_p95", "predictions")
"""SLIs that are made of requests: nothing of them moves while none is sent."""
SETTLED_MIN = 15.0
"""So long after an incident its traces have left the windows of most rules."""
OVER_IT_MIN = 5.0
STARTED_MIN = 5.0
"""So long after the first scrape rates have both ends of their windows."""
QUIET_SLOTS = 2
"""Least length of a quiet time that can be repeated."""
IDLE_SLACK_SLOTS = 2
"""The first scrapes after the last answer may still count it."""
NOTHING_ASKED = Replays((), {}, b"")
"""Without rules and SLIs: no container is started for nothing."""
OTHER_INSTANCE = INSTANCE.replace("svc", "svc-2")


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules and SLIs said.

    Attributes:
        test_file: promtool's test of the recording, to be rerun at home; b"" without rules.
        recording: What they said it of.
        quiet: Slots of its longest undisturbed stretch.
    """

    replays: tuple[Replay, ...]
    slis: tuple[SliReading, ...]
    scrapes: ScrapeFacts
    test_file: bytes
    recording: Recording
    quiet: range


@dataclass(frozen=True, slots=True)
class Scraped:
    """What `/metrics` said, and what was sent meanwhile.

    Attributes:
        port: Of the metrics, as the labels have it.
        unix_s: Unix time of the first scrape slot.
        idle_from_min: From here on nothing was sent.
        canary_ms: Latencies of the reference, which nothing was done to.
    """

    scrapes: Sequence[ScrapeRecord]
    segments: Sequence[SegmentRecord]
    port: int
    unix_s: float
    idle_from_min: float
    canary_ms: Sequence[float] = ()

    def reading(self) -> Reading:
        """The series of all bodies that can be read."""
        return read_recording(
            self.scrapes, target=target_labels(self.port), every_s=SCRAPE_S, unix_s=self.unix_s
        )


def ruled(run: Run, monitoring: Monitoring, timeline: Timeline, scraped: Scraped) -> Ruled:
    """Replay the rules over the recording and its mutations, and ask the SLIs.

    Raises:
        PlatformFault: the replay's tools failed.
    """
    reading = scraped.reading()
    recording = reading.recording
    timeout_s = run.material.challenge.contract.score.timeout_s
    stretches = honesty.stretches(scraped.segments, scraped.scrapes, reading.samples, timeout_s)
    disturbed, quiet = _disturbed(timeline), quiet_slots(timeline)
    asked = _fair(honesty.questions(monitoring.slis, stretches), disturbed)
    done = NOTHING_ASKED
    if monitoring.rules.groups or asked:
        done = replay_all(
            circumstances(monitoring, quiet, recording, scraped.port),
            monitoring.rules,
            run=_runner(run),
            probes=[question.probe for question in asked],
        )
    facts = scrape_facts(
        reading,
        scraped.scrapes,
        idle_moved=_idle_moved(monitoring, scraped, recording),
        disturbed=disturbed,
    )
    return Ruled(
        replays=with_round(done.replays, quiet) if monitoring.rules.groups else (),
        slis=honesty.readings(asked, done.answers, scraped.segments, recording.series),
        scrapes=facts,
        test_file=done.test_file if monitoring.rules.groups else b"",
        recording=recording,
        quiet=quiet,
    )


def quiet_slots(timeline: Timeline) -> range:
    """The longest time in which nothing is done and nothing is left of what was, in slots."""
    begins = [STARTED_MIN, *(one.end_min + SETTLED_MIN for one in timeline.planned)]
    ends = [*(one.onset_min for one in timeline.planned), timeline.length_min]
    start_min, end_min = max(zip(begins, ends, strict=True), key=lambda span: span[1] - span[0])
    return range(math.ceil(start_min / SCRAPE_S), math.floor(end_min / SCRAPE_S))


def with_round(replays: Iterable[Replay], quiet: range) -> tuple[Replay, ...]:
    """The clean recording's with what is repeated in it."""
    repeats = {"repeats_min": (quiet.start * SCRAPE_S, (quiet.stop - 1) * SCRAPE_S)}
    return tuple(one.model_copy(update=repeats) if one.name == CLEAN else one for one in replays)


def _fair(
    asked: Iterable[honesty.Question], disturbed: Collection[int]
) -> tuple[honesty.Question, ...]:
    """Without stretches in which the container was starved or dead.

    What waits in the kernel until the service gets CPU, the service cannot see, and what the
    probe gave up on long ago it still answers and counts.
    """
    return tuple(
        one
        for one in asked
        if not any(slot in disturbed for slot in (one.stretch.first, one.stretch.last))
    )


def _disturbed(timeline: Timeline) -> frozenset[int]:
    """Slots in which something is done to the container, and those in which it gets over it."""
    spans = [
        range(int(one.onset_min / SCRAPE_S), math.ceil((one.end_min + OVER_IT_MIN) / SCRAPE_S))
        for one in timeline.planned
        if one.spec.injector in SERVICE_FAULTS
    ]
    return frozenset(slot for span in spans for slot in span)


def circumstances(
    monitoring: Monitoring, quiet: range, recording: Recording, port: int
) -> dict[str, Recording]:
    """The recording, and if there are alerts to try on it what could have happened instead."""
    as_it_was = {RECORDED: recording}
    if not monitoring.rules.alerts or recording.slots < quiet.stop or len(quiet) < QUIET_SLOTS:
        return as_it_was
    changed = mutations(
        recording,
        quiet=quiet,
        other_instance=OTHER_INSTANCE.format(port=port),
        drift=_names(monitoring, ("drift",)) & {series.name for series in recording.series},
    )
    return {**as_it_was, **changed}


def _names(monitoring: Monitoring, slis: Collection[str]) -> frozenset[str]:
    """Metrics of the service that these SLIs are made of; none where that cannot be told."""
    templates = [sli.expr for name, sli in monitoring.slis.items() if name in slis]
    read = referenced(with_window(expr, ANY_WINDOW_S) for expr in templates) or frozenset()
    recorders = [rule for group in monitoring.rules.groups for rule in group.rules if rule.record]
    while more := _behind(recorders, read) - read:
        read |= more
    return frozenset(name for name in read if not RESERVED.fullmatch(name))


def _behind(recorders: Iterable[Rule], names: Collection[str]) -> frozenset[str]:
    """What the recording rules of these names read."""
    exprs = (rule.expr for rule in recorders if rule.record in names)
    return frozenset(name for expr in exprs for name in metric_names(expr) or ())


def _idle_moved(monitoring: Monitoring, scraped: Scraped, recording: Recording) -> tuple[str, ...]:
    first = math.ceil(scraped.idle_from_min / SCRAPE_S) + IDLE_SLACK_SLOTS
    return moved(
        recording,
        range(first, recording.slots),
        names=_names(monitoring, COUNTED),
        path=monitoring.scrape.path,
    )


def _runner(run: Run) -> Runner:
    def carry_out(plan: Plan, files: Mapping[str, bytes]) -> list[Record]:
        deadline = run.deadline.sooner(limit_s(plan) + PROBE_SLACK_S)
        records = run.world.monitoring(
            plan, ProbeFiles(dict(files)), beside_service=False, deadline=deadline
        )
        return [one for one in records if not isinstance(one, Done | Event)]

    return carry_out
