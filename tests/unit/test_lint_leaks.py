"""What candidates receive holds nothing hidden; what only looks like it is let pass."""

import json
from pathlib import Path

import pytest
from tests.broken_challenges.edits import BRIEF, SPEC, add, line_of, replace, spec
from tests.fakes.scaffolds import found_by, fresh_scaffold

PATCH = "faults/features/wrong_unit.patch"
ADDED = "+METRES = 1609.344"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fresh_scaffold(tmp_path)


def first_row(root: Path) -> dict[str, object]:
    row: dict[str, object] = json.loads((root / "harness/holdout.jsonl").read_text().split("\n")[0])
    return row


# ---- hidden data


def test_a_hidden_file_is_known_under_another_name(root: Path) -> None:
    add(root, "reference/app/data.txt", (root / "harness/rows.jsonl").read_text())
    (told,) = found_by("hidden-data", root)
    assert told.startswith("reference/app/data.txt:1: is harness/rows.jsonl, which is hidden; ")


def test_the_values_of_a_hidden_row_are_known_without_its_id(root: Path) -> None:
    row = first_row(root)
    body = row["body"]
    assert isinstance(body, dict)
    values = [body["distance_m"], body["weight_g"], body["day"], row["expected"]]
    add(root, "reference/app/train.csv", "distance,weight,day,late\n" + ",".join(map(str, values)))
    (told,) = found_by("hidden-data", root)
    assert told.startswith("reference/app/train.csv:2: has the values of a hidden row")


def test_the_values_of_a_hidden_row_are_known_in_a_document_too(root: Path) -> None:
    """Indented, each value has a line of its own."""
    row = first_row(root)
    body = row["body"]
    assert isinstance(body, dict)
    known = {"metres": body["distance_m"], "grams": body["weight_g"], "on": body["day"]}
    document = {"rows": [{"day": "monday"}, known | {"late": row["expected"]}]}
    add(root, "reference/app/more.json", json.dumps(document, indent=1))
    (told,) = found_by("hidden-data", root)
    assert told.startswith("reference/app/more.json:1: has the values of a hidden row")


def test_documents_of_other_values_are_no_leak(root: Path) -> None:
    add(root, "reference/app/more.json", json.dumps([{"a": [1.5, "x"]}, 7, "monday"], indent=1))
    assert found_by("hidden-data", root) == []


def test_hidden_tests_are_known_by_their_lines(root: Path) -> None:
    lines = (root / "harness/test_contract.py").read_text().splitlines()
    copied = [line for line in lines if len(line) > 60 and '"""' not in line][:4]
    add(root, "reference/tests/test_more.py", "import math\n" + "\n".join(copied) + "\n")
    (told,) = found_by("hidden-data", root)
    assert told.startswith("reference/tests/test_more.py:2: has 4 lines of the hidden tests")


def test_what_a_patch_brings_into_the_starter_is_looked_at_too(root: Path) -> None:
    replace(root, PATCH, ADDED, f"{ADDED}  # as for {first_row(root)['id']}")
    (told,) = found_by("hidden-data", root)
    assert told.startswith(f"{PATCH}:{line_of(root, PATCH, ADDED)}: names the hidden row 'H-0000'")


def test_what_the_brief_shows_is_received_too(root: Path) -> None:
    replace(root, BRIEF, "P-000123", "H-0000")
    (told,) = found_by("hidden-data", root)
    assert told.startswith(f"{BRIEF}:{line_of(root, BRIEF, 'H-0000')}: ")


def test_one_or_two_values_in_common_are_no_leak(root: Path) -> None:
    row = first_row(root)["body"]
    assert isinstance(row, dict)
    add(root, "reference/tests/data.csv", f"{row['distance_m']},{row['day']},1250\n")
    assert found_by("hidden-data", root) == []


def test_a_line_of_code_in_common_is_no_leak(root: Path) -> None:
    line = 'answer = service.post(BATCH, json={"parcels": parcels})'
    add(root, "reference/tests/test_more.py", f"{line}\n{line}\n{line}\n")
    assert found_by("hidden-data", root) == []


def test_what_candidates_are_told_of_hidden_tests_anyway_is_no_leak(root: Path) -> None:
    lines = (root / "harness/test_contract.py").read_text().splitlines()
    told = [line for line in lines if line.strip().startswith('"""') or "pytest.mark." in line]
    add(root, "reference/tests/test_more.py", "\n".join(told) + "\n")
    assert len(told) > 10
    assert found_by("hidden-data", root) == []


def test_a_short_id_is_a_word_like_others(root: Path) -> None:
    rows = root / "harness/rows.jsonl"
    rows.write_text(rows.read_text().replace('{"id": "R-0000"', '{"id": "late"', 1))
    assert found_by("hidden-data", root) == []


def test_what_git_leaves_out_of_the_starter_is_received_by_nobody(root: Path) -> None:
    add(root, "reference/.gitignore", "\n/local/\n")
    add(root, "reference/local/rows.txt", (root / "harness/rows.jsonl").read_text())
    assert found_by("hidden-data", root) == []


# ---- words that tell


@pytest.mark.parametrize(
    "comment", ["# wrong unit", "# FIXME", "# used to be 1000", "# in the reference: 1000"]
)
def test_a_comment_that_a_patch_adds_may_not_tell_what_it_did(root: Path, comment: str) -> None:
    replace(root, PATCH, ADDED, f"{ADDED}  {comment}")
    (told,) = found_by("solution-text", root)
    assert told.startswith(f"{PATCH}:{line_of(root, PATCH, ADDED)}: says ")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("reference/app/notes.txt", "The planted one is in features.py.\n"),
        ("reference/app/notes.txt", "Compare with wrong_unit.\n"),
        ("reference/app/notes.txt", "See harness/rows.jsonl for more.\n"),
        (BRIEF, "\nDistances reach the model in miles.\n"),
    ],
)
def test_no_text_that_is_received_names_a_fault_or_the_package(
    root: Path, file: str, text: str
) -> None:
    add(root, file, text)
    (told,) = found_by("solution-text", root)
    assert told.startswith(f"{file}:{line_of(root, file, text.strip())}: says ")


@pytest.mark.parametrize(
    "code", ['    raise Refused("wrong")', "    is_broken = True", "    default()"]
)
def test_code_may_use_the_words_of_mistakes(root: Path, code: str) -> None:
    replace(root, PATCH, ADDED, f"{ADDED}\n+{code}")
    assert found_by("solution-text", root) == []


def test_the_references_own_comments_may_speak_of_what_is_wrong_with_requests(root: Path) -> None:
    add(root, "reference/app/features.py", "\n# a wrong date is refused before this\n")
    assert found_by("solution-text", root) == []


# ---- history, seeds, secrets


@pytest.mark.parametrize("name", ["app/model.py~", "fix.patch", "app/.DS_Store", ".gitmodules"])
def test_nothing_shows_what_the_service_was_before(root: Path, name: str) -> None:
    add(root, f"reference/{name}", "x\n")
    (told,) = found_by("history-left", root)
    assert told.startswith(f"reference/{name}: shows what the service was before")


def test_a_fault_that_plants_the_healthy_file_beside_the_broken_one_is_told(root: Path) -> None:
    head = "diff --git a/app/features.py.orig b/app/features.py.orig"
    add(
        root,
        PATCH,
        f"{head}\nnew file mode 100644\n--- /dev/null\n+++ b/app/features.py.orig\n"
        "@@ -0,0 +1 @@\n+METRES = 1000\n",
    )
    (told,) = found_by("history-left", root)
    assert told.startswith(f"{PATCH}:{line_of(root, PATCH, head)}: puts app/features.py.orig into ")
    assert "open fault 'wrong_unit' with --edit" in told


def test_a_repository_in_the_reference_is_told_once(root: Path) -> None:
    add(root, "reference/.git/HEAD", "ref: refs/heads/main\n")
    add(root, "reference/.git/refs/old.orig", "x\n")
    (told,) = found_by("history-left", root)
    assert told.startswith("reference/.git: ")


@pytest.mark.parametrize("text", ["rng = Random(20_260_314)", '"seed": 20260314'])
def test_the_seed_of_hidden_data_is_known_however_it_is_written(root: Path, text: str) -> None:
    add(root, "reference/app/draw.txt", f"{text}\n")
    (told,) = found_by("seed-leak", root)
    assert told.startswith(
        "reference/app/draw.txt:1: has 20260314, the seed that tools/make_data.py"
    )


@pytest.mark.parametrize(
    "declared",
    [
        "SEED: int = 20_260_314",
        "rng = RandomState(20_260_314)",
        "rng = Generator(PCG64(20_260_314))",
        "rows = split(random_state=20_260_314)",
        "def draw(rows, random_state=20_260_314): ...",
        "def draw(rows, *, seed=20_260_314): ...",
    ],
)
def test_a_seed_is_one_however_it_is_declared(root: Path, declared: str) -> None:
    replace(root, "tools/make_data.py", "SEED = 20_260_314", declared)
    add(root, "reference/app/draw.txt", "20260314\n")
    (told,) = found_by("seed-leak", root)
    assert "has 20260314, the seed that tools/make_data.py" in told


def test_everybodys_seed_is_nobodys(root: Path) -> None:
    replace(root, "tools/make_data.py", "SEED = 20_260_314", "SEED = 42")
    add(root, "reference/app/draw.txt", "rng = Random(42)\n")
    assert found_by("seed-leak", root) == []


@pytest.mark.parametrize(
    "line",
    ['    print("seed", seed)', '    assert rows, f"with seed {seed}"', "    pytest.fail(seed)"],
)
def test_a_hidden_test_keeps_the_seed_to_itself(root: Path, line: str) -> None:
    suite = "harness/test_contract.py"
    add(root, suite, f'\n\ndef test_more(rows, seed):\n    """More."""\n{line}\n')
    (told,) = found_by("seed-leak", root)
    assert told.startswith(f"{suite}:{line_of(root, suite, line)}: tells candidates the seed")


def test_the_name_of_our_seed_is_ours(root: Path) -> None:
    add(root, "reference/app/draw.py", 'SEED = os.environ["ASSAY_SEALED_SEED"]\n')
    (told,) = found_by("seed-leak", root)
    assert "names 'ASSAY_SEALED_SEED', which is ours" in told


def test_a_credential_is_handed_to_nobody(root: Path) -> None:
    add(root, "reference/app/config.py", 'api_key = "' + "k" * 20 + '"\n')
    (told,) = found_by("secret-given", root)
    assert told.startswith("reference/app/config.py:1: looks like a hard-coded password")


# ---- builds


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("FROM python:3.11-slim AS base", "FROM python:3.12 AS base", "base_images does not name"),
        ("COPY app ./app", "COPY --from=builder:2 /x ./app", "no stage and no base image"),
        ("COPY app ./app", "ADD https://models.example/m.json ./", "builds have no network"),
        ("COPY app ./app", "RUN --mount=type=bind,source=.. true", "mounts something"),
    ],
)
def test_an_image_is_built_from_the_tree_and_named_bases(
    root: Path, old: str, new: str, told: str
) -> None:
    replace(root, "reference/Dockerfile", old, new)
    line = line_of(root, "reference/Dockerfile", new)
    (found,) = found_by("build-context", root)
    assert found.startswith(f"reference/Dockerfile:{line}: ")
    assert told in found


def test_a_stage_may_be_named_and_copied_from(root: Path) -> None:
    replace(root, "reference/Dockerfile", "COPY app ./app", "COPY --from=0 /x ./app")
    assert found_by("build-context", root) == []


def test_what_a_layer_deletes_an_earlier_one_keeps(root: Path) -> None:
    replace(
        root,
        "reference/Dockerfile",
        "COPY app ./app",
        "COPY app ./app\nCOPY train.csv ./\nRUN python fit.py && rm \\\n    train.csv",
    )
    (told,) = found_by("image-layers", root)
    line = line_of(root, "reference/Dockerfile", "RUN python fit.py")
    assert told.startswith(f"reference/Dockerfile:{line}: deletes 'train.csv'")


@pytest.mark.parametrize(
    ("copied", "deleted"),
    [
        ("app ./app", "app/model.py"),
        ("app /srv/app", "/srv/app/model.py"),
        (". .", "./app/model.py"),
        ("app /", "/app"),
    ],
)
def test_a_part_of_what_was_copied_is_kept_too(root: Path, copied: str, deleted: str) -> None:
    dockerfile = f"COPY {copied}\nRUN rm -rf {deleted} build /var/lib/apt/lists"
    replace(root, "reference/Dockerfile", "COPY app ./app", dockerfile)
    (told,) = found_by("image-layers", root)
    assert f"deletes {deleted.removeprefix('./')!r}" in told


def test_another_stage_keeps_nothing_of_it(root: Path) -> None:
    replace(root, "reference/Dockerfile", "COPY app ./app", "COPY app ./app\nCOPY train.csv ./")
    add(root, "reference/Dockerfile", "RUN rm -rf train.csv\n")
    assert found_by("image-layers", root) == []


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("numpy>=2", "has 'numpy>=2', which is no package with one version"),
        ("-e ../features", "has '-e', which is no package with one version"),
        ("https://models.example/m.whl", "is no package with one version"),
        ("numpy==2.4.6", "has numpy without a --hash=sha256:"),
    ],
)
def test_a_package_has_one_version_and_a_hash(root: Path, entry: str, told: str) -> None:
    add(root, "wheelhouse.txt", f"{entry}\n")
    (found,) = found_by("wheelhouse", root)
    assert told in found


def test_what_the_reference_needs_is_in_the_wheelhouse(root: Path) -> None:
    pin = f"Flask_Cors==4.0 \\\n    --hash=sha256:{'a' * 64}\n"
    add(root, "wheelhouse.txt", pin)
    add(root, "reference/requirements.txt", "flask-cors==4.0\nnumpy==2.4.6\n")
    (told,) = found_by("wheelhouse", root)
    assert told.startswith("reference/requirements.txt:2: needs numpy==2.4.6")


def test_the_practice_kit_is_received_whole(root: Path) -> None:
    add(root, "practice/test_public.py", "")
    add(root, "practice/rows.jsonl", json.dumps({"id": "H-0000", "body": {}, "expected": 0.1}))
    kit = '[practice.kit]\ntests = "practice/test_public.py"\nrows = "practice/rows.jsonl"\n\n'
    spec(root, "[limits]", f"{kit}[limits]")
    (told,) = found_by("hidden-data", root)
    assert told.startswith("practice/rows.jsonl:1: names the hidden row 'H-0000'")
    assert SPEC not in told
