"""From the answer of `/metrics` to a record: within the limits, or the reason why not.

Runs beside the loop that requests are sent from, so it only takes steps that are linear in
the body and fast, however the body is made.
"""

import base64
import zlib

from assay_probe.checking import OK
from assay_probe.plan import ScrapeSpec
from assay_probe.records import ScrapeRecord
from assay_probe.reply import CUT, NOT_HTTP, TIMEOUT, TOO_LONG, Reply

FAILURES = {TIMEOUT: "timeout", CUT: "refused", TOO_LONG: "too_large", NOT_HTTP: "status"}
LINES_PER_SERIES = 4
"""With more lines than this for each allowed sample, a body is not even looked at."""
COMPRESSION = 1
"""zlib's fastest: text shrinks to a sixth in half a millisecond for 100 kB."""
MOST_PACKED_CHARACTERS = 900_000
"""What reads our output takes lines of up to a megabyte; no exposition is packed to this."""


def failed_scrape(slot: int, due_s: float, failure: str) -> ScrapeRecord:
    """A slot in which nothing was asked."""
    return ScrapeRecord(slot, due_s, 0.0, None, failure, bytes=0, series=0, body="")


def scraped(
    spec: ScrapeSpec, slot: int, due_s: float, reply: Reply, overspent: bool
) -> ScrapeRecord:
    """A slot with its answer.

    Args:
        spec: The limits.
        slot: Its number.
        due_s: Instant at which it was due.
        reply: What came back.
        overspent: Whether the budget of all bodies ended with this one.
    """
    failure, series = _judged(spec, reply)
    if overspent and not failure:
        failure = "budget"
    body = "" if failure else _packed(reply.body)
    if len(body) > MOST_PACKED_CHARACTERS:
        failure, body = "too_large", ""
    return ScrapeRecord(
        slot=slot,
        due_s=due_s,
        took_s=round(reply.ended_s - reply.started_s, 6),
        status=reply.status,
        failure=failure,
        bytes=len(reply.body),
        series=series,
        body=body,
        late_s=round(reply.started_s - due_s, 6),
    )


def _judged(spec: ScrapeSpec, reply: Reply) -> tuple[str, int]:
    """The failure, "" for none, and how many samples were seen."""
    if reply.failure not in ("", TOO_LONG):
        return FAILURES[reply.failure], 0
    if not reply.failure and reply.status != OK:
        return "status", 0
    lines = reply.body.count(b"\n")
    if lines > LINES_PER_SERIES * spec.max_series:
        return "too_many_series", lines
    samples = [line for line in reply.body.split(b"\n") if line.lstrip()[:1] not in (b"", b"#")]
    if len(samples) > spec.max_series:
        return "too_many_series", len(samples)
    if any(_has_long_label(line, spec.max_label_bytes) for line in samples):
        return "long_label", len(samples)
    return FAILURES.get(reply.failure, ""), len(samples)


def _has_long_label(line: bytes, most_bytes: int) -> bool:
    """Whether a sample has a name or a value of a label that is longer.

    Looks for a stretch of so many bytes without a quote, after escaped ones were covered.
    """
    if len(line) <= most_bytes:
        return False
    plain = line.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    begin = 0
    while len(plain) - begin > most_bytes:
        quote = plain.rfind(b'"', begin, begin + most_bytes + 1)
        if quote < 0:
            return True
        begin = quote + 1
    return False


def _packed(body: bytes) -> str:
    return base64.b64encode(zlib.compress(body, COMPRESSION)).decode()
