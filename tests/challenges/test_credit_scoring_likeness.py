"""What the hiring guide says of likeness: two answers to one task, and one answer edited."""

from pathlib import Path

import pytest

from assay.domain.similarity import Likeness, hashes_of, likeness, prints_of
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.variants import known_answers, write_tree

ROOT = Path(__file__).parents[2] / "challenges" / "credit-scoring"
WRITTEN_ANEW = "accepted/aiohttp-single-file"


def prints(
    package: ChallengePackage, what: str, folder: Path, without: frozenset[int] = frozenset()
) -> frozenset[int]:
    """Fingerprints of the code of a tree."""
    write_tree(package, what, folder)
    found = sorted(folder.rglob("*.py"))
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in found}
    return hashes_of(prints_of(files, without))


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Likeness]:
    """Known answer -> how alike it is to the reference, beyond what the starter had."""
    package, trees = load_challenge(ROOT), tmp_path_factory.mktemp("trees")
    given_out = prints(package, "starter", trees / "starter")
    reference = prints(package, "reference", trees / "reference", given_out)
    return {
        name: likeness(prints(package, name, trees / str(number), given_out), reference)
        for number, name in enumerate(known_answers(package))
    }


def test_two_who_write_their_own_have_next_to_nothing_in_common(alike: dict[str, Likeness]) -> None:
    assert alike[WRITTEN_ANEW].share < 0.05
    assert alike[WRITTEN_ANEW].severity == ""


def test_an_edited_answer_is_told_as_serious(alike: dict[str, Likeness]) -> None:
    edited = {name: one for name, one in alike.items() if name != WRITTEN_ANEW}

    assert len(edited) >= 15
    assert {one.severity for one in edited.values()} == {"serious"}
    assert min(one.share for one in edited.values()) > 0.85
