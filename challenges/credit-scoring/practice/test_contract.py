"""The public contract suite of credit-scoring: every promise of BRIEF.md, tried once or twice.

Other tests of the same promises judge the work in the end. `service`, `rows` and `dependency`
come from the probe: requests never follow redirects, and end after five seconds.
"""

import json
import math
import time
from pathlib import Path

import pytest

gate = pytest.mark.criterion("honours_contract")
validation = pytest.mark.criterion("input_validation")
missing = pytest.mark.criterion("missing_values")
numeric = pytest.mark.criterion("numeric_safety")
batches = pytest.mark.criterion("batch_consistency")
bureau_fails = pytest.mark.criterion("dependency_failure")

MAY_BE_NULL = ("home", "marital", "job", "income_eur_year", "assets_eur", "debt_eur")
TOLERANCE = 0.002
IN_TIME_MS = 500
_lines = (Path(__file__).parent / "bureau.jsonl").read_text().splitlines()
KNOWN = {line["id"]: line["income_eur_year"] for line in map(json.loads, _lines)}


@pytest.fixture
def whole(rows):
    """Rows in which nothing is null."""
    return [row for row in rows if all(row["body"][name] is not None for name in MAY_BE_NULL)]


@pytest.fixture
def application(whole):
    """One application in which nothing is null."""
    return whole[0]["body"]


@pytest.fixture
def scored(service):
    """Score an application; the answer must be one that the brief promises."""

    def ask(body):
        answer = service.post("/v1/score", json=body)
        assert answer.status == 200, f"status {answer.status}: {answer.text[:100]}"
        return promised(answer.json())

    return ask


def promised(score):
    """A score with all its fields."""
    assert isinstance(score, dict), f"a score is an object, not {score!r}"
    value = score.get("probability_of_default")
    assert isinstance(value, int | float), f"probability_of_default is {value!r}"
    assert math.isfinite(value), f"probability_of_default is {value!r}"
    assert 0 <= value <= 1, f"probability_of_default is {value!r}"
    assert score.get("decision") in ("approve", "refer", "decline"), f"in {score}"
    assert score.get("income_source") in ("declared", "bureau", "imputed"), f"in {score}"
    return score


def refused(answer, status):
    """The status, with a reason."""
    assert answer.status == status, f"expected status {status}, got {answer.error or answer.status}"
    body = answer.json()
    assert isinstance(body, dict), 'expected {"error": {...}}'
    assert isinstance(body.get("error"), dict), 'expected {"error": {...}}'


# ---- the gate


@gate
def test_the_service_is_live_and_ready(service):
    """/livez and /readyz answer 200."""
    for path in ("/livez", "/readyz"):
        assert service.get(path).status == 200, f"{path} does not answer 200"


@gate
def test_scores_are_those_of_the_approved_model(whole, scored):
    """Complete applications get the approved model's probability."""
    for row in whole[:25]:
        value = scored(row["body"])["probability_of_default"]
        assert abs(value - row["expected"]) <= TOLERANCE, (
            f"{row['id']}: {value:.4f}, the approved model says {row['expected']:.4f}"
        )


@gate
def test_an_answer_names_its_application(application, scored):
    """The application's id comes back with its score."""
    assert scored(application).get("application_id") == application["application_id"]


@gate
def test_decisions_keep_to_the_limits(whole, scored):
    """Below 0.25 is approved, from 0.50 on is declined, what is between is referred."""
    for row in whole[:15]:
        score = scored(row["body"])
        value = score["probability_of_default"]
        right = "decline" if value >= 0.5 else "refer" if value >= 0.25 else "approve"
        assert score["decision"] == right, f"{value} is {score['decision']}"


@gate
def test_a_label_is_taken(service, application):
    """Feedback about an application is answered with 202."""
    label = {"application_id": application["application_id"], "defaulted": False}
    assert service.post("/v1/feedback", json=label).status == 202


# ---- invalid input

WRONG = {
    "a word for a number": {"amount_eur": "ten thousand"},
    "a negative age": {"age_years": -1},
    "a home nobody has heard of": {"home": "igloo"},
    "null where none may be": {"records": None},
}


@validation
@pytest.mark.parametrize("name", WRONG)
def test_a_value_outside_the_contract_is_refused(service, application, name):
    """A value outside the contract is answered with 422."""
    refused(service.post("/v1/score", json={**application, **WRONG[name]}), 422)


@validation
def test_a_refusal_repeats_nothing_of_the_applicant(service, application):
    """A refusal says what is wrong without the applicant's data."""
    answer = service.post("/v1/score", json={**application, "age_years": -1})
    for name, value in application["applicant"].items():
        assert value not in answer.text, f"the refusal repeats applicant.{name}"


@validation
def test_half_a_body_is_refused(service):
    """What is no JSON is answered with 400 or 422."""
    answer = service.post("/v1/score", content=b'{"application_id": "P-')
    assert answer.status in (400, 422), f"got {answer.error or answer.status}"


# ---- missing values


@missing
@pytest.mark.parametrize("name", MAY_BE_NULL)
def test_a_field_that_may_be_null_may_be_null(application, scored, name):
    """An application with one null is scored."""
    scored({**application, "application_id": f"P-null-{name}", name: None})


@missing
def test_missing_values_are_filled_as_in_training(rows, scored):
    """Applications with nulls get the approved model's probability, too."""
    some = [row for row in rows if any(row["body"][name] is None for name in MAY_BE_NULL)]
    for row in some[:20]:
        value = scored(row["body"])["probability_of_default"]
        right = [row["expected"], row.get("fallback") or row["expected"]]
        off = min(abs(value - one) for one in right)
        assert off <= TOLERANCE, f"{row['id']}: {value:.4f}, expected {right[0]:.4f}"


# ---- numbers


@numeric
@pytest.mark.parametrize("amount", [0.01, 100_000_000])
def test_the_smallest_and_the_largest_loan_are_scored(application, scored, amount):
    """Amounts at the ends of what is valid get a finite probability."""
    scored({**application, "amount_eur": amount, "price_eur": amount})


# ---- batches


@batches
def test_a_batch_is_scored_like_its_applications(service, whole, scored):
    """Each application gets the same score alone and in a batch, in the order sent."""
    bodies = [row["body"] for row in whole[:12]]
    answer = service.post("/v1/score/batch", json={"applications": bodies})
    assert answer.status == 200, f"got {answer.error or answer.status}"
    inside = answer.json()["scores"]
    assert len(inside) == len(bodies), f"{len(inside)} scores for {len(bodies)} applications"
    for body, batched in zip(bodies, inside, strict=True):
        assert batched["application_id"] == body["application_id"], "the order is another"
        alone = scored(body)["probability_of_default"]
        assert abs(batched["probability_of_default"] - alone) <= TOLERANCE, "the score is another"


@batches
def test_a_batch_with_an_invalid_row_is_refused(service, whole):
    """Nothing of a batch is scored if one of its rows is invalid."""
    bodies = [row["body"] for row in whole[:5]]
    bodies[3] = {**bodies[3], "term_months": 0}
    refused(service.post("/v1/score/batch", json={"applications": bodies}), 422)


# ---- the bureau


def without_income(service, application, application_id):
    """The answer to an application that states no income."""
    body = {**application, "application_id": application_id, "income_eur_year": None}
    return service.post("/v1/score", json=body, timeout_s=2.0)


@bureau_fails
def test_the_bureau_is_asked_for_an_income_that_is_not_stated(service, application):
    """An income the bureau knows is used."""
    answer = without_income(service, application, next(iter(KNOWN)))
    assert promised(answer.json())["income_source"] == "bureau"


@bureau_fails
@pytest.mark.parametrize("mode", ["down", "slow", "garbled"])
def test_a_bureau_in_trouble_is_done_without(service, application, dependency, mode):
    """While the bureau is in trouble, answers come within 500 ms with an imputed income."""
    dependency("bureau").set(mode)
    for number in range(4):
        answer = without_income(service, application, list(KNOWN)[-1 - number])
        assert answer.status == 200, f"got {answer.error or answer.status}"
        assert promised(answer.json())["income_source"] == "imputed"
    assert answer.elapsed_ms <= 2 * IN_TIME_MS, f"the last one took {answer.elapsed_ms:.0f} ms"


@bureau_fails
def test_a_bureau_that_is_well_again_is_asked_again(service, application, dependency):
    """Within 10 s of the bureau's recovery its incomes are used again."""
    bureau = dependency("bureau")
    bureau.set("down")
    without_income(service, application, "P-unknown")
    bureau.set("ok")
    until, known = time.monotonic() + 10, list(KNOWN)
    for application_id in known * 20:
        answer = without_income(service, application, application_id)
        if answer.status == 200 and answer.json().get("income_source") == "bureau":
            return
        assert time.monotonic() < until, "the bureau is well for 10 s, and not asked again"
        time.sleep(0.2)
