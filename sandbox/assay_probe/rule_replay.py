"""Replay rules over recordings with promtool. Rules are hostile input: time and output have ends.

Standard library only: the container holds promtool, and nothing of ours.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from assay_probe.plan import RuleReplayPlan, RuleTest
from assay_probe.records import Record, ToolRecord
from assay_probe.tool import run_tool

CHECK = "check"
"""Name of the record of `promtool check rules`."""
CHECK_S, CHECK_BYTES = 20.0, 65_536
TEST_BYTES = 16 * 1024 * 1024
"""What 1,900 evaluations print of fifty alerts that fire throughout."""


def run(plan: RuleReplayPlan, emit: Callable[[Record], None]) -> None:
    """Check the rules; if they can be used, run the tests, one on each core. A record for each.

    After a test that had to be stopped the others are left out: they would have to be, too.
    """
    if plan.rule_files:
        command = ["promtool", "check", "rules", *plan.rule_files]
        checked = run_tool(CHECK, command, timeout_s=CHECK_S, output_bytes=CHECK_BYTES)
        emit(checked)
        if checked.code != 0:
            return
    at_once = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(at_once) as pool:
        for first in range(0, len(plan.tests), at_once):
            tested = list(pool.map(_tested, plan.tests[first : first + at_once]))
            for record in tested:
                emit(record)
            if any(record.code is None for record in tested):
                return


def _tested(test: RuleTest) -> ToolRecord:
    command = ["promtool", "test", "rules", test.test_file]
    return run_tool(test.name, command, timeout_s=test.timeout_s, output_bytes=TEST_BYTES)
