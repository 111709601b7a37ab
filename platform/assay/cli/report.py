"""`assay report`: write the page a hiring manager reads, from stored evidence."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    evidence: Annotated[Path, typer.Argument(help="An evidence.json, or its directory.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write; default report.html beside the evidence.")
    ] = None,
) -> None:
    """Write a self-contained report.html from stored evidence. Nothing is run."""
    from assay.bootstrap.grading import write_report

    typer.echo(str(write_report(evidence, out)))
