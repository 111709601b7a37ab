"""Before anything starts, a proof is planned completely and all that is wrong is told."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from tests.fakes.evidence import make_evidence

from assay.bootstrap import program, publishing
from assay.bootstrap import proving as proving_module
from assay.bootstrap.files import read_evidence
from assay.bootstrap.program import judging_programs, measuring_programs
from assay.bootstrap.proving import (
    ProofRequest,
    Proving,
    alone,
    prepared,
)
from assay.bootstrap.proving_runner import tree_name
from assay.bootstrap.proving_store import RunStore
from assay.domain.errors import BadInput, PlatformFault
from assay.toolkit import practice_kit
from assay.toolkit.files import digest
from assay.toolkit.proving.conduct import Gear, Keyed
from assay.toolkit.proving.digests import key_of, program_digest
from assay.toolkit.proving.plan import Options
from assay.toolkit.scaffold.writer import write_scaffold
from assay_sandbox.images import IMAGES


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scaffold("sorting", "", tmp_path_factory.mktemp("challenges"))


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A challenge that may be changed."""
    return Path(shutil.copytree(made, tmp_path / "challenges" / made.name))


def request(root: Path, **options: object) -> ProofRequest:
    return ProofRequest(root, Options(**options), "local")  # type: ignore[arg-type]


def keys(root: Path, **options: object) -> dict[str, str]:
    with prepared(request(root, **options)) as proving:
        return {one.wanted.shown: one.key for one in proving.keyed}


@pytest.fixture(scope="module")
def before(made: Path) -> dict[str, str]:
    """Run -> its key, as long as nothing was changed."""
    return keys(made)


@pytest.fixture
def proving(root: Path) -> Iterator[Proving]:
    with prepared(request(root)) as found:
        yield found


def edit(path: Path, was: str, now: str) -> None:
    assert was in path.read_text()
    path.write_text(path.read_text().replace(was, now, 1))


def test_every_tree_is_written_before_anything_starts(proving: Proving) -> None:
    assert (proving.trees / "repositories").exists() is False
    assert sum(path.is_dir() for path in proving.trees.iterdir()) == len(
        {one.wanted.name for one in proving.keyed}
    )


def test_repeats_are_runs_of_their_own(before: dict[str, str]) -> None:
    assert before["reference"] != before["reference, once more (2)"]


def test_another_answer_costs_one_evaluation_not_all(root: Path, before: dict[str, str]) -> None:
    shutil.copytree(root / "answers/rejected/constant", root / "answers/rejected/another")
    edit(root / "answers/rejected/another/constant.patch", "+", "+")
    after = keys(root)

    assert {name: key for name, key in after.items() if before.get(name) != key}.keys() == {
        "rejected/another"
    }


def test_a_corrected_brief_costs_no_evaluation(root: Path, before: dict[str, str]) -> None:
    (root / "BRIEF.md").write_text((root / "BRIEF.md").read_text() + "\nGood luck.\n")

    assert keys(root) == before


def test_the_practice_kit_of_a_starter_costs_no_evaluation(root: Path) -> None:
    """It has every band in it, and the digest of the whole package."""
    with prepared(request(root, only=("starter 0",))) as found:
        trees = {one.wanted.kind: found.trees / tree_name(one.wanted) for one in found.keyed}
        kit = trees["starter"] / practice_kit.FOLDER
        without = digest(trees["starter"], without=practice_kit.FOLDER)
        kit.mkdir(exist_ok=True)
        (kit / practice_kit.SPEC).write_text("{}")

        assert digest(trees["starter"], without=practice_kit.FOLDER) == without
        assert digest(trees["starter"]) != without
        assert key_of(found.keyed[1].wanted, without, found.conditions) == found.keyed[1].key


def test_a_changed_reference_costs_all_of_them(root: Path, before: dict[str, str]) -> None:
    (root / "reference" / "NOTES.md").write_text("Notes.\n")
    after = keys(root)

    assert not [name for name in before if after[name] == before[name]]


def test_another_seed_costs_all_of_them(root: Path, before: dict[str, str]) -> None:
    after = keys(root, seed=1)

    assert not [name for name in before if after.get(name) == before[name]]


def test_what_does_not_lint_is_not_proven(root: Path) -> None:
    (root / "reference" / "Dockerfile").unlink()

    with pytest.raises(BadInput, match="Dockerfile"):
        keys(root)


def test_wrong_expectations_are_told_all_at_once(root: Path) -> None:
    for answer in ("partial/half_checked", "rejected/constant"):
        path = root / "answers" / answer / "expect.toml"
        path.write_text(path.read_text() + "colour = 3\n")

    with pytest.raises(BadInput) as refused:
        keys(root)
    assert {Path(problem.file).parent.name for problem in refused.value.problems} == {
        "half_checked", "constant",
    }  # fmt: skip


def test_two_proofs_never_run_on_one_machine_at_once(proving: Proving) -> None:
    with alone(), pytest.raises(PlatformFault, match="another proof runs on this machine"):
        proving.run(lambda _progress: None)


def test_what_is_measured_already_is_judged_beside_another_proof(proving: Proving) -> None:
    for one in proving.keyed:
        put(proving.store, one.key)

    with alone():
        proof = proving.run(lambda _progress: None)
    assert {run.key for run in proof.runs} == {one.key for one in proving.keyed}


def test_evidence_under_the_name_of_another_run_is_no_measurement(proving: Proving) -> None:
    own, copied, *others = dict.fromkeys(one.key for one in proving.keyed)
    for number, key in enumerate(others):
        evidence = make_evidence().model_copy(update={"evaluation_id": f"evl_{number}"})
        proving.store.put(key, evidence.model_dump_json().encode())
    put(proving.store, own, copied)

    faults = {run.key: run.fault for run in proving.run(lambda _progress: None).runs if run.fault}
    assert faults == {
        own: f"its evidence is stored for another run, too: {copied}",
        copied: f"its evidence is stored for another run, too: {own}",
    }


def test_only_a_full_proof_is_written_where_publishing_looks_for_it(root: Path) -> None:
    with prepared(request(root)) as full, prepared(request(root, quick=True)) as quick:
        assert full.out == root.parent / "proofs" / root.name
        assert quick.out == Path("out/proofs") / root.name


def test_publishing_without_a_proof_is_refused(root: Path) -> None:
    with pytest.raises(BadInput, match="there is no proof"):
        publishing.publish(root)


def test_programs_that_measure_are_there() -> None:
    measuring = measuring_programs()

    assert all(path.exists() for path in measuring)
    assert {path.name for path in measuring} > {
        *("evaluation", "assay_probe", "images", "policies"),
        *("engine.py", "injector.py", "stand_ins.py", "timeline.py", "chance.py"),
    }
    assert [path.name for path in judging_programs() if path.exists()] == ["domain", "proving"]


def test_recipes_count_alike_wherever_they_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = program_digest(measuring_programs())
    installed = tmp_path / "assay_sandbox"
    shutil.copytree(IMAGES.parent / "assay_sandbox", installed)
    for name in ("images", "policies"):
        shutil.copytree(IMAGES.parent / name, installed / name)
    monkeypatch.setattr(program, "IMAGES", installed / "images")
    monkeypatch.setattr(program.assay_sandbox, "__path__", [str(installed)])

    assert program_digest(measuring_programs()) == checkout
    (installed / "policies" / "seccomp.json").write_text("{}")
    assert program_digest(measuring_programs()) != checkout


# ------------------------------------------------------------------------------------ the store


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs", tmp_path / "beside")


def put(store: RunStore, *keys: str) -> None:
    for key in keys:
        store.put(key, make_evidence().model_dump_json().encode())


def test_a_stored_run_is_read_back(store: RunStore) -> None:
    put(store, "k")

    assert store.get("k") == make_evidence()


@pytest.mark.parametrize("place", ["runs/k.json", "beside/k.json.xz"])
@pytest.mark.parametrize("content", [None, b"", b'{"schema_version": 1}', b"\xfd7zXZ\x00\x00"])
def test_a_run_that_cannot_be_read_is_run_again(
    store: RunStore, tmp_path: Path, place: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / place).parent.mkdir()
        (tmp_path / place).write_bytes(content)

    assert store.get("k") is None


def test_what_travels_with_the_challenge_is_read_on_another_machine(
    store: RunStore, tmp_path: Path
) -> None:
    put(store, "k")
    store.pack({"k", "not run yet"})
    shutil.rmtree(tmp_path / "runs")

    assert [path.name for path in (tmp_path / "beside").iterdir()] == ["k.json.xz"]
    assert store.get("k") == read_evidence(tmp_path / "beside/k.json.xz") == make_evidence()


def test_evidence_of_runs_that_are_no_part_of_the_proof_any_more_goes(
    store: RunStore, tmp_path: Path
) -> None:
    put(store, "old", "new")
    store.pack({"old"})
    store.pack({"new"})

    assert [path.name for path in (tmp_path / "beside").iterdir()] == ["new.json.xz"]
    assert store.get("old") is not None, "the machine's own store forgets nothing"


@pytest.mark.parametrize(("quick", "travels"), [(False, True), (True, False)])
def test_only_a_full_proof_carries_its_evidence_even_if_it_is_interrupted(
    root: Path, monkeypatch: pytest.MonkeyPatch, quick: bool, travels: bool
) -> None:
    async def interrupted(runs: Sequence[Keyed], gear: Gear) -> NoReturn:
        gear.store.put(runs[0].key, make_evidence().model_dump_json().encode())
        raise KeyboardInterrupt

    monkeypatch.setattr(proving_module, "carry_out", interrupted)
    with prepared(request(root, quick=quick)) as found, pytest.raises(KeyboardInterrupt):
        found.run(lambda _progress: None)

    packed = root.parent / "proofs" / root.name / "evidence" / f"{found.keyed[0].key}.json.xz"
    assert packed.exists() == travels
