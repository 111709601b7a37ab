"""From a push to its build: what somebody at a terminal waits for, with an idle worker.

The platform is the real one, `assay up` on SQLite with the container engine, and so is the git
client. What is pushed fails in its first step of building, so that each evaluation is over at once.
"""

import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.git_storm import environment_of, free_port, server, with_token
from tests.benchmarks.table import publish
from tests.fakes.git_site import Clone

from assay.bootstrap.demo import sit
from assay.bootstrap.installation import opened
from assay.bootstrap.inviting import Wish
from assay.bootstrap.settings import read_settings

PUSHES = int(os.environ.get("PUSHES", "8"))
CHALLENGE = os.environ.get("CHALLENGE", "credit-scoring")
IDLE_S = 5.0
"""Between two pushes: the worker has removed what the last one left."""
MARKS = {
    "first line": re.compile(r"remote:"),
    "queued": re.compile(r"\[queue\]"),
    "checkout": re.compile(r"\[checkout\] started"),
    "build": re.compile(r"\[build\] started"),
    "told": re.compile(r"\[build\] (?!started)"),
}
OURS = re.compile(r"our side|of ours|version|digest")
"""Lines of a fault: then the figures say nothing."""
LIMITS_S = {"first line": 1.0, "build": 3.0}


def pushed(clone: Clone) -> dict[str, float]:
    """Mark -> seconds from the start of the client until its line was read."""
    began = time.perf_counter()
    client = clone.start("push", "origin", "main")
    assert client.stderr is not None
    found: dict[str, float] = {}
    while line := client.stderr.readline():
        if OURS.search(line):
            sys.stderr.write(line)
        for mark, pattern in MARKS.items():
            if mark not in found and pattern.search(line):
                found[mark] = time.perf_counter() - began
    client.communicate()
    return found


def measured(environment: Mapping[str, str], base: Path, port: int) -> list[dict[str, float]]:
    with opened(read_settings(environment)) as installation:
        sitting = sit(installation, Wish("dana@example.org", CHALLENGE, "Dana"))
        with server(dict(environment), port, "up"):
            clone = Clone.of(with_token(sitting), base)
            rounds = []
            for number in range(PUSHES + 1):
                broken = f"FROM python:3.11-slim\nRUN echo {number} && false\n"
                clone.commit({"Dockerfile": broken})
                rounds.append(pushed(clone))
                sys.stderr.write(f"{rounds[-1]}\n")
                time.sleep(IDLE_S)
    return rounds[1:]


def main() -> int:
    """The first push makes what is missing, and does not count."""
    base, port = Path(tempfile.mkdtemp(prefix="assay-push-")), free_port()
    environment = {**environment_of(base, port, CHALLENGE), "ASSAY_SANDBOX": "docker"}
    try:
        rounds = measured(environment, base, port)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    rows = []
    for mark in MARKS:
        took = [one[mark] for one in rounds if mark in one]
        limit = f"{LIMITS_S[mark]:.0f}" if mark in LIMITS_S else ""
        rows.append((mark, len(took), f"{statistics.median(took):.2f}", f"{max(took):.2f}", limit))
    header = ("line of the pusher's terminal", "pushes", "median s", "slowest s", "limit s")
    publish("push_to_build", header, rows, [f"Challenge {CHALLENGE}; the worker was idle."])
    late = [one for one in rounds for mark, most in LIMITS_S.items() if one.get(mark, 99) > most]
    return int(bool(late))


if __name__ == "__main__":
    raise SystemExit(main())
