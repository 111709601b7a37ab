"""The hidden contract suite of claims-triage. Everything it asks is promised in BRIEF.md.

The gate comes first, what hurts the service most comes last.
"""

import hashlib
import time
from functools import partial

import ask
import pytest
from claimgen import judging
from claimgen.facts import FIELDS
from inputs import NO_JSON_NUMBER, NOT_JSON, ODD, WRONG

gate = pytest.mark.criterion("honours_contract")
validation = pytest.mark.criterion("input_validation")
odd = pytest.mark.criterion("odd_documents")
batches = pytest.mark.criterion("batch_consistency")
once = pytest.mark.criterion("idempotency")
records = pytest.mark.criterion("audit")
fails = pytest.mark.criterion("gateway_failure")
busy = pytest.mark.criterion("back_pressure")
points = pytest.mark.points

WHOLE_WORDS = 8


# ---- honours_contract, the gate


@gate
def test_a_claim_is_decided(service, claim):
    """A claim is answered with a decision that has every field of the contract."""
    found = ask.decision_of(ask.post(service, claim))
    assert found.get("claim_id") == claim.claim_id, "claim_id differs"
    assert isinstance(found.get("audit_id"), str), "audit_id must be a string"
    assert isinstance(found.get("model"), str), "model must be a string"


@gate
def test_live_and_ready(service):
    """/livez and /readyz answer 200."""
    assert service.get("/livez").status == 200, "/livez does not answer 200"
    assert service.get("/readyz").status == 200, "/readyz does not answer 200"


@gate
def test_a_batch_is_answered(service, stock):
    """A batch is answered with one decision per claim."""
    body = {"claims": [claim.body() for claim in stock.several(3)]}
    answer = service.post(ask.BATCH, json=body, timeout_s=ask.PATIENCE_S)
    assert answer.status == 200, f"expected status 200, got {answer.error or answer.status}"
    assert len(answer.json()["decisions"]) == 3


@gate
def test_feedback_is_accepted(service, claim):
    """Feedback about a claim is answered with 202."""
    label = {"claim_id": claim.claim_id, "payable": True}
    assert service.post(ask.FEEDBACK, json=label).status == 202, "expected status 202"


@gate
def test_a_decided_claim_has_a_record(service, claim):
    """The audit record of a decided claim is answered with 200."""
    ask.decision_of(ask.post(service, claim))
    answer = ask.record_of(service, claim.claim_id)
    assert answer.status == 200, f"expected status 200, got {answer.error or answer.status}"


@gate
@points(2)
def test_clear_claims_are_paid_and_doubtful_ones_are_not(service, stock):
    """Of eight clear claims half are paid, and the others are handed on, mostly the right ones."""
    many = [*stock.several(4), *stock.several(4, "human_review")]
    found = ask.all_of(service, many)
    right = [judging.cost_of(one.judged) == 0 for one in found]
    assert sum(right[:4]) >= 2, f"of four claims to be paid {sum(right[:4])} were"
    assert sum(right[4:]) >= 2, f"of four claims to be handed on {sum(right[4:])} were"


@gate
@points(4)
def test_fields_come_from_the_documents(service, stock):
    """Of six clear claims at least four have the right policy number."""
    found = ask.all_of(service, stock.several(6))
    numbers = [((one.answer or {}).get("fields") or {}).get("policy_number") for one in found]
    right = [a == one.claim.facts.policy_number for a, one in zip(numbers, found, strict=True)]
    assert sum(right) >= 4, f"{sum(right)} of 6 policy numbers are right"


# ---- input_validation, odd_documents


@validation
@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_not_json_is_refused(service, name):
    """A body that is not JSON is refused with 400 or 422, not 500."""
    ask.refused(service.post(ask.CLAIMS, content=NOT_JSON[name]), 400, 422)


@validation
@pytest.mark.parametrize("value", [None, [], "claim", 7], ids=repr)
def test_json_of_another_shape_is_refused(service, value):
    """JSON that is no claim is refused with 422."""
    ask.refused(service.post(ask.CLAIMS, json=value), 422)


@validation
@pytest.mark.parametrize("name", ["claim_id", "received_on", "contact", "documents"])
def test_a_required_field_left_out_is_refused(service, claim, name):
    """A required field that is left out is refused with 422."""
    body = {key: value for key, value in claim.body().items() if key != name}
    answer = service.post(ask.CLAIMS, json=body)
    ask.refused(answer, 422)
    ask.keeps_to_itself(answer, claim)


@validation
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused(service, claim, name):
    """A value outside the contract is refused with 422 that repeats nothing of the contact."""
    answer = ask.post(service, claim, **WRONG[name])
    ask.refused(answer, *((422, 400) if name in NO_JSON_NUMBER else (422,)))
    ask.keeps_to_itself(answer, claim)


@validation
def test_a_body_over_one_mebibyte_is_refused(service, claim):
    """A body over 1 MiB is refused with 413."""
    ask.refused(ask.post(service, claim, note="x" * 1_100_000), 413)


@validation
def test_feedback_is_checked_too(service, claim):
    """Feedback that is no feedback is refused with 422."""
    label = {"claim_id": claim.claim_id, "payable": "perhaps"}
    ask.refused(service.post(ask.FEEDBACK, json=label), 422)


@validation
def test_unknown_fields_are_ignored(service, claim):
    """An extra field changes nothing."""
    found = ask.decision_of(ask.post(service, claim, campaign="x"))
    assert found["fields"]["policy_number"] == claim.facts.policy_number


@odd
@pytest.mark.parametrize("name", ODD)
def test_odd_documents_are_handed_on(service, claim, name):
    """Documents that say nothing of a claim lead to human_review, in time."""
    answer = ask.post(service, claim, documents=ODD[name])
    assert ask.decision_of(answer)["decision"] == "human_review", "it was decided"
    assert answer.elapsed_ms < ask.ANSWER_S * 1000, f"it took {answer.elapsed_ms:.0f} ms"


@odd
@points(2)
def test_a_document_that_asks_for_the_instructions_does_not_get_them(service, model, prying):
    """No eight words of what the models are told are in an answer, whatever a document asks."""
    answers = [ask.as_text(one.answer) for one in ask.all_of(service, prying)]
    prompts = model.metered(after=10**9)["system_prompts"]
    shingles = {
        " ".join(words[n : n + WHOLE_WORDS])
        for words in (prompt.split() for prompt in prompts)
        for n in range(len(words) - WHOLE_WORDS + 1)
    }
    told = [" ".join(answer.replace("\\n", " ").split()) for answer in answers]
    answered = sum(answer != "null" for answer in answers)
    leaks = sum(shingle in text for shingle in shingles for text in told)
    assert answered == len(prying), f"{answered} of {len(prying)} claims were answered"
    assert not leaks, "instructions are told"


# ---- batch_consistency


@batches
def test_a_batch_is_the_same_as_its_claims(service, stock):
    """Each claim of a batch gets the decision that it gets alone, in the order sent."""
    many = stock.several(4)
    alone = [ask.decision_of(ask.post(service, claim)) for claim in many]
    body = {"claims": [claim.body() for claim in many]}
    answer = service.post(ask.BATCH, json=body, timeout_s=ask.PATIENCE_S)
    assert answer.status == 200, f"expected status 200, got {answer.error or answer.status}"
    found = [ask.checked(one) for one in answer.json()["decisions"]]
    assert [one["decision"] for one in found] == [one["decision"] for one in alone]
    assert [one["fields"] for one in found] == [one["fields"] for one in alone]


@batches
def test_a_batch_with_an_invalid_claim_is_refused_whole(service, stock):
    """One invalid claim refuses the batch with 422 that names its position."""
    bodies = [claim.body() for claim in stock.several(3)]
    bodies[1]["documents"] = []
    answer = service.post(ask.BATCH, json={"claims": bodies})
    assert "1" in ask.as_text(ask.refused(answer, 422)), "the position is not named"
    record = ask.record_of(service, bodies[0]["claim_id"])
    assert record.status == 404, "a claim of the refused batch was decided"


@batches
def test_too_large_a_batch_is_refused(service, stock):
    """More than 20 claims are refused with 413, and none at all with 422."""
    bodies = [claim.body() for claim in stock.several(21)]
    ask.refused(service.post(ask.BATCH, json={"claims": bodies}), 413)
    ask.refused(service.post(ask.BATCH, json={"claims": []}), 422)


# ---- audit


@records
def test_a_record_is_complete(service, claim):
    """A record has every field that the contract names, and says what the decision says."""
    decision = ask.decision_of(ask.post(service, claim))
    record = ask.record_of(service, claim.claim_id).json()
    for name in ("audit_id", "claim_id", "decision", "category", "confidence", "reasons"):
        assert record.get(name) == decision[name], f"{name} differs"
    for name in ("prompt_version", "service_version"):
        assert isinstance(record.get(name), str), f"{name} must be a string"
    for call in record["calls"]:
        assert call["model"], "a call has no model"
        read = call.get("outcome") == "ok"
        assert not read or call["prompt_tokens"] > 0, "a call that was answered has no tokens"


@records
def test_digests_are_those_of_the_documents(service, claim):
    """A record has the SHA-256 of each document's text."""
    ask.decision_of(ask.post(service, claim))
    record = ask.record_of(service, claim.claim_id).json()
    right = {
        one.document_id: hashlib.sha256(one.page.text.encode()).hexdigest()
        for one in claim.documents
    }
    assert {one["document_id"]: one["sha256"] for one in record["documents"]} == right


@records
@points(3)
def test_the_places_of_a_record_state_its_fields(service, stock):
    """Every field that is not null has a place in the documents, and it is one that states it."""
    for claim in stock.several(4):
        decision = ask.decision_of(ask.post(service, claim))
        record = ask.record_of(service, claim.claim_id).json()
        stated = claim.truth()["evidence"]
        for name in FIELDS:
            if decision["fields"].get(name) is None:
                continue
            places = record["fields"].get(name)
            assert places, f"{name} has no place"
            right = {(p["document_id"], p["start"], p["end"]) for p in stated[name]}
            given = {(p["document_id"], p["start"], p["end"]) for p in places}
            assert given & right, f"no place of {name} states it"


@records
def test_a_record_holds_places_and_no_persons(service, claim):
    """No name and no value of the contact is in a record."""
    ask.decision_of(ask.post(service, claim))
    answer = ask.record_of(service, claim.claim_id)
    assert claim.facts.claimant not in answer.text, "the claimant's name is in the record"
    ask.keeps_to_itself(answer, claim)


@records
def test_a_claim_that_nobody_sent_has_no_record(service, stock):
    """The record of an unknown claim is answered with 404."""
    unknown = stock.easy().claim_id
    assert ask.record_of(service, unknown).status == 404, "expected status 404"


# ---- idempotency


@once
def test_the_same_claim_gets_the_same_decision(service, claim):
    """The same claim sent again gets the same decision."""
    first, second = (ask.decision_of(ask.post(service, claim)) for _ in range(2))
    for name in ("decision", "category", "fields", "payable_eur"):
        assert first[name] == second[name], f"{name} differs in the second answer"


@once
@points(2)
def test_the_same_claim_is_billed_once(service, bill, claim):
    """A claim sent five times is billed like one."""
    ask.decision_of(ask.post(service, claim))
    before = bill.settled()
    for _ in range(4):
        ask.decision_of(ask.post(service, claim))
    assert not bill.since(before).dollars, "it was billed again"


@once
@points(2)
def test_the_same_claim_at_the_same_time_is_billed_once(service, bill, stock):
    """A claim sent six times at the same time costs what its record says, not six times it."""
    claim = stock.easy()
    before = bill.settled()
    answers = ask.together([partial(ask.post, service, claim) for _ in range(6)])
    found = [ask.decision_of(answer)["decision"] for answer in answers]
    cost = bill.since(before).dollars
    assert len(set(found)) == 1, "the decisions differ"
    assert cost < 0.02, f"it cost ${cost:.4f}"
    calls = ask.record_of(service, claim.claim_id).json()["calls"]
    assert cost == pytest.approx(sum(call["cost_usd"] for call in calls), rel=0.05, abs=1e-7)


@once
def test_other_content_under_the_same_id_is_a_conflict(service, claim):
    """The same claim_id with other content is refused with 409."""
    ask.decision_of(ask.post(service, claim))
    ask.refused(ask.post(service, claim, received_on="2031-01-01"), 409)


# ---- gateway_failure, back_pressure: what hurts comes last


@fails
@points(2)
@pytest.mark.parametrize(
    "mode", ["hang", "storm", "error", "garbled", "malformed", "cut", "reset", "down"]
)
def test_without_a_model_nothing_is_invented(service, model, stock, mode):
    """While the gateway fails, claims are answered in time, and nothing untrue is said."""
    many = stock.several(4)
    model.set(mode)
    found = ask.all_of(service, many)
    late = sum(one.answer is None or one.elapsed_s > ask.ANSWER_S for one in found)
    assert not late, f"{late} of 4 claims were not decided within 10 s"
    for one in found:
        ask.checked(one.answer)
        wrong = ask.invented(one.answer, one.claim)
        assert not wrong, f"untrue: {', '.join(wrong)}"


@fails
def test_a_failing_gateway_does_not_make_us_unready(service, model):
    """A service that can hand claims on stays live and ready without the gateway."""
    model.set("hang")
    assert service.get("/livez", timeout_s=1.0).status == 200, "/livez failed with the gateway"
    assert service.get("/readyz", timeout_s=1.0).status == 200, "/readyz failed with the gateway"


@fails
@points(2)
@pytest.mark.parametrize("mode", ["down", "error"])
def test_a_recovered_gateway_is_asked_again(service, model, stock, mode):
    """Within 10 s of the gateway's recovery claims are read again."""
    model.set(mode)
    ask.all_of(service, stock.several(12))
    model.set("ok")
    ask.reads_again(service, stock.several(20))


@fails
@points(2)
def test_passing_trouble_is_passed_over(service, model, stock):
    """While a third of the calls fail, most claims are still read."""
    model.set("error", percent=33)
    found = ask.all_of(service, stock.several(10))
    paid = sum((one.answer or {}).get("decision") == "auto" for one in found)
    assert paid >= 6, f"{paid} of 10 claims to be paid were"


@busy
@points(2)
def test_what_is_taken_is_answered_in_time(service, model, stock):
    """With a slow gateway and 200 claims at once, each is decided within 10 s or told 429."""
    model.set("slow", delay_ms=2500)
    many = stock.several(200)
    begun = time.monotonic()
    answers = ask.together([partial(ask.post, service, claim) for claim in many])
    taken = sum(one.status == 200 for one in answers)
    away = [one for one in answers if one.status == 429]
    silent = sum(not one.headers.get("retry-after") for one in away)
    neither = 200 - taken - len(away)
    late = sum(one.status == 200 and one.elapsed_ms > ask.ANSWER_S * 1000 for one in answers)
    assert neither <= 2, f"{neither} claims were neither decided nor turned away"
    assert taken >= 20, f"only {taken} of 200 claims were taken"
    assert late <= 4, f"{late} of {taken} were late"
    assert not silent, "429 does not say when to come back"
    assert time.monotonic() - begun < 2 * ask.ANSWER_S
