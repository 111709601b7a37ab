"""A deletion takes saved searches for the person with it, and leaves everybody's other views."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.positions import a_position, alice_of, invited_to
from tests.fakes.sittings import House, a_house

from assay.db.tables import Position
from assay.domain.hiring import Stage
from assay.features.assessments import removal
from assay.features.positions.views import save_view, views_of
from assay.features.positions.wanted import Order, Wanted


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def left(house: House, position: Position, name: str, views: dict[str, Wanted]) -> set[str]:
    """Names of the views that stay when somebody of that name is deleted."""
    gone = invited_to(house, position, name)
    user_id = house.cast.alice.user_id
    with house.write() as session:
        for called, wanted in views.items():
            save_view(session, user_id, position.id, called, wanted, house.time)
    with house.write() as session:
        removal.delete(
            session, house.jobs, gone, house.repositories, house.time, actor=alice_of(house)
        )
    with house.read() as session:
        return {view.name for view in views_of(session, user_id, position.id)}


def test_a_search_for_the_person_goes_however_it_was_typed(house: House) -> None:
    views = {
        "whole": Wanted(search="Erin Example"),
        "part": Wanted(search="erin"),
        "address": Wanted(search="erin.example@example.com"),
        "before the at": Wanted(search="erin.example", order=Order.BEST),
        "About Erin": Wanted(),
    }

    assert left(house, a_position(house), "Erin Example", views) == set()


def test_views_that_are_not_about_the_person_stay(house: House) -> None:
    """The words of a name stand in filters, too: "Ed" in "judged", "Best" in an order."""
    views = {
        "To decide": Wanted(stage=Stage.JUDGED),
        "Top": Wanted(order=Order.BEST),
        "Another": Wanted(search="Edith"),
        "Company": Wanted(search="example.com"),
    }

    assert left(house, a_position(house), "Ed Best", views) == set(views)
