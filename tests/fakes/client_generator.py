"""A generator of clients from OpenAPI documents, installed apart and once for this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay_sandbox.image_cache import cache_directory, digest_of, only_one

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
PINS = "client-generator.txt"
MODULE = "openapi_python_client"
INSTALL_S, GENERATE_S = 300, 120
SETTINGS = "package_name_override: {package}\npost_hooks: []\n"


def installed_generator() -> Path:
    """The directory it is in. Where it cannot be fetched its tests are skipped, in CI they fail."""
    name = f"client-generator-{digest_of([(REQUIREMENTS / PINS).read_text()], [])}"
    place = cache_directory(os.environ) / name
    with only_one(name):
        if not (place / MODULE).is_dir():
            _install(place)
    return place


def _install(place: Path) -> None:
    words = ["install", "--quiet", "--require-hashes", "--no-deps", "--target", str(place)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *words, "-r", str(REQUIREMENTS / PINS)],
        capture_output=True, text=True, timeout=INSTALL_S, check=False,
    )  # fmt: skip
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"the generator of clients cannot be fetched: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr


def generate(document: Path, package: str) -> Path:
    """Write a package for a document beside it; no warning is overlooked."""
    folder = document.parent
    (folder / "settings.yml").write_text(SETTINGS.format(package=package))
    words = ["generate", "--meta", "none", "--fail-on-warning", "--path", document.name]
    words += ["--config", "settings.yml", "--output-path", package]
    done = subprocess.run(
        [sys.executable, "-m", MODULE, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed_generator())},
        capture_output=True, text=True, timeout=GENERATE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / package
