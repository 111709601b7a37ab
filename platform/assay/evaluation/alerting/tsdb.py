"""Rules over recordings that are too large for promtool: one range query for each rule.

The samples are backfilled into a Prometheus; recording rules are asked first, level by level,
and what they say is backfilled, too. What an alert's `for` and `keep_firing_for` make of the
answers is computed here as Prometheus does it. Where promtool can do it, it decides: this
engine cannot replay rules over `ALERTS`, nor labels made by templates other than `$labels`.

Stale markers cannot be backfilled. Looking back less far than to the next scrape has the same
effect: a series without a sample in the last scrape is gone.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.domain.incidents import Episode
from assay.evaluation.alerting.episodes import episodes
from assay.evaluation.alerting.exposition import Labels
from assay.evaluation.alerting.probes import Probe, Sample
from assay.evaluation.alerting.promtool_file import number, selector
from assay.evaluation.alerting.recording import Recording, Series
from assay.evaluation.alerting.rules import Rule, RuleFiles, metric_names
from assay.evaluation.alerting.stretch import STEP_S, end_s, stretched
from assay_probe.plan import RangeQuery, RangeReplayPlan
from assay_probe.records import RangeRecord

SAMPLES = "recording.om"
SAMPLES_MAX, TEXT_BYTES_MAX = 2_000_000, 200_000_000
"""What is backfilled: ten seconds of work and 430 MiB of memory (measured on one core)."""
NUMBERS_BYTES = 30
"""Of a line of OpenMetrics: value and time."""
ALERT_SERIES = frozenset({"ALERTS", "ALERTS_FOR_STATE"})
CIRCLE = "it reads what it records itself, which cannot be replayed over so large a recording"
META = "it reads ALERTS, which cannot be replayed over so large a recording"

_READ_LESS = "name the metrics they need, or export fewer series"
_TEMPLATE = re.compile(r"\{\{\s*\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class TimedRule:
    """A rule, and how often it is evaluated."""

    rule: Rule
    step_s: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan asks.

    Attributes:
        plan: For the probe; the recording is in the file `SAMPLES`.
        rules: Name of a query -> the rule it stands for.
        probes: Name of a query -> the probe it stands for.
        refused: Rules that cannot be replayed, with the reason.
    """

    plan: RangeReplayPlan
    rules: Mapping[str, TimedRule]
    probes: Mapping[str, Probe]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it. `rule_errors` tells why rules are missing."""

    episodes: tuple[Episode, ...]
    answers: dict[Probe, tuple[Sample, ...]]
    rule_errors: tuple[str, ...]


def too_large(recording: Recording, keep: Collection[str] | None) -> str:
    """Why the series in `keep` (None for all) are more than can be replayed, "" if they are not."""
    kept = [s for s in recording.series if keep is None or s.name in keep]
    samples = sum(len(s.slots) for s in kept)
    if samples > SAMPLES_MAX:
        return f"the rules read {samples:,} samples, more than {SAMPLES_MAX:,}: {_READ_LESS}"
    text_bytes = sum(len(s.slots) * (len(selector(s)) + NUMBERS_BYTES) for s in kept)
    if text_bytes > TEXT_BYTES_MAX:
        return (
            f"the labels of what the rules read are {text_bytes // 10**6:,} MB long, "
            f"more than {TEXT_BYTES_MAX // 10**6:,}: {_READ_LESS}"
        )
    return ""


def evaluated_every_s(interval_s: float | None) -> int:
    """Virtual seconds between evaluations of a group; no oftener than there are samples."""
    return max(STEP_S, math.ceil(interval_s or 0))


def range_replay(
    recording: Recording, rules: RuleFiles, *, probes: Iterable[Probe] = (), timeout_s: float
) -> Asked:
    """The plan that replays all rules and asks all probes."""
    timed = {
        f"rule-{n}": timed
        for n, timed in enumerate(
            TimedRule(rule, evaluated_every_s(group.interval_s))
            for group in rules.groups
            for rule in group.rules
        )
    }
    levels, refused = _levels(timed)
    asked = {f"probe-{n}": probe for n, probe in enumerate(dict.fromkeys(probes))}
    steps = [[_query(name, timed[name], recording) for name in level] for level in levels]
    steps[-1] += [
        RangeQuery(name, probe.expr, probe.at_s, probe.at_s, STEP_S)
        for name, probe in asked.items()
    ]
    gap_s = STEP_S * _stride(recording)
    plan = RangeReplayPlan(
        openmetrics=SAMPLES,
        steps=[step for step in steps if step],
        records={
            name: {**timed[name].rule.labels, "__name__": timed[name].rule.name}
            for level in levels[:-1]
            for name in level
        },
        every_s=STEP_S,
        lookback_s=gap_s - 1,
        timeout_s=timeout_s,
    )
    return Asked(plan, timed, asked, refused)


def openmetrics(recording: Recording, keep: Collection[str] | None) -> bytes:
    """The samples of the series in `keep` (None for all) on the virtual clock."""
    lines = (
        line
        for series in recording.series
        if keep is None or series.name in keep
        for line in _lines(series, recording)
    )
    return ("".join(lines) + "# EOF\n").encode()


def read_answers(asked: Asked, records: Iterable[RangeRecord], recording: Recording) -> Answered:
    """The episodes of every alert, the answers to every probe."""
    last_s = end_s(recording)
    found: list[Episode] = []
    answers: dict[Probe, tuple[Sample, ...]] = {}
    errors = list(asked.refused)
    for record in records:
        if record.name in asked.probes:
            answers[asked.probes[record.name]] = _samples(record)
            continue
        timed = asked.rules[record.name]
        if record.error:
            errors.append(f"{timed.rule.name}: {record.error}")
        elif timed.rule.alert is not None:
            found += _episodes(timed, record, last_s)
    ordered = sorted(found, key=lambda e: (e.start_min, e.alert, sorted(e.labels.items())))
    return Answered(tuple(ordered), answers, tuple(errors))


def firing(
    active: Collection[int], *, for_s: float, keep_s: float, step_s: int, end_s: int
) -> Iterator[int]:
    """Evaluations at which an alert fires, as `AlertingRule.Eval` of Prometheus 2.42 has it.

    Args:
        active: Evaluations at which its expression yields a value.
        for_s: It must have been active for so long.
        keep_s: It goes on for so long after it was active last.
        step_s: Between evaluations.
        end_s: The last one.
    """
    active_since = gone_since = None
    fires = False
    for at_s in range(0, end_s + 1, step_s):
        if at_s in active:
            gone_since = None
            active_since = at_s if active_since is None else active_since
            fires = fires or at_s - active_since >= for_s
        else:
            gone_since = at_s if gone_since is None else gone_since
            fires = fires and at_s - gone_since < keep_s
            active_since = active_since if fires else None
        if fires:
            yield at_s


def _query(name: str, timed: TimedRule, recording: Recording) -> RangeQuery:
    return RangeQuery(name, timed.rule.expr, 0, end_s(recording), timed.step_s)


def _stride(recording: Recording) -> int:
    """Slots from one scrape to the next; the longest such gap."""
    asked = np.flatnonzero(recording.scraped)
    return int(np.diff(asked).max()) if len(asked) > 1 else 1


def _lines(series: Series, recording: Recording) -> Iterator[str]:
    name, values = selector(series), stretched(series, recording)
    for slot, value in zip(series.slots.tolist(), values.tolist(), strict=True):
        yield f"{name} {number(value)} {slot * STEP_S}\n"


def _levels(timed: Mapping[str, TimedRule]) -> tuple[list[list[str]], tuple[str, ...]]:
    """Names of recording rules by level, then those of the alerts; and what is refused.

    A rule stands above all that record what it reads.
    """
    recorders = {n: t.rule for n, t in timed.items() if t.rule.record is not None}
    reads = {name: _reads(t.rule.expr, recorders.values()) for name, t in timed.items()}
    levels: list[list[str]] = []
    waiting = dict(recorders)
    while waiting:
        open_names = {rule.name for rule in waiting.values()}
        level = [name for name in waiting if not reads[name] & open_names]
        if not level:
            break
        levels.append(level)
        waiting = {name: rule for name, rule in waiting.items() if name not in level}
    refused = [f"{rule.name}: {CIRCLE}" for rule in waiting.values()]
    alerts = [name for name in timed if name not in recorders]
    meta = [name for name in alerts if reads[name] & ALERT_SERIES]
    refused += [f"{timed[name].rule.name}: {META}" for name in meta]
    return [*levels, [name for name in alerts if name not in meta]], tuple(refused)


def _reads(expr: str, recorders: Iterable[Rule]) -> frozenset[str]:
    """Names an expression reads; every recorded one if that cannot be told."""
    names = metric_names(expr)
    return frozenset(rule.name for rule in recorders) if names is None else names


def _episodes(timed: TimedRule, record: RangeRecord, last_s: int) -> tuple[Episode, ...]:
    rule = timed.rule
    instants: dict[Labels, set[int]] = {}
    for labels, values in record.series:
        active = instants.setdefault(_alert_labels(rule, labels), set())
        active.update(round(float(at_s)) for at_s, _ in values)
    fired = {
        labels: firing(
            active,
            for_s=rule.for_s,
            keep_s=rule.keep_firing_for_s,
            step_s=timed.step_s,
            end_s=last_s,
        )
        for labels, active in instants.items()
    }
    return episodes(fired, end_s=last_s, step_s=timed.step_s)


def _alert_labels(rule: Rule, labels: Mapping[str, str]) -> Labels:
    """Of the alert: those of its series, and its own with `$labels` filled in."""
    own = {
        name: _TEMPLATE.sub(lambda found: labels.get(found[1], ""), text)
        for name, text in rule.labels.items()
    }
    named = {**labels, **own, "__name__": "", "alertname": rule.name}
    return tuple(sorted((name, value) for name, value in named.items() if value))


def _samples(record: RangeRecord) -> tuple[Sample, ...]:
    pairs: Sequence[tuple[Mapping[str, str], Sequence[Sequence[str]]]] = record.series
    return tuple(
        Sample(tuple(sorted(labels.items())), float(values[-1][1])) for labels, values in pairs
    )
