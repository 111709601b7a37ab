"""The root of a base image, made from this machine: its Python in a virtual environment.

`FROM python:3.11-slim` means this machine's Python 3.11 with nothing but pip installed, in
/usr/local as the official image has it, on top of this machine's /usr.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from assay_sandbox import local_images
from assay_sandbox.errors import EngineFault
from assay_sandbox.limits import Limits
from assay_sandbox.local_job import BUILDER_UID, PATH, Jail, Job
from assay_sandbox.local_process import Process
from assay_sandbox.local_state import State, remove_tree

MAKE_S = 120.0
SCRATCH = "scratch"
_FORMAT = "1"  # raise it when the code here changes what is made of the same Python
_PYTHON = re.compile(r"^(?:.*/)?python:(\d+)\.(\d+)(?:[.-].*)?$")


def refuse_unknown(base: str) -> None:
    """Raise `EngineFault` for a base image that this machine cannot imitate."""
    running = sys.version_info[:2]
    match = _PYTHON.match(base)
    if base == SCRATCH or (match and (int(match[1]), int(match[2])) == running):
        return
    raise EngineFault(
        f"the local engine cannot imitate the base image {base!r}: "
        f"it has Python {running[0]}.{running[1]} and nothing else",
        remedy="use a container engine, or run Assay with the Python version of the image",
    )


def base_config() -> local_images.Config:
    """What the imitated base image is configured with."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    environment = {"PATH": PATH, "LANG": "C.UTF-8", "PYTHON_VERSION": version}
    return local_images.Config(environment=environment, command=("python3",))


def new_root(jail: Jail, state: State, root: Path) -> None:
    """Make `root` a base image's root.

    Raises:
        EngineFault: no virtual environment can be made with this machine's Python.
    """
    template = _template(jail, state)
    copy_root(template, root)
    scripts = root / "usr/local/bin"
    for script in scripts.iterdir():  # where paths are the host's, scripts name the template
        if script.is_file() and not script.is_symlink():
            content = script.read_bytes()
            script.write_bytes(content.replace(bytes(template), bytes(root)))


def copy_root(source: Path, target: Path) -> None:
    """Copy a root with its links as they are. `target` must not exist."""
    target.parent.mkdir(parents=True, exist_ok=True)
    words = ["cp", "-a" if sys.platform.startswith("linux") else "-pR", str(source), str(target)]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise EngineFault(
            f"{source} could not be copied: {done.stderr.decode(errors='replace')[-300:]}",
            remedy="check the free space below ASSAY_HOME",
        )


def _template(jail: Jail, state: State) -> Path:
    """The root all others are copied from; made once for each Python and each kind of jail."""
    inputs = f"{jail.name} {os.geteuid() == 0} {sys.version} {sys.base_prefix} {_FORMAT}"
    key = hashlib.sha256(inputs.encode()).hexdigest()[:16]
    directory = state.base_directory(key)
    if not (directory / "made").exists():
        with state.locked(f"base-{key}"):
            if not (directory / "made").exists():
                remove_tree(directory)
                _make(jail, directory / "root")
                (directory / "made").touch()
    return directory / "root"


def _make(jail: Jail, root: Path) -> None:
    root.mkdir(parents=True)
    jail.prepare_root(root)
    job = Job(
        root=root,
        command=(jail.python(), "-I", "-m", "venv", "/usr/local"),
        environment={"HOME": "/root"},
        directory="/",
        uid=BUILDER_UID,
        limits=Limits(memory_mib=2048),
        group=None,
        writable=True,
    )
    process = Process(jail.launch(job), deadline_s=MAKE_S)
    process.wait(MAKE_S)
    process.kill()
    if process.exit_code() != 0:
        shutil.rmtree(root, ignore_errors=True)
        raise EngineFault(
            "this machine's Python cannot make a virtual environment: "
            f"{process.log.tail().text.strip()[-500:]}",
            remedy="install the package `python3-venv`, or use a container engine",
        )
