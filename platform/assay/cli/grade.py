"""`assay grade`: evaluate one submission and write evidence, result and report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assay.cli.outcome import PLATFORM_FAULT
from assay.cli.places import challenge_directory
from assay.domain.errors import BadInput

if TYPE_CHECKING:
    from assay.bootstrap.grading import GradeRequest, GradeResult

Sandbox = Literal["docker", "local", "auto"]
Profile = Annotated[
    Literal["standard", "thorough"],
    typer.Option(help="Timeline of incidents: standard, or thorough, which is twice as long."),
]


def command(
    challenge: Annotated[
        str, typer.Argument(help="Directory of a challenge, or its name under challenges/.")
    ],
    submission: Annotated[
        Path | None, typer.Option(help="Directory or git work tree to grade.")
    ] = None,
    answer: Annotated[
        str | None,
        typer.Option(
            help="Grade a generated tree: reference, starter, fault:NAME, or a known "
            "answer of the challenge."
        ),
    ] = None,
    sandbox: Annotated[
        Sandbox,
        typer.Option(
            help="docker isolates; local serves where no engine answers; auto "
            "takes docker if it can."
        ),
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Decides every random draw.")] = 0,
    variant: Annotated[int, typer.Option(min=0, help="Which starter, with --answer starter.")] = 0,
    profile: Profile = "standard",
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="STAGE", help="Run this stage and what it needs; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write; default out/CHALLENGE/NAME. Replaces what is there."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Evaluate a submission: build it, test it, load it, and judge what was measured.

    Exit code 0 means that it was evaluated, whatever the score; 3 that we could not finish.
    """
    label = _label(submission, answer)
    directory = challenge_directory(challenge)
    from assay.bootstrap.grading import GradeRequest

    request = GradeRequest(
        challenge=directory,
        submission=submission,
        answer=answer,
        sandbox=sandbox,
        seed=seed,
        only=tuple(only or ()),
        out=out or Path("out") / directory.resolve().name / label,
        variant=variant,
        profile=profile,
    )
    result = _evaluate(request)
    from assay.cli.summary import show

    show(result.evidence, result.scorecard, result.files, as_json=as_json)
    if any(stage.status == "platform_fault" for stage in result.evidence.stages):
        raise typer.Exit(PLATFORM_FAULT)


def _label(submission: Path | None, answer: str | None) -> str:
    """A name for the output directory; exactly one of the two must have been given."""
    if submission is not None and answer is None:
        if not submission.is_dir():
            raise BadInput(f"--submission {submission} is not a directory")
        return submission.resolve().name
    if answer is not None and submission is None:
        return answer.replace("/", "-").replace(":", "-")
    raise BadInput("give either --submission PATH or --answer NAME")


def _evaluate(request: "GradeRequest") -> "GradeResult":
    from assay.bootstrap.grading import grade, reap_leftovers
    from assay.cli.console import err
    from assay.cli.progress import watching

    for line in reap_leftovers():
        err().print(f"removed a leftover: {line}", markup=False, style="dim")
    with watching(err()) as progress:
        return grade(request, progress)
