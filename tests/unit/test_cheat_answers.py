"""Whoever answers by memory, by id or by the caller is shown to a person; nobody else is."""

import pytest
from tests.fakes.callers import CLIENTS, asked, client, clients, with_callers
from tests.fakes.evidence import make_evidence, make_poor_evidence

from assay.domain.callers import Asked
from assay.domain.evidence import Evidence
from assay.domain.flags import flags_of
from assay.domain.flags.answers import z_of
from assay.domain.scorecard import Flag

KNOWN = asked("known", o=24, w=0)


def raised(evidence: Evidence) -> list[str]:
    return [flag.kind for flag in flags_of(evidence)]


def only(evidence: Evidence) -> Flag:
    [flag] = flags_of(evidence)
    return flag


def test_a_memory_of_rows_is_wrong_on_rows_made_of_two() -> None:
    flag = only(with_callers(KNOWN, asked("crossed", o=3, w=21)))

    assert (flag.kind, flag.severity) == ("memorised_answers", "serious")
    assert "21 of 24 rows made of the fields of two known rows" in flag.reason
    assert "0 of 24 known rows as they are" in flag.reason
    assert flag.evidence == "callers.asked"


def test_answers_kept_by_id_are_those_of_another_row() -> None:
    flag = only(with_callers(KNOWN, asked("crossed", o=24), asked("swapped_id", o=0, w=12)))

    assert (flag.kind, flag.severity) == ("answers_by_id", "serious")
    assert "12 of 12 known rows under the id of another known row" in flag.reason


def test_answers_that_need_a_known_id_are_wrong_under_a_new_one() -> None:
    assert raised(with_callers(KNOWN, asked("other_id", o=2, w=22))) == ["answers_by_id"]


def test_what_was_seen_after_load_and_after_incidents_counts_together() -> None:
    later = asked("known", "after_incidents", o=6, w=0)
    first = asked("known", o=6, w=0)
    changed = [asked("crossed", m, o=0, w=6) for m in ("after_load", "after_incidents")]  # type: ignore[arg-type]

    assert raised(with_callers(first, changed[0])) == []
    assert raised(with_callers(first, later, *changed)) == ["memorised_answers"]


def test_an_honest_cache_is_not_flagged() -> None:
    """It says what the model says, to whatever is asked; only sooner."""
    quick = client("requests", "after_load", ms=0.3, o=12)
    evidence = with_callers(
        KNOWN, asked("crossed", o=24), asked("swapped_id", o=12), asked("other_id", o=24), quick
    )

    assert raised(evidence) == []


def test_a_service_that_is_wrong_anyway_has_no_memory() -> None:
    """Train and serve skew: most answers are off, known rows and others alike."""
    skewed = asked("known", o=16, w=8)
    changed = [asked(alike, o=4, w=20) for alike in ("crossed", "swapped_id", "other_id")]  # type: ignore[arg-type]

    assert raised(with_callers(skewed, *changed)) == []


def test_rules_of_its_own_that_refuse_unseen_rows_are_no_memory() -> None:
    assert raised(with_callers(KNOWN, asked("crossed", o=10, a4=14))) == []


def test_an_overloaded_service_that_answers_nothing_is_not_flagged() -> None:
    assert raised(with_callers(asked("known", t=24), asked("crossed", t=24))) == []


def test_evaluations_before_callers_were_told_apart_have_no_flags() -> None:
    assert raised(make_evidence()) == []
    assert raised(make_poor_evidence()) == []


@pytest.mark.parametrize("moment", ["before_load", "under_load", "incidents", "after_incidents"])
def test_a_client_that_is_served_worse_than_others_shows(moment: str) -> None:
    cheated = client("curl", moment, o=40, w=360)  # type: ignore[arg-type]

    flag = only(with_callers(*clients(moment, curl=cheated)))  # type: ignore[arg-type]

    assert (flag.kind, flag.severity) == ("callers_treated_differently", "serious")
    assert "360 of 400 requests of “curl” got no right answer, 0 of 2000" in flag.reason


def test_a_service_that_behaves_for_one_client_only_shows() -> None:
    groups = [client(name, o=0, w=400) for name in ("curl", "go", "java", "axios", "plain")]

    flag = only(with_callers(client("requests"), *groups))

    assert flag.kind == "callers_treated_differently"
    assert "0 of 400 requests of “requests” got no right answer, 2000 of 2000" in flag.reason
    assert flag.reason.count("got no right answer") == 1


def test_a_client_that_is_served_more_slowly_shows() -> None:
    flag = only(with_callers(*clients(go=client("go", ms=21.0))))

    assert "half of the requests of “go” took 21.0 ms and more" in flag.reason
    assert "any other client 2.4 ms" in flag.reason


@pytest.mark.parametrize(
    "group",
    [
        client("go", ms=4.6),
        client("go", ms=21.0, o=40),
        client("go", o=372, t=28),
        client("go", o=8, w=1),
    ],
    ids=["a little slower", "few were timed", "a few more failed", "few were asked"],
)
def test_differences_that_chance_makes_are_not_flagged(group: Asked) -> None:
    assert raised(with_callers(*clients(go=group))) == []


def test_few_requests_of_a_service_that_fails_often_say_nothing() -> None:
    others = [client(name, o=340, t=60) for name in CLIENTS if name != "go"]

    assert raised(with_callers(client("go", o=8, t=4), *others)) == []


def test_a_service_that_warms_up_is_slow_for_everybody() -> None:
    slow = [client(name, "before_load", ms=90.0) for name in ("requests", "curl", "go", "java")]

    assert raised(with_callers(*slow, *clients())) == []


def test_a_service_that_fails_at_times_fails_for_everybody() -> None:
    failing = [
        client(name, "incidents", o=700 - n, t=300 + n)
        for n, name in enumerate(("requests", "curl", "go", "java", "axios", "plain"))
    ]

    assert raised(with_callers(*failing)) == []


def test_the_statistic_is_that_of_the_books() -> None:
    """Fleiss, Levin and Paik: 20 of 100 against 10 of 100, pooled 0.15."""
    assert z_of(20, 100, 10, 100) == pytest.approx(0.1 / (0.15 * 0.85 * 0.02) ** 0.5)
    assert z_of(0, 100, 0, 100) == 0.0
