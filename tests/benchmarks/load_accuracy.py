"""Do percentiles tell the truth? Against a service whose every latency can be computed.

50 requests a second of Poisson arrivals for 120 s at a single queue of 10 ms that stalls for
1 s every 10 s. Truth is computed from the very arrivals that were scheduled. Beside it, what
closed-loop Locust and wrk report for the same service.

    make bench NAME=load_accuracy                     about eight minutes, publishes
    BENCH_SECONDS=20 make bench NAME=load_accuracy    about a minute and a half, prints only
"""

import sys
from collections.abc import Sequence

from loadlab.known_latency import true_latencies_s
from loadlab.tools import locust, open_loop, server, wrk
from table import publish, seconds

from assay_probe.arrivals import nearest_rank

RATE_RPS = 50.0
SEED = 20_260
QUANTILES = (0.50, 0.95, 0.99, 0.999)
WITHIN = 0.03
HEADER = ("generator", "rate got", "p50 ms", "p95 ms", "p99 ms", "p99.9 ms", "largest error")


def main() -> int:
    """0 if ours is within 3 % of the truth at every quantile, else 1."""
    duration_s = seconds(120.0)
    truth_us, ours_us, rate, lag_us = _ours(duration_s)
    error = _largest_error(ours_us, truth_us)
    rows = [
        _row("truth: the same arrivals, computed", rate, truth_us, None),
        _row("Assay, open loop", rate, ours_us, truth_us),
        *_closed_loops(duration_s, truth_us),
    ]
    notes = (
        f"50/s Poisson for {duration_s:.0f} s; service 10 ms, stall 1 s every 10 s, one queue.",
        f"Our send lag: p99 {lag_us / 1e3:.2f} ms. Largest error {error:.2%}, limit {WITHIN:.0%}.",
        "Errors of the others are against the same truth: what their users would have met.",
    )
    publish("load_accuracy", HEADER, rows, notes)
    return 0 if error <= WITHIN else 1


def _ours(duration_s: float) -> tuple[list[int], list[int], float, int]:
    """True and measured percentiles, the rate offered, and the send lag."""
    with server("known_latency.py") as about:
        (record,) = open_loop(about["url"], [(RATE_RPS, duration_s, SEED)])
    arrivals_s = [record.started_s + us * 1e-6 for us in record.intended_us]
    truth_us = [round(s * 1e6) for s in true_latencies_s(about["origin_s"], arrivals_s)]
    rate = record.offered / duration_s
    return _quantiles(truth_us), _quantiles(record.latency_us), rate, record.send_lag_us_p99


def _closed_loops(duration_s: float, truth_us: Sequence[int]) -> list[list[str]]:
    rows = []
    for users, pacing_s in ((5, 0.1), (50, 1.0)):
        with server("known_latency.py") as about:
            found = locust(about["url"], users, pacing_s, duration_s)
        us = _quantiles([round(ms * 1e3) for ms in found["latency_ms"]])
        name = f"Locust, {users} users, constant_pacing({pacing_s:g})"
        rows.append(_row(name, len(found["latency_ms"]) / found["seconds"], us, truth_us))
    with server("known_latency.py") as about:
        found = wrk(about["url"], 5, duration_s)
    if found is None:
        return [*rows, ["wrk (not installed: apt-get install wrk)", *[""] * 6]]
    us = [round(value) for value in found["us"]]
    return [*rows, _row("wrk -c5", found["requests"] / found["seconds"], us, truth_us)]


def _quantiles(latency_us: list[int]) -> list[int]:
    return [nearest_rank(latency_us, quantile) for quantile in QUANTILES]


def _row(name: str, rate: float, us: Sequence[int], truth: Sequence[int] | None) -> list[str]:
    error = f"{_largest_error(us, truth):.1%}" if truth else ""
    return [name, f"{rate:.1f}", *[f"{value / 1e3:.2f}" for value in us], error]


def _largest_error(us: Sequence[int], truth_us: Sequence[int]) -> float:
    return max(abs(got / true - 1) for got, true in zip(us, truth_us, strict=True))


if __name__ == "__main__":
    sys.exit(main())
