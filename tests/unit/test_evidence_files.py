"""What an evaluation leaves on disk is its own, whole, and nowhere else."""

from pathlib import Path

import pytest
from tests.fakes.evidence import make_evidence

from assay.bootstrap.files import EVIDENCE, LOG, REPORT, RESULT, read_evidence, write_evidence
from assay.domain.incidents import REPLAY_FILE

EVIDENCE_OF_RUN = make_evidence()
TEST = b"# a test of promtool\n{}\n"


def names(out: Path) -> set[str]:
    return {path.name for path in out.iterdir()}


def test_artifacts_lie_beside_the_evidence(tmp_path: Path) -> None:
    written = write_evidence(tmp_path / "out", EVIDENCE_OF_RUN, {REPLAY_FILE: TEST})

    assert names(tmp_path / "out") == {EVIDENCE, LOG, REPLAY_FILE}
    assert set(written) == set((tmp_path / "out").iterdir())
    assert (tmp_path / "out" / REPLAY_FILE).read_bytes() == TEST
    assert read_evidence(tmp_path / "out") == EVIDENCE_OF_RUN


def test_a_later_evaluation_without_rules_takes_the_old_test_away(tmp_path: Path) -> None:
    write_evidence(tmp_path, EVIDENCE_OF_RUN, {REPLAY_FILE: TEST})
    write_evidence(tmp_path, EVIDENCE_OF_RUN, {})

    assert names(tmp_path) == {EVIDENCE, LOG}


def test_a_later_evaluation_takes_the_old_judgement_away(tmp_path: Path) -> None:
    for old in (RESULT, REPORT):
        (tmp_path / old).write_text("of another submission")
    write_evidence(tmp_path, EVIDENCE_OF_RUN, {})

    assert names(tmp_path) == {EVIDENCE, LOG}


def test_files_of_the_user_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_evidence(tmp_path, EVIDENCE_OF_RUN, {})

    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "name",
    ["../rules_test.yml", "/tmp/rules_test.yml", "a/b", "..", ".", "", ".hidden", EVIDENCE, LOG],
)
def test_an_artifact_is_a_plain_file_of_its_own_in_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="an artifact cannot be called"):
        write_evidence(tmp_path / "out", EVIDENCE_OF_RUN, {name: TEST})

    assert list(tmp_path.iterdir()) == [], "nothing is written, here or elsewhere"
