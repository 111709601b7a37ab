"""What others wrote lies here unchanged, with its licence, and pages use nothing from elsewhere."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "platform" / "assay" / "web"
FOLDERS = (WEB / "static" / "vendor", ROOT / "tests" / "fakes" / "vendor")


def packages() -> list[tuple[Path, dict[str, Any]]]:
    return [
        (folder / name, package)
        for folder in FOLDERS
        for name, package in json.loads((folder / "manifest.json").read_text()).items()
    ]


@pytest.mark.parametrize(("folder", "package"), packages(), ids=lambda value: str(value)[-20:])
def test_vendored_files_are_those_of_the_manifest(folder: Path, package: dict[str, Any]) -> None:
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}

    assert found == package["files"]


@pytest.mark.parametrize(("folder", "package"), packages(), ids=lambda value: str(value)[-20:])
def test_vendored_packages_come_with_version_and_licence(
    folder: Path, package: dict[str, Any]
) -> None:
    assert package["version"]
    assert package["license"]
    assert (folder / "LICENSE").stat().st_size > 100


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_nothing_is_vendored_outside_the_manifest(folder: Path) -> None:
    known = set(json.loads((folder / "manifest.json").read_text()))

    assert {path.name for path in folder.iterdir()} == known | {"manifest.json"}


TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
PAGES = [one for one in TEMPLATES if one.name != "paper.html"]
"""All but the file to print, which holds its style and is served in the sandbox of files."""


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_no_page_asks_anything_of_another_host(template: Path) -> None:
    assert re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//", template.read_text()) == []


@pytest.mark.parametrize("template", PAGES, ids=lambda path: path.stem)
def test_no_page_has_inline_style_or_script(template: Path) -> None:
    text = template.read_text()

    assert re.findall(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", text) == []
    assert "| safe" not in text
