"""`assay challenge health`: how a challenge fares with those who sat it."""

from typing import TYPE_CHECKING, Annotated

import typer

from assay.domain.errors import BadInput, NotFound

if TYPE_CHECKING:
    from rich.table import Table

    from assay.bootstrap.installation import Installation
    from assay.features.challenges.report import (
        DiscriminationOut,
        HealthOut,
        ItemOut,
        PartOut,
        SpreadOut,
    )


def command(
    challenge: Annotated[str, typer.Argument(help="Slug of the challenge.")],
    version: Annotated[str, typer.Option(help="Of the challenge; default the installed one.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Tell who starts and finishes, how scores spread, and which criteria tell nothing."""
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings

    with opened(read_settings()) as installation:
        found = _health(installation, challenge, version)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        _show(found)


def _health(installation: "Installation", challenge: str, version: str) -> "HealthOut":
    from assay.features.challenges.health import Asked, health, version_to_show, versions_sat
    from assay.features.challenges.report import health_out

    package = installation.challenges.get(challenge)
    known = version or (package.challenge.version if package else None)
    with installation.database.read() as session:
        try:
            shown = version_to_show(session, challenge, None, installed=known)
        except NotFound as missing:
            raise BadInput(str(missing)) from missing
        return health_out(
            health(session, Asked(challenge, shown)),
            challenge=challenge,
            version=shown,
            invited=versions_sat(session, challenge, None),
        )


def _show(found: "HealthOut") -> None:
    from assay.cli.console import out

    console = out()
    console.print(f"{found.challenge} {found.version}", style="bold", markup=False)
    for line in _lines(found):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(_criteria(found))
    for stage in found.stages:
        console.print(f"  {stage.stage}: {spread(stage.seconds, 's')}", markup=False)


def _lines(found: "HealthOut") -> list[str]:
    invited = {name: count for name, count in found.invited.items() if name != found.version}
    others = [f"{count} to {name}" for name, count in invited.items()]
    lines = [
        f"started     {part(found.started)} invitations",
        f"handed in   {part(found.handed_in)} sittings that are over",
        f"judged      {found.judged}",
        f"time        {spread(found.working_h, 'h')} from Start to the last push",
        f"total       {spread(found.totals, '')}",
    ]
    return lines + ([f"also invited: {', '.join(others)} (--version)"] if others else [])


def _criteria(found: "HealthOut") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table("criterion", "of", "earned", "n", "pays", "discriminates", box=None)
    for item in found.criteria:
        style = "yellow" if item.suspect else ""
        table.add_row(
            Text(item.title, style=style),
            "gate" if item.max == 0 else str(item.max),
            spread(item.fractions, ""),
            str(item.everything.of),
            _pays(item),
            _discriminates(item.discrimination),
        )
    return table


def part(found: "PartOut") -> str:
    """As "3 of 4", and a percentage where that says something."""
    from assay.domain.health import MEDIAN_MIN

    told = f"{found.count} of {found.of}"
    return f"{told} ({found.count / found.of:.0%})" if found.of >= MEDIAN_MIN else told


def spread(found: "SpreadOut", unit: str) -> str:
    """As "median 3.2 h, half between 2.1 and 4.0"; or that there are too few to say."""
    if found.median is None or found.quartile_low is None or found.quartile_high is None:
        return f"too few to say ({found.count}; it takes {found.needed})"
    median, low, high = (
        f"{value:.3g}" for value in (found.median, found.quartile_low, found.quartile_high)
    )
    return f"median {median}{' ' + unit if unit else ''}, half between {low} and {high}"


def _pays(item: "ItemOut") -> str:
    if item.pays == "unknown":
        return "too few"
    return {"never": "NEVER", "always": "ALWAYS"}.get(item.pays, "sometimes")


def _discriminates(found: "DiscriminationOut") -> str:
    if found.all_alike:
        return "all alike"
    if found.value is None or found.low is None or found.high is None:
        return f"too few ({found.count} of {found.needed})"
    return f"{found.value:+.2f} ({found.low:+.2f} to {found.high:+.2f})"
