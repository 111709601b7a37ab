"""`assay rescore`: judge stored evidence again. Nothing is run."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    evidence: Annotated[
        Path, typer.Argument(help="An evidence.json, its directory, or a proof's KEY.json.xz.")
    ],
    under: Annotated[
        str, typer.Option(metavar="CHALLENGE", help="Judge by the rubric this challenge has now.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on stdout.")
    ] = False,
) -> None:
    """Judge stored evidence again, with the rubric it carries. The score comes out the same.

    With --under, by the rubric of a challenge as it is now, and the difference is explained.
    """
    from assay.bootstrap.files import read_evidence
    from assay.cli.summary import show
    from assay.domain.judge import rescore

    facts = read_evidence(evidence)
    if under:
        _under(evidence, under, as_json=as_json)
    else:
        show(facts, rescore(facts), as_json=as_json)


def _under(evidence: Path, challenge: str, *, as_json: bool) -> None:
    from assay.bootstrap.comparing import side_of_evidence
    from assay.bootstrap.files import read_evidence
    from assay.cli import compare as comparing
    from assay.cli.places import challenge_directory
    from assay.domain.comparison import compare
    from assay.domain.judge import rubric_of
    from assay.toolkit.package import load_challenge

    facts = read_evidence(evidence)
    package = load_challenge(challenge_directory(challenge))
    label = f"{evidence} by {package.challenge.id} {package.challenge.version}"
    now = side_of_evidence(label, facts, rubric_of(package.challenge))
    comparing.show(compare(side_of_evidence(str(evidence), facts), now), as_json=as_json)
