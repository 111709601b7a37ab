"""Where things may stand in this repository."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("folder", ["platform", "sandbox"])
def test_a_source_folder_never_shadows_a_module_of_the_standard_library(folder: str) -> None:
    loose = [path.name for path in (ROOT / folder).glob("*.py")]

    assert loose == []


def test_the_wheel_that_candidates_install_holds_nobodys_work() -> None:
    wheel = [ROOT / "platform", ROOT / "sandbox", ROOT / "docs" / "lint"]
    kept = [path for folder in wheel for path in folder.rglob("*")]

    assert [path for path in kept if path.suffix in {".zip", ".bundle", ".gz", ".xz"}] == []


def test_no_test_folder_is_called_platform() -> None:
    found = [path for path in (ROOT / "tests").rglob("platform") if path.is_dir()]

    assert found == []


def test_tests_are_no_packages() -> None:
    found = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests").rglob("__init__.py"))

    assert found == []


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]

    assert sorted(names) == sorted(set(names))
