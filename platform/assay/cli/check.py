"""`assay check`: rehearse at home, with the public practice that the starter carries."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assay.cli.outcome import PLATFORM_FAULT

if TYPE_CHECKING:
    from assay.bootstrap.checking import CheckRequest, CheckResult

Sandbox = Literal["docker", "local", "auto"]


def command(
    directory: Annotated[
        Path, typer.Argument(help="Your repository, or a folder in it.", show_default="here")
    ] = Path(),
    stages: Annotated[
        str, typer.Option(metavar="A,B", help="Run these stages and what they need; default all.")
    ] = "",
    sandbox: Annotated[
        Sandbox,
        typer.Option(
            help="docker isolates; local serves where no engine answers; auto takes docker if "
            "it can."
        ),
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Decides every random draw.")] = 0,
    committed: Annotated[
        bool, typer.Option("--committed", help="Check the last commit, not what lies there.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Where to write; default ASSAY_HOME/checks/NAME.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Build and measure your work at home: public tests, a short load, public incidents.

    Costs no practice run and needs no connection. Exit code 0 means that it was measured,
    whatever came out; 2 that there is no practice kit here; 3 that this machine could not.
    """
    from assay.bootstrap.checking import CheckRequest

    wanted = tuple(name.strip() for name in stages.split(",") if name.strip())
    result = _check(CheckRequest(directory, wanted, sandbox, seed, committed, out))
    from assay.cli.check_summary import show_check

    show_check(result, as_json=as_json)
    if any(stage.status == "platform_fault" for stage in result.evidence.stages):
        raise typer.Exit(PLATFORM_FAULT)


def _check(request: "CheckRequest") -> "CheckResult":
    from assay.bootstrap.checking import check
    from assay.bootstrap.grading import reap_leftovers
    from assay.cli.console import err
    from assay.cli.progress import watching

    for line in reap_leftovers():
        err().print(f"removed a leftover: {line}", markup=False, style="dim")
    with watching(err()) as progress:
        return check(request, progress)
