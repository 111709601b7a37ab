"""`python -m assay_probe PLAN.json`: read a plan, carry it out, print records, say it is done.

What a kind of plan needs is imported only when such a plan is read: a boot poll must not
wait for Locust. Standard output belongs to the records alone; whatever else prints, a test
or a library, goes to standard error.
"""

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from assay_probe import plan as plans
from assay_probe.records import Done, Record, dump

MODULES: dict[str, str] = {
    "open_loop": "assay_probe.open_loop",
    "saturation": "assay_probe.saturation",
    "boot": "assay_probe.boot",
    "contract": "assay_probe.contract",
    "answers": "assay_probe.answers",
    "incidents": "assay_probe.incidents",
    "shutdown": "assay_probe.shutdown",
    "stand_in": "assay_probe.gateways.serve",
    "live_alerting": "assay_probe.live_alerting",
    "rule_replay": "assay_probe.rule_replay",
    "range_replay": "assay_probe.range_replay",
    "generate": "assay_probe.generate",
    "meter": "assay_probe.metering",
    "told": "assay_probe.told",
}
"""Kind of plan -> module with `run(plan, emit)`."""

USAGE = "usage: python -m assay_probe PLAN.json\n"


def main(arguments: list[str]) -> int:
    """Exit status 0 after `Done`, 2 if the plan cannot be read or makes no sense."""
    if len(arguments) != 1:
        sys.stderr.write(USAGE)
        return 2
    path = Path(arguments[0])
    try:
        plan = plans.load(path.read_text())
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"{path}: {problem}\n")
        return 2
    os.chdir(path.parent)
    _carry_out(plan, _recorder())
    return 0


def _recorder() -> Callable[[Record], None]:
    """A writer of records on what was standard output; prints now go to standard error."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def emit(record: Record) -> None:
        out.write(dump(record) + "\n")
        out.flush()

    return emit


def _carry_out(plan: plans.Plan, emit: Callable[[Record], None]) -> None:
    started_s = time.monotonic()
    import_module(MODULES[plan.kind]).run(plan, emit)
    emit(Done(started_s, time.monotonic(), cpu_s=time.process_time()))


if __name__ == "__main__":
    # Without waiting for greenlets, threads and destructors: everything worth keeping is out.
    status = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)
