"""The reference has an alert for every incident it is asked to notice."""

from collections.abc import Iterator

from assay.evaluation.alerting.monitoring_file import NAME, read_monitoring
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    if draft.challenge.incidents is None or not draft.reference.is_dir():
        return
    facts = read_monitoring(draft.reference).facts
    if not facts.present:
        yield draft.on(f"reference/{NAME}", "is not there, so no alert counts; write it")
        return
    for problem in facts.problems:
        yield draft.on(f"reference/{NAME}", f"cannot be used as it is: {problem}")
    covered = {signal for claim in facts.alerts for signal in claim.covers}
    for index, one in enumerate(draft.challenge.incident):
        if one.accepts and not covered.intersection(one.accepts):
            yield draft.at(
                ("incident", index, "accepts"),
                f"no alert of the reference covers {' or '.join(one.accepts)}, so it cannot notice "
                f"{one.id!r}; write one, or accept what it covers",
            )


RULE = Rule(
    "uncovered-incident", Severity.ERROR, "The reference has an alert for every incident.", _check
)
