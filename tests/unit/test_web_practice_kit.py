"""Candidates are told of the rehearsal at home where there is one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.web import Site, a_site, words

from assay.domain.challenge import PracticeKit

KIT = PracticeKit(tests="practice/test_contract.py", rows="practice/rows.jsonl")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def with_kit(site: Site) -> None:
    package = site.house.package
    practice = package.challenge.practice.model_copy(update={"kit": KIT})
    challenge = package.challenge.model_copy(update={"practice": practice})
    site.offer({challenge.id: replace(package, challenge=challenge)})


def page_of(site: Site, assessment_id: str) -> str:
    return words(site.of_candidate(assessment_id).get("/candidate").text)


def test_the_page_says_how_to_rehearse_at_home(site: Site) -> None:
    with_kit(site)
    page = page_of(site, site.house.started())

    assert "assay check" in page
    assert "without using a practice run" in page


def test_nobody_is_sent_to_a_rehearsal_that_is_not_there(site: Site) -> None:
    assert "assay check" not in page_of(site, site.house.started())
