"""`assay rescore`: judge stored evidence again. Nothing is run."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    evidence: Annotated[Path, typer.Argument(help="An evidence.json, or its directory.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on stdout.")
    ] = False,
) -> None:
    """Judge stored evidence again, with the rubric it carries. The score comes out the same."""
    from assay.bootstrap.files import read_evidence
    from assay.cli.summary import show
    from assay.domain.judge import rescore

    facts = read_evidence(evidence)
    show(facts, rescore(facts), as_json=as_json)
