"""The reference has tests, and a stage of its Dockerfile that runs them."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.dockerfiles import instructions, stage_names
from assay.toolkit.lint.given import reference_files
from assay.toolkit.lint.roles import is_test
from assay.toolkit.lint.rule import Rule, Severity
from assay.toolkit.lint.rules.build_context import DOCKERFILE


def _check(draft: Draft) -> Iterator[Found]:
    if not any(is_test(one.file.removeprefix("reference/")) for one in reference_files(draft)):
        yield draft.on(
            "reference", "has no tests, so candidates have nothing to begin with; write some"
        )
    path = draft.root / DOCKERFILE
    found = instructions(path.read_text(errors="replace")) if path.is_file() else []
    stage = draft.challenge.build.test_stage
    if found and stage not in stage_names(found):
        yield draft.on(
            DOCKERFILE, f"has no stage {stage!r} that runs the tests while building; add one"
        )


RULE = Rule("reference-tests", Severity.ERROR, "The reference has tests, and runs them.", _check)
