"""What is wrong with challenge.toml is said in the words of TOML, not of Python."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.tiny_challenge import SPEC, write_tiny_challenge

from assay.domain.challenge import Challenge
from assay.domain.errors import BadInput
from assay.toolkit.package import load_challenge
from assay.toolkit.spec_problems import KINDS, PATTERNS

RARE = ("truth", "harness/", r"\{id\}", "A-Za-z_", "?$")
"""Patterns of fields that few challenges have: each is shown as it is."""


def told(tmp_path: Path, old: str, new: str) -> str:
    assert old in SPEC
    with pytest.raises(BadInput) as refused:
        load_challenge(write_tiny_challenge(tmp_path, SPEC.replace(old, new, 1)))
    return str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('costs = ["right"]', 'costs = "right"', "must be a list, in [brackets]"),
        ('id = "top_a"', 'id = "top-a"', "must be lower-case letters, digits and underscores"),
        ('version = "1.0.0"', 'version = "1"', "must be three numbers, as in 1.0.0"),
        ('title = "Tiny"', "title = 5", "must be text, in quotes (it is 5)"),
        ("practice_runs = 3", 'practice_runs = "many"', "must be a whole number, without quotes"),
        ("practice_runs = 3", "practice_runs = 2.5", "must be a whole number (it is 2.5)"),
    ],
)
def test_an_author_is_told_what_to_write(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in told(tmp_path, old, new)


def patterns(value: Any) -> Iterator[str]:
    """Every pattern of a JSON schema."""
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from patterns(one)


def test_every_pattern_of_a_common_field_has_words() -> None:
    found = set(patterns(Challenge.model_json_schema()))
    silent = {one for one in found - PATTERNS.keys() if not any(mark in one for mark in RARE)}

    assert silent == set()
    assert found.issuperset(PATTERNS), "words for a pattern that nothing has"


def test_no_words_name_a_class_of_python() -> None:
    said = " ".join([*KINDS.values(), *PATTERNS.values()])

    assert not re.search(r"tuple|str\b|dict|regex", said)
