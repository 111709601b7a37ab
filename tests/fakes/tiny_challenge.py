"""A challenge package small enough to read: two slots, three faults, one criterion."""

from pathlib import Path

from tests.fakes.small_challenges import CORRECTNESS, head, right, write_package

SPEC = (
    head("tiny", "A challenge for tests.", practice_runs=3)
    + """\
rows = "harness/rows.jsonl"
score = { path = "/score", answer = "score", tolerance = 0.1 }
batch = { path = "/batch", rows_field = "rows", answers_field = "scores", max_rows = 10 }
"""
    + CORRECTNESS
    + right(100, "Be right.")
    + """
[[slot]]
id = "top"
title = "The first lines"

[[slot.fault]]
id = "top_a"
title = "First line wrong"
why = "It happens."
costs = ["right"]
measured_by = "contract"

[[slot.fault]]
id = "top_b"
title = "First line wrong in another way"
why = "It happens too."
costs = ["right"]
measured_by = "contract"

[[slot]]
id = "bottom"
title = "The last lines"

[[slot.fault]]
id = "bottom_a"
title = "Last line wrong"
why = "It happens."
costs = ["right"]
measured_by = "incidents"
"""
)

LINES = [f"line {number}" for number in range(20)]


def write_tiny_challenge(root: Path, spec: str = SPEC) -> Path:
    """Write the package into `root/tiny` and return that directory."""
    files = {
        "challenge.toml": spec,
        "BRIEF.md": "Read me.\n",
        "wheelhouse.txt": "",
        "harness/test_contract.py": "",
        "harness/rows.jsonl": "",
        "reference/Dockerfile": "FROM python:3.11-slim\n",
        "reference/.gitignore": "*.bin\n",
        "reference/app.txt": "\n".join(LINES) + "\n",
        "faults/top/top_a.patch": patch(0, "top a"),
        "faults/top/top_b.patch": patch(1, "top b"),
        "faults/bottom/bottom_a.patch": patch(19, "bottom a"),
    }
    return write_package(root / "tiny", files)


def patch(line: int, text: str) -> str:
    """A patch that replaces one line of app.txt."""
    first, last = max(0, line - 3), min(len(LINES), line + 4)
    before, after = LINES[first:line], LINES[line + 1 : last]
    size = last - first
    body = [f" {one}" for one in before]
    body += [f"-{LINES[line]}", f"+{text}", *(f" {one}" for one in after)]
    header = f"@@ -{first + 1},{size} +{first + 1},{size} @@"
    return "\n".join(["--- a/app.txt", "+++ b/app.txt", header, *body]) + "\n"
