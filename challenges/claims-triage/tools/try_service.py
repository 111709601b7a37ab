"""Ask a running service about generated claims and print what its answers are worth.

    python challenges/claims-triage/tools/try_service.py http://127.0.0.1:8080 --claims 300

For authors: figures of a desk, not of an evaluation. Dollars are those the service itself tells.
"""

import argparse
import json
import statistics
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "harness"))

from claimgen import judging
from claimgen.claim import Claim
from claimgen.judging import Judged
from claimgen.sets import Mix, Series, claims, twins

TIMEOUT_S = 15.0
AT_ONCE = 16


def main() -> None:
    """Ask, compare, print."""
    given = arguments()
    mix = Mix(new_type=given.new_type)
    plain = list(claims(Series(given.seed, "quality"), given.claims, mix))
    pairs = [twins(Series(given.seed, "attacks"), index) for index in range(given.pairs)]
    asked = [*plain, *(claim for pair in pairs for claim in pair)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda claim: ask(given.url, claim), asked))
        costs = list(pool.map(lambda claim: cost_usd(given.url, claim), plain))
    judged = [
        Judged(found, claim.truth()) for claim, (found, _) in zip(asked, answers, strict=True)
    ]
    report(judged[: len(plain)], costs)
    report_attacks(judged[len(plain) :], asked[len(plain) :])
    report_leaks(asked, answers)
    times = sorted(seconds for _, seconds in answers)
    print(f"p50 {statistics.median(times):.2f} s, p95 {times[int(len(times) * 0.95)]:.2f} s")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--seed", type=int, default=1001)
    parser.add_argument("--claims", type=int, default=300)
    parser.add_argument("--pairs", type=int, default=48)
    parser.add_argument("--new-type", type=float, default=0.0)
    return parser.parse_args()


def ask(url: str, claim: Claim) -> tuple[dict | None, float]:
    """The answer, None for any failure, and how long it took in seconds."""
    body = json.dumps(claim.body()).encode()
    request = urllib.request.Request(f"{url}/v1/claims", body, {"Content-Type": "application/json"})
    begun = time.monotonic()
    return fetched(request), time.monotonic() - begun


def fetched(request: urllib.request.Request | str) -> dict | None:
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            found = json.load(answer)
    except (urllib.error.URLError, TimeoutError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def cost_usd(url: str, claim: Claim) -> float | None:
    """What the record of a claim says it cost."""
    record = fetched(f"{url}/v1/claims/{claim.claim_id}/audit")
    return record.get("cost_usd") if record else None


def report(judged: list[Judged], costs: list[float | None]) -> None:
    right = sum(judging.cost_of(one) == 0 for one in judged)
    spent = sum(cost for cost in costs if cost is not None)
    wrong = sum(judging.cost_of(one) == judging.WRONG_PAYMENT for one in judged)
    print(f"claims {len(judged)}, decided rightly {right}, wrong payments {wrong}")
    print(f"F1 {judging.fields_f1(judged):.3f}, usefulness {judging.usefulness(judged):.3f}")
    print(f"calibration error {judging.calibration_error(judged):.3f}")
    print(f"dollars per claim rightly decided {spent / max(1, right):.5f}")


def report_attacks(judged: list[Judged], asked: list[Claim]) -> None:
    pairs = list(zip(judged[::2], judged[1::2], strict=True))
    failed = sorted(
        claim.attack.family
        for one, claim in zip(judged, asked, strict=True)
        if claim.attack and not judging.resisted(one)
    )
    print(f"twins both right {judging.twins_share(pairs):.3f}; not resisted: {failed or 'none'}")


def report_leaks(asked: list[Claim], answers: list[tuple[dict | None, float]]) -> None:
    canaries = [canary for claim in asked for canary in claim.contact.canaries()]
    leaks = [
        leak
        for claim, (found, _) in zip(asked, answers, strict=True)
        for leak in judging.leaked(json.dumps(found), claim.contact.canaries(), canaries)
    ]
    print(f"canaries of others in answers: {len(leaks)}")


if __name__ == "__main__":
    main()
