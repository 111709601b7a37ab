"""A fault is seen: by a criterion whose value comes from the stage that shows it."""

from collections.abc import Iterator

from assay.domain.challenge import Fault, StageName
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity
from assay.toolkit.lint.traits import STAGE_TABLES, TRAITS


def _check(draft: Draft) -> Iterator[Found]:
    for place, _, fault, _ in draft.planted():
        stage = fault.measured_by
        where = (*place, "measured_by")
        if stage in STAGE_TABLES and getattr(draft.challenge, stage) is None:
            yield draft.at(
                where,
                f"fault {fault.id!r} is measured by {stage}, and there is no [{stage}] table, so "
                f"the stage is never run; add it, or name another stage",
            )
        elif stage not in (shown := _stages(draft, fault)):
            yield draft.at(
                where,
                f"no criterion catches fault {fault.id!r} in {stage}: what it costs is judged "
                f"from {', '.join(sorted(shown)) or 'nothing'}; correct measured_by or costs",
            )


def _stages(draft: Draft, fault: Fault) -> set[StageName]:
    """Stages whose measurements judge what the fault costs."""
    checks = [one.check for one in draft.challenge.criterion if one.id in fault.costs]
    return {stage for check in checks if check in TRAITS for stage in TRAITS[check].stages}


RULE = Rule(
    "uncaught-fault", Severity.ERROR, "A criterion catches a fault where it is measured.", _check
)
