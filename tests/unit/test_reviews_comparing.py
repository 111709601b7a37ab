"""Candidates side by side, from what is stored."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.evidence import POOR, ended, make_capacity, make_evidence, make_poor_evidence
from tests.fakes.incidents import (
    make_broken_rules,
    make_episode,
    make_incidents,
    make_no_monitoring,
    with_incidents,
)
from tests.fakes.panels import Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.db.tables import Artifact, Position
from assay.domain.difference import LEAST_TOTAL, Figure, clearly_above, counted, difference
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.evidence import EVIDENCE_FILE
from assay.features.reviews.comparing import Contender, Spot, chosen, contenders
from assay.features.reviews.timelines import ALARMS_MAX, lane_of
from assay.web.pages.compare import gaps_of, told_of
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


def test_everything_against_nothing_is_larger_than_the_noise_and_not_counted(panel: Panel) -> None:
    """Over the whole interval of what was measured one earns all points, the other none."""
    hopeless = make_evidence(replace(POOR, throughput=0.05))
    good, poor = compared(panel, panel.judged(), panel.judged(hopeless))
    lines = [good.lines["cost"], poor.lines["cost"]]

    assert lines == [Figure(8, 8, 8), Figure(0, 0, 0)]
    assert told_of(lines, 0.5) == "A over B"


def test_without_the_band_points_could_be_anything_and_nothing_is_claimed(
    site: Site, panel: Panel
) -> None:
    """The evidence is gone, and with it the rubric: that is not as if points had been counted."""
    good, poor = panel.judged(), panel.judged(make_poor_evidence())
    with site.house.write() as session:
        for row in session.exec(select(Artifact).where(Artifact.name == EVIDENCE_FILE)):
            session.delete(row)
    one, other = compared(panel, good, poor)
    figures = [one.lines["latency_p95"], other.lines["latency_p95"]]

    assert [(found.low, found.high) for found in figures if found] == [(0, 8), (0, 8)]
    assert told_of(figures, 0.5) == "within the noise"


def test_the_total_is_that_of_the_pipeline_by_the_weights_of_the_position(
    site: Site, panel: Panel
) -> None:
    with site.house.write() as session:
        session.get_one(Position, panel.position_id).weights = '{"latency": 2.0}'
    ids = [panel.judged(), panel.judged(make_poor_evidence())]
    poor = compared(panel, *ids)[1]
    row = site.house.assessment(ids[1])

    assert poor.total
    assert poor.total.value == poor.totals.machine == row.weighted
    assert (poor.total.low, poor.total.high) == (row.weighted_low, row.weighted_high)
    assert poor.totals.unweighted == row.score != row.weighted


def test_what_was_not_measured_through_our_fault_is_held_against_nobody(panel: Panel) -> None:
    """Whose area is worth less because a stage of ours failed has not earned less of it."""
    whole = panel.judged()
    partial = panel.judged(make_evidence(stages=ended("capacity", "not_possible", then="done")))
    one, other = compared(panel, whole, partial)
    areas = [side.areas["efficiency"] for side in (one, other)]
    most = [next(a.max for a in side.result.areas if a.id == "efficiency") for side in (one, other)]

    assert most[0] > most[1]
    assert told_of(areas, 0.5, most) == "not measured by the same lines"
    assert (one.is_whole, other.is_whole) == (True, False)


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
    assert told_of([counted(8), counted(8)], 0.5) == "the same"
    assert told_of([None, None], 0.5) == ""
    assert told_of([Figure(8, 7, 9), None], 0.5) == ""
    assert told_of([Figure(5, 4, 6), counted(8), counted(3)], 9) == "counted"


def test_where_all_earn_everything_whatever_the_noise_they_are_the_same() -> None:
    """What was measured lies beyond the band at both ends of its interval."""
    full = Figure(10, 10, 10)

    assert told_of([full, full, counted(10)], 0.5) == "the same"
    assert told_of([full, Figure(10, 9.8, 10)], 0.5) == "within the noise"
    assert told_of([full, Figure(9.9, 9.9, 9.9)], 0.5) == "within the noise"


def test_every_pair_of_totals_has_its_difference_and_interval() -> None:
    figures = [Figure(50, 47, 53), None, Figure(90, 87, 93)]
    (gap,) = gaps_of(figures)

    assert (gap.above, gap.below, gap.is_clear) == ("C", "A", True)
    assert (gap.by.value, gap.by.estimated) == (40, True)
    assert gap.by == difference(Figure(90, 87, 93), Figure(50, 47, 53), pairs=3)
    assert gaps_of([counted(5), counted(5)])[0].by.value == 0


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


def test_each_run_shows_the_reference_that_stood_beside_it() -> None:
    """Of a slower machine both are slower: that is no fault of the candidate."""
    fast, slow = spot(1, 50), replace(spot(2, 80), reference_ms=16.0)
    drawn = frontier_of([("A", fast), ("B", slow), ("C", fast)])

    assert drawn
    assert len(drawn.references) == 2
    assert drawn.references[1][1] < drawn.references[0][1]


def test_equals_stand_together_in_a_drawing_that_is_not_empty() -> None:
    drawn = frontier_of([("A", spot(1, 10)), ("B", spot(1, 10))])

    assert drawn
    assert drawn.dots[0].x == drawn.dots[1].x
    assert [mark.letters for mark in drawn.marks] == ["AB"]


@pytest.mark.parametrize("cost", [0.0092, 0.011, 1, 3.7, 480])
def test_an_axis_can_be_read_also_where_candidates_are_close(cost: float) -> None:
    """Two marks say how long a stretch is; one would say nothing."""
    close = replace(spot(cost, 2.5), reference_cost=cost, reference_ms=2.4)
    drawn = frontier_of([("A", close), ("B", replace(close, cost=counted(cost * 1.02)))])

    assert drawn
    for ticks in (drawn.x_ticks, drawn.y_ticks):
        assert 3 <= len(ticks) <= 9
        assert len({tick.label for tick in ticks}) == len(ticks)
        places = [tick.at for tick in ticks]
        assert places in (sorted(places), sorted(places, reverse=True))


def test_nobody_on_the_frontier_is_no_drawing() -> None:
    assert frontier_of([]) is None


def test_a_timeline_tells_what_was_noticed_and_after_how_long() -> None:
    lane = lane_of(make_incidents())
    noticed = [one for one in lane.happenings if one.noticed_min is not None]

    assert 0 < lane.noticed == len(noticed) <= lane.asked
    assert all(one.delay_min is not None and one.delay_min >= 0 for one in noticed)
    assert all(one.kind != "decoy" for one in noticed)


def test_of_many_false_alarms_some_are_drawn_and_all_are_counted() -> None:
    measured = make_incidents()
    times = [round(92 + 0.8 * number, 1) for number in range(100)]
    restless = tuple(make_episode("FeatureDrift", at, at + 0.2) for at in times)
    replay = measured.replays[0].model_copy(update={"episodes": restless})
    lane = lane_of(measured.model_copy(update={"replays": (replay,)}))

    assert (replay.name, len(lane.alarms_min)) == ("recorded", ALARMS_MAX)
    assert ALARMS_MAX < lane.false_alarms <= 100


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
