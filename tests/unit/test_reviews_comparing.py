"""Candidates side by side, from what is stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.evidence import POOR, make_capacity, make_evidence, make_poor_evidence
from tests.fakes.incidents import (
    make_broken_rules,
    make_incidents,
    make_no_monitoring,
    with_incidents,
)
from tests.fakes.panels import Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.domain.difference import LEAST_TOTAL, Figure, clearly_above, counted
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.features.reviews.comparing import Contender, Spot, chosen, contenders
from assay.features.reviews.timelines import lane_of
from assay.web.pages.compare import told_of
from assay.web.pages.compare_drawings import best_of, drawn_lane, frontier_of


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


def compared(panel: Panel, *ids: str) -> list[Contender]:
    house = panel.site.house
    with house.read() as session:
        return contenders(session, chosen(session, house.cast.organisation_id, ids))


def test_a_good_and_a_poor_service_differ_by_more_than_the_noise(panel: Panel) -> None:
    good, poor = compared(panel, panel.judged(), panel.judged(make_poor_evidence()))

    assert good.result.total == good.total.value if good.total else False
    assert clearly_above([good.total, poor.total], least=LEAST_TOTAL) == [(0, (1,))]
    assert told_of([good.lines["latency_p95"], poor.lines["latency_p95"]], 0.5) == "A over B"


def test_the_same_service_twice_does_not(panel: Panel) -> None:
    first, second = compared(
        panel, panel.judged(make_poor_evidence()), panel.judged(make_poor_evidence())
    )

    assert told_of([first.total, second.total], LEAST_TOTAL) == "within the noise"


def test_the_points_of_a_line_have_the_noise_of_its_value(panel: Panel) -> None:
    one, _ = compared(panel, panel.judged(make_poor_evidence()), panel.judged())
    line = next(found for found in one.result.criteria if found.id == "latency_p95")
    figure = one.lines["latency_p95"]

    assert line.interval
    assert figure
    assert figure.low <= figure.value <= figure.high
    assert figure.value == line.points


def test_an_area_is_the_sum_of_its_lines_and_no_noisier_than_they_together(panel: Panel) -> None:
    one, _ = compared(panel, panel.judged(make_poor_evidence()), panel.judged())
    for area in one.result.areas:
        figure = one.areas[area.id]
        lines = [one.lines[c.id] for c in one.result.criteria if c.area == area.id]
        known = [found for found in lines if found]

        assert figure
        assert figure.value == pytest.approx(area.points)
        assert figure.high - figure.value <= sum(k.high - k.value for k in known) + 1e-9


def test_lines_that_are_counted_claim_nothing() -> None:
    assert told_of([counted(8), counted(3)], 0.5) == "counted"
    assert told_of([counted(8), counted(8)], 0.5) == ""
    assert told_of([None, None], 0.5) == ""


def test_several_are_told_in_one_breath() -> None:
    figures = [Figure(90, 89, 91), Figure(50, 49, 51), Figure(51, 50, 52), Figure(20, 19, 21)]

    assert told_of(figures, 1) == "A over B, C and D; B over D; C over D"


def test_only_candidates_of_one_position_and_own_company_compare(site: Site, panel: Panel) -> None:
    ours, other = panel.judged(), a_panel(site, "Another").judged()

    with pytest.raises(BadInput, match="one position"):
        compared(panel, ours, other)
    with pytest.raises(NotFound):
        compared(panel, ours, site.house.started(site.house.cast.other_organisation_id))


@pytest.mark.parametrize("count", [1, 6])
def test_two_to_five_compare(panel: Panel, count: int) -> None:
    with pytest.raises(BadInput, match="2 to 5"):
        compared(panel, *(panel.judged() for _ in range(count)))


def test_who_has_no_result_does_not_compare(site: Site) -> None:
    nowhere = Panel(site, "")

    with pytest.raises(Conflict, match="no result yet"):
        compared(nowhere, nowhere.judged(), site.house.started())


def test_cost_and_latency_come_with_their_noise(panel: Panel) -> None:
    good, poor = compared(panel, panel.judged(), panel.judged(make_poor_evidence()))

    assert good.spot
    assert poor.spot
    assert good.spot.cost.low < good.spot.cost.value < good.spot.cost.high
    assert good.spot.latency_ms.value < poor.spot.latency_ms.value
    assert good.spot.cost.value < poor.spot.cost.value


def test_who_was_never_loaded_has_no_place_on_the_frontier(panel: Panel) -> None:
    unloaded = make_evidence(load=None, capacity=None)
    costless = make_evidence(capacity=make_capacity(POOR, cost_per_million=float("inf")))
    found = compared(panel, panel.judged(unloaded), panel.judged(costless), panel.judged())

    assert [one.spot is None for one in found] == [True, True, False]


def spot(cost: float, latency_ms: float) -> Spot:
    return Spot(counted(cost), counted(latency_ms), 1.0, 10.0, "prices")


def test_on_the_frontier_is_who_no_other_beats_in_both() -> None:
    spots = [spot(1, 50), spot(2, 20), spot(3, 30), spot(2, 20), spot(9, 5)]

    assert best_of(spots) == [0, 1, 3, 4]


def test_cheaper_stands_left_and_faster_below() -> None:
    drawn = frontier_of([("A", spot(1, 50)), ("B", spot(2, 20))])

    assert drawn
    a, b = drawn.dots
    assert a.x < b.x
    assert a.y < b.y
    assert all(0 <= dot.x <= 640 and 0 <= dot.y <= 380 for dot in drawn.dots)
    assert len(drawn.line.split()) == 3


def test_equals_stand_together_in_a_drawing_that_is_not_empty() -> None:
    drawn = frontier_of([("A", spot(1, 10)), ("B", spot(1, 10))])

    assert drawn
    assert drawn.dots[0].x == drawn.dots[1].x
    assert [mark.letters for mark in drawn.marks] == ["AB"]
    assert drawn.x_ticks
    assert drawn.y_ticks


def test_nobody_on_the_frontier_is_no_drawing() -> None:
    assert frontier_of([]) is None


def test_a_timeline_tells_what_was_noticed_and_after_how_long() -> None:
    lane = lane_of(make_incidents())
    noticed = [one for one in lane.happenings if one.noticed_min is not None]

    assert 0 < lane.noticed == len(noticed) <= lane.asked
    assert all(one.delay_min is not None and one.delay_min >= 0 for one in noticed)
    assert all(one.kind != "decoy" for one in noticed)


@pytest.mark.parametrize("measured", [make_broken_rules(), make_no_monitoring()])
def test_without_rules_that_run_nothing_is_called_missed(measured: object) -> None:
    lane = lane_of(measured)  # type: ignore[arg-type]
    drawn = drawn_lane(lane, lane.length_min)

    assert lane.said
    assert not any(band.missed for band in drawn.bands)


def test_lanes_share_the_scale_of_the_longest() -> None:
    lane = lane_of(make_incidents())
    whole, half = drawn_lane(lane, lane.length_min), drawn_lane(lane, 2 * lane.length_min)

    assert half.bands[-1].x == pytest.approx(whole.bands[-1].x / 2, abs=0.1)
    assert all(0 <= band.x <= 800 for band in whole.bands)


def test_a_timeline_is_part_of_the_comparison(panel: Panel) -> None:
    first, second = compared(panel, panel.judged(with_incidents()), panel.judged())

    assert first.lane
    assert second.lane is None
