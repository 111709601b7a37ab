"""A good candidate loses nothing by telling the truth, and a bad one gains nothing by a trick."""

from collections.abc import Collection, Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.fakes.incidents import (
    BUREAU_DOWN,
    HANG,
    SURGE,
    make_claim,
    make_episode,
    make_incident,
    make_incidents,
    make_minutes,
    make_monitoring,
    make_replay,
)

from assay.domain.alerting import AlertingScore, judged_incidents, score_alerting
from assay.domain.felt import felt_spans, nobody_felt
from assay.domain.incidents import Episode, Incident, IncidentsMeasurement, TimelineSlice
from assay.domain.timeline import RESET_MIN
from assay.evaluation.incidents.timeline import Timeline, draw_timeline
from assay.features.scorecards.incident_rows import incident_rows, score_of
from assay.toolkit.package import load_challenge

CHALLENGE = Path(__file__).parents[2] / "challenges" / "credit-scoring"
LENGTH_MIN = 300
BASE = make_incidents()
CLAIMS = (
    make_claim("Users", covers=("errors", "latency")),
    make_claim("Down", covers=("availability",)),
    make_claim("Drift", covers=("drift",)),
)


def incident(onset_min: float, **more: Any) -> Incident:
    facts = {
        "id": f"at_{onset_min:g}",
        "planned_onset_min": onset_min,
        "planned_end_min": onset_min + 20,
        "budget_min": 20.0,
        "accepts": ("errors",),
        "locates": (),
    }
    return make_incident({**HANG, **facts, **more})


OUTAGE = incident(100, accepts=("availability", "errors"))
REAL = incident(30, accepts=("errors", "drift"))
"""Noticed whatever a test is about, so that there is something to lose."""
NOTICED = make_episode("Users", 32, 50)


def minutes(hurt: Collection[int] = (), slow: Collection[int] = ()) -> tuple[TimelineSlice, ...]:
    """A slice for each minute of this timeline."""
    return make_minutes(LENGTH_MIN, hurt, slow)


def timeline(*incidents: Incident, **more: Any) -> IncidentsMeasurement:
    facts: dict[str, Any] = {
        "incidents": (REAL, *incidents),
        "warmup_min": 0,
        "length_min": LENGTH_MIN,
        "monitoring": make_monitoring(alerts=CLAIMS),
        "replays": (),
        "slices": minutes(hurt=range(30, 50)),
    }
    return BASE.model_copy(update={**facts, **more})


def scored(episodes: Iterable[Episode], measurement: IncidentsMeasurement) -> AlertingScore:
    found = score_alerting(measurement, make_replay(episodes=tuple(episodes)))
    assert found is not None
    return found


# ------------------------------ users were hurt, and an alert said so


def test_an_alert_about_users_who_are_hurt_is_no_false_alarm_whoever_hurt_them() -> None:
    """A service that dies by itself, or a machine that stops for a second."""
    quiet = timeline(slices=minutes(hurt=[*range(30, 50), 150, 151]))
    told = make_episode("Users", 150.75, 156)

    found = scored([NOTICED, told], quiet)

    assert found.false_alarms == ()
    assert found.quiet_firing == 0
    assert found.value == 1
    assert scored([NOTICED, told], timeline()).value < 0.7, "were nobody hurt, it would be one"


def test_a_page_on_a_decoy_that_users_really_felt_is_no_false_alarm() -> None:
    surge = make_incident({**SURGE, "planned_onset_min": 200, "planned_end_min": 206})
    page = make_episode("Users", 202, 208, severity="critical")
    slow = timeline(surge, slices=minutes(hurt=range(30, 50), slow=range(201, 206)))

    assert scored([NOTICED, page], slow).value == 1
    assert scored([NOTICED, page], timeline(surge)).false_alarms[0].counts == 2


def test_an_alert_about_something_else_is_not_excused_by_users_who_are_hurt() -> None:
    hurt = timeline(slices=minutes(hurt=[*range(30, 50), 150]))

    assert len(scored([NOTICED, make_episode("Drift", 150.5, 152)], hurt).false_alarms) == 1
    assert len(scored([NOTICED, make_episode("Unlisted", 150.5, 152)], hurt).false_alarms) == 1


@pytest.mark.parametrize(("begins_min", "alarms"), [(149.75, 1), (150, 0), (160.75, 0), (161, 1)])
def test_an_alert_is_excused_from_the_minute_in_which_it_hurts_until_ten_after(
    begins_min: float, alarms: int
) -> None:
    hurt = timeline(slices=minutes(hurt=[*range(30, 50), 150]))
    told = make_episode("Users", begins_min, begins_min + 1)

    assert len(scored([NOTICED, told], hurt).false_alarms) == alarms


def test_going_on_for_longer_than_half_an_hour_after_it_hurt_is_noise_again() -> None:
    hurt = timeline(slices=minutes(hurt=[*range(30, 50), 150]))

    found = scored([NOTICED, make_episode("Users", 151, 191)], hurt)

    assert found.quiet_firing == (191 - 181) / found.quiet_min


def test_what_hurt_in_the_time_that_the_clean_recording_repeats_is_excused_in_every_round() -> None:
    rounds = [make_episode("Users", 11 + 40 * n, 14 + 40 * n) for n in range(7)]
    clean = make_replay("clean", rounds, repeats_min=(140.0, 180.0), length_min=float(LENGTH_MIN))
    told = make_episode("Users", 151, 154)
    hurt = minutes(hurt=[*range(30, 50), 150])

    excused = scored([NOTICED, told], timeline(replays=(clean,), slices=hurt))
    groundless = scored([NOTICED, told], timeline(replays=(clean,)))

    assert (excused.clean_alarms, excused.quiet_firing, excused.value) == ((), 0, 1)
    assert groundless.quiet_firing > 0


@pytest.mark.parametrize("warmup_min", [0, 15])
def test_what_had_begun_for_nothing_is_not_excused_by_users_who_are_hurt_later(
    warmup_min: int,
) -> None:
    """An alert that always fires fired when users were hurt, too: it told of nothing."""
    rounds = [make_episode("Users", 0, None)]
    clean = make_replay("clean", rounds, repeats_min=(140.0, 157.0), length_min=float(LENGTH_MIN))
    hurt = minutes(hurt=[*range(30, 50), 150, 151, 220])

    found = scored(rounds, timeline(replays=(clean,), slices=hurt, warmup_min=warmup_min))

    assert found.quiet_firing == 1
    assert found.value == 0


def test_what_began_while_users_were_hurt_in_the_warm_up_is_excused() -> None:
    slow = timeline(slices=minutes(hurt=[*range(3, 25), *range(60, 80)]), warmup_min=15)

    found = scored([make_episode("Users", 4, 26)], slow)

    assert found.quiet_firing == 0


def test_a_service_that_fails_a_little_all_the_time_does_not_excuse_every_alarm() -> None:
    """Else a few failures now and then would switch the count of false alarms off."""
    at = range(80, 280, 20)
    failing = timeline(slices=minutes(hurt=[*range(30, 50), *at]))
    alarms = [make_episode("Users", minute + 0.5, minute + 2) for minute in at]

    found = scored([NOTICED, *alarms], failing)

    assert len(found.false_alarms) == len(at) - 4
    assert found.value < 0.1


def test_a_few_failures_of_a_minute_are_not_felt() -> None:
    few = minutes()[0].model_copy(update={"failed": 5})
    many = minutes()[1].model_copy(update={"failed": 6})

    assert felt_spans(timeline(slices=(few, many))) == [(1, 2)]


def test_a_service_that_is_always_slow_is_not_hurting_more_than_usual() -> None:
    assert felt_spans(timeline(slices=minutes(slow=range(LENGTH_MIN)))) == []
    assert felt_spans(timeline(slices=())) == []


# ------------------------------ nobody was hurt, and nothing said so


def test_of_a_fault_that_no_user_felt_no_alert_about_users_is_asked() -> None:
    starved = incident(100, accepts=("latency", "saturation"))

    assert nobody_felt(starved, timeline(starved))
    assert judged_incidents(timeline(starved)) == (REAL,)
    assert scored([NOTICED], timeline(starved)).recall == 1


def test_a_fault_is_asked_for_once_a_minute_of_it_was_felt() -> None:
    starved = incident(100, accepts=("latency", "saturation"))
    felt = timeline(starved, slices=minutes(hurt=range(30, 50), slow=[119]))

    assert judged_incidents(felt) == (REAL, starved)
    assert scored([NOTICED], felt).recall == 0.5


def test_a_dependency_or_a_drift_is_asked_for_although_no_user_feels_it_yet() -> None:
    bureau = make_incident({**BUREAU_DOWN, "planned_onset_min": 100, "planned_end_min": 112})
    drift = incident(200, kind="drift", accepts=("drift",))

    assert len(judged_incidents(timeline(bureau, drift))) == 3


def test_where_no_minute_is_known_every_fault_is_asked_for() -> None:
    starved = incident(100, accepts=("latency",))

    assert starved in judged_incidents(timeline(starved, slices=()))


# ------------------------------ somebody has to be woken


def outage(*episodes: Episode) -> AlertingScore:
    return scored(episodes, timeline(OUTAGE, incidents=(OUTAGE,), slices=()))


def test_an_outage_that_wakes_nobody_earns_half() -> None:
    ticket = outage(make_episode("Down", 101, 119, severity="warning"))
    page = outage(make_episode("Down", 101, 119, severity="critical"))

    assert (ticket.credits[0].credit, ticket.credits[0].unheard) == (0.5, True)
    assert (page.credits[0].credit, page.credits[0].unheard) == (1, False)


def test_a_later_page_makes_good_for_a_ticket_if_it_earns_more() -> None:
    ticket = make_episode("Users", 100.5, 130, severity="warning")

    soon = outage(ticket, make_episode("Down", 104, 119, severity="page")).credits[0]
    late = outage(ticket, make_episode("Down", 119.75, 121, severity="page")).credits[0]

    assert (soon.credit, soon.delay_min, soon.unheard) == (1, 4, False)
    assert (late.credit, late.delay_min, late.unheard) == (0.5, 0.5, True)


def test_only_an_outage_has_to_wake_somebody() -> None:
    told = make_episode("Users", 101, 119, severity="warning")

    assert scored([told], timeline(incidents=(incident(100),), slices=())).recall == 1


def test_the_chance_of_an_alert_that_wakes_nobody_is_halved_as_well() -> None:
    """Or kappa would take more off than luck could have earned."""
    often = [make_episode("Down", at, at + 2, severity="warning") for at in range(0, 300, 20)]
    loud = [one.model_copy(update={"labels": {"severity": "page"}}) for one in often]

    asleep, awake = outage(*often), outage(*loud)

    assert asleep.chance * 2 == awake.chance
    assert asleep.chance < asleep.recall + 0.1


# ------------------------------ rules that share a name, but for a label


SLOW_BURN = make_episode("Users", 80, 140, severity="warning")
FAST_BURN = make_episode("Users", 104, 118, severity="critical")


def test_an_alert_that_begins_to_page_while_it_fires_is_heard() -> None:
    """A ticket for a slow burn of the error budget and a page for a fast one share their name."""
    late = timeline(incidents=(incident(100),), slices=())

    found = scored([SLOW_BURN, FAST_BURN], late).credits[0]

    assert (found.credit, found.delay_min) == (1, 4)


def test_more_tickets_of_an_alert_that_fires_already_are_not_heard() -> None:
    more = FAST_BURN.model_copy(update={"labels": {"severity": "warning", "burn": "fast"}})

    assert scored([SLOW_BURN, more], timeline(incidents=(incident(100),), slices=())).recall == 0


def test_a_ticket_and_a_page_of_one_name_are_not_flapping() -> None:
    both = [
        make_episode("Users", 101 + 9 * n, 105 + 9 * n, severity=severity)
        for n in range(2)
        for severity in ("warning", "critical")
    ]

    assert scored(both, timeline(incidents=(incident(100),), slices=())).credits[0].edges == 2


def test_pages_that_come_and_go_on_a_ticket_that_stays_are_flapping() -> None:
    pages = [make_episode("Users", 101 + 4 * n, 102 + 4 * n, severity="page") for n in range(4)]
    stays = make_episode("Users", 100.5, 120, severity="warning")

    found = scored([stays, *pages], timeline(incidents=(incident(100),), slices=())).credits[0]

    assert (found.edges, found.credit) == (4, 0.5)


# ------------------------------ alerts that may still be firing


def drawn(count: int, profile: Any = "standard") -> list[Timeline]:
    spec = load_challenge(CHALLENGE).challenge
    assert spec.incidents is not None
    return [draw_timeline(spec.incidents, spec.incident, profile, n) for n in range(count)]


def crowded(timeline: Timeline) -> int:
    """Pairs of incidents that an alert of the first would hide from the one who is called."""
    real = [one for one in timeline.planned if one.spec.kind != "decoy"]
    return sum(
        bool(set(one.spec.accepts) & set(other.spec.accepts))
        and one.end_min <= other.onset_min < one.end_min + RESET_MIN - 0.1
        for one in real
        for other in real
    )


@pytest.mark.parametrize("profile", ["standard", "thorough"])
def test_no_incident_comes_while_the_alert_of_one_alike_may_still_be_firing(profile: str) -> None:
    """An alert has half an hour to end; until then the next one alike has no rising edge."""
    found = [crowded(one) for one in drawn(60, profile)]

    assert sum(count > 0 for count in found) <= 1


def test_alerts_with_a_window_of_ten_minutes_lose_nothing_by_it() -> None:
    values = []
    for one in drawn(30):
        incidents = tuple(
            make_incident({
                **HANG,
                "id": planned.spec.id, "kind": planned.spec.kind,
                "accepts": planned.spec.accepts, "budget_min": planned.spec.budget_min,
                "planned_onset_min": planned.onset_min, "planned_end_min": planned.end_min,
            })
            for planned in one.planned
        )  # fmt: skip
        signals = {signal for planned in one.planned for signal in planned.spec.accepts}
        claims = tuple(make_claim(signal.title(), covers=(signal,)) for signal in sorted(signals))
        episodes = [
            make_episode(signal.title(), i.onset_min + 1, i.end_min + 10, severity="page")
            for i in incidents
            for signal in i.accepts
        ]
        measured = timeline(
            incidents=incidents, slices=(), warmup_min=15, length_min=240,
            monitoring=make_monitoring(alerts=claims),
        )  # fmt: skip
        values.append(float(scored(episodes, measured).value))

    assert min(values) > 0.95
    assert Random(0).choice(values) > 0.99  # noqa: S311 - one of them, any


def test_the_scorecard_says_that_nobody_was_woken() -> None:
    ticket = make_replay(episodes=[make_episode("Down", 101, 119, severity="warning")])
    measured = timeline(incidents=(OUTAGE,), slices=(), replays=(ticket,))
    (row,) = incident_rows(measured, score_of(measured))

    assert row.verdict == "noticed by Down, which wakes nobody"


def test_the_scorecard_says_why_a_fault_that_no_user_felt_is_not_judged() -> None:
    measured = timeline(incident(100, accepts=("latency",)), replays=(make_replay(),))

    assert incident_rows(measured, score_of(measured))[1].verdict == (
        "not judged: no user felt anything of it"
    )


# ------------------------------------------------------------------------ what cannot be told apart


def test_one_alert_for_everything_earns_the_credit_of_one_for_each_but_names_no_place() -> None:
    """Whoever is called knows less, and no recording can say how much: people read the rules."""
    drift = incident(200, id="drift", kind="drift", accepts=("drift",), locates=("income",))
    spans = [(32, 50), (202, 220)]
    own = [
        make_episode("Users", *spans[0]),
        make_episode("Drift", *spans[1], feature="income"),
    ]
    anything = [make_episode("Anything", *span) for span in spans]
    signals = ("errors", "latency", "drift", "quality", "missing", "schema")
    claims = (
        make_claim("Users", covers=("errors",), locates=""),
        make_claim("Drift", covers=("drift",), locates="feature"),
        make_claim("Anything", covers=signals, locates="feature"),
    )
    measured = timeline(drift, monitoring=make_monitoring(alerts=claims))

    each, one = scored(own, measured), scored(anything, measured)

    assert each.recall == one.recall == 1
    assert [credit.located for credit in each.credits] == [None, True]
    assert [credit.located for credit in one.credits] == [None, False]
