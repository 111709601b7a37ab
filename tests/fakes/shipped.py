"""The challenges that ship: what holds for every one of them is tested on all that are found."""

from functools import cache
from pathlib import Path

import pytest

from assay.toolkit.files import known_challenges
from assay.toolkit.package import ChallengePackage, load_challenge

CHALLENGES = Path(__file__).resolve().parents[2] / "challenges"
SHIPPED = [CHALLENGES / name for name in known_challenges(CHALLENGES)]


def within(path: Path) -> str:
    """A challenge, or a place in one, as the id of a test names it."""
    return path.relative_to(CHALLENGES).as_posix().removesuffix(".patch")


each_challenge = pytest.mark.parametrize("root", SHIPPED, ids=within)


@cache
def package_of(root: Path) -> ChallengePackage:
    """One of `SHIPPED`, read once."""
    return load_challenge(root)


def contents(tree: Path) -> dict[str, str]:
    """Path -> text of every file below a directory."""
    return {
        path.relative_to(tree).as_posix(): path.read_text(errors="replace")
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }
