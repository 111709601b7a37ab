"""Every challenge that is shipped is found, and passes its own linter, strictly."""

from pathlib import Path

from tests.fakes.shipped import SHIPPED, each_challenge

from assay.toolkit.lint.linting import lint


def test_the_challenges_that_ship_are_found() -> None:
    assert {"claims-triage", "credit-scoring"} <= {root.name for root in SHIPPED}


@each_challenge
def test_nothing_is_found_that_nobody_gave_a_reason_for(root: Path) -> None:
    assert [str(one) for one in lint(root).findings] == []
