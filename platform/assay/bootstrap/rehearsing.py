"""A candidate's monitoring, looked at and tried out at home. Nothing is started but promtool."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.adapters.own_tools import missing_tools, on_this_machine
from assay.domain.errors import BadInput, Problem
from assay.domain.incidents import RECORDING_FILE
from assay.evaluation.alerting.monitoring_file import NAME, Monitoring, read_monitoring
from assay.evaluation.alerting.promtool_file import rule_copies
from assay.evaluation.alerting.review import (
    Expected,
    Exposed,
    Remark,
    expected_of,
    exposed_of,
    review,
)
from assay.evaluation.alerting.stored import StoredRun, unpacked
from assay.evaluation.incidents.rehearsal import Rehearsal, rehearse
from assay_probe.plan import RuleReplayPlan
from assay_probe.records import ToolRecord

METRICS_BYTES_MAX = 16 * 1024 * 1024
METRICS_S = 10.0
PORT = 8080
PROMTOOL = "promtool"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found.

    Attributes:
        remarks: Problems first.
        unasked: Why promtool was not asked, "" if it was or there was nothing to ask.
    """

    remarks: tuple[Remark, ...]
    unasked: str


def check_monitoring(directory: Path, metrics: str = "", recording: Path | None = None) -> Checked:
    """Look at everything that can be looked at without an evaluation.

    Args:
        directory: With `monitoring.yml` in it.
        metrics: Address or file of what the service exports, "" if that is not known.
        recording: A `recording.json` of an earlier run, or its directory: what it tells of
            metrics and budgets is used, too.

    Raises:
        BadInput: one of these cannot be read.
    """
    monitoring = read_monitoring(_directory(directory))
    stored = read_recording(recording) if recording else None
    expected = expected_of(stored.measurement) if stored else Expected()
    exposed = _exposed(monitoring, metrics, stored)
    asked = bool(monitoring.rules.texts) and not missing_tools(PROMTOOL)
    said = tuple(_promtool(monitoring)) if asked else ()
    unasked = f"{PROMTOOL} is not installed here" if monitoring.rules.texts and not asked else ""
    return Checked((*said, *review(monitoring, expected, exposed)), unasked)


def rehearse_monitoring(recording: Path, directory: Path) -> Rehearsal:
    """Replay the rules that are in a directory now over a run that is over.

    Raises:
        BadInput: there is no such recording, or no alert.
        PlatformFault: promtool is missing, or failed.
    """
    monitoring = read_monitoring(_directory(directory))
    if not monitoring.facts.alerts:
        problems = monitoring.facts.problems or (f"it has no {NAME} with an alert",)
        raise BadInput(*(Problem(problem, str(directory)) for problem in problems))
    return rehearse(read_recording(recording), monitoring, on_this_machine)


def read_recording(path: Path) -> StoredRun:
    """A recording from its file, its directory, or the evidence beside it.

    Raises:
        BadInput: there is none, or it is no recording.
    """
    found = path / RECORDING_FILE if path.is_dir() else path
    beside = found if found.name == RECORDING_FILE else found.with_name(RECORDING_FILE)
    chosen = beside if beside.is_file() or found.suffix != ".json" else found
    try:
        return unpacked(chosen.read_bytes(), str(chosen))
    except OSError as error:
        raise BadInput(
            Problem(
                f"cannot be read ({error.strerror}); name the {RECORDING_FILE} of an evaluation "
                f"that had incidents, or the directory it lies in",
                str(chosen),
            )
        ) from error


def _directory(path: Path) -> Path:
    if not path.is_dir():
        raise BadInput(Problem(f"is no directory; name the one with {NAME}", str(path)))
    return path


def _exposed(monitoring: Monitoring, metrics: str, stored: StoredRun | None) -> Exposed | None:
    port = monitoring.scrape.port or PORT
    if metrics:
        return exposed_of(_body(metrics), port)
    if stored is None:
        return None
    return Exposed(frozenset(one.name for one in stored.recording.series))


def _body(metrics: str) -> bytes:
    """What is exposed at an address, or stands in a file."""
    try:
        if metrics.startswith(("http://", "https://")):
            with urllib.request.urlopen(metrics, timeout=METRICS_S) as answer:  # noqa: S310
                return bytes(answer.read(METRICS_BYTES_MAX))
        with Path(metrics).open("rb") as file:
            return file.read(METRICS_BYTES_MAX)
    except (OSError, ValueError, urllib.error.URLError) as error:
        remedy = "name a file with what /metrics says, or its address, and see that it runs"
        raise BadInput(Problem(f"cannot be read: {error}; {remedy}", metrics)) from error


def _promtool(monitoring: Monitoring) -> Iterator[Remark]:
    """Its own words, if it refuses the rules."""
    files = rule_copies(monitoring.rules).files
    records = on_this_machine(RuleReplayPlan(rule_files=list(files), tests=[]), files)
    for record in records:
        if isinstance(record, ToolRecord) and record.code != 0:
            words = record.output.strip() or "promtool had no time to check the rules"
            yield Remark("problem", f"promtool refuses the rules:\n{words}")
