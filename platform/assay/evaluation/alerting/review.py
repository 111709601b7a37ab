"""What is wrong with a submission's monitoring, or will not count, before anything has run. Pure.

Whoever reads it has the files open: each remark says where, what comes of it, and what to write.
Whether PromQL is right is promtool's to say; here it is read for what it will meet.
"""

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from assay.domain.firing import PAGING
from assay.domain.incidents import AlertClaim, IncidentsMeasurement
from assay.domain.timeline import IncidentRules, Signal
from assay.evaluation.alerting.exposition import RESERVED, Exposition, Unreadable
from assay.evaluation.alerting.monitoring_file import NAME, Monitoring
from assay.evaluation.alerting.recording import target_labels
from assay.evaluation.alerting.rules import (
    Group,
    Rule,
    calls,
    longest_range_s,
    metric_names,
    parsed,
    with_window,
)

Weight = Literal["problem", "note"]

WINDOWED = ("requests", "errors", "latency_mean", "latency_p95", "predictions")
"""SLIs that are asked over stretches of the run."""
NEEDED = ("requests", "errors")
"""Without them alerts earn nothing: a share of errors needs both."""
METERED = frozenset({"cost"})
"""Signals of what only some challenges have: unasked for, nobody has to cover them."""
PLACED = frozenset({"drift", "missing", "schema"})
"""Signals of one field, which an alert can name."""
CALENDAR = frozenset({
    "hour", "minute", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month",
    "year",
})  # fmt: skip
CLOCK = frozenset({"time", "timestamp"})
LONGEST_BUDGET_MIN = 60.0
"""What any challenge gives an alert at most, unless a run says what this one does."""
FULL_CREDIT_SHARE = 0.3
SLOW_GROUP_S = 60.0
ANY_WINDOW_S = 300
GIVEN = frozenset({"up", "scrape_duration_seconds", "scrape_samples_scraped"})
"""Series that the recorder writes itself."""
_RULES = {name: part.default for name, part in IncidentRules.model_fields.items()}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know.

    Attributes:
        weight: A "problem" costs points as it stands; a "note" may be meant.
        text: Where, what, and what to do.
    """

    weight: Weight
    text: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What will be done, as far as it is known.

    Attributes:
        warmup_min, length_min: Of the timeline, in virtual minutes.
        budgets_min: Signal -> the longest budget of an incident that accepts it; empty if no run
            is known.
    """

    warmup_min: float = _RULES["warmup_min"]
    length_min: float = _RULES["standard_min"]
    budgets_min: Mapping[Signal, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exposed:
    """What `/metrics` is known to hold.

    Attributes:
        names: Of its series.
        problem: Why it cannot be read, "" if it can.
        forged: Series that only Prometheus may write.
    """

    names: frozenset[str]
    problem: str = ""
    forged: tuple[str, ...] = ()


def expected_of(measurement: IncidentsMeasurement) -> Expected:
    """What was done in a run is what will be done in another."""
    budgets: dict[Signal, float] = {}
    for one in measurement.incidents:
        for signal in one.accepts:
            budgets[signal] = max(one.budget_min, budgets.get(signal, 0.0))
    return Expected(measurement.warmup_min, measurement.length_min, budgets)


def exposed_of(body: bytes, port: int) -> Exposed:
    """What an exposition holds, read as the recorder reads it."""
    reader = Exposition(target_labels(port))
    outcome = reader.read(body)
    problem = outcome.problem if isinstance(outcome, Unreadable) else ""
    return Exposed(frozenset(one.name for one in reader.series), problem, tuple(reader.forged))


def review(
    monitoring: Monitoring, expected: Expected, exposed: Exposed | None = None
) -> tuple[Remark, ...]:
    """Every remark, problems first.

    Args:
        monitoring: As it was read.
        expected: What it will meet.
        exposed: What the service exports, None if that is not known.
    """
    if not monitoring.facts.present:
        return tuple(
            map(_problem, monitoring.facts.problems or (f"there is no {NAME}; write one",))
        )
    found = [
        *map(_problem, monitoring.facts.problems),
        *_slis(monitoring),
        *_claims(monitoring, expected),
        *_times(monitoring, expected),
        *_clocks(monitoring),
        *_names(monitoring.rules.groups),
        *(_metrics(monitoring, exposed) if exposed else ()),
    ]
    return tuple(sorted(found, key=lambda one: one.weight != "problem"))


# ----------------------------------------------------------------------------------------- SLIs


def _slis(monitoring: Monitoring) -> Iterator[Remark]:
    for name in WINDOWED:
        sli = monitoring.slis.get(name)
        if sli is not None and "$window" not in sli.expr:
            yield _problem(
                f"SLI {name} has no $window, so it is asked the same over every stretch; write "
                f"[$window] where the range stands"
            )
        if sli is None and name in NEEDED:
            yield _problem(
                f"SLI {name} is not declared, or cannot be used; without requests and errors no "
                f"alert earns anything"
            )
        if sli is None and name not in NEEDED:
            yield _note(f"SLI {name} is not declared; its share of the truth of metrics is lost")
    if "drift" not in monitoring.slis:
        yield _problem(
            "SLI drift is not declared; alerts are then worth nothing on the recording in which "
            "the drift metric is gone"
        )


# --------------------------------------------------------------------------------------- claims


def _claims(monitoring: Monitoring, expected: Expected) -> Iterator[Remark]:
    alerts = monitoring.facts.alerts
    if not alerts:
        yield _problem(f"no rule file that {NAME} names has an alert; nothing will be noticed")
        return
    for one in _once(alerts):
        if not one.covers:
            yield _note(
                f"{one.alert} covers nothing: it earns nothing, and is a false alarm when nothing "
                f"is wrong. That is right for an alert about the monitoring itself; else list it "
                f"under `alerts`"
            )
        elif PLACED.intersection(one.covers) and not one.locates:
            yield _note(
                f"{one.alert} names no field; say in `locates` which of its labels does, if any"
            )
    yield from _unheard(alerts)
    covered = {signal for one in alerts for signal in one.covers}
    idle = METERED - set(expected.budgets_min)
    if missing := [one for one in get_args(Signal) if one not in covered and one not in idle]:
        yield _note(f"no alert covers: {', '.join(missing)}")


def _unheard(alerts: Iterable[AlertClaim]) -> Iterator[Remark]:
    about = [one for one in alerts if "availability" in one.covers]
    if about and not any(one.severity.lower() in PAGING or "{{" in one.severity for one in about):
        yield _problem(
            f"{', '.join(sorted({one.alert for one in about}))} would tell of an outage and wake "
            f"nobody, which halves it; give one of them severity: critical"
        )


# ---------------------------------------------------------------------------------------- times


def _times(monitoring: Monitoring, expected: Expected) -> Iterator[Remark]:
    claims = {one.alert: one for one in monitoring.facts.alerts}
    for rule in _rules(monitoring.rules.groups):
        yield from _window(rule, expected)
        if rule.alert is not None and rule.alert in claims:
            yield from _for(rule, claims[rule.alert].covers, expected)
    for group in monitoring.rules.groups:
        if (group.interval_s or 0) > SLOW_GROUP_S:
            yield _note(
                f"group {group.name} is evaluated each {_minutes((group.interval_s or 0) / 60)} "
                f"only; its alerts come so much later"
            )


def _window(rule: Rule, expected: Expected) -> Iterator[Remark]:
    window_min = longest_range_s(rule.expr) / 60
    told = f"{rule.name} looks back over {_minutes(window_min)}"
    if window_min > expected.length_min:
        yield _problem(
            f"{told}, and the whole recording is {_minutes(expected.length_min)} long; shorten it"
        )
    elif window_min > expected.warmup_min:
        yield _note(
            f"{told}, and the first incident may come after {_minutes(expected.warmup_min)}; "
            f"a window that is not full says less, or nothing"
        )


def _for(rule: Rule, covers: Collection[Signal], expected: Expected) -> Iterator[Remark]:
    known = [expected.budgets_min[signal] for signal in covers if signal in expected.budgets_min]
    budget_min = max(known, default=LONGEST_BUDGET_MIN)
    for_min = rule.for_s / 60
    told = f"{rule.name} waits for {_minutes(for_min)}"
    if covers and for_min >= budget_min:
        yield _problem(
            f"{told} and what it covers has to be told within {_minutes(budget_min)}; it is always "
            f"too late"
        )
    elif known and for_min > FULL_CREDIT_SHARE * budget_min:
        yield _note(
            f"{told}; of a budget of {_minutes(budget_min)} only the first "
            f"{_minutes(FULL_CREDIT_SHARE * budget_min)} earn everything"
        )


def _clocks(monitoring: Monitoring) -> Iterator[Remark]:
    for rule in _rules(monitoring.rules.groups):
        called = calls(rule.expr)
        if calendar := sorted(called & CALENDAR):
            yield _problem(
                f"{rule.name} asks for {', '.join(f'{name}()' for name in calendar)}: on the "
                f"virtual clock it is always the first of January 1970; do without the calendar"
            )
        elif called & CLOCK:
            yield _note(
                f"{rule.name} reads the clock: it is judged on the recording, and cannot be told "
                f"by the Prometheus beside the service"
            )


# ---------------------------------------------------------------------------------------- names


def _names(groups: Iterable[Group]) -> Iterator[Remark]:
    known = tuple(groups)
    own = Counter(group.name.partition(":")[2] for group in known)
    for name in sorted(name for name, count in own.items() if count > 1):
        files = [g.name.partition(":")[0] for g in known if g.name.partition(":")[2] == name]
        yield _note(
            f"{' and '.join(files)} both have a group {name}; it counts, but rules_test.yml cannot "
            f"be rerun with your own files then: give each group a name of its own"
        )
    alerts = Counter(rule.alert for rule in _rules(known) if rule.alert is not None)
    for name in sorted(name for name, count in alerts.items() if count > 1):
        yield _note(
            f"{alerts[name]} rules raise {name}: they count as one alert, which begins to fire "
            f"with the first of them, and is heard again only if it begins to page"
        )


def _metrics(monitoring: Monitoring, exposed: Exposed) -> Iterator[Remark]:
    if exposed.problem:
        yield _problem(f"/metrics cannot be read: {exposed.problem}")
        return
    if exposed.forged:
        forged = ", ".join(exposed.forged)
        yield _problem(f"/metrics holds what only Prometheus may write: {forged}; remove it")
    recorded = {r.record for r in _rules(monitoring.rules.groups) if r.record is not None}
    known = exposed.names | recorded | GIVEN
    for where, expr in _expressions(monitoring):
        read = metric_names(expr)
        if read is None and parsed(expr) is not None:
            yield _note(f"{where} has a selector without a name, which reads every series there is")
        for name in sorted((read or frozenset()) - known):
            if not RESERVED.fullmatch(name):
                yield _unexposed(where, name, known)


def _unexposed(where: str, name: str, known: Collection[str]) -> Remark:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"is it {near[0]}?" if near else "a counter with labels is there only once it counted"
    return _problem(f"{where} reads {name}, which /metrics did not expose; {hint}")


def _expressions(monitoring: Monitoring) -> Iterator[tuple[str, str]]:
    """Where it stands -> PromQL of every rule and SLI."""
    for rule in _rules(monitoring.rules.groups):
        yield rule.name, rule.expr
    for name, sli in monitoring.slis.items():
        yield f"SLI {name}", with_window(sli.expr, ANY_WINDOW_S)


def _rules(groups: Iterable[Group]) -> Iterator[Rule]:
    return (rule for group in groups for rule in group.rules)


def _once(alerts: Iterable[AlertClaim]) -> Iterable[AlertClaim]:
    """The first of every name."""
    return {one.alert: one for one in reversed(tuple(alerts))}.values()


def _minutes(minutes: float) -> str:
    return f"{minutes:g} min"


def _problem(text: str) -> Remark:
    return Remark("problem", text)


def _note(text: str) -> Remark:
    return Remark("note", text)
