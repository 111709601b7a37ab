"""A criterion of hidden tests has hidden tests, and a marked test has its criterion."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.hidden_tests import HiddenSuite, read_suite
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    path = draft.root / draft.challenge.contract.tests
    if not path.is_file():
        return
    suite = read_suite(path)
    if suite.error:
        line, words = suite.error
        yield draft.on(draft.name_of(path), f"is no Python: {words}; correct it", line=line)
        return
    used = _used(draft)
    yield from _without_tests(draft, suite, used)
    for name, line in suite.markers.items():
        if name not in used:
            yield draft.on(
                draft.name_of(path),
                f"marks tests of {name!r}, for which no criterion with check "
                f'"contract_tests" asks; add one, or mark them for: {", ".join(used) or "none"}',
                line=line,
            )


def _used(draft: Draft) -> dict[str, int]:
    """Marker -> index of the criterion that asks for it."""
    return {
        str(one.settings.get("criterion", one.id)): index
        for index, one in enumerate(draft.challenge.criterion)
        if one.check == "contract_tests"
    }


def _without_tests(draft: Draft, suite: HiddenSuite, used: dict[str, int]) -> Iterator[Found]:
    for name, index in used.items():
        if name not in suite.markers:
            yield draft.at(
                ("criterion", index),
                f"no hidden test is marked criterion({name!r}), so this line is never measured; "
                f"write tests in {draft.challenge.contract.tests}",
            )


RULE = Rule(
    "untested-criterion", Severity.ERROR, "Hidden tests and their criteria belong together.", _check
)
