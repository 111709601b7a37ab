"""The `assay` command. Commands import what they need when they run, so that help is instant."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from assay.cli import (
    backup,
    challenge,
    check,
    compare,
    demo,
    demo_data,
    doctor,
    gateway,
    grade,
    monitoring,
    platform,
    prune,
    regrade,
    report,
    rescore,
)
from assay.cli.outcome import exit_code

DEBUG = "--debug"
ONLY = "--only"

app = typer.Typer(
    name="assay",
    help="Grade take-home submissions in production ML engineering, with evidence for every point.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _options(
    debug: Annotated[
        bool, typer.Option(DEBUG, help="Show tracebacks of expected errors too.")
    ] = False,
) -> None:
    """Options of every command; `--debug` is accepted anywhere on the line."""


@app.command()
def version() -> None:
    """Print the version of assay."""
    from importlib.metadata import version as installed

    typer.echo(f"assay {installed('assay')}")


app.command("grade")(grade.command)
app.command("check")(check.command)
app.command("gateway")(gateway.command)
app.command("rescore")(rescore.command)
app.command("compare")(compare.command)
app.command("adopt")(regrade.adopt)
app.command("report")(report.command)
app.command("doctor")(doctor.command)
app.command("demo")(demo.command)
app.command("up")(platform.up)
app.command("serve")(platform.serve)
app.command("worker")(platform.worker)
app.command("invite")(platform.invite)
app.command("sign-in")(platform.sign_in)
app.command("backup")(backup.back_up_command)
app.command("restore")(backup.restore_command)
app.command("prune")(prune.command)
app.add_typer(challenge.app, name="challenge")
app.add_typer(monitoring.app, name="monitoring")
app.add_typer(demo_data.app, name="demo-data")


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    rest = spread([argument for argument in arguments if argument != DEBUG])
    return exit_code(lambda: app(rest, prog_name="assay"), debug=DEBUG in arguments)


def spread(arguments: Sequence[str]) -> list[str]:
    """`--only a b` as `--only a --only b`: words after it belong to it until the next option."""
    found: list[str] = []
    last = ""
    for word in arguments:
        follows = last == ONLY and len(found) >= 2 and found[-2] == ONLY
        if follows and not word.startswith("-"):
            found.append(ONLY)
        elif word.startswith("-"):
            last = word
        found.append(word)
    return found


def run() -> None:
    """Entry point of the installed program."""
    sys.exit(main(sys.argv[1:]))
