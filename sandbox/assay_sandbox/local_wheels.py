"""Packages for builds of the local engine: a directory of wheels for this machine."""

import os
import platform
import subprocess
import sys
from pathlib import Path

from assay_sandbox.engine import LogSink
from assay_sandbox.errors import EngineFault
from assay_sandbox.image_cache import cache_directory, digest_of
from assay_sandbox.wheels import fetch_wheels

FETCH_S = 1800.0
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def ensure_wheelhouse_dir(requirements: Path, on_log: LogSink) -> str:
    """A directory with the wheels a requirements file pins, for `BuildSpec.packages`.

    Args:
        requirements: Every package with version and hashes.
        on_log: Gets each line of output.

    Raises:
        EngineFault: they could not be fetched.
    """
    if sys.platform.startswith("linux") and sys.version_info[:2] == (3, 11):
        machine = platform.machine()
        return str(fetch_wheels(requirements, _ARCHITECTURES.get(machine, machine), on_log))
    return str(_fetch_native(requirements, on_log))


def _fetch_native(requirements: Path, on_log: LogSink) -> Path:
    """Wheels for this machine, whatever it is; pip skips what it has already."""
    key = digest_of([requirements.read_text(), platform.platform(), sys.version], [])
    store = cache_directory(os.environ) / "wheels-native" / key
    if (store / "complete").exists():
        return store
    store.mkdir(parents=True, exist_ok=True)
    on_log(f"fetching the wheels of {requirements}")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"]
    command += ["--only-binary", ":all:", "--dest", str(store), "--requirement", str(requirements)]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, timeout=FETCH_S
    )
    if done.returncode:
        raise EngineFault(
            f"the wheels of {requirements} could not be fetched: {done.stderr.strip()[-800:]}",
            remedy="check that pip reaches its package index and has wheels for this machine",
        )
    (store / "complete").touch()
    return store
