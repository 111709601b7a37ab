"""A real challenge whose evaluation takes seconds: a service of one file, two tests.

For tests of what is around an evaluation: pushes, queues, kills, pages.
"""

from pathlib import Path

from tests.fakes.small_challenges import ANSWER, BUILDS, CORRECTNESS, head, right, write_package

SPEC = (
    head("doubling", "A service that doubles a number. For tests.")
    + """\
rows = "harness/rows.jsonl"
score = { path = "/score", answer = "score", tolerance = 0.01 }
batch = { path = "/batch", rows_field = "rows", answers_field = "scores", max_rows = 10 }
"""
    + CORRECTNESS
    + BUILDS
    + right(100, "Double the number.")
    + """
[[slot]]
id = "arithmetic"
title = "How numbers are doubled"

[[slot.fault]]
id = "triples"
title = "Triples"
why = "A typo."
costs = ["right"]
measured_by = "contract"
"""
)

APP = (
    '''\
"""Doubles a number."""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FACTOR = 2
BOOT_S = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, {"status": "ok"})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.answer(200, {"score": FACTOR * asked["x"]})
'''
    + ANSWER
    + """\
if __name__ == "__main__":
    time.sleep(BOOT_S)
    ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
)

CONTRACT = '''\
"""What a doubling service promises."""

import pytest

right = pytest.mark.criterion("right")


@right
def test_it_is_ready(service):
    """/readyz answers 200."""
    assert service.get("/readyz").status == 200


@right
def test_it_doubles(service):
    """Two times x is the score of x."""
    assert service.post("/score", json={"x": 3}).json()["score"] == 6
'''

TRIPLES = """\
--- a/app.py
+++ b/app.py
@@ -5,7 +5,7 @@
 import time
 from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
 
-FACTOR = 2
+FACTOR = 3
 BOOT_S = 0
 
 
"""

DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /srv
COPY app.py ./
USER 10001:10001
CMD ["python", "app.py"]
"""


def write_quick_challenge(root: Path) -> Path:
    """Write the package into `root/doubling` and return that directory."""
    files = {
        "challenge.toml": SPEC,
        "BRIEF.md": "# Doubling\n\nMake the service double its number.\n",
        "wheelhouse.txt": "",
        "harness/test_contract.py": CONTRACT,
        "harness/rows.jsonl": '{"id": "one", "body": {"x": 1}, "expected": 2}\n',
        "reference/Dockerfile": DOCKERFILE,
        "reference/app.py": APP,
        "faults/arithmetic/triples.patch": TRIPLES,
    }
    return write_package(root / "doubling", files)
