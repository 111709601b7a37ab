"""The page of two to five candidates."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.fakes.evidence import ended, make_evidence, make_poor_evidence
from tests.fakes.incidents import make_incidents, with_incidents
from tests.fakes.panels import NAME, Panel, a_panel
from tests.fakes.web import Site, a_site, words

from assay.db.tables import Position
from assay.features.reviews.blind import shuffled_place


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


@pytest.fixture
def alice(site: Site) -> TestClient:
    return site.of(site.house.cast.alice)


def compare(*ids: str) -> str:
    return "/hiring/compare?" + "&".join(f"ids={one}" for one in ids)


def test_the_difference_is_named_where_it_is_larger_than_the_noise(
    panel: Panel, alice: TestClient
) -> None:
    good = panel.judged(name="Gwen")
    poor = panel.judged(make_poor_evidence(), name="Piet")
    page = words(alice.get(compare(good, poor)).text)

    assert "By more than the noise: A over B." in page
    assert "Scores pair by pair" in page
    assert "A Gwen" in page
    assert "B Piet" in page
    assert "no margin of error: compare what was counted" in page
    assert "counted, not estimated" not in page


def test_where_it_is_not_larger_nothing_is_claimed(panel: Panel, alice: TestClient) -> None:
    page = words(alice.get(compare(*(panel.judged(make_poor_evidence()) for _ in range(2)))).text)

    assert "Their scores do not differ by more than the noise" in page
    assert " over B" not in page


def test_frontier_and_timelines_are_drawn_with_their_figures(
    panel: Panel, alice: TestClient
) -> None:
    good = panel.judged(with_incidents())
    poor = panel.judged(with_incidents(make_incidents("poor"), make_poor_evidence()))
    text = alice.get(compare(good, poor)).text
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)

    assert sum('class="frontier"' in one for one in drawings) == 1
    assert sum('class="lane"' in one for one in drawings) == 2
    assert "What was done, and what noticed it" in text
    assert not re.search(r"\sstyle=|<script>", text)


def test_without_load_and_incidents_the_page_says_so(panel: Panel, alice: TestClient) -> None:
    poor = make_poor_evidence(load=None, capacity=None)
    page = words(alice.get(compare(panel.judged(poor), panel.judged(poor))).text)

    assert "Cost and latency were not both measured" in page
    assert "No timeline was measured" in page


def test_choosing_offers_those_with_a_result(site: Site, panel: Panel, alice: TestClient) -> None:
    judged = panel.judged()
    waiting = site.house.invite().assessment_id
    text = alice.get(f"/hiring/compare?position={panel.position_id}").text

    assert f'value="{judged}"' in text
    assert waiting not in text
    assert "ML engineer" in text


@pytest.mark.parametrize("count", [1, 6])
def test_too_few_and_too_many_are_sent_back_with_their_ticks(
    panel: Panel, alice: TestClient, count: int
) -> None:
    ids = [panel.judged() for _ in range(count)]
    answer = alice.get(compare(*ids) + f"&position={panel.position_id}")

    assert answer.status_code == 422
    assert "choose 2 to 5" in words(answer.text).lower()
    assert answer.text.count(" checked>") == count


def test_who_ticked_too_many_in_the_pipeline_finds_them_ticked_among_the_others(
    panel: Panel, alice: TestClient
) -> None:
    """The pipeline names candidates alone; where they are is looked up."""
    ids = [panel.judged() for _ in range(2)]
    panel.judged()
    many = [f"asm_{number:016d}" for number in range(60)]
    one = alice.get(compare(ids[0]))
    strange = alice.get(compare(*ids, *many))

    assert "ML engineer" in words(one.text)
    assert one.text.count('name="ids"') == 3
    assert one.text.count(" checked>") == 1
    assert strange.status_code == 404


def test_a_foreign_or_unknown_candidate_is_not_found(
    site: Site, panel: Panel, alice: TestClient
) -> None:
    judged = panel.judged()
    theirs = site.house.started(site.house.cast.other_organisation_id)
    charlie = site.of(site.house.cast.charlie)

    assert alice.get(compare(judged, theirs)).status_code == 404
    assert alice.get(compare(judged, "asm_" + "0" * 16)).status_code == 404
    assert charlie.get(compare(judged, panel.judged())).status_code == 404
    assert charlie.get(f"/hiring/compare?position={panel.position_id}").status_code == 404


def test_to_blind_reviewers_the_order_is_their_own(site: Site, panel: Panel) -> None:
    bob = site.house.cast.bob
    ids = [panel.judged(name=f"Nr {number}") for number in range(4)]
    text = site.of(bob).get(compare(*ids)).text
    shown = re.findall(r'class="who".*?/hiring/assessments/(asm_\w+)', text, re.DOTALL)

    assert shown == sorted(ids, key=lambda one: shuffled_place(bob.user_id, panel.position_id, one))
    assert NAME not in text


def test_the_score_is_that_of_the_pipeline_and_says_by_which_weights(
    site: Site, panel: Panel, alice: TestClient
) -> None:
    with site.house.write() as session:
        session.get_one(Position, panel.position_id).weights = '{"latency": 2.0}'
    good, poor = panel.judged(), panel.judged(make_poor_evidence())
    row = site.house.assessment(poor)
    page = words(alice.get(compare(good, poor)).text)
    chooser = words(alice.get(f"/hiring/compare?position={panel.position_id}").text)

    assert f"{row.weighted:.1f} 95 % interval" in page
    assert f"unweighted {row.score:.1f}" in page
    assert "by the weights of the position (Latency × 2)" in page  # noqa: RUF001 - as printed
    assert f"{row.weighted:.1f}" in chooser


def test_of_results_that_are_not_whole_no_total_is_compared(
    panel: Panel, alice: TestClient
) -> None:
    partial = make_evidence(stages=ended("capacity", "not_possible", then="done"))
    page = words(alice.get(compare(panel.judged(), panel.judged(partial))).text)

    assert "Fewer than two of these results are whole" in page
    assert "not measured by the same lines" in page


def test_to_who_is_blind_nothing_is_shown_that_others_said(
    site: Site, panel: Panel, alice: TestClient
) -> None:
    judged, other = panel.judged(make_poor_evidence()), panel.judged()
    why = {"criterion": "shutdown_time", "share": "100", "reason": "the host lost its disk then"}
    alice.post(f"/hiring/assessments/{judged}/overrides", data=why)
    page = words(site.of(site.house.cast.bob).get(compare(judged, other)).text)

    assert "with overrides" not in page.replace("overrides stand beside it", "")
    assert "with overrides" in words(alice.get(compare(judged, other)).text)


def test_overrides_and_decisions_stand_beside_the_score(panel: Panel, alice: TestClient) -> None:
    judged, other = panel.judged(make_poor_evidence()), panel.judged()
    why = {"criterion": "shutdown_time", "share": "100", "reason": "the host lost its disk then"}
    alice.post(f"/hiring/assessments/{judged}/overrides", data=why)
    ruling = {"verdict": "hold", "reason": "wait for the other one", "confirmed": "yes"}
    alice.post(f"/hiring/assessments/{judged}/decision", data=ruling)
    page = words(alice.get(compare(judged, other)).text)

    assert "with overrides" in page
    assert "Hold" in page
