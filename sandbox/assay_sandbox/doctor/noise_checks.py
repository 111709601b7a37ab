"""What makes measurements repeat less well. It never stops an evaluation; it is recorded."""

from assay_sandbox.doctor.capacity_checks import meminfo_kib
from assay_sandbox.doctor.findings import Finding, ok, warn
from assay_sandbox.doctor.machine import Machine

GOOD_CLOCKS = frozenset({"tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"})
"""Clocks read without leaving user space; hpet and jiffies cost microseconds or tick slowly."""

BUSY_LOAD_PER_CORE = 0.5
STOLEN_SHARE = 0.01
SWAP_MIB = 64


def clock_source(machine: Machine) -> Finding:
    """Reading the clock is cheap and fine-grained."""
    name = machine.read("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    if name is None:
        return warn("the kernel does not say which", "run on Linux with /sys mounted")
    if name not in GOOD_CLOCKS:
        return warn(name, "boot with clocksource=tsc, or move to a host with a steady clock")
    return ok(name)


def load_average(machine: Machine) -> Finding:
    """Nobody else is busy on this machine."""
    text = machine.read("/proc/loadavg")
    if text is None:
        return warn("/proc/loadavg is missing", "run on Linux with /proc mounted")
    one_minute = float(text.split()[0])
    found = f"{one_minute:.2f} over the last minute on {machine.cores} cores"
    if one_minute > BUSY_LOAD_PER_CORE * machine.cores:
        return warn(found, "stop other work; disturbed windows are repeated, which takes time")
    return ok(found)


def steal_time(machine: Machine) -> Finding:
    """The hypervisor gives us the cores we think we have."""
    fields = [int(word) for word in (machine.read("/proc/stat") or "cpu 0").split()[1:9]]
    if len(fields) < 8 or not sum(fields):
        return warn("/proc/stat does not say", "run on Linux with /proc mounted")
    share = fields[7] / sum(fields)
    found = f"{share:.2%} of CPU time since boot"
    if share > STOLEN_SHARE:
        return warn(found, "use a host with dedicated cores: stolen time shows up as latency")
    return ok(found)


def cpu_frequency(machine: Machine) -> Finding:
    """Cores run at one speed."""
    cpu = "/sys/devices/system/cpu"
    governor = machine.read(f"{cpu}/cpu0/cpufreq/scaling_governor")
    turbo = (
        machine.read(f"{cpu}/intel_pstate/no_turbo") == "0"
        or machine.read(f"{cpu}/cpufreq/boost") == "1"
    )
    found = f"governor {governor or 'not visible'}, turbo {'on' if turbo else 'off or not visible'}"
    if governor not in (None, "performance"):
        return warn(found, f"echo performance > {cpu}/cpu*/cpufreq/scaling_governor")
    if turbo:
        return warn(found, "switch turbo off in the firmware or under /sys while evaluating")
    return ok(found)


def hyper_threads(machine: Machine) -> Finding:
    """Cores do not share their execution units."""
    if machine.read("/sys/devices/system/cpu/smt/active") == "1":
        return warn("two threads share a core", "echo off > /sys/devices/system/cpu/smt/control")
    return ok("off or not visible")


def swap(machine: Machine) -> Finding:
    """Nothing has been pushed out of memory."""
    sizes = meminfo_kib(machine)
    used_mib = (sizes.get("SwapTotal", 0) - sizes.get("SwapFree", 0)) / 1024
    if used_mib > SWAP_MIB:
        return warn(f"{used_mib:.0f} MiB in use", "swapoff -a, after closing other programs")
    return ok(f"{used_mib:.0f} MiB in use")
