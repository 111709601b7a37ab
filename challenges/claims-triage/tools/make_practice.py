"""Make the practice kit: public claims, and a model stand-in that knows no word beyond them.

    python challenges/claims-triage/tools/make_practice.py

It writes practice/rows.jsonl and practice/model-rules.json, always the same bytes. The claims are
of an even seed, so no evaluation that counts ever sends one. The stand-in of an evaluation knows
words that the one of the kit does not.
"""

import json
import sys
from typing import Any

from make_data import CHALLENGE, SEED, SHORT

sys.path.insert(0, str(CHALLENGE / "harness"))

from claimgen.model_rules import PRACTICE_KEY, model_rules
from claimgen.sets import Series, claim_at

PRACTICE = CHALLENGE / "practice"
ROWS = 96
FIRST = 1_000
"""Places before are those of reference/data/claims.jsonl."""
WORDS = ("aliases", "aliases_other", "words", "words_other")

Row = dict[str, Any]


def main() -> None:
    """Write both files."""
    PRACTICE.mkdir(exist_ok=True)
    for name, content in contents().items():
        (PRACTICE / name).write_text(content)
        print(f"practice/{name}: {len(content):,} bytes")


def contents() -> dict[str, str]:
    """File of the kit -> what is in it."""
    rows = public_rows()
    known = "\n".join(text for row in rows for text in texts_of(row)).lower()
    rules = json.dumps(public_rules(known), indent=1, sort_keys=True) + "\n"
    return {"rows.jsonl": "".join(map(line_of, rows)), "model-rules.json": rules}


def public_rows() -> list[Row]:
    """Claims with their truth; how hard they are meant to be is nobody's business."""
    series = Series(SEED, "rehearsal")
    rows = [claim_at(series, FIRST + place, SHORT).row() for place in range(ROWS)]
    for row in rows:
        del row["truth"]["difficulty"]
    return rows


def public_rules(known: str) -> Row:
    """The rules of the stand-in, without what does not stand in the public claims."""
    rules = model_rules()
    for one in (*rules["fields"], *rules["labels"]):
        for name in WORDS:
            if name in one:
                one[name] = [word for word in one[name] if word.lower() in known]
    kept = {name: rules[name] for name in ("fields", "labels")}
    return {"keys": [{"key": PRACTICE_KEY, "name": "practice"}], **kept}


def texts_of(row: Row) -> list[str]:
    """Of all documents of a claim."""
    return [one["text"] for one in row["body"]["documents"]]


def line_of(row: Row) -> str:
    """A line of a file of rows."""
    return json.dumps(row, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
