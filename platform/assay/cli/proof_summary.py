"""A proof in a terminal: what holds, what does not, what each fault costs, where it is written."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.cli.console import one_line
from assay.toolkit.proving.estimate import told
from assay.toolkit.proving.plan import Plan
from assay.toolkit.proving.proof import Cell, CheckResult, MatrixRow, Proof

SIGNS = {"green": ("✓", "green"), "red": ("✗", "bold red"), "incomplete": ("?", "yellow")}
NOTES = 5
"""So many notes of a check are shown; the page has them all."""


def plan_table(plan: Plan) -> Table:
    """What would be run, in order."""
    table = Table("run", "what", "stages", box=None)
    for one in plan.runs:
        stages = ", ".join(one.stages) if plan.scope == "quick" else f"{len(one.stages)} stages"
        table.add_row(Text(one.shown), one.kind, stages)
    return table


def print_proof(console: Console, proof: Proof, files: Iterable[Path]) -> None:
    """Print a proof as its author wants to read it first."""
    console.print()
    if proof.matrix:
        console.print(_matrix(proof))
    for check in proof.checks:
        for line in _check(check):
            console.print(line, soft_wrap=True)
    sign, style = SIGNS[proof.verdict]
    text = Text(f"{sign} the {proof.scope} proof is {proof.verdict}", style=style)
    console.print(text.append(f"   {told(proof.evaluations_s)} of evaluations", style="dim"))
    for path in files:
        console.print(f"  {path}", markup=False, soft_wrap=True)


def next_step(proof: Proof, challenge: str) -> str:
    """What to say after a proof that is green, "" after another: its problems say enough."""
    if proof.verdict != "green":
        return ""
    if proof.scope == "full":
        return f"next: assay challenge publish {challenge}"
    return f"to be published, all of it must hold; next: assay challenge prove {challenge}"


def _check(check: CheckResult) -> Iterable[Text]:
    sign, style = SIGNS[check.verdict]
    yield Text(f"{sign} ", style=style).append(check.title, style="not bold default")
    for problem in check.problems:
        yield Text(f"    {one_line(problem, limit=400)}", style="red")
    for missing in check.unseen:
        yield Text(f"    {one_line(missing, limit=400)}", style="yellow")
    for note in check.notes[:NOTES]:
        yield Text(f"    {one_line(note, limit=400)}", style="dim")
    if len(check.notes) > NOTES:
        yield Text(f"    and {len(check.notes) - NOTES} more on the page", style="dim")


def _matrix(proof: Proof) -> Table:
    """A fault a line: what it costs of what it names, and what it must not cost."""
    table = Table("fault", "score", "costs", "not as declared", box=None)
    for row in proof.matrix:
        table.add_row(Text(row.fault), row.score, Text(_cells(row, "shown")), _wrong(row))
    return table


def _cells(row: MatrixRow, verdict: str) -> str:
    found = ((name, cell) for name, cell in row.cells.items() if cell.verdict == verdict)
    return ", ".join(f"{name} {_lost(cell)}" for name, cell in found)


def _wrong(row: MatrixRow) -> Text:
    said = [
        f"{word}: {cells}"
        for word, verdict in (("leak", "leak"), ("silent", "silent"), ("unseen", "unseen"))
        if (cells := _cells(row, verdict))
    ]
    return Text("; ".join(said), style="red")


def _lost(cell: Cell) -> str:
    return "?" if cell.lost is None else f"{-cell.lost:.1f}"
