"""Write every data file of the challenge, always the same bytes.

    python challenges/claims-triage/tools/make_data.py

It writes reference/data/claims.jsonl (claims with their truth, from an even seed, of which no
evaluation that counts ever sends one) and harness/model-rules.json (what the model stand-in knows
of them), and prints the SHA-256 that DATA.md states.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

CHALLENGE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHALLENGE / "harness"))

from claimgen.claim import Claim  # noqa: E402
from claimgen.model_rules import model_rules  # noqa: E402
from claimgen.sets import Mix, Series, claim_at, twins  # noqa: E402

SEED = 2_026_112_200
PLAIN = 42
PAIRS = 3
SHORT = Mix(long=0.05)
"""Forty pages of conditions teach nobody anything that two do not."""


def main() -> None:
    """Write both files and say what is in them."""
    for name, content in contents().items():
        path = CHALLENGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        print(f"{name}: {len(content):,} bytes, {hashlib.sha256(content.encode()).hexdigest()}")


def contents() -> dict[str, str]:
    """File of the challenge -> what is in it."""
    lines = [json.dumps(public_row(claim), sort_keys=True) + "\n" for claim in chosen()]
    rules = json.dumps(model_rules(), indent=1, sort_keys=True) + "\n"
    return {"reference/data/claims.jsonl": "".join(lines), "harness/model-rules.json": rules}


def chosen() -> Iterator[Claim]:
    """Ordinary claims, and a few that somebody has tampered with."""
    training = Series(SEED, "training")
    yield from (claim_at(training, index, SHORT) for index in range(PLAIN))
    for index in range(PAIRS):
        yield from twins(Series(SEED, "rehearsal"), index * 7, SHORT)


def public_row(claim: Claim) -> dict[str, object]:
    """What is sent and what would be right; not how the claim was made."""
    truth = claim.truth()
    names = ("category", "fields", "payable_eur", "decision", "reasons")
    return {"body": claim.body(), "right": {name: truth[name] for name in names}}


if __name__ == "__main__":
    main()
