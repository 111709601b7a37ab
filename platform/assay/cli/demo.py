"""`assay demo`: show recorded candidates, then sit an assessment, push, and watch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli import background
from assay.cli.outcome import PLATFORM_FAULT

if TYPE_CHECKING:
    from assay.bootstrap.installation import Installation
    from assay.db.tables import Evaluation


def command(
    challenge: Annotated[str, typer.Option(help="Slug of the challenge.")] = "credit-scoring",
    answer: Annotated[str, typer.Option(help="Known answer to push.")] = "reference",
    out: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("out/demo"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages.")] = 8000,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the pages of a demo.")] = False,
) -> None:
    """Start Assay with recorded candidates, invite one more, push with git, leave the pages up."""
    from assay.bootstrap.first_start import owner_link
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings
    from assay.kit.clock import utc_now

    home = out.resolve() / "home"
    background.stop(home)
    if stop:
        return
    variables = background.environment(home, port)
    background.start(home, port, variables)
    with opened(read_settings(variables)) as installation:
        shown = _show_recorded(installation)
        judged = _journey(installation, challenge, answer)
        with installation.database.write() as session:
            link = owner_link(session, utc_now())
    url = background.address(port)
    typer.echo(f"the hiring team:  {url}{link}")
    for line in shown:
        typer.echo(line.format(url=url, home=home))
    typer.echo("The pages stay up; `assay demo --stop` ends them.")
    if judged is None or judged.score is None:
        raise typer.Exit(PLATFORM_FAULT)


def _show_recorded(installation: "Installation") -> list[str]:
    """Load the demo data; what to say of it at the end."""
    from assay.bootstrap.demo_data.dataset import RECORDED, Dataset
    from assay.bootstrap.demo_data.loading import load
    from assay.domain.errors import BadInput
    from assay.kit.clock import utc_now

    try:
        dataset = Dataset.at(RECORDED)
        loaded = load(installation, dataset, utc_now())
    except BadInput as refused:
        typer.echo(f"No recorded candidates are shown: {refused}\n")
        return []
    typer.echo(f"{loaded.note.words}\n")
    return [
        f"the candidates:   {{url}}/hiring/positions/{loaded.position_id}",
        f"to measure them anew, here: ASSAY_HOME={{home}} assay challenge regrade "
        f"{dataset.roster.challenge} --all-sealed --again",
    ]


def _journey(installation: "Installation", challenge: str, answer: str) -> "Evaluation | None":
    """Sit as Dana; the last evaluation."""
    from assay.bootstrap.demo import last_evaluation, sit, submit
    from assay.bootstrap.inviting import Wish

    wish = Wish("dana@example.org", challenge, "Dana")
    sitting = sit(installation, wish)
    typer.echo(f"Dana was invited, has pressed Start and pushes the {answer}:\n")
    submit(installation, sitting, wish, answer)
    typer.echo(f"\nDana's page:      {sitting.page_url}")
    return last_evaluation(installation, sitting.assessment_id)
