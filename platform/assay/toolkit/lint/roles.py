"""What a file of a service is for, by its path: tests and documents do not run."""

from pathlib import PurePosixPath

DOCUMENTS = frozenset({".md", ".rst", ".adoc"})
TEST_FOLDERS = frozenset({"tests", "test", "spec"})


def is_test(name: str) -> bool:
    """Whether it only tests."""
    path = PurePosixPath(name)
    by_name = path.stem.startswith("test_") or path.stem.endswith(("_test", ".test", ".spec"))
    return by_name or bool(TEST_FOLDERS.intersection(path.parts[:-1]))


def is_document(name: str) -> bool:
    """Whether it is only read by people."""
    path = PurePosixPath(name)
    return path.suffix.lower() in DOCUMENTS or "docs" in path.parts[:-1]


def runs(name: str) -> bool:
    """Whether a change of it can change what the service does."""
    return not is_test(name) and not is_document(name)
