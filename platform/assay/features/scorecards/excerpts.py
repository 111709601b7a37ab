"""What stands behind a line of the scorecard, word for word: tests, rules, PromQL, logs.

All of it was written or printed by the submission; pages show it as text.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from assay.domain.evidence import Evidence
from assay.domain.rubric import Criterion
from assay.features.scorecards.wording import clipped, excerpt

LISTED, PROMQL, MESSAGE = 30, 2000, 600


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a log, or of rules."""

    title: str
    text: str


def excerpts_of(evidence: Evidence, criterion: Criterion) -> list[Excerpt]:
    """What there is behind a criterion; nothing behind most."""
    find = BY_CHECK.get(criterion.check)
    found = find(evidence, criterion) if find else ()
    return [Excerpt(one.title, excerpt(one.text)) for one in found if one.text.strip()]


def logs_of(evidence: Evidence) -> list[Excerpt]:
    """Everything that was printed, head and tail of it."""
    found = [
        ("What the service printed", evidence.service_log),
        ("What it printed during the hidden tests", _contract_log(evidence)),
        ("What it printed while starting", _boot_log(evidence)),
        ("The image build", _build_log(evidence)),
    ]
    return [Excerpt(title, excerpt(text)) for title, text in found if text.strip()]


def _contract_log(evidence: Evidence) -> str:
    return evidence.contract.log_excerpt if evidence.contract else ""


def _boot_log(evidence: Evidence) -> str:
    return evidence.boot.log if evidence.boot else ""


def _build_log(evidence: Evidence) -> str:
    return evidence.build.log if evidence.build else ""


def _tests(evidence: Evidence, criterion: Criterion) -> Iterator[Excerpt]:
    tests = evidence.contract.tests if evidence.contract else ()
    wanted = criterion.settings.get("criterion", criterion.id)
    mine = [test for test in tests if test.criterion == wanted]
    lines = [f"{test.outcome}: {_told(test.title, test.message)}" for test in mine[:LISTED]]
    yield Excerpt("The hidden tests behind it", "\n".join(lines))


def _told(title: str, message: str) -> str:
    return f"{title} ({clipped(message, MESSAGE)})" if message else title


def _rules(evidence: Evidence, _: Criterion) -> Iterator[Excerpt]:
    claims = evidence.incidents.monitoring.alerts if evidence.incidents else ()
    yield Excerpt("The alert rules, as handed in", _listed((c.alert, c.expr) for c in claims))


def _slis(evidence: Evidence, _: Criterion) -> Iterator[Excerpt]:
    slis = evidence.incidents.monitoring.slis if evidence.incidents else {}
    yield Excerpt("The PromQL of its own figures", _listed(slis.items()))


def _listed(named: Iterable[tuple[str, str]]) -> str:
    lines = [f"{clipped(name, 120)}:\n    {expr.strip()[:PROMQL]}" for name, expr in named]
    return "\n".join(lines[:LISTED])


def _operability(evidence: Evidence, criterion: Criterion) -> Iterator[Excerpt]:
    rules = evidence.operability.rules if evidence.operability else ()
    for rule in rules:
        if rule.rule == criterion.settings.get("rule"):
            yield Excerpt("Where it was found", "\n".join(rule.findings[:LISTED]))


def _boot(evidence: Evidence, _: Criterion) -> Iterator[Excerpt]:
    yield Excerpt("What it printed while starting", _boot_log(evidence))


def _build(evidence: Evidence, _: Criterion) -> Iterator[Excerpt]:
    yield Excerpt("The image build", _build_log(evidence))


def _printed(evidence: Evidence, _: Criterion) -> Iterator[Excerpt]:
    yield Excerpt("What it printed during the hidden tests", _contract_log(evidence))


BY_CHECK: dict[str, Callable[[Evidence, Criterion], Iterator[Excerpt]]] = {
    "builds": _build,
    "boots": _boot,
    "ready_truth": _boot,
    "contract_tests": _tests,
    "personal_data": _printed,
    "operability": _operability,
    "alerts_score": _rules,
    "alerts_robust": _rules,
    "drift_located": _rules,
    "notified": _rules,
    "metrics_truthful": _slis,
}
"""Check -> what stands behind its lines."""
