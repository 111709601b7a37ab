"""`assay backup` and `assay restore`: an installation as one file, and back again."""

from pathlib import Path
from typing import Annotated

import typer


def back_up_command(
    file: Annotated[Path, typer.Argument(help="File to write, e.g. assay-2026-11-21.tar.gz.")],
) -> None:
    """Write database, repositories and secret key into one file. Nothing has to stop."""
    from assay.bootstrap.backup import back_up
    from assay.bootstrap.settings import read_settings
    from assay.kit.clock import utc_now

    size = back_up(read_settings(), file, utc_now())
    typer.echo(f"{file} ({size / 2**20:.1f} MiB); it holds secrets: keep it where only you read")


def restore_command(
    file: Annotated[Path, typer.Argument(help="A file that `assay backup` wrote.")],
) -> None:
    """Make an installation from a backup, where there is none yet. Nothing is overwritten."""
    from assay.bootstrap.backup import restore
    from assay.bootstrap.settings import read_settings
    from assay.kit.clock import utc_now

    settings = read_settings()
    restore(settings, file, utc_now())
    typer.echo(f"restored into {settings.home}; start it with: assay up")
