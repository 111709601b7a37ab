"""What the small challenges of tests share: parts of their files, and how these are written."""

from collections.abc import Mapping
from pathlib import Path

CORRECTNESS = """
[[area]]
id = "correctness"
title = "Correctness"
question = "Is it right?"
"""
BUILDS = """
[[criterion]]
id = "builds"
area = "correctness"
title = "It builds"
check = "builds"
gate = true
band = { floor = 0, target = 1 }
unit = "share"
advice = "Mend the Dockerfile."
"""
ANSWER = """
    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


"""
"""The last method of a service's `Handler`: it answers in JSON."""


def head(name: str, summary: str, *, practice_runs: int = 5) -> str:
    """The first lines of a `challenge.toml`, up to the tests of its contract."""
    return f"""\
format = 1
id = "{name}"
version = "1.0.0"
title = "{name.capitalize()}"
summary = "{summary}"
license = "Apache-2.0"

[time_box]
expected_hours = 1
limit_hours = 2
practice_runs = {practice_runs}

[build]
base_images = ["python:3.11-slim"]
wheelhouse = "wheelhouse.txt"

[contract]
tests = "harness/test_contract.py"
"""


def right(points: int, advice: str) -> str:
    """The criterion of right answers."""
    return f"""
[[criterion]]
id = "right"
area = "correctness"
title = "Right answers"
check = "contract_tests"
settings = {{ criterion = "right" }}
points = {points}
band = {{ floor = 0, target = 1 }}
unit = "share"
advice = "{advice}"
"""


def write_package(package: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a challenge into its directory, and return that."""
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return package
