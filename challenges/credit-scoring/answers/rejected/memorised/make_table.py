"""Makes 20-table.patch again from the hidden rows: `python make_table.py`, after they changed.

What a candidate could have who had seen every row: its answer by the hash of its fields.
"""

import hashlib
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
HARNESS = HERE.parents[2] / "harness"
TABLE = "app/remembered.csv"
FIELDS = (
    "seniority_years",
    "home",
    "term_months",
    "age_years",
    "marital",
    "records",
    "job",
    "expenses_eur_month",
    "income_eur_year",
    "assets_eur",
    "debt_eur",
    "amount_eur",
    "price_eur",
)
HEAD = """\
diff --git a/{name} b/{name}
new file mode 100644
--- /dev/null
+++ b/{name}
@@ -0,0 +1,{lines} @@
"""


def key_of(body):
    """As the cheat's `app/remembered.py` makes it."""
    values = [body[name] for name in FIELDS]
    plain = [one if one is None or isinstance(one, str) else float(one) for one in values]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:12]


def main():
    rows = [
        json.loads(line)
        for path in sorted(HARNESS.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    known = {key_of(row["body"]): row["expected"] for row in rows if row.get("expected")}
    lines = [f"+{key},{probability:.4f}\n" for key, probability in sorted(known.items())]
    head = HEAD.format(name=TABLE, lines=len(lines))
    (HERE / "20-table.patch").write_text(head + "".join(lines))
    print(f"{len(lines)} predictions")


if __name__ == "__main__":
    main()
