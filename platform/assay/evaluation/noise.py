"""When a measurement is worth nothing because of the machine, not because of the submission.

A void window is repeated; a host on which too many windows are void is a platform outcome.
Thresholds are those of the measured protocol; each figure that led to "void" is kept.
"""

from dataclasses import dataclass

from assay.evaluation.ports import UsageWindow

FOREIGN_CPU_SHARE_MAX = 0.25
"""Of the service's cores. With the services' CPU weight at its maximum, even 0.3 of foreign
load moved the ratios by less than their interval, because both sides of a pair meet it."""
STEAL_SHARE_MAX, LONG_STEAL_SHARE_MAX = 0.01, 0.05
LONG_MS = 100.0
"""Time is stolen in slices of some milliseconds. One of them shows in the p95 of answers that take
five; answers that take a hundred (p95) are slower by the share that was stolen, at most, and so are
the reference's, which are measured seconds before or after."""
SEND_LAG_MS_MIN = 2.5
SEND_LAG_SHARE_MAX = 0.05
"""The generator may send one request in a hundred late by 2.5 ms, or by 5 % of the latency it
measures. Chosen so that a busy two-core host can be judged at all; what it does to a ratio
is for the repeatability benchmark to show."""
ROUNDS = 3
"""How often void windows are repeated before the host counts as too noisy."""
KEPT_SHARE_MIN = 0.6
"""Of the wanted windows; with fewer left the interval is too wide to judge."""


@dataclass(frozen=True, slots=True)
class WindowNoise:
    """What disturbed one window.

    Attributes:
        foreign_share: CPU of others on the service's cores, share of those cores' time.
        steal_share: Taken by the hypervisor, share of the same.
        send_lag_ms_p99: How late the generator itself sent.
    """

    foreign_share: float | None
    steal_share: float | None
    send_lag_ms_p99: float


def shares(usage: UsageWindow | None, seconds: float, cores: int) -> tuple[float, float] | None:
    """Foreign and stolen share of the cores' time, or None where nothing was counted."""
    if usage is None or seconds <= 0:
        return None
    capacity = seconds * cores
    return usage.foreign_cpu_s / capacity, usage.steal_s / capacity


def void_reason(noise: WindowNoise, latency_ms_p95: float | None) -> str | None:
    """Why a window cannot be used, in words with figures, or None if it can."""
    if noise.foreign_share is not None and noise.foreign_share > FOREIGN_CPU_SHARE_MAX:
        return f"others used {noise.foreign_share:.0%} of the service's core"
    if noise.steal_share is not None and noise.steal_share > steal_limit(latency_ms_p95):
        return f"the hypervisor took {noise.steal_share:.1%} of the service's core"
    if noise.send_lag_ms_p99 > send_lag_limit_ms(latency_ms_p95):
        return f"the generator fell {noise.send_lag_ms_p99:.1f} ms behind its schedule"
    return None


def steal_limit(latency_ms_p95: float | None) -> float:
    """Share of the cores' time that may be stolen in a window with this latency."""
    long = latency_ms_p95 is not None and latency_ms_p95 >= LONG_MS
    return LONG_STEAL_SHARE_MAX if long else STEAL_SHARE_MAX


def send_lag_limit_ms(latency_ms_p95: float | None) -> float:
    """How late the generator may be in a window with this latency.

    Where too many requests failed there is no latency that lag could spoil.
    """
    if latency_ms_p95 is None:
        return SEND_LAG_MS_MIN
    return max(SEND_LAG_MS_MIN, SEND_LAG_SHARE_MAX * latency_ms_p95)
