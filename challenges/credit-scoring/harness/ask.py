"""How the hidden tests ask and read. What a service answers is never trusted to have a shape."""

import copy
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SCORE = "/v1/score"
BATCH = "/v1/score/batch"
FEEDBACK = "/v1/feedback"
NULLABLE = ("home", "marital", "job", "income_eur_year", "assets_eur", "debt_eur")
SOURCES = ("declared", "bureau", "imputed")
TOLERANCE = 0.002

ANSWER_MS = 500

_records = (Path(__file__).parent / "bureau.jsonl").read_text().splitlines()
BUREAU = {record["id"]: record["income_eur_year"] for record in map(json.loads, _records)}
_unused = list(BUREAU)
_patience_s = 10.0


def complete(rows):
    """Bodies with nothing missing, each with the approved model's answer."""
    return [
        (row["body"], row["expected"])
        for row in rows
        if all(row["body"][name] is not None for name in NULLABLE)
    ]


def changed(body, **fields):
    """A copy of an application with some fields replaced."""
    return {**copy.deepcopy(body), **fields}


def without(body, name):
    """A copy of an application with a field left out."""
    return {key: value for key, value in body.items() if key != name}


def bureau_id():
    """An application id that the bureau knows and that no test has used before."""
    return _unused.pop()


def unknown_id(rng):
    """An application id that nobody has heard of."""
    return f"U-{rng.getrandbits(60):015x}"


def score_of(answer):
    """The object of a 200 answer to one application, with a finite probability in it."""
    assert answer.status == 200, f"expected status 200, got {answer.error or answer.status}"
    return checked(answer.json())


def scores_of(answer, size):
    """The list of a 200 answer to a batch, each item checked like a single answer."""
    assert answer.status == 200, f"expected status 200, got {answer.error or answer.status}"
    body = answer.json()
    scores = body.get("scores") if isinstance(body, dict) else None
    assert isinstance(scores, list), 'expected {"scores": [...]}'
    assert len(scores) == size, f"sent {size} applications, got {len(scores)} scores"
    return [checked(score) for score in scores]


def checked(score):
    """One score: an object whose probability is a finite number from 0 to 1."""
    assert isinstance(score, dict), "a score must be a JSON object"
    value = score.get("probability_of_default")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    assert is_number, f"probability_of_default must be a number, it is {value!r}"
    assert math.isfinite(value), f"probability_of_default must be finite, it is {value!r}"
    assert 0 <= value <= 1, f"probability_of_default must be from 0 to 1, it is {value!r}"
    return score


def probability(answer):
    """The probability in a 200 answer to one application."""
    return score_of(answer)["probability_of_default"]


def refused(answer, *statuses):
    """The answer is one of the statuses and explains itself; returns the explanation."""
    got = answer.error or answer.status
    wanted = " or ".join(map(str, statuses))
    assert answer.status in statuses, f"expected status {wanted}, got {got}"
    body = answer.json()
    explained = isinstance(body, dict) and isinstance(body.get("error"), dict)
    assert explained, 'a refusal must be JSON {"error": {...}}'
    return body["error"]


def keeps_to_itself(answer, body):
    """No value of the applicant is in the answer."""
    applicant = body.get("applicant") if isinstance(body, dict) else None
    for name, value in (applicant or {}).items():
        echoed = isinstance(value, str) and value and value in answer.text
        assert not echoed, f"the answer repeats applicant.{name}"


def together(calls):
    """Results of calls made at the same time, in the order of the calls."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call) for call in calls]]


def for_income(service, body, application_id):
    """Score an application without income under an id."""
    asked = changed(body, application_id=application_id, income_eur_year=None)
    return service.post(SCORE, json=asked, timeout_s=2.0)


def uses_bureau(service, body):
    """The service uses the well bureau's income, or begins to within 10 s.

    Without this a service that never asks would seem to survive every failure. Who has been
    waited for in vain is given 3 s from then on, so that the suite ends in time.
    """
    global _patience_s
    until = time.monotonic() + _patience_s
    while time.monotonic() < until:
        answer = for_income(service, body, bureau_id())
        if answer.status == 200 and score_of(answer).get("income_source") == "bureau":
            return
        time.sleep(0.2)
    _patience_s = 3.0
    raise AssertionError("the bureau is well, but its income is not used within 10 s")


def in_time(answers):
    """All answered with an imputed income; at most two of them late, which may be our noise."""
    for answer in answers:
        told = score_of(answer).get("income_source")
        assert told == "imputed", f"the bureau failed, but income_source is {told}"
    late = [round(a.elapsed_ms) for a in answers if a.elapsed_ms > ANSWER_MS]
    assert len(late) <= 2, f"{len(late)} of {len(answers)} answers took {late} ms"
