"""Where the user means: challenges by path or by slug, results by default."""

from pathlib import Path

from assay.domain.errors import BadInput

SPEC = "challenge.toml"


def challenges_directory() -> Path:
    """`challenges/` of the current directory, or the one this source tree came with."""
    here = Path("challenges")
    shipped = Path(__file__).resolve().parents[3] / "challenges"
    return here if here.is_dir() or not shipped.is_dir() else shipped


def challenge_directory(name: str) -> Path:
    """The directory of a challenge named by its path or its slug.

    Raises:
        BadInput: there is neither.
    """
    candidates = (Path(name), challenges_directory() / name)
    for directory in candidates:
        if (directory / SPEC).is_file():
            return directory
    known = ", ".join(path.name for path in all_challenges()) or "none"
    raise BadInput(f"no challenge at {name!r} (no {SPEC} there); known challenges: {known}")


def all_challenges() -> list[Path]:
    """Directories of all challenges found, by name."""
    return sorted(spec.parent for spec in challenges_directory().glob(f"*/{SPEC}"))
