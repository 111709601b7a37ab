"""How a challenge fares: figures with known values, and none where there are too few."""

import json
import math
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlmodel import select
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.web import Site, a_site

from assay.db.artifacts import delete_artifacts
from assay.db.tables import EvaluationStage
from assay.domain.errors import NotFound
from assay.domain.health import (
    DISCRIMINATION_MIN,
    MEDIAN_MIN,
    AllAlike,
    Correlation,
    Health,
    ItemResult,
    Outcome,
    Part,
    Sitting,
    Spread,
    TooFew,
    correlation_interval,
    discrimination,
    health_of,
    histogram,
    spread,
)
from assay.domain.permissions import Role
from assay.features.challenges.health import Asked, health, version_to_show, versions_sat
from assay.features.challenges.report import health_out

POINTS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 40), st.integers(0, 30)),
    min_size=DISCRIMINATION_MIN,
    max_size=60,
)


def outcome(*fractions: float | None, total: float | None = 50.0) -> Outcome:
    items = [
        ItemResult(f"c{number}", f"Criterion {number}", 10, fraction)
        for number, fraction in enumerate(fractions)
    ]
    return Outcome(total, tuple(items))


def of(outcomes: list[Outcome]) -> Health:
    return health_of([], outcomes, [])


# ---------------------------------------------------------------------------- known values


def test_quartiles_are_values_that_were_observed() -> None:
    assert spread([7, 1, 3, 5, 9, 11, 13, 15]) == Spread(8, 1, 3, 7, 11, 15)


def test_five_are_too_few_for_a_median_and_six_are_not() -> None:
    assert spread([1] * (MEDIAN_MIN - 1)) == TooFew(5, 6)
    assert isinstance(spread([1] * MEDIAN_MIN), Spread)


def test_the_range_of_six_covers_the_median_in_ninety_five_of_a_hundred() -> None:
    """The reason for `MEDIAN_MIN`: the chance that all six lie on one side of it."""
    assert 1 - 2 * 0.5**MEDIAN_MIN > 0.95 > 1 - 2 * 0.5 ** (MEDIAN_MIN - 1)


def test_a_full_score_is_in_the_last_ten() -> None:
    assert histogram([0, 9.9, 10, 99.9, 100]) == (2, 1, 0, 0, 0, 0, 0, 0, 0, 2)


@given(POINTS)
def test_the_correlation_is_the_one_that_henrysson_corrects(
    points: list[tuple[int, int, int]],
) -> None:
    """(r s_t - s_i) / sqrt(s_t^2 + s_i^2 - 2 r s_t s_i), from the uncorrected correlation r."""
    item, totals = [one[0] for one in points], [sum(one) for one in points]
    rest = [total - own for total, own in zip(totals, item, strict=True)]
    assume(len(set(item)) > 1)
    assume(len(set(totals)) > 1)
    assume(len(set(rest)) > 1)
    r = statistics.correlation(item, totals)
    s_i, s_t = statistics.pstdev(item), statistics.pstdev(totals)
    corrected = (r * s_t - s_i) / math.sqrt(s_t**2 + s_i**2 - 2 * r * s_t * s_i)

    found = discrimination(item, rest)

    assert isinstance(found, Correlation)
    assert found.value == pytest.approx(corrected, abs=1e-6)


def test_fishers_interval_has_the_published_ends() -> None:
    """r = 0.5 of 30: z = 0.5493 +- 0.3772, so 0.170 to 0.729."""
    low, high = correlation_interval(0.5, 30)

    assert (round(low, 3), round(high, 3)) == (0.170, 0.729)


def test_a_correlation_of_one_is_its_own_interval() -> None:
    assert correlation_interval(1.0, 30) == (1.0, 1.0)


# -------------------------------------------------------------------------- criteria of a rubric


def test_the_criterion_itself_is_not_in_what_it_is_compared_with() -> None:
    """Two independent criteria: with itself in the sum, each would seem to discriminate."""
    people = [outcome(float(n % 2), float(n // 2 % 2)) for n in range(40)]

    first, second = of(people).items

    assert isinstance(first.discrimination, Correlation)
    assert first.discrimination.value == pytest.approx(0.0)
    assert second.discrimination == first.discrimination


def test_a_criterion_that_everybody_earns_has_no_discrimination() -> None:
    (always, _) = of([outcome(1.0, n / 40) for n in range(40)]).items

    assert always.discrimination == AllAlike(40)
    assert (always.pays, always.is_suspect) == ("always", True)


@pytest.mark.parametrize("points", [0.1, 1 / 3, 2.7, 4.2])
@pytest.mark.parametrize("count", [20, 29, 41])
def test_who_is_alike_is_alike_however_a_mean_is_rounded(points: float, count: int) -> None:
    alike, other = [points] * count, [float(n) for n in range(count)]

    assert discrimination(alike, alike) == AllAlike(count)
    assert discrimination(alike, other) == AllAlike(count)
    assert discrimination(other, alike) == AllAlike(count)


def test_a_gate_has_no_points_and_is_in_no_sum() -> None:
    """The criterion goes against the gate, and there is nothing else: no relation."""
    gate = [ItemResult("gate", "Gate", 0, n % 2) for n in range(40)]
    people = [
        Outcome(50.0, (one, ItemResult("c", "Criterion", 10, 1 - (one.fraction or 0.0))))
        for one in gate
    ]
    (_, criterion) = of(people).items

    assert criterion.discrimination == AllAlike(40)


def test_nineteen_results_are_too_few_to_say_what_discriminates() -> None:
    (first, _) = of([outcome(n / 19, n / 19) for n in range(19)]).items

    assert first.discrimination == TooFew(19, DISCRIMINATION_MIN)


def test_a_criterion_that_goes_against_the_others_is_suspect() -> None:
    (first, _) = of([outcome(n / 40, 1 - n / 40) for n in range(40)]).items

    assert isinstance(first.discrimination, Correlation)
    assert first.discrimination.value == pytest.approx(-1)
    assert first.is_suspect


def test_nine_who_earned_nothing_do_not_say_that_a_criterion_never_pays() -> None:
    assert of([outcome(0.0)] * 9).items[0].pays == "unknown"
    assert of([outcome(0.0)] * 10).items[0].pays == "never"
    assert of([outcome(0.0)] * 9 + [outcome(0.1)]).items[0].pays == "sometimes"


def test_what_was_not_measured_is_counted_and_is_in_no_other_figure() -> None:
    (item,) = of([outcome(None)] * 3 + [outcome(1.0)] * 10).items

    assert item.unmeasured == 3
    assert item.everything == Part(10, 10)


def test_a_result_that_misses_a_line_says_nothing_about_discrimination() -> None:
    whole = [outcome(n / 20, n / 20) for n in range(20)]
    (first, _) = of([*whole, *[outcome(0.0, None)] * 5]).items

    assert isinstance(first.discrimination, Correlation)
    assert first.discrimination.count == 20


def test_open_invitations_are_no_refusals() -> None:
    open_one = Sitting(decided=False, started=False, over=False, handed_in=False, working_h=None)
    expired = Sitting(decided=True, started=False, over=False, handed_in=False, working_h=None)
    gave_up = Sitting(decided=True, started=True, over=True, handed_in=False, working_h=None)
    done = Sitting(decided=True, started=True, over=True, handed_in=True, working_h=3.0)

    found = health_of([open_one, expired, gave_up, done], [], [])

    assert found.started == Part(2, 3)
    assert found.handed_in == Part(1, 2)


# ------------------------------------------------------------------------------ from the database


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def sat(site: Site, *, poor: bool = False, hours: float = 2, organisation_id: str = "") -> str:
    """A sitting that was judged; returns the id of the sealed evaluation."""
    assessment_id = site.house.started(organisation_id)
    site.house.later(hours=hours)
    site.house.push(assessment_id)
    sealed = site.sealed(assessment_id)
    site.judge(sealed, make_poor_evidence() if poor else make_evidence())
    return sealed


def asked(site: Site, **changes: str) -> Asked:
    return Asked(
        **{"challenge": "credit-scoring", "version": site.house.package.challenge.version} | changes  # type: ignore[arg-type]
    )


def shown(site: Site, **changes: str) -> Health:
    with site.house.read() as session:
        return health(session, asked(site, **changes))


def test_sittings_results_and_times_are_found(site: Site) -> None:
    for number in range(6):
        sat(site, poor=number < 3, hours=number + 1)
    site.house.invite()

    found = shown(site)

    assert (found.judged, found.started, found.handed_in) == (6, Part(6, 6), Part(6, 6))
    assert isinstance(found.working_h, Spread)
    assert (found.working_h.least, found.working_h.median, found.working_h.most) == (1, 3, 6)
    assert isinstance(found.totals, Spread)
    assert found.totals.least < 50 < found.totals.most
    assert {one.stage for one in found.stages} >= {"build", "load"}


def test_every_line_of_the_rubric_is_there_gates_too(site: Site) -> None:
    sat(site)
    rubric = site.house.package.challenge.criterion

    assert {item.id for item in shown(site).items} == {one.id for one in rubric}


def test_practice_is_no_result(site: Site) -> None:
    assessment_id = site.house.started()
    site.judge(site.pushed(assessment_id))

    assert shown(site).judged == 0


def test_versions_are_never_mixed(site: Site) -> None:
    sat(site)

    assert shown(site, version="9.9.9").judged == 0
    with site.house.read() as session:
        assert versions_sat(session, "credit-scoring", None) == {"1.0": 1, "1.0.0": 1}


def test_an_organisation_sees_its_own_candidates_alone(site: Site) -> None:
    cast = site.house.cast
    sat(site)
    sat(site, organisation_id=cast.other_organisation_id)

    assert shown(site).judged == 2
    assert shown(site, organisation_id=cast.organisation_id).judged == 1


def test_a_regrade_counts_once_for_its_own_version(site: Site) -> None:
    assessment_id = site.house.started()
    site.house.push(assessment_id)
    site.regraded(assessment_id, make_poor_evidence())

    assert (shown(site).judged, shown(site, version="1.1.0").judged) == (1, 1)


def test_a_stage_that_was_broken_off_says_nothing_about_its_time(site: Site) -> None:
    sealed = sat(site)
    with site.house.write() as session:
        stage = session.exec(
            select(EvaluationStage).where(
                EvaluationStage.evaluation_id == sealed, EvaluationStage.stage == "load"
            )
        ).one()
        stage.status = "candidate_fault"

    assert "load" not in {one.stage for one in shown(site).stages}


def test_a_challenge_that_is_gone_shows_the_version_sat_last(site: Site) -> None:
    with site.house.read() as session:
        found = version_to_show(session, "credit-scoring", None, installed=None)
        with pytest.raises(NotFound, match="no challenge 'no-such'"):
            version_to_show(session, "no-such", None, installed=None)

    assert found == "1.0"


def test_nothing_in_it_says_who(site: Site) -> None:
    sealed = sat(site)
    row = site.house.evaluation(sealed)
    found = health_out(shown(site), challenge="x", version="1.0.0", invited={})

    text = found.model_dump_json()

    for secret in ("Dana", "dana@example.com", row.assessment_id, row.submission_id, sealed):
        assert secret not in text


def test_too_few_is_null_with_how_many_it_would_take(site: Site) -> None:
    sat(site)
    found = json.loads(
        health_out(shown(site), challenge="x", version="1.0.0", invited={}).model_dump_json()
    )

    assert found["totals"]["median"] is None
    assert found["totals"]["needed"] == MEDIAN_MIN
    assert found["criteria"][0]["discrimination"]["needed"] == DISCRIMINATION_MIN


def test_the_api_tells_a_team_how_its_challenge_fares(site: Site) -> None:
    sat(site)
    sat(site, organisation_id=site.house.cast.other_organisation_id)

    answer = site.calls(Role.VIEWER).get("/api/v1/challenges/credit-scoring/health")

    assert answer.status_code == 200
    assert answer.json()["judged"] == 1
    assert answer.json()["invited"]["1.0.0"] == 1


def test_a_result_without_its_file_is_left_out(site: Site) -> None:
    sat(site)
    gone = sat(site)
    with site.house.write() as session:
        delete_artifacts(session, gone)

    assert shown(site).judged == 1
