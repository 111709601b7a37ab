"""Wheels of a pinned list, fetched on the host, checked against their hashes, kept."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from assay_sandbox.engine import LogSink
from assay_sandbox.errors import EngineFault
from assay_sandbox.image_cache import WHEELS, cache_directory, digest_of
from assay_sandbox.scratch import scratch_directory

PYTHON = "3.11"
GLIBC_MINOR = 36
"""Of the base image (Debian 12); wheels for anything older run on it."""

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def fetch_wheels(
    requirements: Path,
    architecture: str,
    on_log: LogSink,
    environment: Mapping[str, str] = os.environ,
) -> Path:
    """A directory with the wheels a requirements file pins; fetched once.

    Args:
        requirements: Every package with version and hashes.
        architecture: Of the engine ("amd64", "arm64").
        on_log: Gets each line of output.
        environment: Where `ASSAY_CACHE` may be set.

    Raises:
        EngineFault: they could not be fetched.
    """
    digest = digest_of([requirements.read_text(), architecture, PYTHON], [])
    store = cache_directory(environment) / WHEELS
    kept = store / digest
    if kept.is_dir():
        return kept
    store.mkdir(exist_ok=True)
    with scratch_directory("fetching", store) as directory:
        fetched = directory / "wheels"
        fetched.mkdir()
        on_log(f"fetching the wheels of {requirements}")
        _download(requirements, architecture, fetched)
        if not kept.exists():
            shutil.move(fetched, kept)
    return kept


def _download(requirements: Path, architecture: str, destination: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"]
    command += ["--only-binary", ":all:", "--disable-pip-version-check"]
    command += ["--implementation", "cp", "--python-version", PYTHON]
    command += [word for abi in ("cp311", "abi3", "none") for word in ("--abi", abi)]
    command += [word for tag in _platforms(architecture) for word in ("--platform", tag)]
    command += ["--dest", str(destination), "--requirement", str(requirements)]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, timeout=1800
    )
    if done.returncode != 0:
        raise EngineFault(
            f"the wheels of {requirements} could not be fetched: {done.stderr.strip()[-800:]}",
            remedy="check that pip can reach its package index, that every line is pinned with "
            "hashes, and that each package has a wheel for Python 3.11 on Linux",
        )


def _platforms(architecture: str) -> list[str]:
    machine = MACHINES.get(architecture, architecture)
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC_MINOR, 16, -1)]
    return [*tags, f"manylinux2014_{machine}", f"linux_{machine}"]
