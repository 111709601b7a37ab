"""What the report's template shows, computed here so that the template only places it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assay.domain.evidence import Evidence
from assay.domain.scorecard import AreaLine, CriterionLine, Scorecard
from assay.features.scorecards.charts import Figure, charts_of
from assay.features.scorecards.decisions_view import Decisions, decisions_of
from assay.features.scorecards.excerpts import Excerpt, excerpts_of, logs_of
from assay.features.scorecards.incidents_view import Incidents, incidents_of
from assay.features.scorecards.wording import (
    confidence,
    excerpt,
    figure,
    meaning,
    sentence,
)

WELL, FAIR = 0.9, 0.5
"""Shares of the points from which a bar counts as good, and as fair."""


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion with its band as a bar on which further right is better.

    Attributes:
        mark, low, high: Places on the bar, 0..100.
        floor, target: The ends of the band in words.
        grade: "good", "fair", "poor" or "none".
        behind: Tests, rules or logs it rests on, word for word.
    """

    line: CriterionLine
    value: str
    confidence: str
    evidence: str
    mark: float
    low: float
    high: float
    floor: str
    target: str
    grade: str
    behind: Sequence[Excerpt] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """An area with its rows."""

    area: AreaLine
    share: float
    grade: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page."""

    card: Scorecard
    evidence: Evidence
    headline: str
    meaning: str
    missing_points: int
    isolated: bool
    gates: Sequence[Row]
    groups: Sequence[Group]
    decisions: Decisions | None
    incidents: Incidents | None
    charts: Sequence[Figure]
    logs: Sequence[Excerpt]
    provenance: Sequence[tuple[str, Sequence[tuple[str, str]]]]


def page_of(evidence: Evidence, card: Scorecard, *, examples: bool = False) -> Page:
    """The page of one evaluation, with all that is drawn.

    Args:
        evidence: What was measured.
        card: What it is worth.
        examples: Whether who reads it may know what was said of single rows.
    """
    incidents = incidents_of(evidence.incidents) if evidence.incidents else None
    return page_with(evidence, card, incidents, charts_of(evidence), examples=examples)


def page_with(
    evidence: Evidence,
    card: Scorecard,
    incidents: Incidents | None,
    charts: Sequence[Figure],
    *,
    examples: bool = False,
) -> Page:
    """The page of one evaluation, with what was worked out before."""
    headline, words = meaning(card)
    behind = {one.id: excerpts_of(evidence, one) for one in evidence.challenge.criterion}
    return Page(
        card=card,
        evidence=evidence,
        headline=headline,
        meaning=words,
        missing_points=sum(area.unmeasured for area in card.areas),
        isolated=not evidence.host.missing_capabilities,
        gates=[row_of(line, behind.get(line.id, ())) for line in card.gates],
        groups=[_group(area, card.criteria, behind) for area in card.areas],
        decisions=decisions_of(evidence, examples=examples),
        incidents=incidents,
        charts=charts,
        logs=logs_of(evidence),
        provenance=_provenance(evidence, card),
    )


def row_of(line: CriterionLine, behind: Sequence[Excerpt] = ()) -> Row:
    """The criterion as the page shows it."""
    share = None if line.fraction is None else float(line.fraction)
    short = line.unit.partition(" ")[0]
    low, high = (line.band.fraction(end) for end in line.interval or (0, 0))
    ends = (100 * float(min(low, high)), 100 * float(max(low, high)))
    return Row(
        line=line,
        value="" if line.value is None else figure(line.value, line.unit),
        confidence=confidence(line.interval, line.unit),
        evidence=sentence(excerpt(line.evidence)),
        mark=100 * (share or 0.0),
        low=ends[0],
        high=ends[1],
        floor=f"none at {figure(line.band.floor, short)}",
        target=f"all at {figure(line.band.target, short)}",
        grade=_grade(share),
        behind=behind,
    )


def _group(
    area: AreaLine, lines: Iterable[CriterionLine], behind: Mapping[str, Sequence[Excerpt]]
) -> Group:
    share = float(area.points / area.max) if area.max else None
    rows = [row_of(line, behind.get(line.id, ())) for line in lines if line.area == area.id]
    return Group(area, 100 * (share or 0.0), _grade(share), rows)


def _grade(share: float | None) -> str:
    if share is None:
        return "none"
    return "good" if share >= WELL else "fair" if share >= FAIR else "poor"


def _provenance(evidence: Evidence, card: Scorecard) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    return [
        ("Evaluation", _run(evidence)),
        ("Versions and digests", _versions(evidence, card)),
        ("Seeds", _seeds(evidence)),
        ("Machine", _machine(evidence)),
    ]


def _run(evidence: Evidence) -> list[tuple[str, str]]:
    first = evidence.first_request_s
    return [
        ("Evaluation", evidence.evaluation_id),
        ("Submission", f"{evidence.submission.label} ({evidence.submission.kind})"),
        ("Started", evidence.started_at),
        ("Took", f"{evidence.seconds:.0f} s, {evidence.overhead_s:.1f} s of it overhead"),
        ("First request", "none" if first is None else f"after {first:.1f} s"),
    ]


def _versions(evidence: Evidence, card: Scorecard) -> list[tuple[str, str]]:
    tree = [("Submitted tree", evidence.checkout.tree_sha256)] if evidence.checkout else []
    images = [(f"Image of {role}", digest) for role, digest in evidence.versions.images.items()]
    named = [(name.replace("_", " ").capitalize(), text) for name, text in card.versions.items()]
    return [*named, *tree, *images]


def _seeds(evidence: Evidence) -> list[tuple[str, str]]:
    load = evidence.load
    schedules = load.schedule_sha256 if load else ()
    pairs = ", ".join(f"{pair.label}: {pair.seed}" for pair in load.pairs) if load else ""
    return [
        ("Evaluation", str(evidence.seed)),
        *([("Windows", pairs)] if pairs else []),
        *(("Schedule of arrivals", digest) for digest in schedules),
    ]


def _machine(evidence: Evidence) -> list[tuple[str, str]]:
    host = evidence.host
    return [
        ("Engine", host.engine),
        ("It has", _listed(host.capabilities) or "nothing beyond running processes"),
        ("It lacks", _listed(host.missing_capabilities) or "nothing"),
        ("Cores", f"{host.cores}; service on {_cores(host.service_cores)}, "
                  f"traffic from {_cores(host.probe_cores)}"),
        ("Memory", f"{host.memory_mib:,} MiB"),
        ("Kernel", f"{host.kernel}, cgroup v{host.cgroup_version}, clock {host.clock_source}"),
        ("Known noise", "; ".join(host.noise) or "none found"),
    ]  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names).replace("_", " ")


def _cores(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "any"
