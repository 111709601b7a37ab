"""A starter carries the public part of its challenge, and nothing hidden."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.challenges import make_challenge
from tests.fakes.incident_run import CATALOGUE, RULES
from tests.fakes.practice import PUBLIC_ROW, PUBLIC_TESTS, add_kit
from tests.fakes.quick_challenge import write_quick_challenge
from tests.fakes.tiny_challenge import SPEC, write_tiny_challenge

from assay.domain.challenge import Challenge, PracticeKit
from assay.domain.errors import BadInput
from assay.evaluation.incidents.timeline import draw_timeline
from assay.evaluation.plan import stages_of
from assay.toolkit.package import load_challenge
from assay.toolkit.practice_kit import PUBLIC, find_kit, only_there, public_edition, read_kit
from assay.toolkit.variants import write_tree

KIT = PracticeKit(tests="practice/test_contract.py", rows="practice/rows.jsonl")
SHOWN = KIT.model_copy(update={"incidents": ("hang", "months", "surge")})


def starter(tmp_path: Path, more: str = "") -> Path:
    package = load_challenge(add_kit(write_quick_challenge(tmp_path / "challenges"), more))
    write_tree(package, "starter", tmp_path / "starter")
    return tmp_path / "starter"


def files_below(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def full_challenge(**overrides: Any) -> Challenge:
    incidents = {**RULES, "thorough_draw": [{"group": "decoy", "count": 1}]}
    return make_challenge(
        incidents=incidents, incident=[one.model_dump() for one in CATALOGUE], **overrides
    )


# --------------------------------------------------------------------------------- the starter


def test_a_starter_brings_the_kit_and_nothing_else_has_one(tmp_path: Path) -> None:
    package = load_challenge(add_kit(write_quick_challenge(tmp_path / "challenges")))
    for name in ("starter", "reference", "fault:triples"):
        write_tree(package, name, tmp_path / name.replace(":", "-"))

    assert files_below(tmp_path / "starter/.assay").keys() == {
        "README.md", "harness/rows.jsonl", "harness/test_contract.py", "kit.json",
        "wheelhouse.txt",
    }  # fmt: skip
    assert not (tmp_path / "reference/.assay").exists()
    assert not (tmp_path / "fault-triples/.assay").exists()


def test_without_a_kit_the_starter_is_as_ever(tmp_path: Path) -> None:
    package = load_challenge(write_quick_challenge(tmp_path / "challenges"))
    write_tree(package, "starter", tmp_path / "starter")

    assert files_below(tmp_path / "starter").keys() == {"Dockerfile", "app.py"}


def test_the_same_package_gives_the_same_bytes_for_every_variant(tmp_path: Path) -> None:
    package = load_challenge(add_kit(write_tiny_challenge(tmp_path)))
    for variant in (0, 1):
        write_tree(package, "starter", tmp_path / str(variant), variant=variant)

    assert files_below(tmp_path / "0/.assay") == files_below(tmp_path / "1/.assay")


def test_no_hidden_file_and_no_word_of_the_solution_is_in_it(tmp_path: Path) -> None:
    folder = starter(tmp_path)
    package = tmp_path / "challenges/doubling"
    given = b"\n".join(files_below(folder / ".assay").values())
    hidden = [*files_below(package / "harness").values(), *files_below(package / "faults").values()]

    assert hidden
    assert [one for one in hidden if one in given] == []
    assert b"triples" not in given
    assert b"arithmetic" not in given, "slots say where the faults are"
    assert PUBLIC_TESTS.encode() in given


def test_a_folder_of_that_name_in_the_reference_is_not_overwritten(tmp_path: Path) -> None:
    package = add_kit(write_quick_challenge(tmp_path / "challenges"))
    (package / "reference/.assay").mkdir()
    (package / "reference/.assay/kit.json").write_text("{}")

    with pytest.raises(BadInput, match=r"has a folder \.assay/ of its own"):
        write_tree(load_challenge(package), "starter", tmp_path / "starter")


# --------------------------------------------------------------------------- the public edition


def test_what_candidates_may_not_know_is_left_out() -> None:
    slot = {"id": "s", "title": "A place", "fault": [
        {"id": "f", "title": "T", "why": "W", "costs": ["latency_p95"], "measured_by": "load"}
    ]}  # fmt: skip
    edition = public_edition(full_challenge(slot=[slot]), SHOWN)

    assert edition.slot == ()
    assert {one.id for one in edition.incident} == set(SHOWN.incidents)
    assert edition.capacity is None, "it saturates the reference"
    assert edition.contract.tests == "harness/test_contract.py"
    assert edition.contract.rows == "harness/rows.jsonl"


ADAPTED = {"build", "contract", "quality", "incidents", "incident"}
HIDDEN = {
    "practice", "capacity", "review", "question", "slot", "weights", "silence",
    "generator", "attacks",
}  # fmt: skip


def test_a_new_table_is_handed_out_only_if_somebody_decided_so() -> None:
    assert {*PUBLIC, *ADAPTED, *HIDDEN} == set(Challenge.model_fields)
    assert not {*PUBLIC, *ADAPTED} & HIDDEN


def test_what_the_brief_says_stays_as_it_is() -> None:
    challenge = full_challenge()
    edition = public_edition(challenge, SHOWN)

    for table in ("limits", "load", "shutdown", "area", "criterion", "contract.score"):
        name, _, field = table.partition(".")
        now, before = getattr(edition, name), getattr(challenge, name)
        assert (getattr(now, field) if field else now) == (
            getattr(before, field) if field else before
        )


def test_the_timeline_at_home_has_every_shown_incident_once_and_its_own_length() -> None:
    edition = public_edition(full_challenge(), SHOWN)
    assert edition.incidents is not None
    timeline = draw_timeline(edition.incidents, edition.incident, "standard", seed=3)

    assert sorted(one.spec.id for one in timeline.planned) == sorted(SHOWN.incidents)
    assert timeline.length_min == SHOWN.incidents_min


def test_a_kit_that_shows_no_incident_has_no_such_stage() -> None:
    edition = public_edition(full_challenge(), KIT)

    assert "incidents" not in stages_of(edition)
    assert {"contract", "quality", "load", "shutdown"} <= set(stages_of(edition))


def test_what_needs_the_reference_is_told_to_be_measured_elsewhere() -> None:
    assert only_there(full_challenge(), SHOWN) == ("p95",)


# ---------------------------------------------------------------------------- finding and reading


def test_the_kit_is_found_from_any_folder_of_the_repository(tmp_path: Path) -> None:
    folder = starter(tmp_path)
    (folder / "app/deep").mkdir(parents=True)

    assert find_kit(folder / "app/deep") == folder.resolve()


def test_where_there_is_no_kit_it_is_said_how_to_get_it_back(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no practice kit.*git checkout"):
        find_kit(tmp_path)


def test_a_kit_is_read_as_a_package_without_a_reference(tmp_path: Path) -> None:
    kit = read_kit(starter(tmp_path))

    assert kit.package.challenge.id == "doubling"
    assert kit.package.rows.read_text() == PUBLIC_ROW
    assert kit.package.wheelhouse.is_file()
    assert not kit.package.reference.exists()


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', "\xff"], ids=repr)
def test_a_kit_that_was_changed_is_refused_in_words(tmp_path: Path, text: str) -> None:
    folder = starter(tmp_path)
    (folder / ".assay/kit.json").write_bytes(text.encode("latin1"))

    with pytest.raises(BadInput, match=r"kit\.json: cannot be read"):
        read_kit(folder)


def test_every_missing_file_is_named(tmp_path: Path) -> None:
    folder = starter(tmp_path)
    (folder / ".assay/wheelhouse.txt").unlink()
    (folder / ".assay/harness/rows.jsonl").unlink()

    with pytest.raises(BadInput) as refused:
        read_kit(folder)
    assert len(refused.value.problems) == 2


def test_the_kit_names_the_package_it_belongs_to(tmp_path: Path) -> None:
    folder = starter(tmp_path)
    named = json.loads((folder / ".assay/kit.json").read_text())["challenge_sha256"]

    assert named == load_challenge(tmp_path / "challenges/doubling").digest


# ------------------------------------------------------------------------- what authors must keep


def refusal(package: Path) -> str:
    with pytest.raises(BadInput) as refused:
        load_challenge(package)
    return str(refused.value)


def test_a_hidden_row_in_the_kit_is_found_with_its_line(tmp_path: Path) -> None:
    package = add_kit(write_quick_challenge(tmp_path))
    hidden = (package / "harness/rows.jsonl").read_text()
    (package / "practice/rows.jsonl").write_text(PUBLIC_ROW + hidden)

    assert "practice/rows.jsonl:2: this row is one of harness/" in refusal(package)


def test_a_link_in_the_kit_would_hand_out_what_it_leads_to(tmp_path: Path) -> None:
    package = add_kit(write_quick_challenge(tmp_path))
    (package / "practice/more.py").symlink_to(package / "harness/test_contract.py")

    assert "practice/more.py: is a link" in refusal(package)


@pytest.mark.parametrize("folder", ["harness", "reference", "faults/x", "answers/a", "."])
def test_the_kit_is_no_folder_that_is_hidden(tmp_path: Path, folder: str) -> None:
    package = add_kit(write_tiny_challenge(tmp_path))
    spec = package / "challenge.toml"
    spec.write_text(spec.read_text().replace('"practice/', f'"{folder}/').replace("./", ""))

    assert "would hand out everything beside it" in refusal(package)


def test_the_files_of_a_kit_exist_and_lie_together(tmp_path: Path) -> None:
    package = add_kit(write_tiny_challenge(tmp_path))
    spec = package / "challenge.toml"
    spec.write_text(spec.read_text().replace("practice/rows", "elsewhere/rows"))
    told = refusal(package)

    assert "there is no file 'elsewhere/rows.jsonl'" in told
    assert "is not beside 'practice/test_contract.py'" in told


DEPENDENCY = """
[[dependency]]
name = "bureau"
environment = "BUREAU_URL"
port = 8090
behaviour = "lookup"
data = "bureau.jsonl"
"""


def test_stand_ins_have_their_data_at_home_too(tmp_path: Path) -> None:
    package = add_kit(write_tiny_challenge(tmp_path, SPEC + DEPENDENCY))
    (package / "harness/bureau.jsonl").write_text("")

    assert "the practice kit has no 'bureau.jsonl' for the stand-in of 'bureau'" in refusal(package)


def test_an_incident_that_is_shown_exists(tmp_path: Path) -> None:
    package = add_kit(write_tiny_challenge(tmp_path), 'incidents = ["flood"]\n')

    assert "no [[incident]] is called 'flood'" in refusal(package)
