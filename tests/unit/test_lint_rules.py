"""What each rule finds at which line, and what looks like it and is let pass."""

import hashlib
import json
import re
from difflib import unified_diff
from pathlib import Path

import pytest
from tests.broken_challenges.catalogue import BROKEN
from tests.broken_challenges.edits import BRIEF, SPEC, add, line_of, replace, spec
from tests.fakes.scaffolds import found_by, fresh_scaffold

from assay.toolkit.lint.registry import RULES

DOCKERFILE = "reference/Dockerfile"
SUITE = "harness/test_contract.py"
PATCH = "faults/features/wrong_unit.patch"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fresh_scaffold(tmp_path)


# ---- faults


NEW_FILE = """
diff --git a/{name} b/{name}
new file mode {mode}
--- /dev/null
+++ b/{name}
@@ -0,0 +1 @@
+{text}
"""


@pytest.mark.parametrize(
    ("name", "mode", "told"),
    [
        ("model", "120000", "makes model a symbolic link"),
        ("lib", "160000", "makes lib a submodule"),
        ("../other/app.py", "100644", "which is outside the service"),
    ],
)
def test_a_patch_makes_plain_files_of_the_service(
    root: Path, name: str, mode: str, told: str
) -> None:
    add(root, PATCH, NEW_FILE.format(name=name, mode=mode, text="x").lstrip())
    (found,) = found_by("unusual-patch", root)
    assert found.startswith(f"{PATCH}:{line_of(root, PATCH, f'diff --git a/{name}')}: ")
    assert told in found


def test_a_binary_change_cannot_be_reviewed(root: Path) -> None:
    add(root, PATCH, "diff --git a/m.pkl b/m.pkl\nindex 1..2 100644\nBinary files differ\n")
    (found,) = found_by("unusual-patch", root)
    assert "changes m.pkl as binary" in found


def test_only_scripts_are_executable(root: Path) -> None:
    add(root, "reference/run.sh", "#!/bin/sh\n")
    for name in ("run.sh", "model.json"):
        (root / "reference" / name).chmod(0o755)
    added = NEW_FILE.format(name="tool.py", mode="100755", text="print(1)")
    add(root, PATCH, added.lstrip())
    of_a_file, of_a_patch = found_by("executable-bit", root)
    assert of_a_file.startswith("reference/model.json: is executable and no script")
    assert of_a_patch.startswith(f"{PATCH}:{line_of(root, PATCH, 'diff --git a/tool.py')}: ")


def test_a_folder_of_one_machine_is_told(root: Path) -> None:
    add(root, "tools/fit.py", 'DATA = "/home/ada/parcels.csv"\nURL = "/users/ada"\n')
    (told,) = found_by("absolute-path", root)
    assert told.startswith("tools/fit.py:1: names '/home/ada")


def test_a_fault_that_takes_a_whole_file_of_tests_away_is_told(root: Path) -> None:
    lines = (root / "reference/tests/test_service.py").read_text().splitlines()
    removed = "\n".join(f"-{line}" for line in lines)
    add(
        root,
        PATCH,
        "diff --git a/tests/test_service.py b/tests/test_service.py\ndeleted file mode 100644\n"
        f"--- a/tests/test_service.py\n+++ /dev/null\n@@ -1,{len(lines)} +0,0 @@\n{removed}\n",
    )
    (told,) = found_by("removed-tests", root)
    assert told.startswith(f"{PATCH}:{line_of(root, PATCH, 'diff --git a/tests')}: takes tests/")
    assert found_by("patch-does-not-apply", root) == []


def test_patches_of_known_answers_apply_too(root: Path) -> None:
    replace(root, "reference/app/parcels.py", "ID_MAX = 40", "NAME_MAX = 40")
    files = [told.split(":")[0] for told in found_by("patch-does-not-apply", root)]
    assert "answers/partial/half_checked/half_checked.patch" in files


def test_faults_of_one_slot_need_not_merge(root: Path) -> None:
    text = (root / PATCH).read_text().replace("1609.344", "1852")
    add(root, "faults/features/sea_miles.patch", text)
    alternative = (
        '[[slot.fault]]\nid = "sea_miles"\ntitle = "Sea miles"\nwhy = "A table."\n'
        'costs = ["model_agreement"]\nmeasured_by = "quality"\n\n'
    )
    spec(root, "[[slot.fault]]", f"{alternative}[[slot.fault]]")
    assert found_by("faults-do-not-merge", root) == []


MOVED = [f"row {number}\n" for number in range(10)]
KEPT = ["first\n", "middle\n", "last\n"]
SLOT = """
[[slot]]
id = "{name}"
title = "About the table"

[[slot.fault]]
id = "{name}_fault"
title = "The table has other {name}"
why = "It happens."
costs = ["model_agreement"]
measured_by = "quality"
"""


def test_faults_that_merge_two_by_two_are_tried_all_together(root: Path) -> None:
    """One takes rows away above, one adds the same below: together they moved what is between."""
    before = [*MOVED, *KEPT]
    changes = {
        "heads": KEPT,
        "feet": [*MOVED, *KEPT, *MOVED],
        "middles": [*MOVED, KEPT[0], "other\n", KEPT[2]],
    }
    add(root, "reference/app/table.txt", "".join(before))
    for name, after in changes.items():
        patch = "".join(unified_diff(before, after, "a/app/table.txt", "b/app/table.txt"))
        add(root, f"faults/{name}/{name}_fault.patch", patch)
        add(root, SPEC, SLOT.format(name=name))
    assert found_by("patch-does-not-apply", root) == []
    (told, *_) = found_by("faults-do-not-merge", root)
    assert told.startswith("faults/middles/middles_fault.patch:1: does not merge with the sum of")


def test_the_same_lines_elsewhere_are_the_same_change(root: Path) -> None:
    text = (root / PATCH).read_text().replace("@@ -2,7 +2,7 @@", "@@ -2,7 +2,7 @@ somewhere")
    (root / "faults/features/week_begins_on_sunday.patch").write_text(text)
    assert len(found_by("duplicate-faults", root)) == 1


def test_a_form_feed_in_a_line_hides_no_difference(root: Path) -> None:
    """Whatever Unicode takes for an end of line is within one for git."""
    other = root / "faults/features/week_begins_on_sunday.patch"
    text = (root / PATCH).read_text()
    added = next(line for line in text.splitlines() if line.startswith("+") and "+++" not in line)
    (root / PATCH).write_text(text.replace(added, f"{added}  #\f one"))
    other.write_text(text.replace(added, f"{added}  #\f two"))
    assert found_by("duplicate-faults", root) == []


def test_two_faults_of_binary_files_and_of_modes_are_two(root: Path) -> None:
    binary = "diff --git a/a.bin b/a.bin\nindex 0..1 100644\nGIT binary patch\nliteral 3\n{}\n"
    mode = "diff --git a/{0} b/{0}\nold mode 100644\nnew mode 100755\n"
    for text in (binary, mode):
        for name, word in (("wrong_unit", "KcmZ"), ("week_begins_on_sunday", "Kcmx")):
            (root / f"faults/features/{name}.patch").write_text(text.format(word))
        assert found_by("duplicate-faults", root) == []
    for name in ("wrong_unit", "week_begins_on_sunday"):
        (root / f"faults/features/{name}.patch").write_text(binary.format("KcmZ"))
    assert len(found_by("duplicate-faults", root)) == 1


def test_a_fault_of_documents_is_meant_where_documents_are_scored(root: Path) -> None:
    criterion = '\n[[criterion]]\nid = "documentation"\narea = "quality"\ntitle = "Documents"\n'
    criterion += (
        'check = "operability"\npoints = 1\nband = { floor = 0, target = 1 }\nadvice = "-"\n'
    )
    spec(root, "[[slot]]", f"{criterion}\n[[slot]]")
    spec(root, 'costs = ["input_validation"]', 'costs = ["documentation"]')
    (root / "faults/input/trusts_the_caller.patch").write_text(
        NEW_FILE.format(name="RUNBOOK.md", mode="100644", text="later").lstrip()
    )
    assert found_by("fault-runs", root) == []


def test_a_fault_is_not_measured_by_a_stage_that_never_runs(root: Path) -> None:
    old = 'costs = ["input_validation"]\nmeasured_by = "contract"'
    spec(root, old, old.replace('"contract"', '"load"'))
    (told,) = found_by("uncaught-fault", root)
    assert "there is no [load] table, so the stage is never run" in told


def test_points_that_every_starter_has_are_told(root: Path) -> None:
    spec(root, 'costs = ["input_validation"]', 'costs = ["model_agreement"]')
    (told,) = found_by("untouched-criterion", root)
    place = line_of(root, SPEC, '[[criterion]]\nid = "input_validation"')
    assert told.startswith(f"{SPEC}:{place}: no fault costs criterion 'input_validation'")


def test_one_starter_for_everybody_is_told(root: Path) -> None:
    text = (root / SPEC).read_text()
    first, second = text.index('[[slot.fault]]\nid = "week'), text.index('[[slot]]\nid = "input"')
    (root / SPEC).write_text(text[:first] + text[second:])
    (told,) = found_by("few-variants", root)
    assert told.startswith(f"{SPEC}:{line_of(root, SPEC, '[[slot]]')}: no slot has an alternative")


def test_a_challenge_without_faults_is_told(root: Path) -> None:
    text = (root / SPEC).read_text()
    (root / SPEC).write_text(text[: text.index("[[slot]]")])
    (told,) = found_by("few-variants", root)
    assert "the starter is the reference" in told


# ---- tests and brief


def test_a_marker_without_its_criterion_is_told_where_it_is(root: Path) -> None:
    add(root, SUITE, '\n\n@pytest.mark.criterion("speed")\ndef test_quick():\n    """Quick."""\n')
    (told,) = found_by("untested-criterion", root)
    line = line_of(root, SUITE, '@pytest.mark.criterion("speed")')
    assert told.startswith(f"{SUITE}:{line}: marks tests of 'speed', for which no criterion")


def test_a_suite_that_python_cannot_read_is_told(root: Path) -> None:
    add(root, SUITE, "\ndef test_(:\n")
    (told,) = found_by("untested-criterion", root)
    assert told.startswith(f"{SUITE}:{line_of(root, SUITE, 'def test_(:')}: is no Python")


def test_a_hidden_test_has_a_sentence_for_candidates(root: Path) -> None:
    add(root, SUITE, "\n\ndef test_batch_413(service):\n    assert service\n")
    (told,) = found_by("undescribed-test", root)
    assert told.startswith(f"{SUITE}:{line_of(root, SUITE, 'def test_batch_413')}: test_batch_413")


def test_a_brief_without_its_tables_is_told_how_to_have_them(root: Path) -> None:
    replace(root, BRIEF, "<!-- bands -->", "")
    (told,) = found_by("brief-tables", root)
    assert "has no table 'bands'; add <!-- bands -->" in told


@pytest.mark.parametrize("said", ["`GET /v1/late`", "`POST /v1/explain`"])
def test_an_endpoint_that_nothing_asks_for_is_told(root: Path, said: str) -> None:
    add(root, BRIEF, f"\nAlso {said}.\n")
    (told,) = found_by("brief-endpoints", root)
    assert told.startswith(f"{BRIEF}:{line_of(root, BRIEF, said)}: promises {said}")


def test_an_endpoint_that_only_hidden_tests_ask_for_is_known(root: Path) -> None:
    add(root, BRIEF, "\nAlso `POST /v1/explain`.\n")
    add(root, SUITE, '\nEXPLAIN = "/v1/explain"\n')
    assert found_by("brief-endpoints", root) == []


def test_an_endpoint_that_the_brief_forgot_is_told(root: Path) -> None:
    spec(root, 'live = "/livez"', 'live = "/alive"')
    (told,) = [one for one in found_by("brief-endpoints", root) if one.startswith(SPEC)]
    assert "the brief never names '/alive'" in told


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("max_rows = 100", "max_rows = 50", "'50', which is the largest batch"),
        ("boot_s = 20", "boot_s = 7", "'7 s', which is the time to be ready"),
    ],
)
def test_a_figure_that_the_brief_does_not_state_is_told(
    root: Path, old: str, new: str, what: str
) -> None:
    spec(root, old, new)
    (told,) = found_by("brief-promises", root)
    assert told.startswith(f"{SPEC}:{line_of(root, SPEC, new)}: the brief never says {what}")


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("rows =", "distance_m"),
        ("answer =", "probability_late"),
        ("rows_field", "parcels"),
        ("answers_field", "answers"),
    ],
)
def test_a_field_that_the_brief_does_not_name_is_told(root: Path, key: str, field: str) -> None:
    brief = root / BRIEF
    brief.write_text(re.sub(rf"\b{field}\b", "something", brief.read_text()))
    (told,) = found_by("brief-promises", root)
    assert told.startswith(f"{SPEC}:{line_of(root, SPEC, key)}: the brief never names {field!r}")


def test_a_field_within_a_field_is_one(root: Path) -> None:
    rows = root / "harness/rows.jsonl"
    nested = '"body": {"sender": [{"customs_no": 7}], '
    rows.write_text(rows.read_text().replace('"body": {', nested, 1))
    told = found_by("brief-promises", root)
    assert [one.split("'")[1] for one in told] == ["customs_no", "sender"]


def test_part_of_another_word_names_no_field(root: Path) -> None:
    replace(root, BRIEF, "| `weight_g` |", "| `weight_gross` |")
    replace(root, BRIEF, '"weight_g": 1250, ', "")
    (told,) = found_by("brief-promises", root)
    assert "'weight_g'" in told


LOAD = """[load]
objective_ms = 50
objective_quantile = 0.9

[[load.tiers]]
utilisation = 0.5
published_rps = 1200
duration_s = 8

[shutdown]
grace_s = 90

[[area]]"""


def test_figures_may_be_said_as_people_say_them(root: Path) -> None:
    spec(root, "[[area]]", LOAD)
    add(root, BRIEF, "\n90 % within 0.05 s at 1,200 requests a second; stop in 1.5 minutes.\n")
    assert found_by("brief-promises", root) == []


def test_every_objective_is_a_promise(root: Path) -> None:
    spec(root, "[[area]]", LOAD)
    lines = [int(told.split(":")[1]) for told in found_by("brief-promises", root)]
    keys = ("objective_ms", "objective_quantile", "published_rps", "grace_s")
    assert sorted(lines) == sorted(line_of(root, SPEC, key) for key in keys)


def test_a_figure_that_nothing_measures_is_told(root: Path) -> None:
    add(root, BRIEF, "\nEach answer within **75 ms**.\n")
    (told,) = found_by("brief-figures", root)
    assert told.startswith(f"{BRIEF}:{line_of(root, BRIEF, '75 ms')}: says 75 ms")


def test_a_figure_that_a_hidden_test_has_is_measured(root: Path) -> None:
    add(root, BRIEF, "\nEach answer within **75 ms**.\n")
    add(root, SUITE, "\nLIMIT_S = 0.075\n")
    assert found_by("brief-figures", root) == []


def test_figures_in_code_promise_nothing(root: Path) -> None:
    add(root, BRIEF, "\n```yaml\nfor: 75 ms\n```\n")
    assert found_by("brief-figures", root) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("expected_hours = 1", "expected_hours = 3", "gives no estimate of 3 hours"),
        ("expected_hours = 1", "expected_hours = 10", "gives no estimate of 10 hours"),
        ("limit_hours = 24", "limit_hours = 30", "does not say that there are 30 hours"),
        ("practice_runs = 10", "practice_runs = 8", "does not say that there are 8 practice runs"),
    ],
)
def test_the_brief_tells_the_whole_time_box(root: Path, old: str, new: str, told: str) -> None:
    spec(root, old, new)
    (found,) = found_by("time-box", root)
    assert found.startswith(f"{SPEC}:{line_of(root, SPEC, new)}: ")
    assert told in found


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("expected_hours = 1", "expected_hours = 4", "Four hours of work."),
        ("expected_hours = 1", "expected_hours = 0.5", "About 30 minutes of work."),
        ("limit_hours = 24", "limit_hours = 72", "You have three days."),
    ],
)
def test_a_time_box_may_be_said_in_words(root: Path, old: str, new: str, words: str) -> None:
    spec(root, old, new)
    add(root, BRIEF, f"\n{words}\n")
    assert found_by("time-box", root) == []


def test_a_text_in_another_encoding_is_told_and_no_other_finding_is_lost(root: Path) -> None:
    spec(root, "limit_hours = 24", "limit_hours = 0.9")
    for name in (BRIEF, SUITE):
        path = root / name
        path.write_bytes(
            path.read_bytes() + "\n# caf\N{LATIN SMALL LETTER E WITH ACUTE}\n".encode("latin1")
        )

    told = found_by("encoding", root)
    assert [one.partition(": ")[2] for one in told] == [
        "is not UTF-8: byte 0xe9; save it as UTF-8"
    ] * 2
    assert told[0].startswith(f"{BRIEF}:{len((root / BRIEF).read_bytes().splitlines())}:")
    assert any("do not fit into 0.9" in one for one in found_by("time-box", root))


def test_work_fits_into_its_time(root: Path) -> None:
    spec(root, "limit_hours = 24", "limit_hours = 0.9")
    assert any("1 hours of work do not fit into 0.9" in told for told in found_by("time-box", root))


# ---- rows and data


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "this row is no JSON"),
        ("[]", "this row is no object"),
        ('{"id": 7, "body": {}, "expected": 1}', "this row has no id, which must be text"),
        ('{"id": "x1", "body": 3, "expected": 1}', "this row has no body"),
        ('{"id": "x1", "body": {}, "expected": "1"}', "this row has no expected answer"),
        ('{"id": "R-0000", "body": {}, "expected": 1}', "this row has the id of line 1"),
    ],
)
def test_a_row_that_cannot_be_sent_or_judged_is_told(root: Path, line: str, told: str) -> None:
    rows = root / "harness/rows.jsonl"
    last = len(rows.read_text().splitlines()) + 1
    add(root, "harness/rows.jsonl", f"{line}\n")
    (found,) = found_by("rows", root)
    assert found.startswith(f"harness/rows.jsonl:{last}: {told}")


def test_held_out_rows_have_both_labels(root: Path) -> None:
    path = root / "harness/holdout.jsonl"
    path.write_text(path.read_text().replace('"label": 1', '"label": 0'))
    (told,) = found_by("rows", root)
    assert told.startswith("harness/holdout.jsonl: has rows of one label only")


def test_a_generator_that_went_wrong_is_told_of_three_times(root: Path) -> None:
    path = root / "harness/holdout.jsonl"
    path.write_text(path.read_text().replace('"label"', '"lable"'))
    found = found_by("rows", root)
    assert len(found) == 3
    assert "(197 more lines like this)" in found[0]


def test_a_file_without_rows_is_told(root: Path) -> None:
    (root / "harness/rows.jsonl").write_text("\n")
    assert found_by("rows", root) == [
        "harness/rows.jsonl: has no rows, so nothing can be sent; make some"
    ]


def test_the_unique_field_is_one_of_the_rows(root: Path) -> None:
    spec(root, 'answer = "probability_late"', 'answer = "probability_late"\nunique = "parcel"')
    (told,) = found_by("unknown-field", root)
    assert told.startswith(
        f"{SPEC}:{line_of(root, SPEC, 'unique =')}: no row of harness/rows.jsonl"
    )
    assert "a row has: day, distance_m, parcel_id, weight_g" in told


def test_a_licence_is_decided_on(root: Path) -> None:
    old = 'license = "Apache-2.0 (code), CC0-1.0 (data, see DATA.md)"'
    spec(root, old, 'license = "TBD"')
    (told,) = found_by("unlicensed-data", root)
    assert told.startswith(f"{SPEC}:{line_of(root, SPEC, 'license')}: names no licence")


def test_every_file_of_data_has_its_entry_with_source_and_licence(root: Path) -> None:
    (root / "DATA.md").write_text("# Data\n\n`harness/rows.jsonl`\n")
    assert [told.split("; ")[0] for told in found_by("unlicensed-data", root)] == [
        "DATA.md: never says the licence of the data",
        "DATA.md: never says the source of the data",
        "DATA.md: says nothing of `harness/holdout.jsonl`",
    ]


def test_a_licence_that_is_to_be_found_out_is_none(root: Path) -> None:
    replace(
        root,
        "DATA.md",
        "**Licence.** CC0-1.0: do with it what you like.",
        "**Licence**: unknown, TODO",
    )
    assert "DATA.md: never says the licence of the data" in found_by("unlicensed-data", root)[0]


def test_an_entry_without_a_sum_is_told_the_sum(root: Path) -> None:
    add(root, "reference/prices.csv", "a,b\n")
    add(root, "DATA.md", "\nPrices are in `reference/prices.csv`.\n")
    (told,) = found_by("unpinned-data", root)
    assert told.startswith(f"DATA.md:{line_of(root, 'DATA.md', 'prices.csv')}: has no SHA-256")
    assert "write " + hashlib.sha256(b"a,b\n").hexdigest() in told


# ---- the reference


def test_a_reference_has_tests_and_a_stage_for_them(root: Path) -> None:
    (root / "reference/tests/test_service.py").unlink()
    replace(root, DOCKERFILE, "FROM base AS test", "FROM base AS checks")
    tests, stage = found_by("reference-tests", root)
    assert tests.startswith("reference: has no tests")
    assert stage.startswith(f"{DOCKERFILE}: has no stage 'test'")


def test_the_reference_earns_what_it_is_the_measure_of(root: Path) -> None:
    criterion = """[[criterion]]
id = "documents"
area = "quality"
title = "Documents"
check = "operability"
settings = { rule = "documentation" }
points = 1
band = { floor = 0, target = 1 }
advice = "Write them."

[[slot]]"""
    spec(root, "[[slot]]", criterion)
    (told,) = found_by("reference-rules", root)
    place = line_of(root, SPEC, '[[criterion]]\nid = "documents"')
    assert told.startswith(f"{SPEC}:{place}: the reference does not earn all of 'documents'")


def test_the_reference_could_be_pushed(root: Path) -> None:
    spec(root, "[limits]", "[limits]\nrepository_mib = 1\nrepository_files = 5")
    add(root, "reference/model.txt", "x" * (1024 * 1024))
    (root / "reference/link").symlink_to("model.json")
    size, files, link = found_by("reference-limits", root)
    assert "has 1.0 MiB and 1 are accepted" in size
    assert "files and 5 are accepted" in files
    assert link.startswith("reference/link: is a symbolic link")


# ---- answers


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("score_max = 5", "score_max = 500", "score_max: "),
        ("score_max = 5", "score_max = 100", "any score from 0 to 100 would do"),
        ("score_min = 0", "score_mni = 0", "needs a field 'score_min'"),
        ("score_max = 5", "score_max = 41", "raises no flag must not score more than 40"),
        ("score_max = 5", 'score_max = 41\nflags = ["cheats"]', "flags[1]: "),
        ('caught_by = "contract"', 'caught_by = "incidents"', "has no stage 'incidents'"),
        ("score_max = 5", "score_max = ", "correct the TOML syntax"),
    ],
)
def test_an_expectation_can_be_met_and_missed(root: Path, old: str, new: str, told: str) -> None:
    name = "answers/rejected/constant/expect.toml"
    replace(root, name, old, new)
    assert any(
        one.startswith(name) and told in one for one in found_by("impossible-expectation", root)
    )


def test_an_answer_that_raises_a_flag_may_score_more(root: Path) -> None:
    name = "answers/rejected/constant/expect.toml"
    replace(root, name, "score_max = 5", 'score_max = 41\nflags = ["memorised_answers"]')
    assert not found_by("impossible-expectation", root)


def test_an_answer_that_may_score_anything_is_not_of_its_kind(root: Path) -> None:
    add(root, "answers/accepted/other/expect.toml", 'about = "x"\nscore_min = 0\nscore_max = 99\n')
    (told,) = found_by("impossible-expectation", root)
    assert "an accepted answer that may score 0 shows nothing" in told


def test_a_kind_of_answer_that_does_not_exist_is_told(root: Path) -> None:
    add(root, "answers/acceptd/other/expect.toml", 'about = "x"\nscore_min = 90\nscore_max = 100\n')
    (told,) = found_by("missing-expectation", root)
    assert told.startswith("answers/acceptd: is no kind of answer; use one of: accepted")


def test_a_challenge_shows_what_cheating_earns(root: Path) -> None:
    (root / "answers/rejected").rename(root / "answers/partial/rejected")
    (told,) = found_by("no-cheat", root)
    assert told.startswith("answers/rejected: there is no answer that cheats")


# ---- every rule


ELSEWHERE = {
    "format",  # test_toolkit_package.py, as all that a challenge is not loaded without
    "check-settings",
    "fault-costs",
    "hidden-outside-harness",
    "missing-file",
    "missing-patch",
    "protected-path",
    "stage-table",
    "stray-patch",
    "unique-names",
    "unknown-name",
    "unreachable-band",
    "practice-kit",  # test_practice_kit.py
    "draw-count",  # test_toolkit_incidents.py
    "drawn-once",
    "incident-names",
    "incident-table",
    "injector",
    "late-labels",
    "never-drawn",
    "no-decoy",
    "timeline-length",
    "unnoticeable",
    "slow-rules",  # test_lint_incidents.py
    "uncovered-incident",
    "image-layers",  # test_lint_leaks.py
    "secret-given",
    "useless-silence",  # test_lint_silences.py
}


def test_no_rule_is_without_a_test() -> None:
    here = Path(__file__).read_text()
    asked = {rule for rule in RULES if f'found_by("{rule}"' in here}
    assert asked | ELSEWHERE | {broken.rule for broken in BROKEN} == set(RULES)


def test_a_row_is_an_object_even_with_fields_nobody_asked_for(root: Path) -> None:
    row = {"id": "R-9999", "body": {}, "expected": 0.5, "note": "kept"}
    add(root, "harness/rows.jsonl", json.dumps(row) + "\n")
    assert found_by("rows", root) == []
