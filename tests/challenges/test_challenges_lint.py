"""Every challenge that is shipped passes its own linter, strictly."""

from pathlib import Path

import pytest

from assay.toolkit.files import known_challenges
from assay.toolkit.lint.linting import lint

CHALLENGES = Path(__file__).parents[2] / "challenges"


@pytest.mark.parametrize("name", known_challenges(CHALLENGES))
def test_nothing_is_found_that_nobody_gave_a_reason_for(name: str) -> None:
    assert [str(one) for one in lint(CHALLENGES / name).findings] == []
