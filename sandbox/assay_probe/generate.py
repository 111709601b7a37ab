"""Have a challenge's own module make rows, and look at every one before it is believed.

Whatever goes wrong here is the challenge's doing or ours, never a candidate's: it is told in the
words of the module, and no row is written.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assay_probe import maker
from assay_probe.plan import GeneratePlan
from assay_probe.records import GeneratedRecord, Record, RowsRecord, ToolRecord
from assay_probe.tool import run_tool

ID_CHARACTERS_MAX = 200
ROWS_OF_A_RECORD = 64
"""At 256 KiB a body a record stays below what a line of output may be."""

Json = Any
Made = tuple[str, Json]
"""Name of the set, and the row as the module made it."""


def run(plan: GeneratePlan, emit: Callable[[Record], None]) -> None:
    """Make all sets; write their rows, or why there are none."""
    record = run_tool(
        "generator", command(plan), timeout_s=plan.deadline_s, output_bytes=plan.output_bytes
    )
    made, problem = read(record, plan)
    problem = problem or next(problems(made, plan), "")
    if not problem:
        for piece in pieces(made):
            emit(piece)
    emit(GeneratedRecord(problem, record.seconds))


def command(plan: GeneratePlan) -> Sequence[str]:
    """A fresh interpreter with the standard library alone, in which sets have one order."""
    spec = {
        "module": str(Path(plan.harness).resolve() / plan.module),
        "seed": plan.seed,
        "sets": [asdict(one) for one in plan.sets],
        "memory_mib": plan.memory_mib,
    }
    flags = ("-B", "-S", "-P", "-s")
    hashes = ("env", "PYTHONHASHSEED=0")
    return (*hashes, sys.executable, *flags, maker.__file__, json.dumps(spec))


def read(record: ToolRecord, plan: GeneratePlan) -> tuple[list[Made], str]:
    """The rows, and why they are not all there: "" if the process ended well."""
    if record.cut:
        return [], f"its rows are longer than {plan.output_bytes:,} bytes; make fewer, or smaller"
    if record.code is None:
        return [], f"it was not done after {plan.deadline_s:g} s; make fewer rows, or faster"
    try:
        lines = [json.loads(line) for line in record.output.splitlines()]
    except (ValueError, RecursionError):
        return [], f"it ended with status {record.code} in the middle of a row"
    told = next((one["problem"] for one in lines if isinstance(one, dict)), "")
    if record.code and not told:
        told = f"it ended with status {record.code} and without a word; was that its memory?"
    return [(one[0], one[1]) for one in lines if isinstance(one, list)], told


def problems(made: Sequence[Made], plan: GeneratePlan) -> Iterator[str]:
    """What is wrong with the rows, set by set."""
    counts = Counter(name for name, _ in made)
    for one in plan.sets:
        if counts[one.name] != one.count:
            yield f"set {one.name!r} has {counts[one.name]:,} rows where {one.count:,} were asked"
    seen: set[str] = set()
    places: Counter[str] = Counter()
    for name, row in made:
        places[name] += 1
        for told in row_problems(row, plan.body_bytes):
            yield f"set {name!r}, row {places[name]}: {told}"
        if isinstance(row, Mapping) and row.get("id") in seen:
            yield f"set {name!r}, row {places[name]}: id {row['id']!r} is another row's, too"
        seen |= {str(row.get("id"))} if isinstance(row, Mapping) else set()


def row_problems(row: Json, body_bytes: int) -> Iterator[str]:
    """Why something is no row."""
    if not isinstance(row, Mapping):
        yield "is no object; make {id, body, expected, truth}"
        return
    if not isinstance(row.get("id"), str) or not 0 < len(row["id"]) <= ID_CHARACTERS_MAX:
        yield f"has no id, which is text of at most {ID_CHARACTERS_MAX} characters"
    yield from _body_problems(row.get("body"), body_bytes)
    if not _is_number_or_none(row.get("expected")):
        yield "has an expected answer that is neither a number nor null"
    if not isinstance(row.get("truth", {}), Mapping | None):
        yield "has a truth that is no object"
    if not isinstance(row.get("pair", ""), str):
        yield "has a pair that is no text"
    if row.get("label") not in (None, 0, 1):
        yield "has a label that is neither 0 nor 1"


def _body_problems(body: Json, body_bytes: int) -> Iterator[str]:
    if not isinstance(body, Mapping):
        yield "has no body, which is an object"
    elif (length := len(json.dumps(body, separators=(",", ":")))) > body_bytes:
        yield f"has a body of {length:,} bytes; {body_bytes:,} are the most"


def pieces(made: Sequence[Made]) -> Iterator[RowsRecord]:
    """The rows by set, in records of bearable length."""
    by_set: dict[str, list[Json]] = {}
    for name, row in made:
        by_set.setdefault(name, []).append(row)
    for name, rows in by_set.items():
        for first in range(0, len(rows), ROWS_OF_A_RECORD):
            yield RowsRecord(name, rows[first : first + ROWS_OF_A_RECORD])


def _is_number_or_none(value: Json) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
