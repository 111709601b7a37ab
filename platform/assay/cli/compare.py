"""`assay compare`: two results side by side, and why they differ. Nothing is run."""

import json
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from assay.domain.comparison import Change, Comparison, Side

EVALUATION = re.compile(r"evl_[0-9a-z]+")
DECIMALS = 2


def command(
    before: Annotated[str, typer.Argument(help="A directory, result.json, or evaluation id.")],
    after: Annotated[str, typer.Argument(help="The other one.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Explain line by line why two results differ; the parts add up to the difference."""
    from assay.domain.comparison import compare

    show(compare(_side(before), _side(after)), as_json=as_json)


def show(found: "Comparison", *, as_json: bool) -> None:
    """The comparison on stdout: for programs, else in words."""
    from assay.cli.console import out

    if as_json:
        typer.echo(json.dumps(as_data(found), indent=2))
    else:
        print_comparison(out(), found)


def _side(name: str) -> "Side":
    from assay.bootstrap.comparing import side_of_evaluation, side_of_path

    if Path(name).exists():
        return side_of_path(Path(name))
    if not EVALUATION.fullmatch(name):
        raise BadInput(
            f"{name!r} is neither a file, nor a directory, nor the id of an evaluation (evl_...)"
        )
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings

    with opened(read_settings()) as installation, installation.database.read() as session:
        try:
            return side_of_evaluation(session, name)
        except NotFound as missing:
            raise BadInput(str(missing)) from missing


def print_comparison(console: "Console", found: "Comparison") -> None:
    """Print a comparison as a person reads it: what is around, then the lines, then the sum."""
    from rich.table import Table

    from assay.domain.comparison import GATES, MEASURED, shown_difference, shown_shares

    whole, shown = shown_difference(found, DECIMALS), shown_shares(found, DECIMALS)
    for name, old, new in found.around:
        console.print(f"{name}: {old} → {new}", markup=False, soft_wrap=True)
    table = Table("criterion", "before", "after", "difference", "why", box=None)
    for change in found.changes:
        if change.parts:
            table.add_row(*_row(change, shown.get(change.id)))
    for name, told in ((GATES, "the gates"), (MEASURED, "what was measured")):
        if shown.get(name):
            table.add_row(told, "", "", _signed(shown[name]), "")
    console.print(table)
    before, after = (_total(side) for side in (found.before, found.after))
    changed = "" if whole is None else f", {_signed(whole)}"
    console.print(f"total {before} → {after}{changed}", style="bold", markup=False)


def as_data(found: "Comparison") -> dict[str, Any]:
    """The comparison for programs. Shares of the difference are exact fractions as text."""
    return {
        "before": _side_data(found.before),
        "after": _side_data(found.after),
        "difference": None if found.difference is None else str(found.difference),
        "around": [{"what": n, "before": old, "after": new} for n, old, new in found.around],
        "gates": str(found.gates),
        "measured": str(found.measured),
        "lines": [_line_data(change) for change in found.changes],
    }


def _row(change: "Change", worth: Fraction | None) -> tuple[Any, ...]:
    from rich.text import Text

    from assay.cli.console import one_line

    why = "; ".join(f"{part.cause.value}: {part.told}".rstrip(": ") for part in change.parts)
    moved = "gate" if change.gate else "" if worth is None else _signed(worth)
    before, after = (_stood(line) for line in (change.before, change.after))
    return Text(change.title), before, after, moved, Text(one_line(why, limit=300))


def _stood(line: Any) -> str:  # noqa: ANN401 - a Line or None
    if line is None:
        return "-"
    if line.fraction is None:
        return "not measured"
    return f"{float(line.fraction):.0%}" if line.gate else f"{float(line.points):.2f}/{line.max}"


def _signed(value: Fraction) -> str:
    return f"{float(value):+.{DECIMALS}f}"


def _total(side: "Side") -> str:
    from assay.domain.scoring import rounded

    return "none" if side.total is None else str(rounded(side.total, DECIMALS))


def _side_data(side: "Side") -> dict[str, Any]:
    total = side.total
    return {
        "label": side.label,
        "total": None if total is None else float(total),
        "total_exact": None if total is None else str(total),
        "about": dict(side.about),
    }


def _line_data(change: "Change") -> dict[str, Any]:
    return {
        "id": change.id,
        "title": change.title,
        "gate": change.gate,
        "before": _stood_data(change.before),
        "after": _stood_data(change.after),
        "worth": None if change.worth is None else str(change.worth),
        "why": [
            {"cause": part.cause.value, "points": str(part.points), "told": part.told}
            for part in change.parts
        ],
    }


def _stood_data(line: Any) -> dict[str, Any] | None:  # noqa: ANN401 - a Line or None
    if line is None:
        return None
    fraction = None if line.fraction is None else float(line.fraction)
    value = line.value if line.value is not None and math.isfinite(line.value) else None
    return {"max": line.max, "fraction": fraction, "value": value, "unit": line.unit}
