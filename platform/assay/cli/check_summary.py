"""The end of a rehearsal in a terminal: what it is worth, what to mend, what it cannot show."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import typer
from rich.console import Console
from rich.text import Text

from assay.bootstrap.checking import CheckResult
from assay.cli.console import one_line, out, printable
from assay.cli.summary import alert_lines, area_table, gate_lines, trouble_lines
from assay.domain.evidence import Evidence
from assay.domain.mends import Mend, mends_of
from assay.domain.scorecard import Scorecard
from assay.domain.scoring import rounded
from assay.features.scorecards.result import result_json

NAMED = 5
"""Files that are told by name; a person needs an example, not a list."""
LOG_LINES = 20


def show_check(result: CheckResult, *, as_json: bool) -> None:
    """The result on stdout: as JSON for programs, else in words."""
    if as_json:
        typer.echo(result_json(result.scorecard), nl=False)
    else:
        print_check(out(), result)


def print_check(console: Console, result: CheckResult) -> None:
    """Print it as somebody reads it who goes on working."""
    card, evidence = result.scorecard, result.evidence
    console.print()
    console.print(_headline(card))
    console.print(area_table(card))
    lines = (
        *_uncommitted(result.uncommitted),
        *_last_words(evidence),
        *gate_lines(card),
        *_mends(mends_of(card.gates, card.criteria)),
        *alert_lines(evidence),
        *trouble_lines(_without(card, result.only_there), evidence),
        *_only_there(result),
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    for path in result.files:
        console.print(f"  {path}", markup=False, soft_wrap=True)


def _without(card: Scorecard, titles: tuple[str, ...]) -> Scorecard:
    """The scorecard without the lines of which it is said elsewhere why they are unmeasured."""
    return replace(card, criteria=tuple(one for one in card.criteria if one.title not in titles))


def _headline(card: Scorecard) -> Text:
    """The score over what was measured, and how much of the whole that is."""
    if card.total is None:
        return Text("at home: no score, for what decides it was not measured", style="bold yellow")
    measured = sum(line.max for line in card.criteria if line.points is not None)
    whole = sum(line.max for line in card.criteria)
    text = Text(f"at home: {rounded(card.total)} of 100", style="bold")
    return text.append(f"   over the {measured} of {whole} points measured here", style="dim")


def _uncommitted(files: tuple[str, ...]) -> Iterator[Text]:
    if files:
        more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        named = one_line(", ".join(files[:NAMED])) + more
        yield Text(
            f"checked as it lies here; a push would not contain it so, commit first: {named}",
            style="yellow",
        )


def _last_words(evidence: Evidence) -> Iterator[Text]:
    """What a build or a service printed before it ended the check."""
    build, boot = evidence.build, evidence.boot
    log = build.log if build and not build.built else boot.log if boot and not boot.ready_s else ""
    for line in log.splitlines()[-LOG_LINES:]:
        yield Text(f"  │ {one_line(line)}", style="dim")
    for stage in evidence.stages:
        if stage.status == "candidate_fault":
            said = printable(f"{stage.stage}: {stage.message}")
            yield Text(said, style="bold red")


def _mends(mends: list[Mend]) -> Iterator[Text]:
    if mends:
        yield Text("worth mending first", style="bold")
    for number, mend in enumerate(mends, 1):
        worth = "nothing counts without it" if mend.worth is None else f"{mend.worth:.1f} points"
        text = Text(f"  {number}. {mend.title} ({worth})")
        yield text.append(f"\n        → {one_line(mend.advice, limit=400)}" if mend.advice else "")


def _only_there(result: CheckResult) -> Iterable[Text]:
    """What no rehearsal can show, said plainly."""
    points = _points(result.scorecard, result.only_there)
    yield Text("only the evaluation of a push measures", style="bold")
    if result.only_there:
        yield Text(
            f"  {points} points beside a reference service, or with parts that are not in the "
            f"practice kit: {'; '.join(result.only_there)}",
            style="dim",
        )
    yield Text(
        "  everything above once more, with tests, rows and incidents that are not public, in "
        "another order, on the published host: a line can come out otherwise there",
        style="dim",
    )


def _points(card: Scorecard, titles: tuple[str, ...]) -> int:
    return sum(line.max for line in card.criteria if line.title in titles)
