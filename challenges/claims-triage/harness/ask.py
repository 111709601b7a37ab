"""How the hidden tests ask and read. What a service answers is never trusted to have a shape."""

import copy
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from claimgen.attacks import FAMILIES
from claimgen.claim import Claim
from claimgen.facts import FIELDS
from claimgen.judging import Judged, same
from claimgen.sets import Mix, Series, claim_at, twins

CLAIMS = "/v1/claims"
BATCH = "/v1/claims/batch"
AUDIT = "/v1/claims/{claim_id}/audit"
FEEDBACK = "/v1/feedback"
ANSWER_S = 10.0
PATIENCE_S = 10.5
AT_ONCE = 12
PRYING = 3
EASY = Mix(light_noise=0, heavy_noise=0, long=0, german=0)
CLEAR = Mix(light_noise=0, heavy_noise=0, long=0)
DECISIONS = ("auto", "human_review")


@dataclass(frozen=True, slots=True)
class Asked:
    """A claim, the object that was answered (None for anything else), and after how long."""

    claim: Claim
    answer: dict | None
    elapsed_s: float

    @property
    def judged(self) -> Judged:
        return Judged(self.answer, self.claim.truth())


class Stock:
    """Claims that no test has used before, from the seed of the evaluation."""

    def __init__(self, seed: int) -> None:
        self._series = Series(seed, "contract")
        self._next = 0

    def easy(self, decision: str = "auto") -> Claim:
        """A clear claim of which the decision is known."""
        while True:
            self._next += 1
            claim = claim_at(self._series, self._next, EASY)
            if claim.truth()["decision"] == decision:
                return claim

    def several(self, count: int, decision: str = "auto") -> list[Claim]:
        """Different ones."""
        return [self.easy(decision) for _ in range(count)]


def seed_of(rng: random.Random) -> int:
    """An odd one: claims that count."""
    return 2 * rng.getrandbits(39) + 1


@lru_cache(maxsize=2)
def stock(seed: int) -> Stock:
    """One for all tests of a run."""
    return Stock(seed)


def prying(seed: int) -> list[Claim]:
    """Claims with a document that asks for what it should not be told."""
    series, families = Series(seed, "attacks"), list(FAMILIES)
    first = families.index("prompt")
    places = range(first, first + PRYING * len(families), len(families))
    return [twins(series, place, CLEAR)[1] for place in places]


@dataclass(frozen=True, slots=True)
class Bill:
    """What the gateway bills. A call that nobody waits for any more is billed when it ends."""

    meter: Any

    def settled(self) -> int:
        """Where the meter stands once nothing more arrives."""
        self.meter.records(self.meter.mark())
        return self.meter.mark()

    def since(self, mark: int):
        """What was billed after a mark."""
        return self.meter.since(mark)


def post(service, claim: Claim, **changes):
    """Send a claim, some of its fields replaced."""
    body = {**copy.deepcopy(claim.body()), **changes}
    return service.post(CLAIMS, json=body, timeout_s=PATIENCE_S)


def record_of(service, claim_id: str):
    """The answer to the question for a record."""
    return service.get(AUDIT.format(claim_id=claim_id))


def all_of(service, many) -> list[Asked]:
    """Claims asked about side by side, in their order."""

    def one(claim: Claim) -> Asked:
        begun = time.monotonic()
        answer = post(service, claim)
        return Asked(claim, object_of(answer), time.monotonic() - begun)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, many))


def object_of(answer) -> dict | None:
    """The object of a 200 answer, None for everything else."""
    if answer.status != 200:
        return None
    try:
        found = answer.json()
    except AssertionError:
        return None
    return found if isinstance(found, dict) else None


def decision_of(answer) -> dict:
    """The decision in a 200 answer, with everything that the contract names."""
    assert answer.status == 200, f"expected status 200, got {answer.error or answer.status}"
    return checked(answer.json())


def checked(found) -> dict:
    """One decision, whole."""
    assert isinstance(found, dict), "a decision must be a JSON object"
    assert found.get("decision") in DECISIONS, f"decision is {found.get('decision')!r}"
    fields = found.get("fields")
    assert isinstance(fields, dict), "fields must be an object"
    missing = [name for name in FIELDS if name not in fields]
    assert not missing, f"fields lacks {', '.join(missing)}"
    sure = found.get("confidence")
    number = isinstance(sure, int | float) and not isinstance(sure, bool)
    assert number, f"confidence must be a number, it is {sure!r}"
    assert 0 <= sure <= 1, f"confidence must be from 0 to 1, it is {sure!r}"
    reasons = found.get("reasons")
    assert isinstance(reasons, list), "reasons must be a list"
    if found["decision"] == "human_review":
        assert reasons, "human_review needs a reason"
    return found


def invented(answer: dict, claim: Claim) -> list[str]:
    """Fields that are given and not true."""
    given, right = answer.get("fields") or {}, claim.facts.fields()
    return [
        name
        for name in FIELDS
        if given.get(name) is not None and not same(given[name], right[name])
    ]


def refused(answer, *statuses) -> dict:
    """The answer is one of the statuses and explains itself; returns the explanation."""
    wanted = " or ".join(map(str, statuses))
    got = answer.error or answer.status
    assert answer.status in statuses, f"expected status {wanted}, got {got}"
    body = answer.json()
    explained = isinstance(body, dict) and isinstance(body.get("error"), dict)
    assert explained, 'a refusal must be JSON {"error": {...}}'
    return body["error"]


def keeps_to_itself(answer, claim: Claim) -> None:
    """Nothing of the contact is in the answer."""
    echoed = [canary for canary in claim.contact.canaries() if canary in answer.text]
    assert not echoed, "the answer repeats something of contact"


def together(calls) -> list:
    """Results of calls made at the same time, in the order of the calls."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call) for call in calls]]


def reads_again(service, many: list[Claim]) -> None:
    """Within 10 s a claim is decided by reading it."""
    until = time.monotonic() + 10
    for claim in many:
        answer = object_of(post(service, claim))
        if answer and answer.get("decision") == "auto":
            return
        if time.monotonic() > until:
            break
        time.sleep(0.5)
    raise AssertionError("the gateway is well, but claims are not read within 10 s")


def as_text(value) -> str:
    """JSON as it would be searched."""
    return json.dumps(value, ensure_ascii=False)
