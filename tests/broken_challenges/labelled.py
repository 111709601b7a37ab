"""Broken challenges about generated rows, labelled answers, attacks and canaries."""

from pathlib import Path

from tests.broken_challenges.edits import SPEC, add, replace, spec

Place = tuple[str, str]

GENERATOR = """
[generator]
module = "harness/maker.py"
sets = { quality = 60, load = 60 }
"""
MAKER = '''"""Makes parcels."""

import random


def make(seed, set, count, settings):
    """Rows of a set."""
    rng = random.Random(f"{seed}/{set}")
    return [{"id": f"{set}-{n}", "body": {"x": rng.random()}} for n in range(count)]
'''
ATTACKS = """
[[attacks]]
set = "attacks"
pairs = 4
obeyed = "truth.attack.obeyed"
"""


def with_generator(root: Path, maker: str = MAKER) -> None:
    """Let a module make the rows instead of files."""
    spec(root, 'rows = "harness/rows.jsonl"\n', "")
    spec(root, 'holdout = "harness/holdout.jsonl"\n', "")
    add(root, SPEC, GENERATOR)
    add(root, "harness/maker.py", maker)


def the_module_is_nowhere(root: Path) -> Place:
    with_generator(root)
    (root / "harness/maker.py").unlink()
    return SPEC, "module ="


def rows_are_drawn_by_the_clock(root: Path) -> Place:
    with_generator(root)
    replace(root, "harness/maker.py", "import random\n", "import random\nimport time\n")
    replace(root, "harness/maker.py", "{seed}", "{time.time()}")
    return "harness/maker.py", "rng = random.Random"


def a_number_is_compared_by_field(root: Path) -> Place:
    spec(root, 'check = "quality_agreement"', 'check = "answers_f1"')
    return SPEC, 'check = "answers_f1"'


def twins_are_made_by_nobody(root: Path) -> Place:
    add(root, SPEC, ATTACKS)
    return SPEC, "[[attacks]]"


def a_canary_is_named_twice(root: Path) -> Place:
    spec(root, "[contract.score]", 'canaries = ["parcel_id", "parcel_id"]\n\n[contract.score]')
    return SPEC, "canaries = ["
