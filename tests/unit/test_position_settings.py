"""The settings of a position: nothing is lost, and nothing is written over unseen."""

import re

import pytest
from fastapi.testclient import TestClient
from tests.fakes.positions import a_position, invited_to
from tests.fakes.web import Site, words

from assay.db.tables import Position
from assay.domain.hiring import ReleasePolicy
from assay.web.unseen import mark_of


def at(position: Position) -> str:
    return f"/hiring/positions/{position.id}/settings"


def form_in(page: str) -> dict[str, list[str]]:
    """What a browser would send of it."""
    form: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = (re.search(rf'{what}="([^"]*)"', tag) for what in ("name", "value"))
        if name and value and ("radio" not in tag or "checked" in tag):
            form.setdefault(name[1], []).append(value[1])
    return form


def saved(site: Site, position: Position) -> Position:
    with site.house.read() as session:
        return session.get_one(Position, position.id)


def test_of_two_who_change_it_the_second_is_told_and_keeps_what_they_typed(
    site: Site, alice: TestClient
) -> None:
    position = a_position(site.house)
    mine, theirs = (form_in(alice.get(at(position)).text) for _ in range(2))
    theirs |= {"release": ["at_once"]}
    mine |= {"title": ["Senior engineer"]}
    assert alice.post(at(position), data=theirs).status_code == 303
    answer = alice.post(at(position), data=mine)

    assert answer.status_code == 409
    assert "somebody else changed the position meanwhile" in words(answer.text).lower()
    assert 'value="Senior engineer"' in answer.text
    assert saved(site, position).release is ReleasePolicy.AT_ONCE
    again = form_in(alice.get(at(position)).text) | {"title": ["Senior engineer"]}
    assert alice.post(at(position), data=again).status_code == 303
    assert saved(site, position).release is ReleasePolicy.AT_ONCE


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Other"},
        {"factors": {"latency": 1.5}},
        {"time_box_h": 5.0},
        {"release": ReleasePolicy.AT_ONCE},
        {"keep_days": 90},
    ],
)
def test_whatever_it_says_is_in_its_mark(site: Site, changes: dict[str, object]) -> None:
    usual, other = a_position(site.house), a_position(site.house, **changes)

    assert mark_of(usual) != mark_of(other)
    assert mark_of(usual) == mark_of(a_position(site.house))


def test_a_weight_of_nothing_is_refused_and_not_taken_for_one(
    site: Site, alice: TestClient
) -> None:
    position = a_position(site.house)
    form = form_in(alice.get(at(position)).text) | {"area": ["latency"], "factor": ["0"]}
    answer = alice.post(at(position), data=form)

    assert answer.status_code == 422
    assert "Latency: 0 is outside 0.5 to 2" in words(answer.text)


def test_a_conflict_loses_nothing_that_was_typed(site: Site, alice: TestClient) -> None:
    position = a_position(site.house)
    form = form_in(alice.get(at(position)).text)
    site.house.start(invited_to(site.house, position))
    form |= {"area": ["latency"], "factor": ["1.5"], "title": ["Typed with care"]}
    answer = alice.post(at(position), data=form)

    assert answer.status_code == 409
    assert 'value="Typed with care"' in answer.text


def test_what_the_position_weighs_and_the_challenge_has_no_more_stays(
    site: Site, alice: TestClient
) -> None:
    position = a_position(site.house, factors={"latency": 1.33})
    site.offer({})
    page = alice.get(at(position)).text
    form = form_in(page) | {"title": ["Renamed"]}

    assert "not in the challenge any more" in words(page)
    assert re.search(r'id="factor-latency"[^>]*step="any"[^>]*readonly', page)
    assert alice.post(at(position), data=form).status_code == 303
    assert saved(site, position).weights == '{"latency": 1.33}'
    assert saved(site, position).title == "Renamed"
    bad = alice.post(
        at(position), data=form_in(alice.get(at(position)).text) | {"keep_days": ["0"]}
    )
    assert bad.status_code == 422
    assert saved(site, position).keep_days is None


def test_a_form_takes_every_figure_that_a_program_may_set(site: Site, alice: TestClient) -> None:
    """A browser refuses a figure that is not on the steps of its field."""
    position = a_position(site.house, factors={"latency": 1.33}, time_box_h=5.25)
    page = alice.get(at(position)).text

    assert re.search(r'id="factor-latency"[^>]*step="0.01"[^>]*value="1.33"', page)
    assert re.search(r'id="hours"[^>]*step="any"[^>]*value="5.25"', page)
