"""What a service does to look better under load is shown; what an honest one does is not."""

from typing import Any

import pytest
from tests.fakes.callers import turned_away, with_callers
from tests.fakes.evidence import (
    GOOD,
    make_capacity,
    make_evidence,
    make_load,
    make_quality,
)
from tests.fakes.incidents import make_incident, make_incidents, with_incidents

from assay.domain.evidence import Evidence
from assay.domain.flags import flags_of
from assay.domain.measurements import LoadMeasurement, QualityMeasurement
from assay.domain.scorecard import Flag


def raised(evidence: Evidence) -> list[str]:
    return [flag.kind for flag in flags_of(evidence)]


def only(evidence: Evidence) -> Flag:
    [flag] = flags_of(evidence)
    return flag


def one_by_one(**outcomes: int) -> QualityMeasurement:
    letters = {name.removeprefix("a"): count for name, count in outcomes.items()}
    return make_quality(GOOD).model_copy(update={"outcomes": letters})


def load(**outcomes: int) -> LoadMeasurement:
    letters = {name.removeprefix("a"): count for name, count in outcomes.items()}
    return make_load(GOOD, outcomes=letters, requests=sum(letters.values()))


# ------------------------------------------------------------------------ cheaper under load


def test_answers_that_are_wrong_only_under_load_show() -> None:
    evidence = make_evidence(
        quality=one_by_one(o=1200), load=load(o=300, w=2100), capacity=make_capacity(GOOD)
    )

    flag = only(evidence)

    assert (flag.kind, flag.severity) == ("cheaper_under_load", "serious")
    assert "0% were wrong, at a moderate rate 88%" in flag.reason


def test_answers_that_are_wrong_only_when_saturated_show() -> None:
    cheap = make_capacity(GOOD, outcomes={"o": 10, "w": 9000})

    assert raised(make_evidence(capacity=cheap)) == ["cheaper_under_load"]


@pytest.mark.parametrize(
    ("quality", "measured"),
    [
        (one_by_one(o=250, w=950), load(o=500, w=1900)),
        (one_by_one(o=1200), load(o=2150, w=250)),
        (one_by_one(o=1200), load(o=20, w=20, t=2000)),
    ],
    ids=["wrong anyway", "gives up on a dependency", "answers hardly anything"],
)
def test_honest_services_compute_the_same_under_load(
    quality: QualityMeasurement, measured: LoadMeasurement
) -> None:
    assert raised(make_evidence(quality=quality, load=measured)) == []


# ------------------------------------------------------------------------------- turned away


def away(**changes: Any) -> Evidence:
    return with_callers(away=turned_away(**changes), quality=one_by_one(o=1200))


def test_requests_turned_away_at_rest_show() -> None:
    flag = only(away())

    assert (flag.kind, flag.severity) == ("turned_away_without_need", "notice")
    assert "240 of 2,400 (10 %) requests were turned away after 0.6 ms" in flag.reason
    assert "34% of its core" in flag.reason


@pytest.mark.parametrize(
    "changes",
    [
        {"cpu_share": 0.97},
        {"turned_away_ms_p50": 1.5},
        {"turned_away": 20},
        {"turned_away": 0, "turned_away_ms_p50": None},
        {"cpu_share": None},
        {"answered_ms_p50": None, "turned_away": 2400},
    ],
    ids=[
        "429 under overload",
        "failures that take as long as answers",
        "a few",
        "none",
        "nothing is counted here",
        "nothing is answered",
    ],
)
def test_limits_that_are_needed_are_not_flagged(changes: dict[str, Any]) -> None:
    assert raised(away(**changes)) == []


def test_what_is_refused_one_by_one_as_well_is_a_mistake() -> None:
    """Nulls that end in 500: the same share of rows, however they are sent."""
    evidence = with_callers(away=turned_away(), quality=one_by_one(o=1080, a5=120))

    assert raised(evidence) == []


def test_a_limit_of_connections_is_not_flagged() -> None:
    """Connections that are refused are no answers that were given."""
    full = load(o=2000, r=400)
    none_away = turned_away(turned_away=0, turned_away_ms_p50=None)

    assert raised(with_callers(away=none_away, load=full, quality=one_by_one(o=1200))) == []


# -------------------------------------------------------------------------- errors as success


def trouble(**outcomes: int) -> Evidence:
    sent = sum(outcomes.values())
    outage = make_incident(outcomes=outcomes, requests=sent)
    return with_incidents(
        make_incidents(incidents=(outage,), outcomes=outcomes, requests=sent),
        make_evidence(quality=one_by_one(o=1200)),
    )


def test_errors_told_as_success_in_trouble_are_serious() -> None:
    flag = only(trouble(o=12_000, e=900))

    assert (flag.kind, flag.severity) == ("errors_told_as_success", "serious")
    assert "during the incidents 900 of 12,900" in flag.reason


def test_errors_told_as_success_always_are_worth_a_question() -> None:
    evidence = make_evidence(quality=one_by_one(o=1100, e=100))

    assert only(evidence).severity == "notice"


def test_a_malformed_answer_is_no_error_told_as_success() -> None:
    """NaN where a number belongs: a bug that no caller takes for an answer."""
    assert raised(make_evidence(quality=one_by_one(o=1100, m=100))) == []


def test_a_slip_is_not_flagged() -> None:
    assert raised(trouble(o=12_000, e=4)) == []


def test_how_invalid_requests_are_refused_is_another_matter() -> None:
    burst = make_incident(injector="error_burst", outcomes={"o": 460, "e": 20}, requests=480)
    measured = make_incidents(incidents=(burst,), outcomes={"o": 12_460, "e": 20}, requests=12_480)

    assert raised(with_incidents(measured)) == []
