"""What no tracked file may say."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "deb." + "debian.org",
    "docker" + ".io/",
    "registry-1." + "docker.io",
    "gh" + "cr.io",
    "qu" + "ay.io",
]
"""Hosts that serve packages or images: installations choose their own, often a mirror."""

UNFINISHED = re.compile(r"(^|\s)# *(TODO|FIXME|XXX|HACK)\b")

THIRD_PARTY = ("challenges/credit-scoring/reference/data/",)


def own_files() -> Iterator[tuple[Path, str]]:
    """Every file that is or would be committed, as text."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    for name in filter(None, listing.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and not name.startswith(THIRD_PARTY):
            yield path.relative_to(ROOT), path.read_text(errors="replace")


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_a_registry(host: str) -> None:
    naming = [str(path) for path, text in own_files() if host in text]

    assert naming == []


def test_nothing_is_left_for_later_in_a_comment() -> None:
    sources = [(p, t) for p, t in own_files() if p.suffix == ".py" and p.name != "test_words.py"]
    found = [
        f"{path}:{number}"
        for path, text in sources
        for number, line in enumerate(text.splitlines(), 1)
        if UNFINISHED.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_requirements_hold_hashes_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    pins = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
    unhashed = re.findall(r"^[a-z0-9._-]+==\S+$", text, re.MULTILINE)

    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    assert "torch" not in pins
    assert len(pins) > 20
    assert unhashed == []


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[ ]", requirement)[0].lower() for requirement in requirements}


def test_everything_that_is_needed_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert names(project["dependencies"]) <= set(pins("runtime.txt"))
    assert names(project["optional-dependencies"]["dev"]) <= set(pins("dev.txt"))


def test_developers_run_what_users_run() -> None:
    users, developers = pins("runtime.txt"), pins("dev.txt")

    assert {name: developers.get(name) for name in users} == users
