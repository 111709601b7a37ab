"""Alerts earn by noticing in time what really happened, and lose by telling what did not."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.incidents import (
    HANG,
    SURGE,
    make_claim,
    make_episode,
    make_incident,
    make_incidents,
    make_monitoring,
    make_replay,
)

from assay.domain.alerting import AlertingScore, quiet_spans, score_alerting, stretches_of
from assay.domain.false_alarms import disturbances
from assay.domain.incidents import Episode, Incident, IncidentsMeasurement
from assay.domain.spans import length, outside, shared, united

BASE = make_incidents()
LENGTH_MIN = 780
ONSETS = (120, 300, 480, 660)
"""Thirteen virtual hours with an incident of an hour every three, each with half an hour to
notice it: the layout the method was first measured on."""


def incident(onset_min: float, **more: Any) -> Incident:
    facts = {
        "id": f"at_{onset_min:g}",
        "planned_onset_min": onset_min,
        "planned_end_min": onset_min + 60,
        "budget_min": 30.0,
        "accepts": ("errors",),
        "locates": (),
    }
    return make_incident({**HANG, **facts, **more})


def decoy(onset_min: float) -> Incident:
    facts = {"planned_onset_min": onset_min, "planned_end_min": onset_min + 10}
    return make_incident({**SURGE, **facts})


def timeline(*incidents: Incident, **more: Any) -> IncidentsMeasurement:
    claims = (
        make_claim("Errors", covers=("errors",), locates="feature"),
        make_claim("Slow", covers=("latency",)),
    )
    facts: dict[str, Any] = {
        "incidents": incidents or tuple(map(incident, ONSETS)),
        "warmup_min": 0,
        "length_min": LENGTH_MIN,
        "monitoring": make_monitoring(alerts=claims),
        "replays": (),
        "slices": (),
    }
    return BASE.model_copy(update={**facts, **more})


def scored(
    episodes: Iterable[Episode], measurement: IncidentsMeasurement | None = None
) -> AlertingScore:
    found = score_alerting(measurement or timeline(), make_replay(episodes=tuple(episodes)))
    assert found is not None
    return found


def value(episodes: Iterable[Episode]) -> float:
    return float(scored(episodes).value)


def oracle(delay_min: float, onsets: Sequence[float] = ONSETS) -> list[Episode]:
    return [make_episode("Errors", at + delay_min, at + 61) for at in onsets]


def flapping(every_min: int, phase_min: int = 3) -> list[Episode]:
    return [make_episode("Errors", at, at + 2) for at in range(phase_min, LENGTH_MIN, every_min)]


def at_random(count: int, rng: Random) -> list[Episode]:
    starts = [rng.randrange(4 * LENGTH_MIN) / 4 for _ in range(count)]
    return [make_episode("Errors", at, at + 5) for at in starts]


# ------------------------------------------------------------------------------ what is noticed


@pytest.mark.parametrize(
    ("delay_min", "worth"),
    [(0, 1), (9, 1), (15, 0.8286), (29, 0.4286), (30, 0.4), (30.25, 0), (31, 0)],
)
def test_the_later_the_alert_the_less_it_earns(delay_min: float, worth: float) -> None:
    assert float(scored(oracle(delay_min)).recall) == pytest.approx(worth, abs=1e-4)


def test_credits_are_exact_fractions() -> None:
    credit = scored(oracle(15)).credits[0].credit

    assert credit == Fraction(4, 10) + Fraction(6, 10) * Fraction(15, 21)


def test_what_is_missed_is_missed() -> None:
    assert scored(oracle(8, ONSETS[:3])).recall == 0.75


def test_a_heavier_incident_counts_for_more() -> None:
    heavy = timeline(incident(120, weight=3.0), incident(300))

    assert scored(oracle(5, (120,)), heavy).recall == Fraction(3, 4)


def test_an_alert_that_fires_already_at_the_onset_has_noticed_nothing() -> None:
    found = scored([make_episode("Errors", 119, 200)], timeline(incident(120)))

    assert found.recall == 0
    assert found.credits[0].first is None


def test_an_alert_that_goes_on_under_other_labels_has_noticed_nothing_new() -> None:
    turning = [make_episode("Errors", at, at + 4, slot=str(at)) for at in range(1, 780, 4)]
    found = scored(turning, timeline(incident(120), incident(300), decoy(500)))

    assert found.recall == 0
    assert found.value == 0


def test_an_alert_that_fires_still_may_newly_name_the_right_place() -> None:
    place = incident(120, locates=("income",))
    before = make_episode("Errors", 100, 140, feature="age")
    new = make_episode("Errors", 125, 180, feature="income")
    wrong = [make_episode("Errors", 122 + n, 180, feature=f"f{n}") for n in range(2)]

    assert scored([before, new], timeline(place)).credits[0].delay_min == 5
    assert scored([before, new], timeline(incident(120))).recall == 0
    assert scored([before, new, *wrong], timeline(place)).recall == 0


def test_an_alert_in_the_scrape_slot_of_the_onset_is_not_before_it() -> None:
    found = scored([make_episode("Errors", 120, 180)], timeline(incident(120.2)))

    assert found.credits[0].delay_min == 0
    assert found.false_alarms == ()


def test_an_alert_before_the_engine_said_that_the_harm_was_done_may_be_about_it() -> None:
    slow = incident(120).model_copy(update={"onset_min": 121.3})
    found = scored([make_episode("Errors", 120.75, 180)], timeline(slow))

    assert found.credits[0].delay_min == 0
    assert found.recall == 1
    assert found.false_alarms == ()


def test_only_alerts_that_claim_the_signal_notice_an_incident() -> None:
    found = scored([make_episode("Slow", 121, 180), make_episode("Unlisted", 121, 180)])

    assert found.recall == 0
    assert found.penalty == 0, "other alerts during an incident are neutral"


def test_flapping_within_an_incident_halves_its_credit() -> None:
    three = [make_episode("Errors", 121 + 10 * n, 125 + 10 * n) for n in range(3)]
    four = [*three, make_episode("Errors", 151, 155)]
    alone = timeline(incident(120))

    assert scored(three, alone).recall == 1
    assert scored(four, alone).recall == Fraction(1, 2)


def test_one_alert_for_many_features_at_once_is_not_flapping() -> None:
    many = [make_episode("Errors", 121 + n, 150, feature=f"f{n}") for n in range(9)]

    assert scored(many, timeline(incident(120))).recall == 1


# ---------------------------------------------------------------------------------- where it is


def test_an_alert_that_names_the_right_feature_has_located_it() -> None:
    place = timeline(incident(120, locates=("income",)))
    right = make_episode("Errors", 121, 150, feature="income")
    wrong = make_episode("Errors", 121, 150, feature="age")
    more = [make_episode("Errors", 121, 150, feature=f"f{n}") for n in range(2)]

    assert scored([right], place).credits[0].located is True
    assert scored([wrong], place).credits[0].located is False
    assert scored([right, wrong], place).credits[0].located is True
    assert scored([right, *more], place).credits[0].located is False, "naming all names none"
    assert scored([], place).credits[0].located is None


# -------------------------------------------------------------------------------- false alarms


@pytest.mark.parametrize(("count", "worth"), [(1, 0.8574), (3, 0.6303)])
def test_false_alarms_cost_by_their_rate(count: int, worth: float) -> None:
    false = [make_episode("Slow", 10 + 20 * n, 11 + 20 * n) for n in range(count)]

    assert value([*oracle(8), *false]) == pytest.approx(worth, abs=1e-4)


def test_firing_through_quiet_time_costs_as_much_as_it_fires() -> None:
    found = scored([make_episode("Slow", 0, 60), *oracle(5)])

    assert found.quiet_firing == Fraction(60 + 4, 420) - Fraction(4, 420)
    assert found.penalty >= found.quiet_firing


def test_an_alarm_that_one_evaluation_saw_is_an_alarm() -> None:
    assert len(scored([make_episode("Slow", 10, 10)]).false_alarms) == 1


def test_the_same_alarm_of_two_replicas_is_one() -> None:
    both = [make_episode("Slow", 10, 15, instance=name) for name in ("a", "b")]

    assert len(scored(both).false_alarms) == 1


def test_a_page_on_a_decoy_counts_twice_and_a_warning_once() -> None:
    measurement = timeline(incident(300), decoy(100))
    for severity, counts in (("critical", 2), ("page", 2), ("warning", 1)):
        (alarm,) = scored(
            [make_episode("Slow", 113, 120, severity=severity)], measurement
        ).false_alarms
        assert (alarm.decoy, alarm.counts) == ("surge", counts)


def test_an_alarm_that_turns_into_a_page_is_one() -> None:
    first = make_episode("Slow", 103, 110, severity="warning")
    then = make_episode("Slow", 105, 112, severity="Critical")

    (alarm,) = scored([first, then], timeline(incident(300), decoy(100))).false_alarms

    assert alarm.counts == 2


def test_what_begins_ten_minutes_after_an_incident_tells_of_nothing() -> None:
    late = [make_episode("Slow", at, at) for at in (180 + 9.75, 180 + 10.25, 250)]

    alarms = scored(late, timeline(incident(120))).false_alarms

    assert [float(one.start_min) for one in alarms] == [190.25, 250]


def test_what_is_still_in_time_is_no_false_alarm() -> None:
    short = incident(120, planned_end_min=125)

    found = scored([make_episode("Errors", 149, 155)], timeline(short))

    assert found.credits[0].credit > 0
    assert found.false_alarms == ()


def test_what_goes_on_firing_for_half_an_hour_after_an_incident_is_no_noise() -> None:
    found = scored([make_episode("Errors", 130, 209)], timeline(incident(120)))

    assert found.false_alarms == ()
    assert found.quiet_firing == 0


def test_what_was_not_carried_out_is_neither_asked_for_nor_quiet() -> None:
    measurement = timeline(incident(120), incident(300, carried_out=False))

    found = scored([*oracle(5, (120,)), make_episode("Slow", 310, 320)], measurement)

    assert found.value == 1


def test_the_clean_recording_is_quiet_time() -> None:
    alarm = make_replay("clean", [make_episode("Slow", 100, 101)])
    silent = timeline(replays=(make_replay("clean"),))
    noisy = timeline(replays=(alarm,))

    assert scored(oracle(5), silent).quiet_min == 420 + LENGTH_MIN
    assert scored(oracle(5), silent).value == 1
    assert float(scored(oracle(5), noisy).value) == pytest.approx(math.exp(-1 / 6.5), abs=1e-6)
    assert scored(oracle(5), noisy).false_alarms == ()


def test_alarms_that_begin_together_disturb_once() -> None:
    """A fast and a slow rule of one objective: who is called looks once."""
    one = [make_episode("Slow", 10, 12)]
    together = [*one, make_episode("Unlisted", 15, 20)]
    apart = [*one, make_episode("Unlisted", 15.25, 20)]

    assert value([*oracle(8), *together]) == value([*oracle(8), *one])
    assert value([*oracle(8), *apart]) < value([*oracle(8), *one])


def test_a_chain_of_alarms_disturbs_again_and_again() -> None:
    chain = [make_episode(f"A{n}", 10 + 4 * n, 11 + 4 * n) for n in range(12)]

    alarms = scored(chain).false_alarms

    assert len(alarms) == 12
    assert disturbances(alarms) == 6


def test_an_alarm_in_what_the_clean_recording_repeats_is_one_alarm() -> None:
    """A round of 20 minutes: from minute 200 to 220 of the recording."""
    rounds = [make_episode("Slow", 7 + 20 * n, 8 + 20 * n) for n in range(30)]
    clean = make_replay("clean", rounds, repeats_min=(200.0, 220.0))
    again = [*oracle(5, (300,)), make_episode("Slow", 207.25, 208)]
    measurement = timeline(incident(300), replays=(clean,))

    once = scored(oracle(5, (300,)), measurement)
    told = scored(again, measurement)

    assert len(once.clean_alarms) == 1
    assert told.clean_alarms == ()
    assert len(told.false_alarms) == 1
    assert float(told.value) == pytest.approx(math.exp(-1 / 6.5), abs=1e-6)


def test_alarms_at_different_times_of_a_round_are_different() -> None:
    rounds = [make_episode("Slow", at + 20 * n, at + 1 + 20 * n) for n in range(9) for at in (3, 9)]
    wavering = [make_episode("Wavers", 20 * n + n % 3 / 4, 20 * n + 1) for n in range(1, 9)]
    clean = make_replay("clean", [*rounds, *wavering], repeats_min=(200.0, 220.0))

    alarms = scored([], timeline(incident(300), replays=(clean,))).clean_alarms

    assert sorted(one.alert for one in alarms) == ["Slow", "Slow", "Wavers"]


def test_rules_that_do_not_run_over_the_clean_recording_were_not_silent_on_it() -> None:
    broken = timeline(replays=(make_replay("clean", error="many-to-many matching"),))

    assert scored(oracle(5), broken).quiet_min == 420


def test_a_clean_recording_counts_for_its_own_length() -> None:
    short = timeline(replays=(make_replay("clean", length_min=60.0),))

    assert scored(oracle(5), short).quiet_min == 480


def test_without_any_quiet_time_nothing_can_be_told() -> None:
    full = timeline(incident(0, planned_end_min=LENGTH_MIN), length_min=100)

    assert score_alerting(full, make_replay()) is None


# -------------------------------------------------------------------------------------- reset


def test_an_alert_that_goes_on_for_half_an_hour_has_not_reset() -> None:
    until = {at: [make_episode("Errors", 121, at)] for at in (210, 211)}
    alone = timeline(incident(120))

    assert scored(until[210], alone).reset_share == 1
    assert scored(until[211], alone).reset_share == 0
    assert scored(until[210], alone).value == 1


def test_alerts_that_never_end_lose_by_quiet_time_and_by_reset() -> None:
    assert value([make_episode("Errors", 121, None)]) == 0
    endless = scored([make_episode("Errors", 605, None)], timeline(incident(600)))
    assert endless.value == Fraction(85, 100) * (1 - Fraction(90, 690))


def test_another_incident_of_the_kind_is_a_reason_to_go_on_firing() -> None:
    pair = timeline(incident(120), incident(190))

    credits = scored([make_episode("Errors", 121, 260)], pair).credits

    assert [one.reset for one in credits] == [None, None]


def test_the_end_of_the_recording_is_no_reset() -> None:
    last = timeline(incident(120), length_min=200)

    assert scored([make_episode("Errors", 121, None)], last).credits[0].reset is None
    assert scored([make_episode("Errors", 121, 190)], last).credits[0].reset is True


# ------------------------------------------------------------------------------ which are judged


def test_an_incident_whose_budget_was_not_recorded_is_left_out() -> None:
    measurement = timeline(incident(120), incident(760))

    assert len(scored(oracle(5), measurement).credits) == 1


def test_an_incident_in_the_warm_up_is_left_out() -> None:
    measurement = timeline(incident(10), incident(120), warmup_min=15)

    assert len(scored(oracle(5), measurement).credits) == 1


def test_a_group_is_judged_by_its_own_incidents_and_by_all_false_alarms() -> None:
    measurement = timeline(incident(120), incident(300, group="model"))
    replay = make_replay(episodes=[*oracle(5, (300,)), make_episode("Slow", 10, 11)])

    model = score_alerting(measurement, replay, ("model",))

    assert model is not None
    assert model.recall == 1
    assert len(model.false_alarms) == 1
    assert score_alerting(measurement, replay, ("nobody",)) is None


# ----------------------------------------------------------------------------------- baselines


def test_never_firing_earns_nothing() -> None:
    assert value([]) == 0


def test_always_firing_earns_nothing() -> None:
    assert value([make_episode("Errors", 0, None)]) == 0
    assert value([make_episode("Errors", at, at + 1, n=str(at)) for at in range(LENGTH_MIN)]) == 0


@pytest.mark.parametrize("every_min", [10, 30])
def test_flapping_earns_nothing(every_min: int) -> None:
    draws = [value(flapping(every_min, phase)) for phase in range(every_min)]

    assert sum(draws) / len(draws) < 0.05


@pytest.mark.parametrize("count", [2, 4, 8, 16, 32])
def test_firing_at_random_earns_nothing(count: int) -> None:
    rng = Random(count)  # noqa: S311 - a draw, not a secret
    draws = [value(at_random(count, rng)) for _ in range(100)]

    assert sum(draws) / len(draws) < 0.05


@pytest.mark.parametrize(
    "fires",
    [lambda _: flapping(10), lambda _: flapping(30), lambda rng: at_random(32, rng)],
    ids=["every 10 minutes", "every 30 minutes", "at random"],
)
def test_four_hours_full_of_incidents_leave_no_luck_between_them(
    fires: Callable[[Random], list[Episode]],
) -> None:
    rng = Random(3)  # noqa: S311 - a draw, not a secret
    crowded = tuple(incident(20 + 36 * n, planned_end_min=40 + 36 * n) for n in range(6))
    draws = []
    for _ in range(30):
        clean = make_replay("clean", [one for one in fires(rng) if one.start_min < 240])
        measurement = timeline(*crowded, warmup_min=15, length_min=240, replays=(clean,))
        found = [one for one in fires(rng) if one.start_min < 240]
        draws.append(scored(found, measurement).value)

    assert length(quiet_spans(measurement)) < 20
    assert sum(draws) / len(draws) < 0.05


# -------------------------------------------------------------------------------------- chance


def test_chance_is_what_the_alerts_would_earn_at_other_times() -> None:
    """One alert of one incident, moved by 20, 25 ... 200 of 220 minutes: 37 shifts.

    It is in the budget of ten minutes only where it was, which no shift is.
    """
    alone = timeline(incident(100, budget_min=10.0), length_min=220)

    found = scored([make_episode("Errors", 101, 110)], alone)

    assert (found.recall, found.chance, found.value) == (1, 0, 1)


def test_an_alert_that_begins_every_fifteen_minutes_is_always_in_time_by_chance() -> None:
    often = [make_episode("Errors", at, at + 2) for at in range(0, LENGTH_MIN, 15)]
    sparse = timeline(*(incident(at, planned_end_min=at + 20) for at in (127, 311, 483)))

    found = scored(often, sparse)

    assert found.recall > 0.9
    assert float(found.chance) == pytest.approx(float(found.recall), abs=0.1)
    assert found.value == 0


def test_what_is_left_beyond_chance_is_its_share_of_what_could_be_left() -> None:
    found = scored(oracle(15))

    assert 0 < found.chance < found.recall
    assert found.beyond_chance == (found.recall - found.chance) / (1 - found.chance)
    assert found.value == found.beyond_chance


def test_moving_the_alerts_around_the_recording_leaves_their_chance() -> None:
    """Of all shifts but the smallest; so nearly, where they are many."""
    near, far = (scored(oracle(delay, (120,)), timeline(incident(120))) for delay in (5, 300))

    assert float(near.chance) == pytest.approx(float(far.chance), abs=0.05)


def test_five_thousand_alarms_are_judged_at_once() -> None:
    many = [
        make_episode("Errors", 120 + n % 240 / 4, 120.25 + n % 240 / 4, feature=f"f{n}")
        for n in range(5_000)
    ]

    began_s = time.process_time()
    scored(many)

    assert time.process_time() - began_s < 5


# ---------------------------------------------------------------------------------- properties

quarters = st.integers(0, 4 * LENGTH_MIN).map(lambda n: n / 4)
episodes = st.lists(
    st.builds(
        lambda alert, at, lasts, label: make_episode(
            alert, at, None if lasts is None else at + lasts, feature=label
        ),
        st.sampled_from(["Errors", "Slow", "Unlisted"]),
        quarters,
        st.none() | st.integers(0, 400).map(lambda n: n / 4),
        st.sampled_from("ab"),
    ),
    max_size=12,
)


@given(episodes)
def test_every_figure_is_a_share(found: list[Episode]) -> None:
    result = scored(found)

    for figure in (result.value, result.recall, result.penalty, result.quiet_firing):
        assert 0 <= figure <= 1
    assert result.value <= result.recall


@given(episodes, st.randoms(use_true_random=False))
def test_the_order_in_which_episodes_are_told_does_not_matter(
    found: list[Episode], rng: Random
) -> None:
    shuffled = list(found)
    rng.shuffle(shuffled)

    assert scored(found) == scored(shuffled)


@given(st.integers(0, 120), st.integers(0, 120))
def test_sooner_is_never_worth_less(one: int, other: int) -> None:
    sooner, later = sorted((one / 4, other / 4))

    assert value(oracle(sooner)) >= value(oracle(later))


@given(episodes, quarters)
def test_a_further_false_alarm_never_pays(found: list[Episode], at: float) -> None:
    before = scored(found)

    after = scored([*found, make_episode("Watching", at, at + 1)])

    assert after.value <= before.value


@given(episodes)
def test_stretches_of_one_alert_do_not_touch(found: list[Episode]) -> None:
    stretches = stretches_of(timeline(), found)

    for alert in {one.alert for one in stretches}:
        own = [(one.start_min, one.end_min) for one in stretches if one.alert == alert]
        assert own == united(own)


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)).map(
    lambda pair: (Fraction(min(pair)), Fraction(max(pair)))
), max_size=8)  # fmt: skip


@given(spans, spans)
def test_time_is_either_shared_or_outside(ours: list[Any], theirs: list[Any]) -> None:
    whole = Fraction(0), Fraction(50)
    rest = outside(theirs, whole)

    assert length(shared(ours, theirs)) + length(shared(ours, rest)) == length(ours)
    assert shared(theirs, rest) == []
