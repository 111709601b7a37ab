"""Programs the platform calls."""

import sys

from assay_sandbox.doctor.findings import Finding, fail, ok, warn
from assay_sandbox.doctor.machine import Machine
from assay_sandbox.local_trusted import PROGRAMS

NO_PDF = "none"
PDF_TRIAL = f"""
from ctypes.util import find_library
from importlib.util import find_spec
needed = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
missing = [name for name in needed if find_library(name) is None]
print(", ".join(missing) if find_spec("weasyprint") else "{NO_PDF}")
"""
LIBRARIES = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
BWRAP_TRIAL = ("--unshare-user", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true")


def bubblewrap(machine: Machine) -> Finding:
    """The local engine can put a service into namespaces of its own."""
    program = machine.which("bwrap")
    if program is None:
        return warn(
            "not installed: the local engine runs plain processes, which isolate nothing",
            "apt-get install bubblewrap (or `assay doctor --fix`)",
        )
    trial = machine.trial((program, *BWRAP_TRIAL))
    if trial.code != 0:
        return warn(
            f"user namespaces are refused: {trial.output}",
            "sysctl kernel.unprivileged_userns_clone=1, and on Ubuntu "
            "kernel.apparmor_restrict_unprivileged_userns=0",
        )
    return ok("works, user namespaces are on")


def promtool(machine: Machine) -> Finding:
    """Alert rules can be run without a container engine."""
    packages = "prometheus prometheus-alertmanager"
    remedy = f"apt-get install --no-install-recommends {packages}"
    missing = [name for name in PROGRAMS if machine.which(name) is None]
    return _needed(machine, (missing or ["promtool"])[0], remedy)


def git(machine: Machine) -> Finding:
    """Submissions can be exported from their repositories."""
    program = machine.which("git")
    if program is None:
        return fail("not found on the PATH", "apt-get install git (or `assay doctor --fix`)")
    return ok(program)


def mmdebstrap(machine: Machine) -> Finding:
    """Base images can be made from Debian packages where no image registry is reachable."""
    return _needed(machine, "mmdebstrap", "apt-get install mmdebstrap")


def pdf_documents(machine: Machine) -> Finding:
    """Scorecards can be had as PDF. Nothing that is graded needs it: browsers print, too."""
    found = machine.trial((sys.executable, "-P", "-c", PDF_TRIAL)).output
    if found == NO_PDF:
        return ok(f"not set up (browsers print, too): pip install 'assay[pdf]', {LIBRARIES}")
    if found:
        return warn(f"WeasyPrint is installed, and lacks {found}", LIBRARIES)
    return ok("WeasyPrint and its libraries are there")


def _needed(machine: Machine, name: str, remedy: str) -> Finding:
    program = machine.which(name)
    if program is None:
        return warn(f"{name} was not found on the PATH", f"{remedy} (or `assay doctor --fix`)")
    return ok(program)
