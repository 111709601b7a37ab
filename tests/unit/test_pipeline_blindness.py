"""What a pipeline finds tells as much as what it says: who is blind learns nothing by either."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.fakes.positions import a_position, decided, invited_to, judged_in, reviewed
from tests.fakes.web import Site, a_site, words

from assay.db.tables import Override, Position
from assay.domain.hiring import Verdict


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def position(site: Site) -> Position:
    return a_position(site.house)


@pytest.fixture
def rejected(site: Site, position: Position) -> str:
    """Erin, about whom the company has decided, and of whose result a line is overridden."""
    judged = judged_in(site, position, "Erin")
    house = site.house
    decided(house, judged, Verdict.REJECT)
    with house.write() as session:
        session.add(
            Override(
                assessment_id=judged, evaluation_id=site.sealed_one(judged), was=1.0, now=0.0,
                criterion="shutdown_time", reason="It never did stop by itself.",
                user_id=house.cast.alice.user_id, at=house.time,
            )
        )  # fmt: skip
    return judged


def bobs(site: Site) -> TestClient:
    return site.of(site.house.cast.bob)


def candidates(browser: TestClient, position: Position, query: str = "") -> Any:
    return browser.get(f"/api/v1/positions/{position.id}/candidates?{query}").json()


def table(browser: TestClient, position: Position, query: str = "") -> str:
    """The part of the page with the candidates."""
    page = browser.get(f"/hiring/positions/{position.id}?{query}").text
    found = re.search(r"<tbody>.*</tbody>", page, re.DOTALL)
    return words(f"<main>{found[0]}") if found else ""


@pytest.mark.usefixtures("rejected")
def test_who_is_blind_reads_no_decision_and_no_override(site: Site, position: Position) -> None:
    (told,) = candidates(bobs(site), position)["candidates"]
    (known,) = candidates(site.of(site.house.cast.alice), position)["candidates"]

    assert (told["stage"], told["decision"]) == ("decided", None)
    assert told["weighted_with_overrides"] is None
    assert "Reject" not in table(bobs(site), position)
    assert "after your review" in table(bobs(site), position)
    assert "override" not in table(bobs(site), position)
    assert known["decision"] == "reject"
    assert known["weighted_with_overrides"] < known["weighted"]
    for form in ("csv", "json"):
        text = bobs(site).get(f"/hiring/positions/{position.id}/candidates.{form}").text
        assert "reject" not in text


def test_after_the_review_both_are_there(site: Site, position: Position, rejected: str) -> None:
    reviewed(site.house, rejected, site.house.cast.bob.user_id)

    assert "Reject" in table(bobs(site), position)
    assert "with 1 override" in table(bobs(site), position)


@pytest.mark.usefixtures("rejected")
def test_an_owner_who_reviews_reads_no_decision_either(site: Site, position: Position) -> None:
    alice = site.house.cast.alice
    judged = judged_in(site, position, "Frank")
    decided(site.house, judged, Verdict.ADVANCE)
    reviewed(site.house, judged, alice.user_id, handed_in=False)
    shown = table(site.of(alice), position)

    assert "Reject" in shown
    assert "Advance" not in shown


@pytest.mark.usefixtures("rejected")
@pytest.mark.parametrize("verdict", ["reject", "advance", "hold", "no"])
def test_nobody_is_found_by_a_decision_that_must_not_be_known(
    site: Site, position: Position, verdict: str
) -> None:
    found = candidates(bobs(site), position, f"decision={verdict}")

    assert found == {"candidates": [], "after": ""}


def test_who_waits_for_a_review_is_found_among_those_not_decided(
    site: Site, position: Position
) -> None:
    judged_in(site, position, "Erin")

    assert len(candidates(bobs(site), position, "decision=no")["candidates"]) == 1


@pytest.mark.usefixtures("rejected")
def test_the_way_to_the_next_page_names_nobody_who_was_searched_for(
    site: Site, position: Position
) -> None:
    """A page that ends after a hidden candidate would say whose name it is."""
    invited_to(site.house, position, "Erin the second")
    found = candidates(bobs(site), position, "q=erin&limit=1&order=oldest")

    assert [one["name"] for one in found["candidates"]] == ["Erin the second"]
    assert found["after"] == ""
    assert candidates(bobs(site), position, "q=1")["candidates"][0]["number"] == 1


def test_a_page_is_full_of_those_who_may_be_shown(site: Site, position: Position) -> None:
    """Who is hidden among them takes nobody's place."""
    judged_in(site, position, "Erin")
    for number in range(3):
        invited_to(site.house, position, f"Erin {number}")
    first = candidates(bobs(site), position, "q=erin&limit=2&order=oldest")
    rest = candidates(bobs(site), position, f"q=erin&limit=2&order=oldest&after={first['after']}")

    assert [one["name"] for one in first["candidates"]] == ["Erin 0", "Erin 1"]
    assert [one["name"] for one in rest["candidates"]] == ["Erin 2"]
