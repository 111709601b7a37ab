"""A planted fault changes what runs; nothing measures a change of tests or prose."""

from collections.abc import Iterator

from assay.domain.challenge import Fault
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.patches import read_patch
from assay.toolkit.lint.roles import runs
from assay.toolkit.lint.rule import Rule, Severity

READ = ("documentation", "own_tests", "no_secrets")
"""Rules of operability that read files which do not run."""


def _check(draft: Draft) -> Iterator[Found]:
    for place, _, fault, patch in draft.planted():
        files = read_patch(patch) if patch.is_file() else ()
        if files and not any(runs(one.name) for one in files) and not _is_read(draft, fault):
            yield draft.at(
                place,
                f"fault {fault.id!r} changes only {', '.join(one.name for one in files)}, which "
                f"does not run, so it cannot cost {', '.join(fault.costs)}; change the service",
            )


def _is_read(draft: Draft, fault: Fault) -> bool:
    return any(
        one.check == "operability" and one.settings.get("rule", one.id) in READ
        for one in draft.challenge.criterion
        if one.id in fault.costs
    )


RULE = Rule("fault-runs", Severity.ERROR, "A fault changes something that runs.", _check)
