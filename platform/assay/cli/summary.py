"""The end of an evaluation in a terminal: total, areas, worst lines with advice, files."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.cli.console import one_line, out
from assay.domain.evidence import Evidence, Host, StageOutcome
from assay.domain.scorecard import CriterionLine, Scorecard
from assay.domain.scoring import rounded
from assay.features.scorecards.incident_rows import (
    IncidentRow,
    incident_rows,
    score_of,
)
from assay.features.scorecards.incident_rows import (
    headline as alerts_headline,
)
from assay.features.scorecards.result import result_json
from assay.features.scorecards.wording import FLAGS

WORST = 5
"""So many lines with advice are shown; the report has them all."""


def show(evidence: Evidence, card: Scorecard, files: Sequence[Path] = (), *, as_json: bool) -> None:
    """The result on stdout: as JSON for programs, else in words."""
    if as_json:
        typer.echo(result_json(card), nl=False)
    else:
        print_summary(out(), card, evidence, files)


def print_summary(
    console: Console, card: Scorecard, evidence: Evidence, files: Iterable[Path]
) -> None:
    """Print a scorecard as a person wants to read it first."""
    console.print()
    console.print(headline(card))
    console.print(area_table(card))
    trouble = trouble_lines(card, evidence)
    first = (*gate_lines(card), *flag_lines(card))
    for line in (*first, *_worst(card), *alert_lines(evidence), *trouble):
        console.print(line, soft_wrap=True)
    for path in files:
        console.print(f"  {path}", markup=False, soft_wrap=True)


def headline(card: Scorecard) -> Text:
    """Total, interval and status in one line."""
    if card.total is None:
        return Text("no score: what decides it was not measured", style="bold yellow")
    text = Text(f"score {rounded(card.total)} of 100", style="bold")
    if card.interval is not None:
        low, high = (rounded(end) for end in card.interval)
        text.append(f"   95 % interval {low} to {high}", style="dim")
    if card.status == "partial":
        text.append("   partial: not everything was measured", style="yellow")
    return text


def area_table(card: Scorecard) -> Table:
    """Points by area."""
    table = Table(box=None, pad_edge=True)
    table.add_column("area")
    table.add_column("points", justify="right")
    table.add_column("of", justify="right")
    table.add_column("not measured", justify="right")
    for area in card.areas:
        missing = str(area.unmeasured) if area.unmeasured else ""
        table.add_row(Text(area.title), str(rounded(area.points)), str(area.max), missing)
    return table


def gate_lines(card: Scorecard) -> Iterable[Text]:
    """Gates that hold in part or not at all."""
    for line in card.gates:
        if line.fraction is not None and line.fraction < 1:
            share = f"{rounded(line.fraction * 100)} %"
            yield Text(
                f"gate: {line.title} holds for {share} and multiplies the whole score: ",
                style="bold red",
            ).append(one_line(line.evidence), style="not bold")


def flag_lines(card: Scorecard) -> Iterable[Text]:
    """What a person should look at; it cost no point."""
    if card.flags:
        yield Text("for a person to look at (no point was changed)", style="bold magenta")
    for flag in card.flags:
        text = Text(f"  {flag.severity}: {FLAGS[flag.kind]}: ", style="magenta")
        yield text.append(one_line(flag.reason, limit=600), style="not magenta default")


def worst_lines(card: Scorecard) -> Sequence[CriterionLine]:
    """The criteria that lost most points, worst first."""
    losing = [line for line in card.criteria if _lost(line)]
    return sorted(losing, key=_lost, reverse=True)[:WORST]


def _lost(line: CriterionLine) -> Fraction:
    return Fraction(0) if line.points is None else line.max - line.points


def _worst(card: Scorecard) -> Iterable[Text]:
    lines = worst_lines(card)
    if lines:
        yield Text("what cost most", style="bold")
    for line in lines:
        text = Text(f"  -{rounded(_lost(line))}  {line.title}: ")
        text.append(one_line(line.evidence), style="dim")
        yield (
            text.append(f"\n        → {one_line(line.advice, limit=400)}") if line.advice else text
        )


def alert_lines(evidence: Evidence) -> Iterable[Text]:
    """What the candidate's alerts made of each incident."""
    measured = evidence.incidents
    if measured is None or measured.void:
        return
    score = score_of(measured)
    yield Text("alerts: ", style="bold").append(alerts_headline(measured, score), style="not bold")
    for row in incident_rows(measured, score):
        yield alert_line(row)


MARKS = {"good": ("✓", "green"), "fair": ("!", "yellow"), "poor": ("✗", "red")}


def alert_line(row: IncidentRow) -> Text:
    """One incident, and what the alerts made of it."""
    mark, style = MARKS.get(row.grade, ("?", "dim"))
    text = Text(f"  {mark} ", style=style)
    after = f" after {row.delay}, credit {row.credit}" if row.delay else ""
    told = f"minute {row.when}: {row.title}: {row.verdict}{after}"
    return text.append(one_line(told, limit=400), style="not dim default")


def trouble_lines(card: Scorecard, evidence: Evidence) -> Iterable[Text]:
    """What was not measured and why, and what was our fault."""
    return (*_unmeasured(card), *_faults(evidence.stages), *_missing(evidence.host))


def _unmeasured(card: Scorecard) -> Iterable[Text]:
    """What was not measured, by the reason why."""
    reasons: dict[str, list[str]] = {}
    for line in card.unmeasured:
        reasons.setdefault(one_line(line.evidence), []).append(line.title)
    for reason, titles in reasons.items():
        yield Text(f"  not measured, {reason}: {'; '.join(titles)}", style="yellow")


def _faults(stages: Iterable[StageOutcome]) -> Iterable[Text]:
    """Stages the platform could not finish are said out loud; the score leaves them out."""
    for stage in our_faults(stages):
        said = f"  platform fault in {stage.stage}: {one_line(stage.message, limit=400)}"
        yield Text(said, style="bold red")


def our_faults(stages: Iterable[StageOutcome]) -> list[StageOutcome]:
    """The first stage we broke, and later ones that ran and broke too."""
    broken = [s for s in stages if s.status == "platform_fault"]
    return [s for s in broken if s is broken[0] or s.seconds > 0]


def _missing(host: Host) -> Iterable[Text]:
    """An engine that isolates less than the full profile is never silent about it."""
    if host.missing_capabilities:
        what = ", ".join(name.replace("_", " ") for name in host.missing_capabilities)
        yield Text(
            f"  for practice only: the {host.engine} engine does not give {what} on this machine",
            style="yellow",
        )
