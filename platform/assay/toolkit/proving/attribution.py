"""The attribution matrix: what each planted fault costs, beside what it was declared to cost."""

from collections.abc import Collection, Iterator, Mapping

from assay.domain.challenge import Fault
from assay.toolkit.proving.checks import due
from assay.toolkit.proving.proof import Cell, CellVerdict, CheckResult, MatrixRow
from assay.toolkit.proving.repeatability import Spread, worth
from assay.toolkit.proving.runs import Outcome, Results
from assay.toolkit.variants import all_faults


def matrix_of(results: Results, spread: Mapping[str, Spread]) -> tuple[MatrixRow, ...]:
    """One row for each planted fault that was evaluated alone, in the order of the file."""
    planted = {one.fault.id: one for one in all_faults(results.challenge)}
    return tuple(
        MatrixRow(
            fault=wanted.name,
            slot=planted[wanted.name].slot,
            costs=planted[wanted.name].fault.costs,
            measured_by=planted[wanted.name].fault.measured_by,
            total=None if outcome.total is None else float(outcome.total),
            cells=_cells(planted[wanted.name].fault, outcome, results.reference, spread),
        )
        for wanted, outcome in results.of("mutant")
    )


def _cells(
    fault: Fault, mutant: Outcome, reference: Outcome, spread: Mapping[str, Spread]
) -> dict[str, Cell]:
    return {
        name: _cell(lost(reference, mutant, name), one.noise, named=name in fault.costs)
        for name, one in spread.items()
    }


def lost(reference: Outcome, other: Outcome, name: str) -> float | None:
    """Points of a criterion that the reference has and the other has not; None if unmeasured."""
    before, after = worth(reference, name), worth(other, name)
    return None if before is None or after is None else before - after


def _cell(lost_points: float | None, noise: float, *, named: bool) -> Cell:
    if lost_points is None:
        return Cell(lost=None, verdict="unseen" if named else "")
    costs = lost_points >= noise
    verdict: CellVerdict = ("shown" if costs else "silent") if named else "leak" if costs else ""
    return Cell(lost=round(lost_points, 3), verdict=verdict)


def check_attribution(results: Results, matrix: tuple[MatrixRow, ...]) -> CheckResult:
    """Every fault costs what it names, and nothing else."""
    gates = {one.id for one in results.challenge.criterion if one.gate}
    said = [sentence for row in matrix for sentence in _said(row, gates)]
    unseen = [sentence for row in matrix for sentence in _unseen(row, results)]
    return CheckResult(
        id="attribution",
        title="Each planted fault costs the criteria it names, and no others",
        problems=tuple(said),
        unseen=tuple(unseen),
        notes=() if matrix else ("no fault was run alone",),
    )


def _said(row: MatrixRow, gates: Collection[str]) -> Iterator[str]:
    for name, cell in row.cells.items():
        if cell.verdict == "silent":
            yield (
                f"{row.fault} names {name} and costs {cell.lost:.2f} of it; make the fault show, "
                f"or ask in {name} for what it breaks"
            )
        if cell.verdict == "leak":
            otherwise = "a starter must run" if name in gates else "or name it in costs, too"
            yield (
                f"{row.fault} costs {cell.lost:.2f} of {name}, which it does not name; make the "
                f"fault smaller, {otherwise}"
            )


def _unseen(row: MatrixRow, results: Results) -> Iterator[str]:
    """In a full proof every cell, else those that are named and whose stage ran."""
    runs = {wanted.name: outcome for wanted, outcome in results.of("mutant")}
    missing = [
        name
        for name, cell in row.cells.items()
        if cell.lost is None
        and (results.full or name in row.costs)
        and due(results, runs[row.fault], name)
    ]
    if missing and len(missing) < len(row.cells):  # of a whole run `check_measured` tells
        yield f"{row.fault}: not measured: {', '.join(missing)}"
