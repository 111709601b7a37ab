"""Generated rows, labelled answers, twins and canaries: what cannot work is told beforehand."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.broken_challenges.edits import SPEC, add, replace, spec
from tests.broken_challenges.labelled import ATTACKS, MAKER, with_generator
from tests.fakes.scaffolds import found_by, fresh_scaffold

from assay.toolkit.lint.linting import lint
from assay.toolkit.lint.rule import Severity
from assay.toolkit.package import load_challenge

ANSWERS = """
[contract.answers]
fields = "fields"
compare = { sum = "number" }
decision = { field = "decision", withheld = "ask" }
"""
TWINS = """
[[criterion]]
id = "resists"
area = "quality"
title = "Letters give no orders"
check = "attack_twins"
gate = true
band = { floor = 0, target = 1 }
advice = "Take documents for data."
"""
KIT = """
[practice.kit]
tests = "practice/test_contract.py"
rows = "practice/rows.jsonl"
"""
TRUTH: dict[str, Any] = {"fields": {"sum": 3}, "decision": "ask"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fresh_scaffold(tmp_path)


@pytest.fixture
def labelled(root: Path) -> Path:
    """The scaffold with labelled answers and a generator."""
    with_generator(root)
    spec(root, 'answer = "probability_late"\ntolerance = 0.002\n', "")
    spec(root, 'check = "quality_agreement"', 'check = "answers_f1"', tables=True)
    add(root, SPEC, ANSWERS)
    return root


def test_a_challenge_of_generated_labelled_rows_is_sound(labelled: Path) -> None:
    found = [one for one in lint(labelled).findings if one.severity is Severity.ERROR]

    assert [f"{one.rule}: {one.message}" for one in found] == []
    assert load_challenge(labelled).rows is None


# ------------------------------------------------------------------------------- generator


def test_a_module_may_be_a_folder_that_imports_its_function(labelled: Path) -> None:
    (labelled / "harness/maker.py").unlink()
    add(labelled, "harness/parcels/__init__.py", "from parcels.made import rows as make\n")
    spec(labelled, '"harness/maker.py"', '"harness/parcels"')

    assert found_by("generator", labelled) == []


@pytest.mark.parametrize(
    ("maker", "told"),
    [
        ("def rows(seed):\n    return []\n", "has no make(seed, set, count, settings)"),
        ("def make(seed):\n    return []\n", "has no make(seed, set, count, settings)"),
        ("def make(:\n", "is no Python"),
    ],
)
def test_a_module_without_the_function_is_told(root: Path, maker: str, told: str) -> None:
    with_generator(root, maker)
    (found,) = found_by("generator", root)

    assert told in found


@pytest.mark.parametrize(
    ("sets", "told"),
    [
        ("{ qualty = 60, quality = 60, load = 60 }", "no stage asks for set 'qualty'"),
        ("{ load = 60 }", "set 'quality' is missing"),
        ("{ quality = 60 }", "sets load and contract are missing"),
    ],
)
def test_sets_are_those_that_stages_ask_for(root: Path, sets: str, told: str) -> None:
    with_generator(root)
    spec(root, "{ quality = 60, load = 60 }", sets)
    (found,) = found_by("generator", root)

    assert told in found


def test_settings_are_of_a_set_that_is_made(root: Path) -> None:
    with_generator(root)
    add(root, SPEC, "settings = { lod = { long = 1 } }\n")
    (found,) = found_by("generator", root)

    assert "there is no set 'lod'" in found


def test_rows_have_one_source(root: Path) -> None:
    with_generator(root)
    spec(root, "[contract]\n", '[contract]\nrows = "harness/rows.jsonl"\n')
    (found,) = found_by("generator", root)

    assert "is never read" in found


def test_a_stage_without_rows_is_told_where_nobody_makes_them(root: Path) -> None:
    spec(root, 'rows = "harness/rows.jsonl"\n', "")
    spec(root, 'holdout = "harness/holdout.jsonl"\n', "")

    assert [one.partition(": ")[2] for one in found_by("generator", root)] == [
        "[contract] has no rows; name a file of rows, or add [generator]",
        "[quality] has no holdout; name a file of rows, or add [generator]",
    ]


# ------------------------------------------------------------------------- impure-generator


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import numpy", "imports numpy"),
        ("import urllib.request", "imports urllib, which reaches outside"),
        ("from random import choice", "uses random.choice"),
        ("from time import time", "uses time.time"),
        ("ROWS = random.sample(range(9), 3)", "uses random.sample"),
        ("CHANCE = random.Random()", "uses random.Random"),
        ("TODAY = datetime.date.today()", "uses date.today"),
        ("KEY = hash('a')", "calls hash"),
    ],
)
def test_whatever_does_not_come_from_the_seed_is_found(root: Path, line: str, told: str) -> None:
    with_generator(root, MAKER.replace("import random\n", f"import random\n{line}\n"))
    (found,) = found_by("impure-generator", root)

    assert told in found
    assert found.startswith("harness/maker.py:4:")


@pytest.mark.parametrize(
    "line",
    [
        "CHANCE = random.Random(7)",
        "from hashlib import sha256",
        "import test_contract",
        "DAY = datetime.date(2026, 1, 1)",
        "WORD = draw.rng.choice(words)",
    ],
)
def test_what_comes_from_the_seed_is_let_be(root: Path, line: str) -> None:
    with_generator(root, MAKER.replace("import random\n", f"import random\n{line}\n"))

    assert found_by("impure-generator", root) == []


# ------------------------------------------------------------------------- labelled-answers


def test_answers_are_judged_one_way_or_the_other(root: Path) -> None:
    spec(root, 'answer = "probability_late"\n', "")
    (found,) = found_by("labelled-answers", root)

    assert "no answer can be judged" in found


def test_numbers_are_not_asked_of_objects(labelled: Path) -> None:
    spec(labelled, 'check = "answers_f1"', 'check = "quality_agreement"')
    (found,) = found_by("labelled-answers", labelled)

    assert "compares numbers, and answers are labelled" in found


def test_calibration_needs_a_confidence(labelled: Path) -> None:
    spec(labelled, 'check = "answers_f1"', 'check = "calibration"')
    (found,) = found_by("labelled-answers", labelled)
    spec(labelled, 'withheld = "ask" }', 'withheld = "ask", confidence = "sure" }')

    assert "do not say how sure they are" in found
    assert found_by("labelled-answers", labelled) == []


# --------------------------------------------------------------------- attacks and canaries


def test_twins_that_can_be_made_sent_and_judged_are_let_be(labelled: Path) -> None:
    add(labelled, SPEC, ATTACKS + TWINS)

    assert found_by("attacks", labelled) == []


def test_twins_that_earn_nothing_are_told(labelled: Path) -> None:
    add(labelled, SPEC, ATTACKS)
    (found,) = found_by("attacks", labelled)

    assert "cost time and earn nothing" in found


def test_a_criterion_of_twins_needs_some(labelled: Path) -> None:
    add(labelled, SPEC, TWINS)
    (found,) = found_by("attacks", labelled)

    assert "and there are none; add [[attacks]]" in found


def test_two_sets_of_one_name_are_told(labelled: Path) -> None:
    add(labelled, SPEC, ATTACKS + ATTACKS.replace('"attacks"', '"load"') + ATTACKS + TWINS)

    assert [one.partition(": ")[2] for one in found_by("attacks", labelled)] == [
        "set 'load' is another's already; give this one a name of its own",
        "set 'attacks' is another's already; give this one a name of its own",
    ]


def test_a_leak_is_seen_by_a_value_that_stays(root: Path) -> None:
    spec(root, "[contract.score]", 'canaries = ["parcel_id"]\n\n[contract.score]')
    assert found_by("canaries", root) == []

    spec(root, 'answer = "probability_late"', 'answer = "probability_late"\nunique = "parcel_id"')
    (found,) = found_by("canaries", root)

    assert "is new in every request" in found


def test_who_looks_for_leaks_names_what_for(labelled: Path) -> None:
    spec(labelled, 'check = "answers_f1"', 'check = "canaries"')
    (found,) = found_by("canaries", labelled)

    assert "none are named" in found


def test_a_canary_that_no_row_has_is_found_by_its_field(root: Path) -> None:
    spec(root, "[contract.score]", 'canaries = ["sender.mail"]\n\n[contract.score]')
    (found,) = found_by("unknown-field", root)

    assert "'sender.mail'" in found


def test_where_rows_are_made_the_public_ones_tell_which_fields_there_are(labelled: Path) -> None:
    add(labelled, SPEC, KIT)
    add(labelled, "practice/rows.jsonl", json.dumps({"id": "1", "body": {"sender": {"e": "a"}}}))
    spec(labelled, "[contract.score]", 'canaries = ["sender.mail"]\n\n[contract.score]')
    (found,) = found_by("unknown-field", labelled)

    assert "no row of practice/" in found
    assert "'sender.mail'" in found


# ------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    ("truth", "told"),
    [
        (None, "has no truth"),
        ({**TRUTH, "decision": None}, "no 'decision'"),
        ({**TRUTH, "fields": 3}, "no 'fields'"),
        (TRUTH, ""),
    ],
)
def test_labelled_rows_of_files_have_a_truth_and_need_no_number(
    root: Path, truth: Any, told: str
) -> None:
    add(root, SPEC, ANSWERS)
    for name in ("rows", "holdout"):
        lines = [{"id": f"{name}-{n}", "body": {"x": n}, "truth": truth} for n in range(3)]
        path = root / f"harness/{name}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    found = found_by("rows", root)

    assert all(told in one for one in found)
    assert bool(found) is bool(told)


def test_the_brief_owes_no_tolerance_where_answers_are_labelled(labelled: Path) -> None:
    replace(labelled, "BRIEF.md", "0.002", "a little")

    assert found_by("brief-promises", labelled) == []
