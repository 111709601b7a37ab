"""Git bundles, as the server makes them of what was pushed."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from assay.toolkit.package import load_challenge
from assay.toolkit.variants import write_tree

IDENTITY = ("-c", "user.name=Dana", "-c", "user.email=dana@example.org")


def git(directory: Path, *words: str) -> str:
    """Run git there; what it printed."""
    done = subprocess.run(
        ["git", *IDENTITY, "-C", str(directory), *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit_of(directory: Path, files: Mapping[str, str] | None = None) -> str:
    """Commit all that is in a directory, with some more files; the id of the commit."""
    for name, text in (files or {}).items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    if not (directory / ".git").exists():
        git(directory, "init", "--quiet", "--initial-branch=main")
    git(directory, "add", "--all", "--force")
    git(directory, "commit", "--quiet", "--message=Work")
    return git(directory, "rev-parse", "HEAD")


def bundle_of(directory: Path, *revisions: str) -> bytes:
    """A bundle of a repository's branch, or of these revisions."""
    path = directory.parent / f"{directory.name}.bundle"
    git(directory, "bundle", "create", "--quiet", str(path), *(revisions or ("main",)))
    return path.read_bytes()


def pushed_answer(challenge: Path, answer: str, scratch: Path) -> tuple[bytes, str]:
    """Bundle and commit of somebody who pushed an answer of a challenge."""
    tree = scratch / "pushed"
    write_tree(load_challenge(challenge), answer, tree, scratch=scratch)
    commit = commit_of(tree)
    return bundle_of(tree), commit
