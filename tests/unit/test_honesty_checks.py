"""Metrics are compared with what was sent; silence, inventions and growth are never free."""

import math
from fractions import Fraction
from typing import Any

import pytest
from tests.fakes.evidence import make_evidence
from tests.fakes.incidents import (
    make_catalogue,
    make_incidents,
    make_monitoring,
    make_scrapes,
    make_sli,
    make_slis,
    with_incidents,
)
from tests.fakes.rubric import criterion_table, make_challenge

from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.honesty import KINDS, agrees, counts_honesty, share_of, truth_of
from assay.domain.incidents import IncidentsMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

BANDS = {
    "series_per_1000": {"floor": 50, "target": 5},
    "scrape_ms": {"floor": 250, "target": 50},
}
TIMELINE = {
    "rows": "harness/rows.jsonl",
    "draw": [{"group": "data", "count": 1}],
    "answer_class": "decision",
}


def counting_classes() -> Evidence:
    return make_evidence(challenge=make_challenge(incidents=TIMELINE))


def observe(
    check: str, measurement: IncidentsMeasurement, evidence: Evidence | None = None, **settings: Any
) -> Observation:
    own = settings or (BANDS if check == "metrics_cheap" else {})
    table = criterion_table("c", "latency", "T", check, own, 1, 0, 1, "linear", "share", "A.")
    found = with_incidents(measurement, evidence)
    return CHECKS[check](found, Criterion.model_validate(table))


def truthful(measurement: IncidentsMeasurement, evidence: Evidence | None = None) -> Observed:
    found = observe("metrics_truthful", measurement, evidence)
    assert isinstance(found, Observed), found
    return found


def cheap(**scrapes: Any) -> float:
    found = observe("metrics_cheap", make_incidents(scrapes=make_scrapes(**scrapes)))
    assert isinstance(found, Observed), found
    return found.value


# ------------------------------------------------------------------------------ one reading


@pytest.mark.parametrize(
    ("reported", "sent", "agree"),
    [
        (1000, 1000, True),
        (990, 1000, True),
        (989, 1000, False),
        (12, 10, True),
        (13, 10, False),
        (0, 2, True),
        (None, 0, False),
        (math.nan, 1000, False),
        (math.inf, 1000, False),
    ],
)
def test_a_count_agrees_within_one_percent_or_two(
    reported: float | None, sent: float, agree: bool
) -> None:
    for sli in ("requests", "errors"):
        assert agrees(make_sli(sli, reported, sent)) == agree
    assert agrees(make_sli("predictions", reported, sent, label="approve")) == agree


@pytest.mark.parametrize(
    ("reported", "sent", "agree"),
    [(0.0079, 0.003, True), (0.0081, 0.003, False), (0.109, 0.1, True), (0.111, 0.1, False)],
)
def test_a_mean_agrees_within_five_milliseconds_or_a_tenth(
    reported: float, sent: float, agree: bool
) -> None:
    assert agrees(make_sli("latency_mean", reported, sent)) == agree


@pytest.mark.parametrize(
    ("reported", "sent", "low", "high", "agree"),
    [
        (0.0095, 0.0062, 0.005, 0.01, True),
        (0.24, 0.11, 0.1, 0.25, True),
        (0.0475, 0.021, 0.01, 0.025, False),
        (0.0243, 0.0251, 0.025, 0.05, True),
        (0.3, 0.7, 0.5, math.inf, False),
        (0.6, 0.7, 0.5, math.inf, True),
        (0.5, 0.7, 0.5, math.inf, True),
        (0.095, 0.006, 0.0, 0.1, False),
        (4.9, 0.006, 0.0, 5.0, False),
        (0.004, 0.0005, 0.0, 0.005, True),
    ],
)
def test_a_quantile_agrees_within_its_bucket_if_that_can_show_anything(
    reported: float, sent: float, low: float, high: float, agree: bool
) -> None:
    assert agrees(make_sli("latency_p95", reported, sent, low=low, high=high)) == agree


def test_a_count_agrees_with_anything_that_can_have_been_counted() -> None:
    told = [make_sli("requests", said, 224.0, low=214.0, high=233.0) for said in (211, 219, 236)]

    assert [agrees(one) for one in told] == [False, True, False]


def test_a_quantile_without_buckets_agrees_as_a_mean_does() -> None:
    assert agrees(make_sli("latency_p95", 0.105, 0.1))
    assert not agrees(make_sli("latency_p95", 0.2, 0.1))


@pytest.mark.parametrize(("canary_ms", "right"), [(None, 0.0), (4.0, 0.0), (10.0, 1.0)])
def test_latencies_may_be_off_by_what_the_way_takes_on_this_host(
    canary_ms: float | None, right: float
) -> None:
    """What the network, the host and the probe add, no service sees of itself."""
    slow = tuple(make_sli(kind, 0.005, 0.0149) for kind in ("latency_mean", "latency_p95"))
    measurement = make_incidents(slis=slow).model_copy(update={"canary_ms_p95": canary_ms})

    assert {float(share_of(measurement, kind) or 0) for kind in KINDS[2:]} == {right}


def test_a_canary_that_waits_for_models_excuses_no_latency() -> None:
    """Beside a service that takes a second for each answer, half a second is not near 1.3 s."""
    short = (make_sli("latency_p95", 0.5, 1.31, low=0.5, high=math.inf),)
    measurement = make_incidents(slis=short).model_copy(update={"canary_ms_p95": 1360.0})

    assert share_of(measurement, "latency_p95") == 0


def test_counts_are_exact_however_slow_the_host() -> None:
    wrong = make_incidents(slis=(make_sli("requests", 400, 420),))

    assert share_of(wrong.model_copy(update={"canary_ms_p95": 900.0}), "requests") == 0


# --------------------------------------------------------------------------- metrics_truthful


def test_figures_that_agree_are_worth_everything() -> None:
    assert truthful(make_incidents(), counting_classes()).value == 1


def test_every_kind_weighs_the_same_however_often_it_was_asked() -> None:
    once = make_sli("requests", 420, 420)
    wrong = [make_sli("latency_mean", 1.0, 0.003)] * 9
    right = [make_sli("errors", 0, 0), make_sli("latency_p95", 0.007, 0.007)]

    assert truthful(make_incidents(slis=(once, *wrong, *right))).value == 0.75


def test_a_kind_that_is_never_told_earns_nothing() -> None:
    without = tuple(one for one in make_slis() if one.sli != "errors")

    found = truthful(make_incidents(slis=without), counting_classes())

    assert found.value == pytest.approx(0.8)
    assert "errors never" in found.evidence


def test_classes_count_only_where_the_challenge_has_some() -> None:
    without = tuple(one for one in make_slis() if one.sli != "predictions")

    assert truthful(make_incidents(slis=without)).value == 1
    assert truthful(make_incidents(slis=without), counting_classes()).value == pytest.approx(0.8)


def test_what_is_wrong_is_shown_beside_what_was_sent() -> None:
    wrong = make_incidents(slis=(make_sli("requests", 840, 420), make_sli("errors", None, 2)))

    told = truthful(wrong).evidence

    assert "requests says 840 where 420 was seen" in told
    assert "errors says nothing where 2 was seen" in told


@pytest.mark.parametrize(
    ("faked", "words"),
    [
        ({"forged": ("up",)}, "it exports up itself"),
        ({"idle_moved": ("requests_total",)}, "requests_total moved while nothing was sent"),
    ],
)
def test_one_invented_figure_spoils_all(faked: Any, words: str) -> None:
    measurement = make_incidents(scrapes=make_scrapes(**faked))

    assert truthful(measurement).value == 0
    assert words in truthful(measurement).evidence
    assert counts_honesty(measurement) == 0


def test_naming_no_sli_is_not_shown() -> None:
    nothing = make_incidents(monitoring=make_monitoring(slis={}))

    assert isinstance(observe("metrics_truthful", nothing), NotShown)


def test_slis_that_we_did_not_compare_are_unmeasured() -> None:
    assert isinstance(observe("metrics_truthful", make_incidents(slis=())), Unmeasured)


def test_slis_that_failed_scrapes_left_nothing_of_are_not_shown() -> None:
    seldom = make_scrapes(good=58, failed={"timeout": 902})

    found = observe("metrics_truthful", make_incidents(scrapes=seldom, slis=()))
    assert isinstance(found, NotShown)
    assert "94% of the scrapes failed" in found.evidence


def test_counters_of_a_service_that_cannot_keep_up_may_move_when_nothing_is_sent() -> None:
    moved = make_scrapes(idle_moved=("http_requests_total",))
    late = make_incidents(scrapes=moved, requests=9900, outcomes={"o": 9000, "t": 900})

    assert truthful(late).value == truthful(make_incidents()).value


def test_a_service_without_metrics_has_shown_no_figure() -> None:
    silent = make_scrapes(good=0, failed={"status": 960})

    found = observe("metrics_truthful", make_incidents(scrapes=silent, slis=()))

    assert isinstance(found, NotShown)
    assert "None of 960 scrapes" in found.evidence


# ------------------------------------------------------------------------------ metrics_cheap


def test_few_series_and_quick_scrapes_are_worth_everything() -> None:
    assert cheap() == 1


def test_the_worse_of_growth_and_time_counts() -> None:
    assert cheap(took_ms_p95=150.0) == 0.5
    assert cheap(series_first=0, series_last=100_000) == 0
    assert cheap(took_ms_p95=150.0, series_first=0, series_last=100_000) == 0


def test_series_that_a_restart_took_away_are_no_growth() -> None:
    assert cheap(series_first=400, series_last=20) == 1


def test_scrapes_nobody_could_answer_do_not_count_as_slow() -> None:
    assert cheap(failed={"timeout": 32}) == 1, "the hang lasted 32 scrapes"


def test_scrapes_that_fail_otherwise_are_infinitely_slow() -> None:
    assert cheap(failed={"timeout": 32 + 40}) == 1
    assert cheap(failed={"timeout": 32 + 60}) == 0


def test_a_crash_takes_its_start_with_it() -> None:
    crash = make_catalogue()[0].model_copy(update={"injector": "crash", "recovery_s": 20.0})
    failed = make_scrapes(failed={"refused": 32 + 80})
    measurement = make_incidents(incidents=(crash,), scrapes=failed)

    found = observe("metrics_cheap", measurement)

    assert isinstance(found, Observed)
    assert found.value == 1


def test_no_scrape_at_all_is_not_shown_unless_none_was_due() -> None:
    none_read = make_scrapes(good=0, failed={"too_large": 960}, problem="line 3 is no sample")
    none_due = make_scrapes(slots=0, good=0, failed={})

    found = observe("metrics_cheap", make_incidents(scrapes=none_read))

    assert isinstance(found, NotShown)
    assert "960 too_large" in found.evidence
    assert "line 3" in found.evidence
    assert isinstance(observe("metrics_cheap", make_incidents(scrapes=none_due)), Unmeasured)


@pytest.mark.parametrize("band", [None, 5, {"floor": 5}, {"floor": 5, "target": 5}])
def test_a_band_that_is_none_is_bad_input(band: Any) -> None:
    with pytest.raises(BadInput, match=r"settings\.scrape_ms needs a band such as"):
        observe("metrics_cheap", make_incidents(), **{**BANDS, "scrape_ms": band})


# ------------------------------------------------------------------------------ situations


def requests_told(*wrong_from_min: float) -> IncidentsMeasurement:
    """Requests told rightly in 24 stretches of ten minutes, but for those that begin then."""
    readings = [
        make_sli("requests", 0 if at in wrong_from_min else 600, 600, start_min=at, end_min=at + 10)
        for at in map(float, range(0, 240, 10))
    ]
    drift = make_catalogue()[0].model_copy(update={"onset_min": 100, "end_min": 120})
    return make_incidents(slis=tuple(readings), incidents=(drift,))


def test_a_counter_that_is_wrong_in_one_situation_is_worth_little_more_than_half() -> None:
    """Twice wrong of 24: in the two stretches of the incident, or in two quiet ones."""
    assert truth_of(requests_told(), "requests") == 1
    assert truth_of(requests_told(100, 110), "requests") == Fraction(22, 24) / 2
    assert truth_of(requests_told(10, 200), "requests") == (Fraction(22, 24) + Fraction(20, 22)) / 2


def test_a_latency_is_worth_the_share_of_readings_that_agree() -> None:
    told = [
        make_sli("latency_mean", 9 if at == 100 else 0.01, 0.01, start_min=at, end_min=at + 10)
        for at in map(float, range(0, 240, 10))
    ]
    measured = requests_told().model_copy(update={"slis": tuple(told)})

    assert truth_of(measured, "latency_mean") == Fraction(23, 24)


def test_a_kind_that_is_never_told_is_worth_nothing() -> None:
    assert truth_of(requests_told(), "errors") == 0
