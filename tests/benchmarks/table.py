"""A benchmark's table: printed, and kept between its markers in docs/benchmarks.md.

`<!-- bench:NAME -->` ... `<!-- /bench:NAME -->` belong to the benchmark NAME; the words
around them belong to people. A file or a marker that is missing is made.
"""

import os
import platform
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
HEADING = "# Benchmarks\n\nEach table is written by `make bench NAME=...`.\n"


def publish(
    name: str, header: Sequence[str], rows: Sequence[Sequence[object]], notes: Sequence[str] = ()
) -> None:
    """Print a table with its notes, and put it into the page if this run is a full one."""
    text = markdown(header, rows) + "".join(f"\n* {note}" for note in [*notes, machine()]) + "\n"
    sys.stdout.write(text)
    if is_full_run():
        page = PAGE.read_text() if PAGE.exists() else HEADING
        PAGE.write_text(replaced(page, name, text))


def is_full_run() -> bool:
    """A run shortened by BENCH_SECONDS is printed, never published."""
    return "BENCH_SECONDS" not in os.environ


def seconds(full: float) -> float:
    """How long one measurement lasts: `full`, or what BENCH_SECONDS says."""
    return float(os.environ.get("BENCH_SECONDS", full))


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table whose columns line up in a terminal, too."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def replaced(page: str, name: str, text: str) -> str:
    """The page with `text` between the markers of `name`."""
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    block = f"{begin}\n{text}{end}"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if found.search(page):
        return found.sub(lambda _: block, page)
    return f"{page.rstrip()}\n\n## {name}\n\n{block}\n"


def machine() -> str:
    """Where and when."""
    today = datetime.now(UTC).date().isoformat()  # noqa: TID251  (a benchmark is an edge)
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return (
        f"Run on {today}: {cores} cores, Linux {platform.release()}, "
        f"Python {platform.python_version()}, load average at the end {load:.1f}"
    )
