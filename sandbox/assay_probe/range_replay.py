"""Ask a Prometheus about a recording it never scraped: backfill, start, one range query a rule.

What recording rules answered is backfilled, too, and Prometheus started again on all of it.
Rules are hostile input: time, samples and answers have ends, and nothing survives the plan.
Standard library only: the container holds prometheus and promtool, and nothing of ours.
"""

import contextlib
import http.client
import json
import math
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from assay_probe.plan import RangeQuery, RangeReplayPlan
from assay_probe.records import RangeRecord, Record
from assay_probe.tool import ENVIRONMENT, end_group, run_tool

LOOPBACK = "127.0.0.1"
POLL_S = 0.02
ANSWER_BYTES = 32 * 1024 * 1024
"""An alert that fires throughout on a thousand series answers with less."""
SAMPLES_MAX = 20_000_000
RECORDED_MAX = 2_000_000
"""Samples of all recording rules together."""
BACKFILL, BACKFILL_BYTES = "backfill", 65_536
TOO_LATE = "the time for all rules was over before this one was asked"
TOO_MANY = f"recording rules yield more than {RECORDED_MAX:,} samples: aggregate, or record fewer"
TOO_LARGE = f"the answer is larger than {ANSWER_BYTES // 2**20} MiB: name what is meant"

Emit = Callable[[Record], None]
Series = list[Any]
"""Pairs of labels and [[seconds, value as text], ...], as Prometheus answers."""


class TooLateError(Exception):
    """The time was over before everything was asked."""


class Backfilled:
    """A directory with the blocks of a recording.

    Attributes:
        recorded: Samples of recording rules in it.
    """

    def __init__(self, folder: Path, plan: RangeReplayPlan, until_s: float, emit: Emit) -> None:
        """Nothing is in it yet."""
        self.recorded = 0
        self._folder, self._plan, self._until_s = folder, plan, until_s
        self._emit = emit
        (folder / "prometheus.yml").write_text("{}\n")

    def add(self, openmetrics: str) -> None:
        """Write samples into blocks of their own; a record tells how long that took.

        Raises:
            TooLateError: there was no time for it.
            RuntimeError: promtool refused them.
        """
        blocks = str(self._folder / "data")
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", openmetrics, blocks]
        made = run_tool(BACKFILL, command, timeout_s=self._left_s(), output_bytes=BACKFILL_BYTES)
        self._emit(made)
        if made.code is None and self._left_s() <= 0:
            raise TooLateError
        if made.code != 0:
            raise RuntimeError(f"promtool could not backfill: {made.output[-500:]}")

    def add_lines(self, lines: Iterable[str]) -> None:
        """Write samples, given as lines of OpenMetrics."""
        path = self._folder / "recorded.om"
        with path.open("w") as file:
            file.writelines(lines)
            file.write("# EOF\n")
        self.add(str(path))

    @contextlib.contextmanager
    def served(self) -> Iterator[int]:
        """A Prometheus on all blocks so far; its port.

        Raises:
            TooLateError: there was no time for it.
            RuntimeError: it did not start.
        """
        port = _free_port()
        log = self._folder / "prometheus.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                self._command(port),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=ENVIRONMENT,
                start_new_session=True,
            )
        try:
            while not _is_ready(port):
                if process.poll() is not None:
                    raise RuntimeError(f"prometheus did not start: {log.read_text()[-500:]}")
                if self._left_s() <= 0:
                    raise TooLateError
                time.sleep(POLL_S)
            yield port
        finally:
            end_group(process)

    def _left_s(self) -> float:
        return max(0.0, self._until_s - time.monotonic())

    def _command(self, port: int) -> list[str]:
        return [
            "prometheus",
            f"--config.file={self._folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            "--storage.tsdb.retention.time=99y",
            f"--web.listen-address={LOOPBACK}:{port}",
            f"--query.lookback-delta={round(self._plan.lookback_s * 1000)}ms",
            f"--query.timeout={max(1, round(self._left_s()))}s",
            f"--query.max-samples={SAMPLES_MAX}",
            "--log.level=warn",
        ]


def run(plan: RangeReplayPlan, emit: Emit) -> None:
    """Ask all steps. A record for each query, in their order, whether there was time or not.

    Raises:
        RuntimeError: the recording could not be served.
    """
    until_s = time.monotonic() + plan.timeout_s
    queries = [query for step in plan.steps for query in step]
    answered: list[str] = []

    def tell(record: RangeRecord) -> None:
        answered.append(record.name)
        emit(record)

    with tempfile.TemporaryDirectory(prefix="range-replay-", dir=Path.cwd()) as name:
        recording = Backfilled(Path(name), plan, until_s, emit)
        try:
            recording.add(plan.openmetrics)
            for step in plan.steps:
                if lines := _asked(plan, recording, step, until_s, tell):
                    recording.add_lines(lines)
        except TooLateError:
            for query in queries[len(answered) :]:
                emit(RangeRecord(query.name, [], TOO_LATE, 0.0))


def _asked(
    plan: RangeReplayPlan,
    recording: Backfilled,
    step: list[RangeQuery],
    until_s: float,
    tell: Callable[[RangeRecord], None],
) -> list[str]:
    """Tell the answers of a step; lines of OpenMetrics with what is to be recorded of them."""
    lines: list[str] = []
    with recording.served() as port:
        for query in step:
            record = _answer(port, query, until_s)
            if query.name in plan.records:
                samples = _samples(plan, query, record.series)
                if recording.recorded + samples > RECORDED_MAX:
                    record, samples = RangeRecord(query.name, [], TOO_MANY, record.seconds), 0
                recording.recorded += samples
                lines += _recorded(plan, query, record.series)
            tell(record)
    return lines


def _answer(port: int, query: RangeQuery, until_s: float) -> RangeRecord:
    started_s = time.monotonic()
    if started_s >= until_s:
        return RangeRecord(query.name, [], TOO_LATE, 0.0)
    try:
        series, error = _range(port, query, until_s - started_s)
    except (OSError, http.client.HTTPException) as problem:
        series, error = [], f"no answer: {problem or type(problem).__name__}"
    return RangeRecord(query.name, series, error, time.monotonic() - started_s)


def _range(port: int, query: RangeQuery, timeout_s: float) -> tuple[Series, str]:
    """The series of one query, or Prometheus' message."""
    fields = {
        "query": query.expr,
        "start": query.start_s,
        "end": query.end_s,
        "step": query.step_s,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
    with contextlib.closing(connection):
        connection.request("POST", "/api/v1/query_range", urlencode(fields), headers)
        body = connection.getresponse().read(ANSWER_BYTES + 1)
    if len(body) > ANSWER_BYTES:
        return [], TOO_LARGE
    answer = json.loads(body)
    if answer.get("status") != "success":
        return [], str(answer.get("error", "unknown error"))
    return [[s["metric"], s["values"]] for s in answer["data"]["result"]], ""


def _samples(plan: RangeReplayPlan, query: RangeQuery, series: Series) -> int:
    """How many a recording rule leaves."""
    repeated = max(1, math.ceil(query.step_s / plan.every_s))
    return repeated * sum(len(values) for _, values in series)


def _recorded(plan: RangeReplayPlan, query: RangeQuery, series: Series) -> Iterator[str]:
    """What a recording rule leaves: a sample at each instant until it is evaluated again."""
    for labels, values in series:
        named = {**labels, **plan.records[query.name]}
        name = named.pop("__name__")
        text = ",".join(f'{k}="{_escaped(v)}"' for k, v in sorted(named.items()) if v)
        for at_s, value in values:
            offset_s = 0.0
            while offset_s < query.step_s and at_s + offset_s <= query.end_s:
                yield f"{name}{{{text}}} {value} {at_s + offset_s:.3f}\n"
                offset_s += plan.every_s


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
