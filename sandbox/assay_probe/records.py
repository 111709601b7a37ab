"""What a probe writes: one JSON object a line on stdout. Standard library only, facts only.

Instants are `time.monotonic()` of the host (containers share its clock), in seconds;
latencies are microseconds from the *intended* send time. A record the reader does not know
is an error, not something to skip.

Outcome letters, one per request, in the order of the schedule:
    o  answered 200 and correct            w  answered 200 and wrong
    m  answered 200, malformed body        e  answered 200, telling an error
    h  answered 200, handed on: withheld what could have been decided, and invented nothing
    4  answered 4xx
    5  answered 5xx or another status      t  no complete answer within the timeout
    r  connection refused, reset or cut    x  longer than the allowed body

The kinds of record stand in `records_*.py`, by theme; everybody imports them from here.
"""

import json
from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import Any

from assay_probe.records_alerting import NotificationRecord, RangeRecord, ToolRecord
from assay_probe.records_generate import GeneratedRecord, RowsRecord
from assay_probe.records_meter import MeterRecord, ToldRecord
from assay_probe.records_service import (
    AnswersRecord,
    BootRecord,
    OpenLoopRecord,
    SaturationRecord,
    ShutdownRecord,
    TestRecord,
)
from assay_probe.records_timeline import CanaryRecord, FeedbackRecord, ScrapeRecord, SegmentRecord

__all__ = [
    "ANSWERED_200",
    "CORRECT",
    "AnswersRecord",
    "BootRecord",
    "CanaryRecord",
    "Done",
    "Event",
    "FeedbackRecord",
    "GeneratedRecord",
    "MeterRecord",
    "NotificationRecord",
    "OpenLoopRecord",
    "RangeRecord",
    "Record",
    "RowsRecord",
    "SaturationRecord",
    "ScrapeRecord",
    "SegmentRecord",
    "ShutdownRecord",
    "TestRecord",
    "ToldRecord",
    "ToolRecord",
    "dump",
    "load",
]

CORRECT = "o"
ANSWERED_200 = "owmeh"


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth showing or waiting for ("ready", "traffic", "window", "test").

    `done` of `total` is progress within the plan where that makes sense.
    """

    name: str
    at_s: float
    detail: str = ""
    done: int = 0
    total: int = 0
    kind: str = "event"


@dataclass(frozen=True, slots=True)
class Done:
    """The last line of a probe that finished its plan. Without it the run is void.

    Attributes:
        started_s, ended_s: Instants of the whole run.
        cpu_s: CPU-seconds of the probe.
    """

    started_s: float
    ended_s: float
    cpu_s: float
    kind: str = "done"


Record = (
    Event
    | OpenLoopRecord
    | SaturationRecord
    | BootRecord
    | TestRecord
    | AnswersRecord
    | ShutdownRecord
    | SegmentRecord
    | ScrapeRecord
    | CanaryRecord
    | FeedbackRecord
    | ToolRecord
    | RangeRecord
    | NotificationRecord
    | RowsRecord
    | GeneratedRecord
    | MeterRecord
    | ToldRecord
    | Done
)

_KINDS: dict[str, type[Any]] = {
    "event": Event,
    "open_loop": OpenLoopRecord,
    "saturation": SaturationRecord,
    "boot": BootRecord,
    "test": TestRecord,
    "answers": AnswersRecord,
    "shutdown": ShutdownRecord,
    "segment": SegmentRecord,
    "scrape": ScrapeRecord,
    "canary": CanaryRecord,
    "feedback": FeedbackRecord,
    "tool": ToolRecord,
    "range": RangeRecord,
    "notification": NotificationRecord,
    "rows": RowsRecord,
    "generated": GeneratedRecord,
    "meter": MeterRecord,
    "told": ToldRecord,
    "done": Done,
}


def dump(record: Record) -> str:
    """The record as one line of JSON.

    Records are flat; a copy of every list in depth, as `asdict` makes it, held up a probe
    for milliseconds while requests were due.
    """
    return json.dumps({f.name: getattr(record, f.name) for f in fields_of(record)})


def load(line: str) -> Record:
    """The record on a line of probe output.

    Raises:
        ValueError: the line is not a record of a known kind.
    """
    fields = json.loads(line)
    if not isinstance(fields, dict) or fields.get("kind") not in _KINDS:
        raise ValueError(f"not a probe record: {line[:200]!r}")
    record: Record = _KINDS[fields["kind"]](**fields)
    return record
