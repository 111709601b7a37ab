"""`assay challenge regrade` and `assay adopt`: grade again, and decide which result counts."""

from typing import TYPE_CHECKING, Annotated

import typer

from assay.domain.errors import BadInput, Refused

if TYPE_CHECKING:
    from assay.bootstrap.installation import Installation
    from assay.features.challenges.regrade import Edition, Manner, Regrade, Wish


def command(
    challenge: Annotated[str, typer.Argument(help="Slug of the challenge.")],
    assessment: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="This one; may be repeated.")
    ] = None,
    all_sealed: Annotated[
        bool, typer.Option("--all-sealed", help="Every assessment that has ended.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Measure also what this version graded already.")
    ] = False,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure also what could be judged anew.")
    ] = False,
    judge_only: Annotated[
        bool, typer.Option("--judge-only", help="Refuse what would have to be measured.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and do nothing.")] = False,
) -> None:
    """Grade handed-in work again under the installed version, beside the old result.

    Where rubric and words alone have changed, the stored evidence is judged anew.
    """
    if bool(assessment) == all_sealed:
        raise BadInput("give either --assessment ID or --all-sealed")
    if judge_only and (measure or again):
        raise BadInput("--judge-only measures nothing: leave out --measure and --again")
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings

    manner: Manner = "measure" if measure else "judge_only" if judge_only else "as_needed"
    with opened(read_settings()) as installation:
        wish = _wish(installation, challenge, manner, again=again)
        plans = _plans(installation, assessment or [], wish)
        wanted = [plan for plan in plans if not plan.why_not]
        if judge_only:
            _refuse_to_measure(wanted)
        for plan in plans:
            _tell(plan, wish.edition)
        _sum_up(wanted, len(plans))
        if not dry_run:
            _carry_out(installation, wanted, wish)


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


def _wish(installation: "Installation", challenge: str, manner: "Manner", *, again: bool) -> "Wish":
    from assay.bootstrap.regrading import wish_of

    package = installation.challenges.get(challenge)
    if package is None:
        known = ", ".join(sorted(installation.challenges))
        raise BadInput(f"there is no challenge {challenge!r}; there are: {known}")
    return wish_of(package, manner, again=again)


def _plans(installation: "Installation", ids: list[str], wish: "Wish") -> list["Regrade"]:
    from assay.features.challenges.regrade import planned, sealed_assessments

    try:
        with installation.database.read() as session:
            chosen = ids or sealed_assessments(session, wish.edition.challenge)
            return planned(session, chosen, wish)
    except Refused as refusal:
        raise BadInput(str(refusal)) from refusal


def _refuse_to_measure(wanted: list["Regrade"]) -> None:
    """All or none: nobody shall be judged anew while others wait for a machine."""
    told = [
        f"{plan.assessment_id} would have to be measured: {plan.why_measured}"
        for plan in wanted
        if not plan.is_judged
    ]
    if told:
        raise BadInput(*told)


def _tell(plan: "Regrade", edition: "Edition") -> None:
    if plan.why_not:
        typer.echo(f"{plan.assessment_id}  left out: {plan.why_not}")
        return
    now = f"{edition.version} by assay {edition.assay}"
    how = "judged anew" if plan.is_judged else f"measured: {plan.why_measured}"
    typer.echo(f"{plan.assessment_id}  {plan.was or 'graded'} → {now}, {how}")


def _sum_up(wanted: list["Regrade"], count: int) -> None:
    measured = [plan for plan in wanted if not plan.is_judged]
    minutes = sum(plan.seconds for plan in measured) / 60
    typer.echo(
        f"{len(wanted)} of {count} to grade again: {len(wanted) - len(measured)} judged anew from "
        f"their evidence, at once; {len(measured)} measured, about {minutes:.0f} minutes of one "
        f"worker, after everything else that waits"
    )


def _carry_out(installation: "Installation", wanted: list["Regrade"], wish: "Wish") -> None:
    """Each in a transaction of its own: what changed meanwhile is left out, and told."""
    for plan in wanted:
        try:
            done = _judge if plan.is_judged else _queue
            typer.echo(done(installation, plan, wish))
        except Refused as refusal:
            typer.echo(f"left out: {refusal}")


def _judge(installation: "Installation", plan: "Regrade", wish: "Wish") -> str:
    from assay.bootstrap.regrading import judge_anew
    from assay.kit.clock import utc_now

    row = judge_anew(installation.database, plan.assessment_id, wish, utc_now())
    return f"judged {row.id} from the evidence of {row.judged_from}: {row.score}"


def _queue(installation: "Installation", plan: "Regrade", wish: "Wish") -> str:
    from assay.features.challenges.regrade import regrade
    from assay.kit.clock import utc_now

    with installation.database.write() as session:
        row = regrade(session, installation.queue, plan.assessment_id, wish, utc_now())
    return f"queued {row.id}"
