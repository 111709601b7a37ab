"""The public contract suite of claims-triage: promises of BRIEF.md, tried once or twice.

Other tests of the same promises, and of some more, judge the work in the end. `service`, `rows`,
`dependency` and `meter` come from the probe: requests never follow redirects.
"""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

gate = pytest.mark.criterion("honours_contract")
validation = pytest.mark.criterion("input_validation")
odd = pytest.mark.criterion("odd_documents")
batches = pytest.mark.criterion("batch_consistency")
once = pytest.mark.criterion("idempotency")
records = pytest.mark.criterion("audit")
fails = pytest.mark.criterion("gateway_failure")
busy = pytest.mark.criterion("back_pressure")

FIELDS = (
    "policy_number",
    "loss_date",
    "notice_date",
    "claimed_eur",
    "invoiced_eur",
    "claimant",
    "counterparty",
)
CENT = 0.005
PATIENCE_S = 10.5
TAKEN_AT_LEAST = 20


@pytest.fixture
def claims(rows, rng):
    """Claims under ids that nobody has sent before."""
    number = rng.getrandbits(40)
    return [
        {**row["body"], "claim_id": f"P-{number}-{place}"} for place, row in enumerate(rows[:60])
    ]


@pytest.fixture
def decided(service):
    """Have a claim decided; the decision must be one that the brief promises."""

    def ask(body):
        answer = service.post("/v1/claims", json=body, timeout_s=PATIENCE_S)
        assert answer.status == 200, f"status {answer.error or answer.status}"
        return promised(answer.json())

    return ask


def promised(found):
    """A decision with all its fields."""
    assert isinstance(found, dict), f"a decision is an object, not {type(found).__name__}"
    assert found.get("decision") in ("auto", "human_review"), f"decision {found.get('decision')!r}"
    fields = found.get("fields")
    assert isinstance(fields, dict), "fields must be an object"
    assert set(FIELDS) <= set(fields), f"fields lacks {', '.join(set(FIELDS) - set(fields))}"
    sure = found.get("confidence")
    assert isinstance(sure, int | float), f"confidence is {sure!r}"
    assert 0 <= sure <= 1, f"confidence is {sure!r}"
    assert found["decision"] == "auto" or found.get("reasons"), "human_review needs a reason"
    return found


def same(given, right):
    """Whether a field says what is true; words may differ in case and space."""
    if isinstance(right, str):
        return isinstance(given, str) and folded(given) == folded(right)
    if isinstance(right, int | float):
        return isinstance(given, int | float) and abs(given - right) < CENT
    return given is right


def folded(words):
    """Without what does not count."""
    return " ".join(words.casefold().split())


def place_of(place):
    """Document, start and end."""
    return place["document_id"], place["start"], place["end"]


def told_at(body, places):
    """The characters of a claim at places of its record."""
    texts = {one["document_id"]: one["text"] for one in body["documents"]}
    return [texts.get(document, "")[start:end] for document, start, end in places]


def refused(answer, *statuses):
    """One of the statuses, with a reason."""
    assert answer.status in statuses, f"expected {statuses}, got {answer.error or answer.status}"
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
def test_policy_numbers_come_from_the_documents(claims, rows, decided):
    """Most of ten claims get their policy number."""
    found = [decided(body)["fields"]["policy_number"] for body in claims[:10]]
    right = [row["truth"]["fields"]["policy_number"] for row in rows[:10]]
    agreeing = sum(a == b for a, b in zip(found, right, strict=True))
    assert agreeing >= 7, f"{agreeing} of 10 policy numbers are right"


@gate
def test_a_label_is_taken(service, claims, decided):
    """Feedback is answered with 202, also about a claim that nobody has sent."""
    decided(claims[0])
    for body in claims[:2]:
        label = {"claim_id": body["claim_id"], "payable": True}
        assert service.post("/v1/feedback", json=label).status == 202


# ---- invalid input, odd documents

WRONG = {
    "an id that is a path": {"claim_id": "../x"},
    "a day that no calendar has": {"received_on": "2026-02-31"},
    "no documents": {"documents": []},
}


@validation
@pytest.mark.parametrize("name", WRONG)
def test_a_value_outside_the_contract_is_refused(service, claims, name):
    """A value outside the contract is answered with 422 that repeats nothing of the contact."""
    answer = service.post("/v1/claims", json={**claims[0], **WRONG[name]})
    refused(answer, 422)
    assert not [value for value in claims[0]["contact"].values() if value in answer.text]


@validation
def test_half_a_body_is_refused(service):
    """What is no JSON is answered with 400 or 422."""
    refused(service.post("/v1/claims", content=b'{"claim_id": "P-'), 400, 422)


@odd
def test_an_empty_document_is_handed_on(claims, decided):
    """A claim that says nothing goes to a person."""
    empty = [{"document_id": "D1", "name": "a.txt", "text": ""}]
    assert decided({**claims[0], "documents": empty})["decision"] == "human_review"


# ---- batches, the same claim twice


@batches
def test_a_batch_is_decided_like_its_claims(service, claims, decided):
    """Each claim gets the same decision alone and in a batch, in the order sent."""
    alone = [decided(body) for body in claims[:4]]
    answer = service.post("/v1/claims/batch", json={"claims": claims[:4]}, timeout_s=PATIENCE_S)
    assert answer.status == 200, f"got {answer.error or answer.status}"
    inside = [promised(one) for one in answer.json()["decisions"]]
    assert [one["claim_id"] for one in inside] == [one["claim_id"] for one in alone]
    assert [one["fields"] for one in inside] == [one["fields"] for one in alone]


@once
def test_the_same_claim_is_billed_once(claims, decided, meter):
    """A claim that is sent again gets the same decision, and nothing is asked again."""
    first = decided(claims[0])
    again, spent = meter("model").of(partial(decided, claims[0]))
    assert again == first, "the second decision differs"
    assert spent.dollars == 0, f"it cost ${spent.dollars:.5f} again"


@once
def test_other_content_under_the_same_id_is_a_conflict(service, claims, decided):
    """The same claim_id with other content is refused with 409."""
    decided(claims[0])
    changed = {**claims[0], "received_on": "2031-01-01"}
    refused(service.post("/v1/claims", json=changed, timeout_s=PATIENCE_S), 409)


# ---- records


@records
def test_a_record_tells_documents_and_price(service, claims, decided):
    """A record has the digests of the documents and what the calls cost."""
    decided(claims[0])
    record = service.get(f"/v1/claims/{claims[0]['claim_id']}/audit").json()
    digests = [hashlib.sha256(one["text"].encode()).hexdigest() for one in claims[0]["documents"]]
    assert [one["sha256"] for one in record["documents"]] == digests
    assert isinstance(record["cost_usd"], int | float), "cost_usd must be a number"


@records
def test_a_place_is_the_value_and_nothing_else(service, claims, rows, decided):
    """Each field has a place of its own value: no label, no currency, not the other amount's."""
    known = [(body, row["truth"]) for body, row in zip(claims, rows[: len(claims)], strict=True)]
    for body, truth in [one for one in known if one[1]["decision"] == "auto"][:4]:
        fields = decided(body)["fields"]
        record = service.get(f"/v1/claims/{body['claim_id']}/audit").json()
        for name in FIELDS:
            # What is read wrongly stands nowhere: that is for others to count.
            if fields[name] is None or not same(fields[name], truth["fields"][name]):
                continue
            given = [place_of(one) for one in record["fields"].get(name, ())]
            stated = [place_of(one) for one in truth["evidence"][name]]
            here = f"{name} stands at {stated}, the record says {given}: {told_at(body, given)}"
            assert set(given) & set(stated), here


# ---- the gateway in trouble


@fails
@pytest.mark.parametrize("mode", ["down", "storm", "garbled", "hang"])
def test_without_a_model_nothing_is_made_up(dependency, claims, rows, decided, mode):
    """While the gateway is in trouble, claims are answered in time, and nothing untrue is said."""
    dependency("model").set(mode)
    begun = time.monotonic()
    fields = decided(claims[0])["fields"]
    assert time.monotonic() - begun < 10, "it took longer than 10 s"
    right = rows[0]["truth"]["fields"]
    given = [name for name in FIELDS if fields[name] is not None]
    untrue = [name for name in given if not same(fields[name], right[name])]
    assert not untrue, f"made up: {', '.join(untrue)}"


@busy
def test_what_is_taken_is_answered_in_time(service, dependency, claims):
    """Of sixty claims at once with a slow gateway some are decided in 10 s, others told 429."""
    dependency("model").set("slow", delay_ms=2500)
    with ThreadPoolExecutor(len(claims)) as pool:
        ask = partial(service.post, "/v1/claims", timeout_s=PATIENCE_S)
        answers = list(pool.map(lambda body: ask(json=body), claims))
    assert {answer.status for answer in answers} <= {200, 429}
    taken = sum(answer.status == 200 for answer in answers)
    assert taken >= TAKEN_AT_LEAST, f"only {taken} of {len(answers)} claims were taken"
    silent = sum(one.status == 429 and not one.headers.get("retry-after") for one in answers)
    assert not silent, "429 does not say when to come back"
    late = sum(one.status == 200 and one.elapsed_ms > 10_000 for one in answers)
    assert not late, f"{late} claims took longer than 10 s"
