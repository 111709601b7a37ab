"""How much can one core of the generator send, and from which rate on is it late?

Against a server that does next to nothing, pinned to another core. Requests per CPU-second
of the generator do not depend on who else uses the machine (1 % measured, where requests per
second of wall-clock varied twofold).

    make bench NAME=load_capacity                    about two minutes, publishes
    BENCH_SECONDS=2 make bench NAME=load_capacity    about half a minute, prints only
"""

import sys

from loadlab.tools import locust, open_loop, server, wrk
from table import publish, seconds

from assay_probe.records import OpenLoopRecord

RATES_RPS = (500, 1000, 2000, 4000, 6000, 8000, 10_000)
CONNECTIONS = 32
HEADER = ("generator", "req/s", "req per CPU-second", "send lag p50 ms", "send lag p99 ms", "good")


def main() -> int:
    """0 always: a table, not a gate."""
    duration_s = seconds(10.0)
    with server("instant_server.py") as about:
        url = about["url"]
        rows = [_ours(r, d) for r, d in _windows(url, duration_s)]
        rows.append(_locust(url, duration_s))
        rows += _wrk(url, duration_s)
    notes = (
        f"{duration_s:.0f} s each; generator pinned to one core, an epoll loop in Python as the "
        "server on the other: wrk is held back by it, so look at its requests per CPU-second.",
        "Ours checks every answer, keeps every latency and fires Locust's request event.",
        "A window is void if the send lag p99 is above 2.5 ms and above 5 % of the p95.",
    )
    publish("load_capacity", HEADER, rows, notes)
    return 0


def _windows(url: str, duration_s: float) -> list[tuple[OpenLoopRecord, float]]:
    windows = [(float(rate), duration_s, 3) for rate in RATES_RPS]
    return [(record, duration_s) for record in open_loop(url, windows)]


def _ours(record: OpenLoopRecord, duration_s: float) -> list[str]:
    return [
        f"Assay, open loop at {record.rate_rps:.0f}/s",
        f"{record.offered / max(duration_s, record.ended_s - record.started_s):,.0f}",
        f"{record.offered / record.generator_cpu_s:,.0f}",
        f"{record.send_lag_us_p50 / 1e3:.2f}",
        f"{record.send_lag_us_p99 / 1e3:.2f}",
        f"{record.outcomes.count('o') / record.offered:.1%}",
    ]


def _locust(url: str, duration_s: float) -> list[str]:
    found = locust(url, CONNECTIONS, 0.0, duration_s)
    sent = len(found["latency_ms"])
    rates = [f"{sent / found['seconds']:,.0f}", f"{sent / found['cpu_s']:,.0f}"]
    return [f"Locust FastHttpUser, {CONNECTIONS} users, closed loop", *rates, "", "", ""]


def _wrk(url: str, duration_s: float) -> list[list[str]]:
    found = wrk(url, CONNECTIONS, duration_s)
    if found is None:
        return []
    per_second = found["requests"] / found["seconds"]
    per_cpu_second = found["requests"] / found["cpu_s"]
    rates = [f"{per_second:,.0f}", f"{per_cpu_second:,.0f}"]
    return [[f"wrk -t1 -c{CONNECTIONS}, closed loop", *rates, "", "", ""]]


if __name__ == "__main__":
    sys.exit(main())
