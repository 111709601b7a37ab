"""`assay prune`: take away at once what workers take away bit by bit."""

from typing import Annotated

import typer


def command(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would go, and remove nothing.")
    ] = False,
) -> None:
    """Remove what is older or more than the settings keep: lines, checkpoints, jobs, images."""
    from assay.bootstrap.installation import opened
    from assay.bootstrap.pruning import SHELVES
    from assay.bootstrap.settings import read_settings
    from assay.kit.clock import utc_now

    with opened(read_settings()) as installation:
        for shelf in SHELVES:
            tell = shelf.count if dry_run else shelf.clear_all
            typer.echo(f"{tell(installation, utc_now()):>9,} {shelf.name}")
    typer.echo("They would go; nothing was removed." if dry_run else "They were removed.")
