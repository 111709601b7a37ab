"""Who may not know yet whom they judge."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.panels import Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.auth.principal import Member
from assay.db.tables import Decision
from assay.domain.errors import Conflict
from assay.domain.hiring import Verdict
from assay.features.reviews import service
from assay.features.reviews.blind import blinded, refuse_blind, shuffled_place
from assay.features.reviews.waiting import piles_of


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


def blind(panel: Panel, member: Member, *ids: str) -> set[str]:
    with panel.site.house.read() as session:
        return blinded(session, member.user_id, ids)


def test_a_reviewer_is_blind_once_the_sealed_result_stands(site: Site, panel: Panel) -> None:
    bob, running = site.house.cast.bob, site.house.started()
    site.judge(site.pushed(running))
    judged = panel.judged()

    assert blind(panel, bob, running, judged) == {judged}


def test_a_reviewer_sees_after_handing_in_and_not_after_a_draft(site: Site, panel: Panel) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    panel.draft(judged, bob, design=2)
    assert blind(panel, bob, judged) == {judged}

    panel.reviewed(judged, bob)

    assert blind(panel, bob, judged) == set()


def test_one_reviewers_review_opens_nobody_elses_eyes(site: Site, panel: Panel) -> None:
    judged = panel.judged()
    panel.reviewed(judged, site.house.cast.alice)

    assert blind(panel, site.house.cast.bob, judged) == {judged}


def test_a_viewer_judges_nobody_and_is_blind_to_nobody(site: Site, panel: Panel) -> None:
    assert blind(panel, site.house.cast.vera, panel.judged()) == set()


def test_an_owner_is_blind_while_a_review_is_a_draft(site: Site, panel: Panel) -> None:
    alice, judged, other = site.house.cast.alice, panel.judged(), panel.judged()
    panel.draft(judged, alice, design=2)

    assert blind(panel, alice, judged, other) == {judged}


def test_an_owner_may_choose_to_see(site: Site, panel: Panel) -> None:
    alice, judged = site.house.cast.alice, panel.judged()
    panel.draft(judged, alice, design=2)
    with site.house.write() as session:
        service.see_names(session, panel.desk(judged, alice), site.house.time)

    assert blind(panel, alice, judged) == set()


def test_who_reopens_a_review_has_seen_the_name_and_goes_on_seeing_it(
    site: Site, panel: Panel
) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    panel.reviewed(judged, bob)
    with site.house.write() as session:
        service.reopen(session, panel.desk(judged, bob), bob.user_id, "a slip", site.house.time)

    assert blind(panel, bob, judged) == set()


def test_somebody_of_another_company_is_told_nothing_and_hides_nothing(
    site: Site, panel: Panel
) -> None:
    assert blind(panel, site.house.cast.charlie, panel.judged()) == set()


def test_more_ids_than_a_database_takes_at_once_are_asked_for_in_portions(
    site: Site, panel: Panel
) -> None:
    judged = panel.judged()
    many = [f"asm_{number:016d}" for number in range(12_000)]

    assert blind(panel, site.house.cast.bob, *many, judged) == {judged}


def test_every_reviewer_has_an_order_of_their_own_that_stays() -> None:
    ids = [f"asm_{number}" for number in range(20)]

    def order(user: str, position: str = "pos_1") -> list[str]:
        return sorted(ids, key=lambda one: shuffled_place(user, position, one))

    assert order("usr_bob") == order("usr_bob")
    assert order("usr_bob") != order("usr_alice")
    assert order("usr_bob") != order("usr_bob", "pos_2")
    assert order("usr_bob") != ids


def test_over_many_reviewers_nobody_is_first_more_often_than_others() -> None:
    ids = [f"asm_{number}" for number in range(4)]
    first = [
        min(ids, key=lambda one: shuffled_place(f"usr_{user}", "pos_1", one)) for user in range(400)
    ]

    assert all(70 <= first.count(one) <= 130 for one in ids)


def test_what_waits_is_what_stands_and_is_neither_reviewed_nor_decided(
    site: Site, panel: Panel
) -> None:
    bob, waiting, reviewed = site.house.cast.bob, panel.judged(), panel.judged()
    panel.reviewed(reviewed, bob)
    site.house.started()
    with site.house.read() as session:
        (pile,) = piles_of(session, site.house.cast.organisation_id, bob.user_id)

    assert [one.assessment_id for one in pile.shown] == [waiting]
    assert (pile.title, pile.count) == ("ML engineer", 1)


def test_drafts_come_first_and_the_rest_as_shuffled(site: Site, panel: Panel) -> None:
    bob = site.house.cast.bob
    ids = [panel.judged() for _ in range(5)]
    panel.draft(ids[2], bob, design=1)
    with site.house.read() as session:
        (pile,) = piles_of(session, site.house.cast.organisation_id, bob.user_id)
    rest = sorted(
        (one for one in ids if one != ids[2]),
        key=lambda one: shuffled_place(bob.user_id, panel.position_id, one),
    )

    assert [one.assessment_id for one in pile.shown] == [ids[2], *rest]
    assert [one.begun for one in pile.shown] == [True, False, False, False, False]


def test_who_was_decided_upon_and_is_on_hold_again_waits_again(site: Site, panel: Panel) -> None:
    """Of several decisions the last one counts."""
    cast, judged = site.house.cast, panel.judged()

    def waits(verdict: Verdict) -> bool:
        with site.house.write() as session:
            session.add(Decision(assessment_id=judged, verdict=verdict, reason="as it is",
                                 user_id=cast.alice.user_id, at=site.house.time))  # fmt: skip
        with site.house.read() as session:
            return bool(piles_of(session, cast.organisation_id, cast.bob.user_id))

    assert [waits(one) for one in (Verdict.HOLD, Verdict.REJECT, Verdict.HOLD)] == [
        True, False, True,
    ]  # fmt: skip


def test_who_still_reviews_is_refused_what_takes_knowing_the_others(
    site: Site, panel: Panel
) -> None:
    alice, judged = site.house.cast.alice, panel.judged()
    panel.draft(judged, alice, design=2)
    with site.house.read() as session:
        refuse_blind(session, None, judged)
        with pytest.raises(Conflict, match="hand it in"):
            refuse_blind(session, alice.user_id, judged)
    panel.reviewed(judged, alice)
    with site.house.read() as session:
        refuse_blind(session, alice.user_id, judged)
