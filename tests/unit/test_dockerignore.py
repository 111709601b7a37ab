"""`.dockerignore` is obeyed, and no pattern can keep us busy."""

import time

import pytest

from assay_sandbox.dockerignore import is_ignored, read_patterns


@pytest.mark.parametrize(
    ("patterns", "path", "ignored"),
    [
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "docs/a/README.md", True),
        ("**/*.md", "README.md", True),
        ("docs", "docs/a/b.txt", True),
        ("docs/", "docs/a.txt", True),
        ("/docs", "docs/a.txt", True),
        ("docs/**", "docs/a/b.txt", True),
        ("doc?", "docs/a.txt", True),
        ("doc", "docs/a.txt", False),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/d", False),
        ("a/**/c", "a/x/y/c/z", True),
        ("*\n!keep.txt", "keep.txt", False),
        ("*\n!keep.txt", "other.txt", True),
        ("!keep.txt\n*", "keep.txt", True),
        ("# *.md\n\n", "README.md", False),
        ("**", "a/b", True),
    ],
)
def test_the_last_matching_pattern_decides(patterns: str, path: str, ignored: bool) -> None:
    assert is_ignored(path, read_patterns(patterns)) is ignored


def test_a_pattern_made_to_backtrack_ends_at_once() -> None:
    patterns = read_patterns("*a" * 99 + "b")
    started_s = time.monotonic()

    assert not is_ignored("a" * 200, patterns)
    assert time.monotonic() - started_s < 5
