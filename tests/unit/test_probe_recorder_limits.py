"""A scrape is recorded whole or not at all, and the limit that it broke is named."""

import base64
import random
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_probe.plan import ScrapeSpec
from assay_probe.records import ScrapeRecord
from assay_probe.reply import Reply
from assay_probe.scraped import failed_scrape, scraped

SPEC = ScrapeSpec("http://127.0.0.1:1", "/metrics", max_series=100, max_label_bytes=50)
GOOD = b'# HELP a_total x\n# TYPE a_total counter\na_total{b="c"} 1\n\n  d 2 \n#e 1\n'


def record(
    body: bytes = GOOD, status: int | None = 200, failure: str = "", *, overspent: bool = False
) -> ScrapeRecord:
    answer = Reply(status, {}, body, failure, failure, started_s=7.0, ended_s=7.25)
    return scraped(SPEC, 3, 6.9, answer, overspent)


def unpacked(scrape: ScrapeRecord) -> bytes:
    return zlib.decompress(base64.b64decode(scrape.body))


def samples(count: int, label: bytes = b"") -> bytes:
    return b"".join(b'm{l="%s",n="%d"} 1\n' % (label, number) for number in range(count))


def test_a_good_scrape_comes_through_byte_for_byte() -> None:
    scrape = record()
    assert unpacked(scrape) == GOOD
    assert (scrape.failure, scrape.bytes, scrape.series) == ("", len(GOOD), 2)
    assert (scrape.slot, scrape.due_s, scrape.took_s, scrape.status) == (3, 6.9, 0.25, 200)


@given(st.binary(max_size=2000))
def test_garbage_is_not_the_recorders_business(body: bytes) -> None:
    scrape = record(body)
    assert scrape.failure in ("", "too_many_series", "long_label")
    assert scrape.failure or unpacked(scrape) == body


@pytest.mark.parametrize(
    ("status", "failure", "reason"),
    [
        (None, "t", "timeout"),
        (None, "r", "refused"),
        (None, "5", "status"),
        (500, "", "status"),
        (302, "", "status"),
        (204, "", "status"),
    ],
)
def test_what_is_no_200_is_named(status: int | None, failure: str, reason: str) -> None:
    scrape = record(GOOD, status, failure)
    assert (scrape.failure, scrape.body, scrape.series) == (reason, "", 0)


def test_the_limit_of_samples_counts_samples_alone() -> None:
    comments = b"# HELP a b\n" * 150
    assert record(comments + samples(100)).failure == ""
    assert record(samples(101)).failure == "too_many_series"


def test_no_heap_of_empty_lines_is_looked_at() -> None:
    assert record(b"\n" * 401).failure == "too_many_series"


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        (b"x" * 50, ""),
        (b"x" * 51, "long_label"),
        (b"\\\\" * 26, "long_label"),
        (b'\\"' * 26, "long_label"),
        (b"x" * 40 + b'",m="' + b"x" * 40, ""),
        (b"x" * 30 + b'\\\\",m="' + b"x" * 30, ""),
        (b"\\n" * 26, "long_label"),
    ],
)
def test_every_name_and_value_of_a_label_has_the_limit_on_its_own(
    label: bytes, reason: str
) -> None:
    assert record(samples(1, label)).failure == reason


def test_a_label_that_never_closes_is_long() -> None:
    assert record(b'm{l="' + b"x" * 60).failure == "long_label"


def test_a_long_help_text_is_no_label() -> None:
    assert record(b"# HELP a " + b"x" * 5000 + b"\na 1\n").failure == ""


def test_a_body_cut_for_its_length_still_tells_the_narrower_reason() -> None:
    assert record(samples(101), None, "x").failure == "too_many_series"
    assert record(b'm{l="' + b"x" * 60, None, "x").failure == "long_label"
    assert record(samples(10), None, "x").failure == "too_large"


def test_what_ends_the_budget_is_not_kept() -> None:
    assert record(overspent=True).failure == "budget"
    assert record(status=500, overspent=True).failure == "status"


def test_what_packs_to_more_than_a_line_may_hold_is_too_large() -> None:
    noise = random.Random(1).randbytes(1_000_000)  # noqa: S311  (noise, not a secret)
    noise = noise.replace(b"\n", b" ").replace(b'"', b" ")
    lines = b"\n".join(b"#" + noise[i : i + 20_000] for i in range(0, len(noise), 20_000))
    assert record(lines).failure == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"\n" * 1_000_000,
        b'm{l="' + b'"' * 1_000_000,
        b'm{l="' + b"\\" * 1_000_000,
        b'm{l="' + b'\\"' * 500_000,
        b"m" * 1_000_000,
        b"m\n" * 300 + b'm{l="' + b'","' * 300_000,
        b" " * 1_000_000,
    ],
    ids=["newlines", "quotes", "backslashes", "escaped quotes", "a name", "labels", "blanks"],
)
def test_no_megabyte_takes_long_to_judge(body: bytes) -> None:
    begin_s = time.process_time()
    record(body)
    assert time.process_time() - begin_s < 1


def test_a_slot_without_a_request_is_a_failed_one() -> None:
    scrape = failed_scrape(4, 8.0, "timeout")
    assert (scrape.slot, scrape.failure, scrape.status, scrape.bytes) == (4, "timeout", None, 0)
