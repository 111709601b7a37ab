"""Programs the platform calls."""

from assay_sandbox.doctor.findings import Finding, fail, ok, warn
from assay_sandbox.doctor.machine import Machine
from assay_sandbox.local_trusted import PROGRAMS

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


def _needed(machine: Machine, name: str, remedy: str) -> Finding:
    program = machine.which(name)
    if program is None:
        return warn(f"{name} was not found on the PATH", f"{remedy} (or `assay doctor --fix`)")
    return ok(program)
