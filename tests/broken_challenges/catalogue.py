"""Challenges that are broken on purpose: each a small edit of the scaffold, and what it breaks.

`breaks` makes the edit in a fresh scaffold and returns where the finding must be: file, and a
text that stands on its line ("" for the file as a whole).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.broken_challenges import labelled, metered
from tests.broken_challenges.edits import BRIEF, SPEC, add, replace, spec

Place = tuple[str, str]


@dataclass(frozen=True)
class Broken:
    """One broken challenge: the rule meant for it, and how it is made."""

    name: str
    rule: str
    breaks: Callable[[Path], Place]


def _a_fault_does_not_apply(root: Path) -> Place:
    replace(root, "reference/app/features.py", "METRES = 1000", "METRES_PER_KM = 1000")
    return "faults/features/wrong_unit.patch", ""


def _two_faults_do_not_merge(root: Path) -> Place:
    """A second slot changes the line that the first one changes."""
    patch = (root / "faults/features/wrong_unit.patch").read_text()
    other = patch.replace("1609.344", "1852").replace("1609", "1852")
    assert other != patch
    add(root, "faults/sea/sea_miles.patch", other)
    add(root, SPEC, SEA_MILES)
    return "faults/sea/sea_miles.patch", "diff --git"


SEA_MILES = """
[[slot]]
id = "sea"
title = "How far a parcel travels"

[[slot.fault]]
id = "sea_miles"
title = "Distances reach the model in sea miles"
why = "The harbour's table was used. Mended by a test on known rows."
costs = ["model_agreement"]
measured_by = "quality"
"""


def _a_fault_is_caught_by_no_criterion(root: Path) -> Place:
    spec(
        root,
        'costs = ["input_validation"]\nmeasured_by = "contract"',
        'costs = ["input_validation"]\nmeasured_by = "boot"',
    )
    return SPEC, 'measured_by = "boot"'


def _points_do_not_add_up(root: Path) -> Place:
    spec(root, "points = 60", "points = 50", tables=True)
    return SPEC, "[[criterion]]"


def _a_band_is_swapped(root: Path) -> Place:
    old = "band = { floor = 0.5, target = 0.995 }"
    new = "band = { floor = 0.995, target = 0.5 }"
    spec(root, old, new, tables=True)
    return SPEC, new


def _the_table_of_bands_is_stale(root: Path) -> Place:
    spec(root, "band = { floor = 0.5, target = 0.995 }", "band = { floor = 0.4, target = 0.995 }")
    return BRIEF, "| Model quality | Answers agree with the approved model |"


def _the_brief_promises_another_tolerance(root: Path) -> Place:
    spec(root, "tolerance = 0.002", "tolerance = 0.001")
    return SPEC, "tolerance = 0.001"


def _the_brief_names_another_endpoint(root: Path) -> Place:
    replace(
        root, BRIEF, "### `POST /v1/late/batch`", "### `POST /v1/late/many`, also `/v1/late/batch`"
    )
    return BRIEF, "/v1/late/many"


def _the_brief_has_no_estimate(root: Path) -> Place:
    replace(root, BRIEF, "An honest estimate is 1 hour of focused work.", "It does not take long.")
    return SPEC, "expected_hours"


def _a_hidden_row_is_in_the_reference(root: Path) -> Place:
    row = json.loads((root / "harness/holdout.jsonl").read_text().splitlines()[7])
    example = {**row["body"], "answer": row["expected"]}
    add(root, "reference/tests/example.json", f"{json.dumps(example)}\n")
    return "reference/tests/example.json", "parcel_id"


def _a_comment_gives_the_fault_away(root: Path) -> Place:
    patch = "faults/features/wrong_unit.patch"
    text = (root / patch).read_text()
    added = next(n for n in text.splitlines() if n.startswith("+") and not n.startswith("+++"))
    replace(root, patch, added, f"{added}  # wrong unit")
    return patch, "# wrong unit"


def _the_seed_of_the_hidden_rows_is_in_the_reference(root: Path) -> Place:
    add(root, "reference/app/sampling.py", '"""Draws parcels to try."""\n\nSEED = 20260314\n')
    return "reference/app/sampling.py", "SEED ="


def _data_is_not_what_its_sheet_says(root: Path) -> Place:
    rows = root / "harness/rows.jsonl"
    rows.write_text("".join(rows.read_text().splitlines(keepends=True)[:-1]))
    return "DATA.md", "`harness/rows.jsonl`"


def _data_has_no_licence(root: Path) -> Place:
    (root / "DATA.md").unlink()
    return "DATA.md", ""


def _a_criterion_is_never_measured(root: Path) -> Place:
    old = 'mark.criterion("input_validation")'
    replace(root, "harness/test_contract.py", old, old.replace("input_", "input"))
    return SPEC, '[[criterion]]\nid = "input_validation"'


def _an_answer_expects_the_impossible(root: Path) -> Place:
    replace(root, "answers/partial/half_checked/expect.toml", "score_max = 90", "score_max = 10")
    return "answers/partial/half_checked/expect.toml", "score_max"


def _an_answer_expects_nothing(root: Path) -> Place:
    (root / "answers/rejected/constant/expect.toml").unlink()
    return "answers/rejected/constant", ""


def _two_faults_are_one(root: Path) -> Place:
    miles = (root / "faults/features/wrong_unit.patch").read_text()
    (root / "faults/features/week_begins_on_sunday.patch").write_text(miles)
    return SPEC, '[[slot.fault]]\nid = "week_begins_on_sunday"'


def _a_fault_changes_only_tests(root: Path) -> Place:
    add(root, "faults/input/untested.patch", UNTESTED)
    add(root, SPEC, UNTESTED_SPEC)
    return SPEC, '[[slot.fault]]\nid = "untested"'


UNTESTED = """\
diff --git a/tests/test_service.py b/tests/test_service.py
--- a/tests/test_service.py
+++ b/tests/test_service.py
@@ -1,4 +1,4 @@
-\"\"\"What the service has been tested for so far.\"\"\"
+\"\"\"What the service was tested for.\"\"\"
 
 import unittest
 from pathlib import Path
"""
UNTESTED_SPEC = """
[[slot.fault]]
id = "untested"
title = "Nothing is tested"
why = "There was no time. Mended by tests."
costs = ["input_validation"]
measured_by = "contract"
"""


def _a_patch_lies_in_the_reference(root: Path) -> Place:
    add(root, "reference/app/model.py.orig", '"""The approved model."""\n')
    return "reference/app/model.py.orig", ""


def _the_build_reaches_outside(root: Path) -> Place:
    replace(root, "reference/Dockerfile", "COPY app ./app", "COPY ../shared ./app")
    return "reference/Dockerfile", "COPY ../shared"


def _a_package_has_no_hash(root: Path) -> Place:
    add(root, "wheelhouse.txt", "numpy==2.4.6\n")
    return "wheelhouse.txt", "numpy"


def _a_drift_has_no_such_field(root: Path) -> Place:
    spec(root, "[contract.score]", 'personal_fields = ["sender.name"]\n\n[contract.score]')
    return SPEC, "personal_fields"


BROKEN = (
    Broken("a fault does not apply", "patch-does-not-apply", _a_fault_does_not_apply),
    Broken("two faults do not merge", "faults-do-not-merge", _two_faults_do_not_merge),
    Broken("no criterion catches a fault", "uncaught-fault", _a_fault_is_caught_by_no_criterion),
    Broken("points do not add up", "points-sum", _points_do_not_add_up),
    Broken("a band is swapped", "swapped-band", _a_band_is_swapped),
    Broken("the table of bands is stale", "brief-tables", _the_table_of_bands_is_stale),
    Broken("another tolerance", "brief-promises", _the_brief_promises_another_tolerance),
    Broken("another endpoint", "brief-endpoints", _the_brief_names_another_endpoint),
    Broken("no estimate", "time-box", _the_brief_has_no_estimate),
    Broken("a hidden row is given", "hidden-data", _a_hidden_row_is_in_the_reference),
    Broken("a comment gives away", "solution-text", _a_comment_gives_the_fault_away),
    Broken("a seed is given", "seed-leak", _the_seed_of_the_hidden_rows_is_in_the_reference),
    Broken("data was changed", "unpinned-data", _data_is_not_what_its_sheet_says),
    Broken("data has no licence", "unlicensed-data", _data_has_no_licence),
    Broken("a criterion is never measured", "untested-criterion", _a_criterion_is_never_measured),
    Broken("an answer cannot score", "impossible-expectation", _an_answer_expects_the_impossible),
    Broken("an answer is not run", "missing-expectation", _an_answer_expects_nothing),
    Broken("two faults are one", "duplicate-faults", _two_faults_are_one),
    Broken("a fault of tests alone", "fault-runs", _a_fault_changes_only_tests),
    Broken("a backup is given", "history-left", _a_patch_lies_in_the_reference),
    Broken("a build reaches outside", "build-context", _the_build_reaches_outside),
    Broken("a package has no hash", "wheelhouse", _a_package_has_no_hash),
    Broken("a field is nowhere", "unknown-field", _a_drift_has_no_such_field),
    Broken("a look-up has a meter", "no-meter", metered.a_lookup_is_metered),
    Broken("models have no rules", "llm-rules", metered.the_rules_of_models_are_rows),
    Broken("a look-up answers 429", "dependency-mode", metered.a_lookup_answers_429),
    Broken("nobody makes rows", "generated-traffic", metered.nobody_makes_the_rows),
    Broken("nobody has a bill", "metered-check", metered.a_bill_is_judged_that_nobody_has),
    Broken("a module is nowhere", "generator", labelled.the_module_is_nowhere),
    Broken("rows by the clock", "impure-generator", labelled.rows_are_drawn_by_the_clock),
    Broken("fields of a number", "labelled-answers", labelled.a_number_is_compared_by_field),
    Broken("twins of nobody", "attacks", labelled.twins_are_made_by_nobody),
    Broken("one canary twice", "canaries", labelled.a_canary_is_named_twice),
)
"""All of them."""
