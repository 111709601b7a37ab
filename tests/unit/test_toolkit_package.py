"""A challenge package is refused whole: every problem at once, with its place and its remedy."""

from pathlib import Path

import pytest
from tests.fakes.tiny_challenge import SPEC, write_tiny_challenge

from assay.domain.errors import BadInput
from assay.toolkit.package import digest, load_challenge


def refusal(directory: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        load_challenge(directory)
    return [str(p).removeprefix(f"{directory}/") for p in caught.value.problems]


def refusal_of(tmp_path: Path, old: str, new: str) -> list[str]:
    assert old in SPEC
    return refusal(write_tiny_challenge(tmp_path, SPEC.replace(old, new, 1)))


def line_of(text: str, spec: str = SPEC) -> int:
    return spec[: spec.index(text)].count("\n") + 1


def test_a_sound_package_is_loaded_with_its_places(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    package = load_challenge(root)
    assert package.challenge.id == "tiny"
    assert package.rows == root / "harness/rows.jsonl"
    assert package.patch("top", "top_a").is_file()
    assert package.holdout is None
    assert len(package.digest) == 64


def test_broken_toml_is_located(tmp_path: Path) -> None:
    (problem,) = refusal_of(tmp_path, 'title = "Tiny"', 'title = "Tiny')
    assert problem.startswith("challenge.toml:4: ")
    assert "correct the TOML syntax" in problem


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    spec = SPEC.replace('version = "1.0.0"', 'version = "one"')
    spec = spec.replace("practice_runs = 3", "practise_runs = 3")
    spec = spec.replace('question = "Is it right?"\n', "")
    problems = refusal(write_tiny_challenge(tmp_path, spec))
    assert [problem.split(": ")[0] for problem in problems] == [
        "challenge.toml:3",
        f"challenge.toml:{line_of('[time_box]', spec)}",
        f"challenge.toml:{line_of('practise_runs', spec)}",
        f"challenge.toml:{line_of('[[area]]', spec)}",
    ]


def test_a_misspelt_field_is_told_its_likely_name(tmp_path: Path) -> None:
    problems = refusal_of(tmp_path, "practice_runs", "practise_runs")
    assert any("did you mean 'practice_runs'?" in problem for problem in problems)


def test_an_unknown_field_deep_inside_is_told_what_is_allowed_there(tmp_path: Path) -> None:
    (problem,) = refusal_of(tmp_path, 'why = "It happens."', 'why = "x"\nxyzzy = 1')
    assert problem.startswith(f"challenge.toml:{line_of('why = ') + 1}: ")
    assert "slot[1].fault[1] has no field 'xyzzy'" in problem
    assert "id, measured_by, partly, title, why" in problem


def test_a_missing_field_says_what_it_is_for(tmp_path: Path) -> None:
    problems = refusal_of(tmp_path, 'why = "It happens."\n', "")
    (problem,) = problems
    assert "needs a field 'why'" in problem
    assert "How production teams meet it" in problem


def test_another_format_is_told_alone_and_what_to_do_about_it(tmp_path: Path) -> None:
    spec = SPEC.replace("format = 1", "format = 2").replace("[[area]]", "[[region]]")
    (problem,) = refusal(write_tiny_challenge(tmp_path, spec))
    assert problem.startswith("challenge.toml:1: ")
    assert "a challenge of format 2, and this Assay reads format 1; upgrade Assay" in problem


def test_a_format_before_the_first_one_is_a_slip(tmp_path: Path) -> None:
    (problem,) = refusal_of(tmp_path, "format = 1", "format = 0")
    assert "write format = 1" in problem


def test_a_band_pays_more_for_what_is_better(tmp_path: Path) -> None:
    (problem,) = refusal_of(tmp_path, "floor = 0, target = 1", "floor = 1, target = 0")
    assert problem.startswith(f"challenge.toml:{line_of('band =')}: ")
    assert "more is better for check 'contract_tests'; floor belongs below target" in problem


@pytest.mark.parametrize("band", ["floor = 0, target = 100", "floor = -1, target = 1"])
def test_no_band_reaches_beyond_what_its_check_can_be(tmp_path: Path, band: str) -> None:
    (problem,) = refusal_of(tmp_path, "floor = 0, target = 1", band)
    assert "is never below 0 or above 1; move it inside" in problem


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('{ criterion = "right", tests = 3 }', "has no setting 'tests'; it has: criterion"),
        ("{ criterion = 3 }", "settings.criterion is 3; write the marker of hidden tests"),
    ],
)
def test_a_check_is_given_settings_it_knows(tmp_path: Path, settings: str, told: str) -> None:
    (problem,) = refusal_of(tmp_path, '{ criterion = "right" }', settings)
    assert told in problem


def test_a_check_that_needs_a_setting_says_so(tmp_path: Path) -> None:
    old = 'check = "contract_tests"\nsettings = { criterion = "right" }'
    problems = refusal_of(tmp_path, old, 'check = "latency_ratio"')
    assert any("needs settings.quantile; write 0.5 or 0.95" in problem for problem in problems)


def test_a_price_sheet_is_one_that_exists(tmp_path: Path) -> None:
    table = '[capacity]\nprices = "free"\nreference_cpu_ms = 1\n\n[[area]]'
    (problem,) = refusal_of(tmp_path, "[[area]]", table)
    assert "the price sheet is 'free', which does not exist; use one of: aws-" in problem


def test_a_stand_in_behaves_in_a_way_that_exists(tmp_path: Path) -> None:
    table = """[[dependency]]
name = "bureau"
environment = "BUREAU_URL"
port = 8090
behaviour = "oracle"
data = "rows.jsonl"

[[area]]"""
    (problem,) = refusal_of(tmp_path, "[[area]]", table)
    assert "has behaviour 'oracle', which does not exist; use one of: lookup" in problem


def test_a_weight_is_fixed_of_an_area_that_exists(tmp_path: Path) -> None:
    table = '[weights]\nfixed = ["beauty"]\n\n[[area]]'
    (problem,) = refusal_of(tmp_path, "[[area]]", table)
    assert "the weight of area 'beauty' is fixed, which does not exist; use one of" in problem


def test_points_must_sum_to_a_hundred(tmp_path: Path) -> None:
    (problem,) = refusal_of(tmp_path, "points = 100", "points = 99")
    assert problem.startswith(f"challenge.toml:{line_of('[[criterion]]')}: ")
    assert "worth 99 points" in problem


def test_a_criterion_names_an_area_that_exists(tmp_path: Path) -> None:
    (problem,) = refusal_of(tmp_path, 'area = "correctness"', 'area = "speed"')
    assert "'speed'" in problem
    assert "use one of: correctness" in problem


def test_a_criterion_names_a_check_that_exists(tmp_path: Path) -> None:
    (problem,) = refusal_of(tmp_path, 'check = "contract_tests"', 'check = "vibes"')
    assert problem.startswith(f"challenge.toml:{line_of('check =')}: ")
    assert "'vibes'" in problem
    assert "contract_tests" in problem


def test_a_criterion_of_a_stage_needs_that_stages_table(tmp_path: Path) -> None:
    old = 'check = "contract_tests"\nsettings = { criterion = "right" }'
    (problem,) = refusal_of(tmp_path, old, 'check = "throughput_ratio"')
    assert "needs a [capacity] table" in problem


def test_a_fault_costs_criteria_that_exist(tmp_path: Path) -> None:
    (problem,) = refusal_of(tmp_path, 'costs = ["right"]', 'costs = ["right", "latency"]')
    assert "'latency'" in problem
    assert "'right'" not in problem


def test_a_fault_of_the_incidents_costs_criteria_that_exist(tmp_path: Path) -> None:
    old = 'costs = ["right"]\nmeasured_by = "incidents"'
    (problem,) = refusal_of(tmp_path, old, old.replace("right", "paged"))
    assert "fault 'bottom_a' costs 'paged', which is no criterion" in problem


def test_a_fault_takes_a_part_of_what_it_names_alone(tmp_path: Path) -> None:
    old = 'costs = ["right"]'
    (problem,) = refusal_of(tmp_path, old, old + "\npartly = { right = 0.5, latency = 0.5 }")
    assert "takes a part of 'latency', which its costs do not name" in problem


@pytest.mark.parametrize("share", ["0", "1", "1.5", "-0.1"])
def test_a_part_is_neither_nothing_nor_the_whole(tmp_path: Path, share: str) -> None:
    old = 'costs = ["right"]'
    (problem,) = refusal_of(tmp_path, old, f"{old}\npartly = {{ right = {share} }}")
    assert "partly.right" in problem


def test_a_fault_has_a_patch(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    (root / "faults/top/top_b.patch").unlink()
    (problem,) = refusal(root)
    assert "has no faults/top/top_b.patch; make it: assay challenge fault" in problem
    assert problem.endswith("tiny top/top_b --edit DIR, then --save DIR")


def test_a_stray_patch_is_no_secret(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    (root / "faults/top/forgotten.patch").write_text("")
    (problem,) = refusal(root)
    assert problem.startswith("faults/top/forgotten.patch: ")


def test_fault_names_are_unique_across_slots(tmp_path: Path) -> None:
    problems = refusal_of(tmp_path, 'id = "bottom_a"', 'id = "top_a"')
    assert any("two fault tables named 'top_a'" in problem for problem in problems)


PROTECTED = '[practice]\nprotected = ["Dockerfile", "{}"]\n\n[time_box]'


@pytest.mark.parametrize("path", ["Dockerfil", "../BRIEF.md"])
def test_what_is_protected_is_a_part_of_the_service(tmp_path: Path, path: str) -> None:
    (problem,) = refusal_of(tmp_path, "[time_box]", PROTECTED.format(path))
    assert f"reference/ has no '{path}' to protect" in problem


@pytest.mark.parametrize("path", ["/Dockerfile", "*.py", ":(glob)app", "a b", ""])
def test_what_is_protected_is_no_pattern(tmp_path: Path, path: str) -> None:
    (problem,) = refusal_of(tmp_path, "[time_box]", PROTECTED.format(path))
    assert "protected" in problem


def test_files_named_exist_and_hidden_ones_are_in_the_harness(tmp_path: Path) -> None:
    problems = refusal_of(tmp_path, '"harness/rows.jsonl"', '"elsewhere/rows.jsonl"')
    assert len(problems) == 2
    assert any("there is no file 'elsewhere/rows.jsonl'" in problem for problem in problems)
    assert any("not under harness/" in problem for problem in problems)


def test_an_unknown_challenge_lists_those_there_are(tmp_path: Path) -> None:
    write_tiny_challenge(tmp_path)
    (problem,) = refusal(tmp_path / "tyni")
    assert "there is no such directory" in problem
    assert str(tmp_path / "tiny") in problem


def test_the_digest_changes_with_any_file_and_with_nothing_else(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    before = digest(root)
    (root / "reference/__pycache__").mkdir()
    (root / "reference/__pycache__/app.pyc").write_text("left by a tool")
    assert digest(root) == before
    (root / "harness/rows.jsonl").write_text("{}\n")
    assert digest(root) != before
