"""`assay challenge prove` and `publish`: show that a challenge is fair, then hand it out."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assay.cli.outcome import PLATFORM_FAULT

if TYPE_CHECKING:
    from assay.bootstrap.proving import Proving
    from assay.toolkit.proving.proof import Proof

RED = 1
JOBS = 2
AChallenge = Annotated[
    str, typer.Argument(help="Directory of a challenge, or its name under challenges/.")
]


def prove(
    challenge: AChallenge,
    quick: Annotated[
        bool, typer.Option("--quick", help="Reference, starter, a fault for each area, cheats.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN",
            help="Only this run besides the reference, or starters, mutants, answers, pairs; "
            "may be repeated.",
        ),
    ] = None,
    repeat: Annotated[
        int, typer.Option(min=1, help="Evaluations of the reference and of the first starter.")
    ] = 3,
    jobs: Annotated[
        int, typer.Option(min=1, max=64, help="Evaluations at once; timed stages stay alone.")
    ] = JOBS,
    seed: Annotated[int, typer.Option(min=0, help="Decides every random draw.")] = 0,
    sandbox: Annotated[
        Literal["docker", "local", "auto"], typer.Option(help="Which engine, as in `assay grade`.")
    ] = "auto",
    plan: Annotated[
        bool, typer.Option("--plan", help="Print what would be run and how long, and stop.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write; default proofs/NAME beside the challenge."),
    ] = None,
    matrix: Annotated[
        Path | None, typer.Option(help="Write the matrix as Markdown to this file, too.")
    ] = None,
) -> None:
    """Evaluate all that is known about a challenge, and compare with what must come out.

    What was finished is kept: after Ctrl-C the same command goes on where it stopped. Exit code
    1 if something does not hold, 3 if not everything could be measured.
    """
    from assay.bootstrap.grading import reap_leftovers
    from assay.bootstrap.proving import ProofRequest, prepared
    from assay.cli.console import err
    from assay.cli.places import challenge_directory
    from assay.cli.proof_summary import next_step
    from assay.toolkit.proving.plan import Options

    options = Options(quick=quick, only=tuple(only or ()), repeat=repeat, seed=seed, jobs=jobs)
    request = ProofRequest(challenge_directory(challenge), options, sandbox, out)
    for line in reap_leftovers():
        err().print(f"removed a leftover: {line}", markup=False, style="dim")
    with prepared(request) as proving:
        _announce(proving, plan_only=plan)
        if plan:
            return
        proof = _run(proving)
        _write(proof, proving.out, matrix)
        if following := next_step(proof, challenge):
            typer.echo(following)
    if proof.verdict != "green":
        raise typer.Exit(RED if proof.verdict == "red" else PLATFORM_FAULT)


def _announce(proving: "Proving", *, plan_only: bool) -> None:
    """Say what comes, and how long it takes, before it begins."""
    from assay.cli.console import err, out
    from assay.cli.proof_summary import plan_table
    from assay.toolkit.proving.estimate import told

    count, seconds = proving.left()
    stored = len({one.key for one in proving.keyed}) - count
    if plan_only:
        out().print(plan_table(proving.plan))
    kept = f", {stored} are stored already" if stored else ""
    err().print(
        f"{count} evaluations{kept}: about {told(seconds)}, {proving.request.options.jobs} at once",
        markup=False,
    )
    if proving.plan.left_out:
        names = ", ".join(proving.plan.left_out)
        err().print(f"left for a full proof: {names}", markup=False, style="yellow")


def _run(proving: "Proving") -> "Proof":
    """Run it; who interrupts is told how to go on."""
    from assay.cli.console import err
    from assay.cli.proof_progress import watching

    try:
        with watching(err()) as watch:
            return proving.run(watch)
    except KeyboardInterrupt:
        again = shlex.join(["assay", *sys.argv[1:]])
        err().print(
            f"what was finished is kept; the same command goes on from there: {again}",
            markup=False,
            soft_wrap=True,
        )
        raise


def _write(proof: "Proof", place: Path, matrix: Path | None) -> None:
    from assay.bootstrap.proving import write_proof
    from assay.cli.console import out
    from assay.cli.proof_summary import print_proof
    from assay.toolkit.proving.matrix import matrix_page

    files = list(write_proof(proof, place))
    if matrix is not None:
        matrix.parent.mkdir(parents=True, exist_ok=True)
        matrix.write_text(matrix_page(proof))
        files.append(matrix)
    print_proof(out(), proof, files)


def publish(challenge: AChallenge) -> None:
    """Publish a challenge whose full proof is green and fresh: then it can be invited to."""
    from assay.bootstrap import publishing
    from assay.cli.places import challenge_directory

    directory = challenge_directory(challenge)
    written = publishing.publish(directory)
    typer.echo(f"published: {written}")
    typer.echo(f"Commit {directory} together with {written.parent}. Then:")
    typer.echo(f"  assay invite somebody@example.org --challenge {directory.resolve().name}")
