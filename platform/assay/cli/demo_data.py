"""`assay demo-data`: record candidates by real pushes and evaluations, and show them anywhere."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli import background

if TYPE_CHECKING:
    from assay.bootstrap.demo_data.dataset import Dataset
    from assay.bootstrap.demo_data.roster import DemoCandidate
    from assay.bootstrap.installation import Installation

app = typer.Typer(
    name="demo-data",
    help="Candidates that were recorded once, to look at without waiting for an evaluation.",
    no_args_is_help=True,
)

Data = Annotated[
    Path | None, typer.Option(help="Directory with a roster.toml; the shipped one by default.")
]


@app.command("load")
def load_command(data: Data = None) -> None:
    """Put the recorded candidates into the demo organisation, judged anew. Twice is once."""
    from assay.bootstrap.demo_data.loading import load
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings
    from assay.kit.clock import utc_now

    dataset = _dataset(data)
    with opened(read_settings()) as installation:
        loaded = load(installation, dataset, utc_now())
        url = installation.settings.public_url
    for name in loaded.added:
        typer.echo(f"added {name}")
    if not loaded.added:
        typer.echo("everybody is there already")
    if loaded.missing:
        typer.echo(f"not recorded yet: {', '.join(loaded.missing)}")
    typer.echo(loaded.note.words)
    typer.echo(f"{url}/hiring/positions/{loaded.position_id}")


@app.command("record")
def record_command(
    data: Data = None,
    home: Annotated[
        Path, typer.Option(help="Where the platform that records keeps its data.")
    ] = Path("out/demo-data"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of its pages.")] = 8010,
    at_most: Annotated[
        int | None, typer.Option(min=1, help="Record so many candidates, then stop.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also who is recorded already.")] = False,
) -> None:
    """Invite everybody of the roster, push their answers, wait for the sealed results, keep them.

    Each evaluation takes as long as the challenge's do. What was cut off goes on where it stood.
    """
    dataset = _dataset(data)
    wanted = [one for one in dataset.roster.candidate if again or one not in dataset.recorded]
    if not wanted:
        typer.echo("everybody is recorded; --again records them anew")
        return
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings

    place = home.resolve()
    variables = background.environment(place, port)
    with (
        background.running(place, port, variables),
        opened(read_settings(variables)) as installation,
    ):
        for candidate in wanted[:at_most]:
            dataset = _record(installation, dataset, candidate)


def _record(
    installation: "Installation", dataset: "Dataset", candidate: "DemoCandidate"
) -> "Dataset":
    from assay.bootstrap.demo_data.recording import Recorder

    return Recorder(installation, dataset, say=typer.echo, wait=time.sleep).record(candidate)


def _dataset(directory: Path | None) -> "Dataset":
    from assay.bootstrap.demo_data.dataset import RECORDED, Dataset

    return Dataset.at(directory or RECORDED)
