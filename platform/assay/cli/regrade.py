"""`assay challenge regrade` and `assay adopt`: grade again, and decide which result counts."""

from typing import TYPE_CHECKING, Annotated

import typer

from assay.domain.errors import BadInput, Refused

if TYPE_CHECKING:
    from assay.bootstrap.installation import Installation
    from assay.features.challenges.regrade import Edition, Regrade, Wish


def command(
    challenge: Annotated[str, typer.Argument(help="Slug of the challenge.")],
    assessment: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="This one; may be repeated.")
    ] = None,
    all_sealed: Annotated[
        bool, typer.Option("--all-sealed", help="Every assessment that has ended.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also what this version graded already.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and queue nothing.")] = False,
) -> None:
    """Evaluate handed-in work again under the installed version, beside the old result."""
    if bool(assessment) == all_sealed:
        raise BadInput("give either --assessment ID or --all-sealed")
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings

    with opened(read_settings()) as installation:
        wish = _wish(installation, challenge, again=again)
        plans = _plans(installation, assessment or [], wish)
        for plan in plans:
            _tell(plan, wish.edition)
        wanted = [plan for plan in plans if not plan.why_not]
        _sum_up(wanted, len(plans))
        if not dry_run:
            _queue(installation, wanted, wish)


def adopt(
    evaluation: Annotated[str, typer.Argument(help="Id of a regrade, or of the sealed one.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log. No names.")],
) -> None:
    """Let this result count from now on, in place of the one that does."""
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings
    from assay.features.assessments import adoption
    from assay.kit.clock import utc_now

    with opened(read_settings()) as installation:
        url = installation.settings.public_url
        try:
            with installation.database.write() as session:
                adoption.adopt(session, evaluation, reason, url, utc_now())
        except Refused as refusal:
            raise BadInput(f"{evaluation}: {refusal}") from refusal
    typer.echo(f"{evaluation} counts from now on")


def _wish(installation: "Installation", challenge: str, *, again: bool) -> "Wish":
    from importlib.metadata import version

    from assay.features.challenges.regrade import Edition, Wish

    package = installation.challenges.get(challenge)
    if package is None:
        known = ", ".join(sorted(installation.challenges))
        raise BadInput(f"there is no challenge {challenge!r}; there are: {known}")
    found = package.challenge.version
    return Wish(Edition(challenge, found, package.digest, version("assay")), again=again)


def _plans(installation: "Installation", ids: list[str], wish: "Wish") -> list["Regrade"]:
    from assay.features.challenges.regrade import planned, sealed_assessments

    try:
        with installation.database.read() as session:
            chosen = ids or sealed_assessments(session, wish.edition.challenge)
            return planned(session, chosen, wish)
    except Refused as refusal:
        raise BadInput(str(refusal)) from refusal


def _tell(plan: "Regrade", edition: "Edition") -> None:
    if plan.why_not:
        typer.echo(f"{plan.assessment_id}  left out: {plan.why_not}")
    else:
        now = f"{edition.version} by assay {edition.assay}"
        typer.echo(f"{plan.assessment_id}  {plan.was or 'graded'} → {now}")


def _sum_up(wanted: list["Regrade"], count: int) -> None:
    minutes = sum(plan.seconds for plan in wanted) / 60
    typer.echo(
        f"{len(wanted)} of {count} to grade again, about {minutes:.0f} minutes of one worker, "
        f"after everything else that waits"
    )


def _queue(installation: "Installation", wanted: list["Regrade"], wish: "Wish") -> None:
    """Each in a transaction of its own: what changed meanwhile is left out, and told."""
    from assay.features.challenges.regrade import regrade
    from assay.kit.clock import utc_now

    for plan in wanted:
        try:
            with installation.database.write() as session:
                jobs, now = installation.queue, utc_now()
                row = regrade(session, jobs, plan.assessment_id, wish, now)
            typer.echo(f"queued {row.id}")
        except Refused as refusal:
            typer.echo(f"left out: {refusal}")
