"""`assay challenge`: everything about challenges; the longer commands have files of their own."""

from pathlib import Path
from typing import Annotated

import typer

from assay.cli import challenge_lint, challenge_new, challenge_prove, health, regrade
from assay.domain.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="Challenges: write, list, prove, and look after them.")
app.command("new")(challenge_new.new)
app.command("fault")(challenge_new.fault)
app.command("answer")(challenge_new.answer)
app.command("brief")(challenge_new.brief)
app.command("lint")(challenge_lint.command)
app.command("schema")(challenge_lint.print_schema)
app.command("prove")(challenge_prove.prove)
app.command("publish")(challenge_prove.publish)
app.command("health")(health.command)
app.command("regrade")(regrade.command)


@app.command("list")
def list_challenges() -> None:
    """List the challenges under challenges/, with their version and title."""
    from rich.table import Table

    from assay.cli.console import out
    from assay.cli.places import all_challenges

    table = Table("challenge", "version", "title", box=None)
    for directory in all_challenges():
        table.add_row(directory.name, *_about(directory))
    out().print(table)


def _about(directory: Path) -> tuple[str, str]:
    """Version and title; of a challenge that cannot be used, how much is wrong with it."""
    from assay.toolkit.package import load_challenge

    try:
        challenge = load_challenge(directory).challenge
    except BadInput as error:
        return (
            "?",
            f"cannot be used: {len(error.problems)} problems, the first: {error.problems[0]}",
        )
    return challenge.version, challenge.title


@app.command("starter")
def write_starter(
    challenge: Annotated[
        str, typer.Argument(help="Directory of a challenge, or its name under challenges/.")
    ],
    to: Annotated[Path, typer.Option(help="Empty or new directory to write into.")],
    variant: Annotated[
        int, typer.Option(min=0, help="Which alternative faults; the same number, the same tree.")
    ] = 0,
) -> None:
    """Write the broken service a candidate starts from."""
    from assay.cli.places import challenge_directory
    from assay.toolkit.package import load_challenge
    from assay.toolkit.variants import write_tree

    package = load_challenge(challenge_directory(challenge))
    write_tree(package, "starter", to, variant=variant)
    typer.echo(str(to))
