"""A real challenge whose evaluation takes seconds: a service of one file, two tests.

For tests of what is around an evaluation: pushes, queues, kills, pages.
"""

from pathlib import Path

SPEC = """\
format = 1
id = "doubling"
version = "1.0.0"
title = "Doubling"
summary = "A service that doubles a number. For tests."
license = "Apache-2.0"

[time_box]
expected_hours = 1
limit_hours = 2
practice_runs = 5

[build]
base_images = ["python:3.11-slim"]
wheelhouse = "wheelhouse.txt"

[contract]
tests = "harness/test_contract.py"
rows = "harness/rows.jsonl"
score = { path = "/score", answer = "score", tolerance = 0.01 }
batch = { path = "/batch", rows_field = "rows", answers_field = "scores", max_rows = 10 }

[[area]]
id = "correctness"
title = "Correctness"
question = "Is it right?"

[[criterion]]
id = "builds"
area = "correctness"
title = "It builds"
check = "builds"
gate = true
band = { floor = 0, target = 1 }
unit = "share"
advice = "Mend the Dockerfile."

[[criterion]]
id = "right"
area = "correctness"
title = "Right answers"
check = "contract_tests"
settings = { criterion = "right" }
points = 100
band = { floor = 0, target = 1 }
unit = "share"
advice = "Double the number."

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

APP = '''\
"""Doubles a number."""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FACTOR = 2
BOOT_S = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({"status": "ok"})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.answer({"score": FACTOR * asked["x"]})

    def answer(self, body):
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    time.sleep(BOOT_S)
    ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
'''

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
    package = root / "doubling"
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
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return package
