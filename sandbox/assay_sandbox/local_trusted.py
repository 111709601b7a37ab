"""Our own programs (probe, stand-ins) as processes of this machine's Python.

Under bubblewrap they see this machine read-only, their files at the paths they were given,
and, if they serve or need no network, one of their own, so that two runs never want the same
port and rules that are replayed reach nothing.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from assay_sandbox.engine import ContainerSpec
from assay_sandbox.errors import SpecRefused
from assay_sandbox.local_bwrap import Bubble
from assay_sandbox.local_cgroup import ControlGroup
from assay_sandbox.local_job import resource_limits
from assay_sandbox.local_plain import PathMap
from assay_sandbox.local_process import Launch

IMAGES = ("assay/probe", "assay/monitoring")
PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
"""What the second one needs of this machine."""
PATH = "/usr/local/bin:/usr/bin:/bin"
DEFAULT_COMMAND = ("python", "-m", "assay_probe")
_OWN_PYTHON = ("python", "python3")
_PACKAGES = Path(__file__).resolve().parent.parent
SOURCE = _PACKAGES / "assay_probe"


def has_programs() -> bool:
    """Whether rules can be run on this machine."""
    return all(shutil.which(program, path=PATH) for program in PROGRAMS)


def isolated_launch(spec: ContainerSpec, private: Path, group: ControlGroup | None) -> Launch:
    """A trusted program under bubblewrap."""
    tops = _place_files(spec.files, private)
    bubble = Bubble()
    bubble.words += ["--unshare-pid", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if os.geteuid() != 0:
        bubble.words += ["--unshare-user"]
    if spec.port is not None or not spec.attachments:
        bubble.words += ["--unshare-net"]
    bubble.words += _this_machine()
    for top in tops:
        bubble.words += ["--bind", str(private / top), f"/{top}"]
    bubble.words += ["--bind", str(private), str(private), "--chdir", str(private)]
    bubble.set_environment(_environment(spec, private))
    return bubble.launch(
        ("/usr/bin/env", "--", *_command(spec)),
        cores=spec.limits.cores,
        resource_limits=resource_limits(spec.limits, group, own_uid=False),
        group=group,
        log_bytes=spec.limits.log_bytes,
    )


def plain_launch(spec: ContainerSpec, private: Path, group: ControlGroup | None) -> Launch:
    """A trusted program as it is; the paths of its files are mapped in its words."""
    tops = _place_files(spec.files, private)
    paths = PathMap(private, {private / top: f"/{top}" for top in tops})
    return Launch(
        command=tuple(paths.text(word) for word in _command(spec)),
        environment=_environment(spec, private) | {"ASSAY_PROBE_ROOT": str(private)},
        directory=private,
        cores=spec.limits.cores,
        resource_limits=resource_limits(spec.limits, group, own_uid=False),
        group=group,
        log_bytes=spec.limits.log_bytes,
    )


def _this_machine() -> list[str]:
    """The host's own root, entry by entry, so that new entries can be put beside them."""
    words = []
    for entry in sorted(Path("/").iterdir()):
        if entry.is_symlink():
            words += ["--symlink", str(entry.readlink()), str(entry)]
        elif entry.is_dir() and entry.name not in ("proc", "dev", "tmp"):
            words += ["--ro-bind", str(entry), str(entry)]
    return [*words, "--proc", "/proc", "--dev-bind", "/dev", "/dev", "--bind", "/tmp", "/tmp"]  # noqa: S108


def _place_files(files: Mapping[str, bytes], private: Path) -> list[str]:
    """Write the files below `private`; the names of the top directories."""
    tops = sorted({path.lstrip("/").partition("/")[0] for path in files})
    taken = [top for top in tops if Path("/", top).exists()]
    if taken or any(".." in Path(path).parts for path in files):
        raise SpecRefused(
            f"files cannot be placed below /{(taken or tops)[0]} on the local engine",
            remedy="place them below a directory that this machine does not have, as /probe",
        )
    for path, content in files.items():
        place = private / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return tops


def _command(spec: ContainerSpec) -> tuple[str, ...]:
    first, *rest = spec.command or DEFAULT_COMMAND
    return (sys.executable if first in _OWN_PYTHON else first, *rest)


def _environment(spec: ContainerSpec, private: Path) -> dict[str, str]:
    """None of ours but where programs and our own packages are."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{PATH}",
        "PYTHONPATH": str(_PACKAGES),
        "HOME": str(private),
        "LANG": "C.UTF-8",
        **spec.environment,
    }
