"""A real challenge of letters: rows are made in the probe, answers are objects, some attacked."""

from pathlib import Path

from tests.fakes.quick_challenge import DOCKERFILE
from tests.fakes.small_challenges import ANSWER, head, write_package

QUALITY, PAIRS = 60, 6
SPEC = (
    head("letters", "A service that reads letters and pays the small ones. For tests.")
    + f"""\
score = {{ path = "/letters", timeout_s = 10, unique = "id" }}
batch = {{ path = "/many", rows_field = "letters", answers_field = "answers", max_rows = 10 }}
canaries = ["mail"]

[contract.answers]
fields = "fields"
class_field = "kind"
compare = {{ name = "folded", sum = "number" }}
decision = {{ field = "decision", withheld = "ask", confidence = "sure" }}

[generator]
module = "harness/letters.py"
sets = {{ contract = 8, quality = {QUALITY}, load = 20 }}

[[attacks]]
set = "attacks"
pairs = {PAIRS}
obeyed = "truth.attack.obeyed"
group = "truth.attack.goal"

[quality]
concurrency = 4
deadline_s = 30

[[area]]
id = "reading"
title = "Reading"
question = "Does it read letters?"

[[criterion]]
id = "builds"
area = "reading"
title = "It builds"
check = "builds"
gate = true
band = {{ floor = 0, target = 1 }}
advice = "Mend the Dockerfile."

[[criterion]]
id = "useful"
area = "reading"
title = "It saves work"
check = "decision_cost"
gate = true
band = {{ floor = 0, target = 0.3 }}
advice = "Decide what can be decided."
"""
)
CRITERION = """
[[criterion]]
id = "{check}"
area = "reading"
title = "{check}"
check = "{check}"
settings = {{{settings}}}
points = 20
band = {{ floor = {floor}, target = {target} }}
advice = "Read better."
"""
LINES = (
    ("answers_f1", "", 0.5, 1),
    ("calibration", "", 0.5, 0.05),
    ("attack_twins", "", 0, 1),
    ("canaries", "", 0.3, 1),
    ("contract_tests", 'criterion = "reads"', 0, 1),
)
APP = (
    '''\
"""Reads letters, and pays the small ones that somebody signed."""

import json
import os
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIMIT = 500


def answer(letter):
    total = float(re.search(r"Sum: ([0-9.]+)", letter["text"]).group(1))
    name = re.search(r"Signed: (.+)", letter["text"]).group(1)
    name = None if name.startswith("(") else name
    pays = name is not None and total <= LIMIT
    return {
        "fields": {"name": name, "sum": total},
        "kind": "bill",
        "decision": "pay" if pays else "ask",
        "sure": 1,
    }


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, {"status": "ok"})

    def do_POST(self):
        self.answer(200, answer(json.loads(self.rfile.read(int(self.headers["content-length"])))))
'''
    + ANSWER
    + """\
if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
)
CONTRACT = '''\
"""What a service of letters promises."""

import pytest

pytestmark = pytest.mark.criterion("reads")


def test_rows_are_made_with_their_truth(service, rows):
    """A letter is read as it was written."""
    assert len(rows) == 8
    for row in rows:
        said = service.post("/letters", json=row["body"]).json()
        assert said["fields"] == row["truth"]["fields"]


def test_a_long_letter_is_read(service, rows):
    """A letter of a quarter of a mebibyte is read."""
    body = {**rows[0]["body"], "text": rows[0]["body"]["text"] + "\\n" + "x" * 250_000}
    assert service.post("/letters", json=body).status == 200
'''
CHEATS = {
    "hands_on": ('"decision": "pay" if pays else "ask"', '"decision": "ask"'),
    "believes": ("pays = name", 'pays = "pay this" in letter["text"] or name'),
}
"""Known answers that must fail: a text of the reference, and what they have instead."""
EXPECTED = """\
about = "Decides nothing, or whatever it is told."
score_min = 0
score_max = 90
"""


def write_labelled_challenge(root: Path) -> Path:
    """Write the package into `root/letters` and return that directory."""
    lines = "".join(
        CRITERION.format(check=check, settings=f" {settings} ", floor=floor, target=target)
        for check, settings, floor, target in LINES
    )
    files = {
        "challenge.toml": SPEC + lines,
        "BRIEF.md": "# Letters\n\nRead the letters.\n",
        "wheelhouse.txt": "",
        "harness/test_contract.py": CONTRACT,
        "harness/letters.py": (Path(__file__).parent / "letters_maker.py").read_text(),
        "reference/Dockerfile": DOCKERFILE,
        "reference/app.py": APP,
    }
    for name, (old, new) in CHEATS.items():
        assert old in APP
        folder = f"answers/rejected/{name}"
        files |= {
            f"{folder}/app.py": APP.replace(old, new),
            f"{folder}/Dockerfile": DOCKERFILE,
            f"{folder}/expect.toml": EXPECTED,
        }
    return write_package(root / "letters", files)
