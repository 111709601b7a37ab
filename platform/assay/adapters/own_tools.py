"""promtool and prometheus of this machine, for rules that whoever runs it has written.

No container and no limit of memory: rules of strangers are replayed in the sandbox.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from assay.domain.errors import PlatformFault
from assay_probe.plan import Plan, RangeReplayPlan, dump
from assay_probe.records import Done, Event, Record, load

PLAN = "plan.json"
TOTAL_S = 400.0
"""Longest plan; each says its own, much shorter times."""
TAIL = 500
REMEDY = (
    "install Debian's package `prometheus`, or a release of Prometheus, and put it on the PATH; "
    "`assay doctor --fix` does it on Debian"
)


def missing_tools(*names: str) -> tuple[str, ...]:
    """Which of these programs are not there."""
    return tuple(name for name in names if shutil.which(name) is None)


def on_this_machine(plan: Plan, files: Mapping[str, bytes]) -> list[Record]:
    """Carry a plan of a replay out here.

    Raises:
        PlatformFault: a program is missing, or failed.
    """
    needs = ("promtool", *(("prometheus",) if isinstance(plan, RangeReplayPlan) else ()))
    if missing := missing_tools(*needs):
        raise PlatformFault(f"{' and '.join(missing)} cannot be found here", remedy=REMEDY)
    with tempfile.TemporaryDirectory(prefix="assay-replay-") as name:
        folder = Path(name)
        for path, content in {**files, PLAN: dump(plan).encode()}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        done = _run(folder / PLAN)
    if done.returncode != 0:
        raise PlatformFault(f"the replay failed: {done.stderr.strip()[-TAIL:]}", remedy=REMEDY)
    records = map(load, done.stdout.splitlines())
    return [one for one in records if not isinstance(one, Done | Event)]


def _run(plan: Path) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            [sys.executable, "-m", "assay_probe", str(plan)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TOTAL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PlatformFault(
            f"the replay took longer than {TOTAL_S:.0f} s", remedy="make the rules simpler"
        ) from error
