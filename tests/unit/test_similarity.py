"""Renaming hides nothing, a habit is no copy, and what everybody was given is nobody's."""

import re
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.similarity import (
    K,
    W,
    common_to_many,
    hashes_of,
    likeness,
    prints_of,
    spans_of,
)

ROOT = Path(__file__).parents[2]
CODE = (ROOT / "platform/assay/domain/statistics.py").read_text()
OTHER = (ROOT / "platform/assay/kit/tomlfile.py").read_text()
WORD = re.compile(r"(?<![\"'\w])([a-z_]{3,})(?![\"'\w])")


def renamed(text: str) -> str:
    """Every name another, blanks and comments other, figures other."""
    names = re.sub(r"\b(value|values|low|high|share|count|found|total)\b", r"my_\1_x", text)
    return re.sub(r"\b(\d+)\b", "17", names).replace("\n\n", "\n\n\n# another remark\n")


def hashes(text: str) -> frozenset[int]:
    return hashes_of(prints_of({"app.py": text}))


def test_a_copy_is_found_whatever_it_was_renamed_to() -> None:
    found = likeness(hashes(CODE), hashes(renamed(CODE)))

    assert found.share == 1
    assert found.severity == "serious"


def test_code_of_its_own_is_not_like_other_code() -> None:
    found = likeness(hashes(CODE), hashes(OTHER))

    assert found.share < Fraction(1, 10)
    assert found.severity == ""


def test_a_page_that_was_copied_into_own_code_is_found_where_it_stands() -> None:
    head, tail = CODE[: len(CODE) // 2], CODE[len(CODE) // 2 :]
    own = prints_of({"app.py": OTHER + head})
    spans = spans_of(own, hashes(head) & hashes_of(own))
    copied_from = OTHER.count("\n")

    lines = [n for first, last in spans["app.py"] for n in range(first, last + 1)]
    assert sum(n > copied_from for n in lines) > 0.9 * len(lines)
    assert likeness(hashes(head), hashes(tail)).severity == ""


def test_what_was_handed_out_is_taken_out() -> None:
    given_out = hashes(CODE)
    own = prints_of({"app.py": CODE + OTHER}, without=given_out)

    assert likeness(hashes_of(own), given_out).shared == 0
    assert hashes_of(own)


def test_a_run_that_is_too_short_leaves_nothing() -> None:
    assert hashes("a = b + c\n") == frozenset()


def test_a_few_common_lines_are_no_finding() -> None:
    few = "\n".join(CODE.splitlines()[60:72])

    assert likeness(hashes(few), hashes(CODE)).severity == ""


def test_what_many_have_is_what_the_task_asks_for() -> None:
    pool = [{1, 2, number} for number in range(10, 22)]

    assert common_to_many(pool) == {1, 2}
    assert common_to_many(pool[:3]) == frozenset()


@given(
    before=st.lists(st.sampled_from("abcdefgh"), max_size=60),
    after=st.lists(st.sampled_from("abcdefgh"), max_size=60),
    run=st.lists(st.sampled_from("+-*/%&|^~<>=()[]{}"), min_size=K + W - 1, max_size=60),
)
def test_a_common_run_of_that_length_always_leaves_a_common_print(
    before: list[str], after: list[str], run: list[str]
) -> None:
    common = " ".join(run)
    own = hashes(f"{' '.join(before)} {common}")
    other = hashes(f"{common} {' '.join(after)}")

    assert own & other


def test_places_are_lines_counted_from_one() -> None:
    text = "# nothing\n" * 9 + CODE
    (first, *_) = prints_of({"app.py": text})

    assert first.first >= 10


@pytest.mark.parametrize("text", ["", "\x00\x01", "'''never closed", "é ü ß " * 30, "{" * 50_000])
def test_no_text_is_too_strange(text: str) -> None:
    assert len(prints_of({"strange": text})) <= len(text)


def test_only_a_few_of_all_runs_are_kept() -> None:
    """Of random hashes 2 / (W + 1) are kept (Schleimer et al. 2003, section 4)."""
    runs = sum(1 for _ in re.finditer(r"[^\W\d]\w*|[^\s\w]", CODE))

    assert len(prints_of({"app.py": CODE})) < 3 / (W + 1) * runs


@pytest.mark.parametrize("text", ["/* ", '\\"', "\\'", '""" \' ', "` ' "])
def test_what_never_ends_is_not_looked_for_again_and_again(text: str) -> None:
    """A worker would stand still for minutes over a file that somebody made for it."""
    began_s = time.process_time()
    prints_of({"app.py": "x = 1\n" + text * 40_000})

    assert time.process_time() - began_s < 5


def test_a_comment_that_never_ends_takes_nothing_away() -> None:
    assert hashes(f"COPY src/* /app/\n{CODE}") >= hashes(CODE)
    assert hashes(f"/* begins\n{OTHER}\nends */\n{CODE}") == hashes(CODE)
