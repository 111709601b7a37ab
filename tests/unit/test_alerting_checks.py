"""The checks of alerts say what they saw, and never take our failure for the candidate's."""

from typing import Any

import pytest
from tests.fakes.evidence import make_evidence, make_unbuilt_evidence
from tests.fakes.incidents import (
    GOOD_EPISODES,
    MUTATIONS,
    SLIS,
    UNIT_CHANGE,
    make_broken_rules,
    make_catalogue,
    make_claim,
    make_episode,
    make_incident,
    make_incidents,
    make_live,
    make_monitoring,
    make_no_monitoring,
    make_replay,
    make_scrapes,
    make_sli,
    make_slis,
    with_incidents,
)
from tests.fakes.rubric import criterion_table

from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence, StageOutcome
from assay.domain.findings import findings_of
from assay.domain.incidents import IncidentsMeasurement, Notification
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

WITH_DRIFT = {**SLIS, "drift": "max by (feature) (feature_psi)"}
BANDS = {
    "series_per_1000": {"floor": 50, "target": 5},
    "scrape_ms": {"floor": 250, "target": 50},
}
STAGE_CHECKS = (
    "alerts_score", "alerts_robust", "drift_located", "notified", "metrics_truthful",
    "metrics_cheap", "outage_answers", "wrong_served", "recovery", "error_budget",
)  # fmt: skip
MONITORING_CHECKS = STAGE_CHECKS[:5]


def observe(check: str, measurement: IncidentsMeasurement, **settings: Any) -> Observation:
    return observe_in(check, with_incidents(measurement), **settings)


def observe_in(check: str, evidence: Evidence, **settings: Any) -> Observation:
    own = settings or (BANDS if check == "metrics_cheap" else {})
    table = criterion_table("c", "latency", "T", check, own, 1, 0, 1, "linear", "share", "A.")
    return CHECKS[check](evidence, Criterion.model_validate(table))


def seen(check: str, measurement: IncidentsMeasurement, **settings: Any) -> Observed:
    found = observe(check, measurement, **settings)
    assert isinstance(found, Observed), found
    return found


def over(name: str, *episodes: Any, **more: Any) -> IncidentsMeasurement:
    """The good stage with another replay over one of its recordings."""
    good = make_incidents()
    rest = [one for one in good.replays if one.name != name]
    return make_incidents(replays=(*rest, make_replay(name, episodes, **more)))


def outcome(status: Any, message: str = "") -> Evidence:
    stage = StageOutcome(stage="incidents", status=status, message=message)
    return with_incidents().model_copy(update={"stages": (stage,), "incidents": None})


# ------------------------------------------------------------------- what all of them have to do


@pytest.mark.parametrize("check", STAGE_CHECKS)
@pytest.mark.parametrize("watch", ["good", "poor"])
def test_every_check_of_the_stage_says_what_it_saw_and_where(check: str, watch: Any) -> None:
    found = seen(check, make_incidents(watch))

    assert found.evidence.endswith(".")
    assert found.source.startswith("incidents.")


@pytest.mark.parametrize("check", STAGE_CHECKS)
def test_a_disturbed_timeline_is_unmeasured(check: str) -> None:
    found = observe(check, make_incidents(void="others used 40% of the service's core"))

    assert isinstance(found, Unmeasured)
    assert "others used 40%" in found.reason


@pytest.mark.parametrize("check", STAGE_CHECKS)
@pytest.mark.parametrize("status", ["platform_fault", "not_run", "not_possible"])
def test_a_stage_we_could_not_run_is_unmeasured(check: str, status: str) -> None:
    assert isinstance(observe_in(check, outcome(status)), Unmeasured)


@pytest.mark.parametrize("check", STAGE_CHECKS)
def test_a_stage_the_submission_ended_is_not_shown(check: str) -> None:
    found = observe_in(check, outcome("candidate_fault", "it does not start again"))

    assert isinstance(found, NotShown)
    assert "does not start again" in found.evidence


@pytest.mark.parametrize("check", STAGE_CHECKS)
def test_an_evaluation_from_before_the_stage_existed_is_unmeasured(check: str) -> None:
    assert isinstance(observe_in(check, make_evidence()), Unmeasured)
    assert isinstance(observe_in(check, make_unbuilt_evidence()), Unmeasured)


@pytest.mark.parametrize("check", ["alerts_score", "alerts_robust", "drift_located", "notified"])
def test_broken_rules_earn_nothing_and_promtool_says_why(check: str) -> None:
    found = observe(check, make_broken_rules())

    assert isinstance(found, NotShown)
    assert "unclosed left parenthesis" in found.evidence


@pytest.mark.parametrize("check", MONITORING_CHECKS)
def test_no_monitoring_earns_nothing_and_says_what_is_missing(check: str) -> None:
    found = observe(check, make_no_monitoring())

    assert isinstance(found, NotShown)
    assert "there is no monitoring.yml" in found.evidence


@pytest.mark.parametrize("check", ["alerts_score", "alerts_robust", "drift_located", "notified"])
def test_rules_that_we_did_not_replay_are_unmeasured(check: str) -> None:
    assert isinstance(observe(check, make_incidents(replays=())), Unmeasured)


# ------------------------------------------------------------------------------- alerts_score


def test_good_alerts_earn_nearly_everything() -> None:
    found = seen("alerts_score", make_incidents())

    assert found.value > 0.95
    assert "4 of 4 incidents were noticed in time" in found.evidence
    assert "No false alarm" in found.evidence


def test_poor_alerts_earn_nothing_and_every_reason_is_told() -> None:
    found = seen("alerts_score", make_incidents("poor"))

    assert found.value == 0
    assert "Not noticed: The credit bureau refuses connections" in found.evidence
    assert "on the decoy harmless_seniority, which paged and counts twice" in found.evidence


def test_alerts_over_counts_that_are_wrong_earn_less() -> None:
    first, *others = make_slis()
    wrong = first.model_copy(update={"reported": 2 * first.sent})
    honest, partly = seen("alerts_score", make_incidents()), make_incidents(slis=(wrong, *others))

    found = seen("alerts_score", partly)

    assert found.value == pytest.approx(honest.value * 2 / 3)
    assert "right in 67% of the stretches" in found.evidence


@pytest.mark.parametrize("kind", ["requests", "errors"])
def test_alerts_without_one_of_the_counts_earn_nothing(kind: str) -> None:
    half = tuple(one for one in make_slis() if one.sli != kind)

    assert seen("alerts_score", make_incidents(slis=half)).value == 0


@pytest.mark.parametrize("faked", [{"forged": ("up",)}, {"idle_moved": ("requests_total",)}])
def test_alerts_over_made_up_counts_earn_nothing(faked: Any) -> None:
    assert seen("alerts_score", make_incidents(scrapes=make_scrapes(**faked))).value == 0


def test_a_group_is_scored_by_itself() -> None:
    only_down = over("recorded", GOOD_EPISODES[0])

    assert seen("alerts_score", only_down, groups=["service"]).value > 0.95
    assert seen("alerts_score", only_down, groups=["data", "model"]).value == 0


def test_what_an_alert_about_other_things_does_costs_this_group_nothing() -> None:
    noise = tuple(make_episode("ModelDegraded", at, at + 2.0) for at in (135.0, 150.0, 165.0))
    noisy = over("recorded", *GOOD_EPISODES, *noise)

    service = seen("alerts_score", noisy, groups=["service"]).value
    assert service == seen("alerts_score", make_incidents(), groups=["service"]).value
    assert seen("alerts_score", noisy, groups=["model"]).value < 0.8 * service


@pytest.mark.parametrize("covers", [(), ("saturation",)])
def test_an_alarm_about_nothing_that_was_asked_costs_every_group(covers: tuple[str, ...]) -> None:
    noise = tuple(make_episode("Wolf", at, at + 2.0) for at in (135.0, 150.0, 165.0))
    claims = (*make_monitoring().alerts, make_claim("Wolf", covers=covers, locates=""))
    noisy = over("recorded", *GOOD_EPISODES, *noise).model_copy(
        update={"monitoring": make_monitoring(alerts=claims)}
    )

    for group in ("service", "data", "model"):
        quiet = seen("alerts_score", make_incidents(), groups=[group]).value
        assert seen("alerts_score", noisy, groups=[group]).value < quiet


def test_a_group_of_which_nothing_was_carried_out_is_unmeasured() -> None:
    left = tuple(one.model_copy(update={"carried_out": False}) for one in make_catalogue())

    assert isinstance(observe("alerts_score", make_incidents(incidents=left)), Unmeasured)
    assert isinstance(observe("alerts_score", make_incidents(), groups=["other"]), Unmeasured)


def test_groups_that_are_no_list_are_bad_input() -> None:
    with pytest.raises(BadInput, match=r"settings\.groups is 'data'; write a list"):
        observe("alerts_score", make_incidents(), groups="data")


# ------------------------------------------------------------------------------ alerts_robust


def absent(start_min: float = 12.0) -> Any:
    return make_episode("FeatureDrift", start_min, None)


def robust(**changed: Any) -> IncidentsMeasurement:
    """Good alerts that also say when the drift metric is gone; each change is a replay."""
    found: dict[str, Any] = {name: GOOD_EPISODES for name in ("recorded", *MUTATIONS)}
    found |= {"clean": (), "drift_missing": (*GOOD_EPISODES, absent()), **changed}
    rounds = {"clean": {"repeats_min": (98.0, 108.0)}}
    replays = tuple(make_replay(n, seen, **rounds.get(n, {})) for n, seen in found.items())
    return make_incidents(replays=replays, monitoring=make_monitoring(slis=WITH_DRIFT))


def test_alerts_that_hold_up_on_every_recording_keep_everything() -> None:
    found = seen("alerts_robust", robust())

    assert found.value == 1
    assert "Silent on a recording" in found.evidence


@pytest.mark.parametrize("name", ["slow_scrape", "restart", "second_replica"])
def test_the_worst_recording_counts(name: str) -> None:
    found = seen("alerts_robust", robust(**{name: GOOD_EPISODES[:2]}))

    assert 0.3 < found.value < 0.6


def test_a_drift_metric_that_vanishes_unnoticed_leaves_nothing() -> None:
    assert seen("alerts_robust", robust(drift_missing=())).value == 0
    assert seen("alerts_robust", robust(drift_missing=(absent(127.5),))).value == pytest.approx(
        0.5, abs=0.06
    )


def test_alerts_that_fire_anyway_do_not_tell_that_the_drift_metric_is_gone() -> None:
    assert seen("alerts_robust", robust(drift_missing=GOOD_EPISODES)).value == 0


def test_doing_better_on_a_changed_recording_makes_up_for_nothing() -> None:
    found = robust(recorded=GOOD_EPISODES[:3], slow_scrape=GOOD_EPISODES)

    assert "scraped half as often 100%" in seen("alerts_robust", found).evidence


def test_without_a_declared_drift_metric_nobody_can_tell_that_it_is_gone() -> None:
    without = make_monitoring(slis={"requests": SLIS["requests"]})

    found = seen("alerts_robust", robust().model_copy(update={"monitoring": without}))

    assert found.value == 0
    assert "none is declared" in found.evidence


def test_a_drift_metric_that_could_not_be_taken_away_is_none() -> None:
    replays = robust().replays
    kept = tuple(one for one in replays if one.name != "drift_missing")
    found = seen("alerts_robust", robust().model_copy(update={"replays": kept}))
    unchanged = robust().model_copy(update={"replays": replays[:1]})

    assert found.value == 0
    assert "it reads no metric of the service by its name" in found.evidence
    assert isinstance(observe("alerts_robust", unchanged), Unmeasured)


def test_each_alarm_on_a_clean_recording_halves_it() -> None:
    """However often the clean recording repeats it: a round has ten minutes."""
    rounds = [make_episode("FeatureDrift", at, at + 1.0) for at in range(40, 200, 10)]
    another = make_episode("FeatureDrift", 45, 46)

    assert seen("alerts_robust", robust(clean=rounds[:1])).value == pytest.approx(0.5)
    assert seen("alerts_robust", robust(clean=rounds)).value == pytest.approx(0.5)
    assert seen("alerts_robust", robust(clean=[*rounds, another])).value == pytest.approx(0.25)


def test_an_alert_that_never_stops_on_a_clean_recording_halves_it() -> None:
    always = make_episode("FeatureDrift", 1, None)

    assert seen("alerts_robust", robust(clean=[always])).value <= 0.5


def test_an_alert_about_the_restart_itself_is_no_false_alarm() -> None:
    """The restart is in the middle of the quiet time, at minute 103."""
    told = (*GOOD_EPISODES, make_episode("ServiceDown", 103.25, 104))
    late = (*GOOD_EPISODES, make_episode("ServiceDown", 114, 115))
    other = (*GOOD_EPISODES, make_episode("HighErrorRatio", 103.25, 104))

    assert seen("alerts_robust", robust(restart=told)).value == 1
    assert seen("alerts_robust", robust(restart=other)).value < 0.8
    assert seen("alerts_robust", robust(restart=late)).value < 0.8
    assert seen("alerts_robust", robust(slow_scrape=told)).value < 0.8


def test_what_earned_little_holds_up_for_little() -> None:
    little = {name: GOOD_EPISODES[:1] for name in ("recorded", *MUTATIONS[:3])}

    found = seen("alerts_robust", robust(**little, drift_missing=(GOOD_EPISODES[0], absent())))

    assert 0 < found.value < 0.8
    assert "earned less than half" in found.evidence


def test_an_alarm_that_ends_within_the_warm_up_of_the_clean_recording_is_none() -> None:
    assert seen("alerts_robust", robust(clean=[make_episode("FeatureDrift", 1, 2)])).value == 1


def test_alerts_that_earn_nothing_cannot_hold_up() -> None:
    assert seen("alerts_robust", robust(recorded=())).value == 0


# ------------------------------------------------------------------------------ drift_located


def test_a_drift_whose_alert_names_the_field_is_located() -> None:
    found = seen("drift_located", make_incidents())

    assert (found.value, found.evidence[:16]) == (1, "1 of 1 noticed d")


def test_a_drift_whose_alert_names_another_field_is_not() -> None:
    wrong = make_episode("FeatureDrift", 49.5, 71, feature="loan.amount_eur")

    found = seen("drift_located", over("recorded", wrong))

    assert found.value == 0
    assert "named loan.amount_eur, not income_eur_year" in found.evidence


def test_one_located_drift_of_many_is_not_everything() -> None:
    others = tuple(
        make_incident(
            {
                **UNIT_CHANGE,
                "id": f"more_{n}",
                "planned_onset_min": 150.0 + n,
                "planned_end_min": 151.0 + n,
            }
        )
        for n in range(2)
    )
    few = make_incidents(incidents=(*make_catalogue(), *others))

    found = seen("drift_located", few)

    assert found.value == pytest.approx(2 / 3)
    assert "Only 1 of 3" in found.evidence


def test_a_drift_that_was_not_noticed_is_located_nowhere() -> None:
    assert isinstance(observe("drift_located", over("recorded")), NotShown)


def test_a_timeline_without_a_drift_of_one_field_cannot_measure_it() -> None:
    faults = tuple(one for one in make_catalogue() if one.kind == "fault")

    assert isinstance(observe("drift_located", make_incidents(incidents=faults)), Unmeasured)


# ----------------------------------------------------------------------------------- notified


def test_incidents_of_which_a_notification_left_are_counted() -> None:
    found = seen("notified", make_incidents(live=make_live("poor")))

    assert found.value == 0.25
    assert "None for: Callers send monthly" in found.evidence


def test_a_notification_of_something_else_is_none() -> None:
    other = Notification(alert="FeatureDrift", status="firing", at_min=23)
    early = Notification(alert="ServiceDown", status="firing", at_min=5)
    over_ = Notification(alert="ServiceDown", status="resolved", at_min=24)
    live = make_live(notifications=(other, early, over_))

    assert seen("notified", make_incidents(live=live)).value == 0


def test_rules_that_cannot_be_sped_up_are_not_judged_live() -> None:
    live = make_live(notifications=(), unscaled=tuple(c.alert for c in make_monitoring().alerts))

    assert isinstance(observe("notified", make_incidents(live=live)), Unmeasured)


def test_an_incident_that_no_alert_covers_is_not_excused() -> None:
    claims = (make_claim("ServiceDown"),)
    measurement = make_incidents(monitoring=make_monitoring(alerts=claims))

    assert seen("notified", measurement).value == 0.25


def test_prometheus_not_starting_is_our_fault() -> None:
    live = make_live(started=False, message="no memory left")

    found = observe("notified", make_incidents(live=live))

    assert isinstance(found, Unmeasured)
    assert "no memory left" in found.reason
    assert isinstance(observe("notified", make_incidents(live=None)), Unmeasured)


def flapping(**more: Any) -> IncidentsMeasurement:
    """The good stage with alerts that fire nearly all the time."""
    episodes = [
        make_episode("FeatureDrift", float(start), start + 9.5, feature="income_eur_year")
        for start in range(16, 230, 10)
    ]
    rest = [one for one in make_incidents().replays if one.name not in ("recorded", "clean")]
    noisy = [make_replay(name, episodes) for name in ("recorded", "clean")]
    return make_incidents(replays=(*noisy, *rest), **more)


@pytest.mark.parametrize("check", ["notified", "drift_located"])
def test_alerts_that_fire_all_the_time_inform_nobody(check: str) -> None:
    found = seen(check, flapping())

    assert found.value == 0
    assert "earned nothing" in found.evidence


def test_alerts_by_the_clock_inform_nobody_although_they_cannot_be_sped_up() -> None:
    live = make_live(notifications=(), unscaled=tuple(c.alert for c in make_monitoring().alerts))

    found = seen("notified", flapping(live=live))

    assert found.value == 0, "an alert that earned nothing is not excused by how it is written"


@pytest.mark.parametrize("check", ["notified", "drift_located"])
def test_good_alerts_among_many_false_ones_inform_in_proportion(check: str) -> None:
    good = make_incidents()

    def among(false_alarms: int) -> Observed:
        noise = [
            make_episode("FeatureDrift", 117.0 + 7 * n, 118.0 + 7 * n) for n in range(false_alarms)
        ]
        replays = [
            make_replay("recorded", [*GOOD_EPISODES, *noise]) if one.name == "recorded" else one
            for one in good.replays
        ]
        return seen(check, make_incidents(replays=tuple(replays)))

    found = [among(n) for n in range(7)]

    values = [one.value for one in found]
    assert values[0] == values[1] == 1
    assert values == sorted(values, reverse=True)
    assert 0 < values[-1] < 0.5
    assert "false alarms cost more than half" in found[-1].evidence


# ----------------------------------------------------------------------------------- findings


def told(measurement: IncidentsMeasurement) -> str:
    return "\n".join(f"{f.kind}: {f.text}" for f in findings_of(with_incidents(measurement)))


def test_noticing_everything_and_nothing_else_is_a_strength() -> None:
    assert "strength: All 4 incidents were noticed, without a false alarm." in told(
        make_incidents()
    )


def test_what_alerts_did_wrong_is_told() -> None:
    poor = told(make_incidents("poor"))

    assert "problem: Nobody would have been told: The credit bureau refuses" in poor
    assert "woken for something harmless: HighErrorRatio (harmless_seniority)" in poor
    assert "made up in part: it exports up itself" in poor
    assert "strength: All 4" not in poor


def test_an_alert_that_always_fires_is_told() -> None:
    always = (make_episode("ServiceDown", 0, None),)

    assert "nobody listens" in told(robust(recorded=always, clean=always))


def test_rules_that_do_not_run_are_told_in_promtools_words() -> None:
    assert "do not run: monitoring/rules.yml: 14:11" in told(make_broken_rules())


def test_what_was_not_carried_out_and_what_was_disturbed_are_cautions() -> None:
    left = tuple(
        one.model_copy(update={"carried_out": False, "note": "no cgroup"})
        for one in make_catalogue()[:1]
    )

    assert "caution: Planned, but not carried out: The service hangs (no cgroup)" in told(
        make_incidents(incidents=left)
    )
    assert "caution: The incidents were disturbed" in told(make_incidents(void="noise"))


def test_a_reading_that_says_nothing_is_not_agreement() -> None:
    silent = make_incidents(slis=(make_sli("requests", None, 420), make_sli("errors", 0, 0)))

    assert seen("alerts_score", silent).value == 0
