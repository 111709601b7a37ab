"""What Locust reports when it is used as its tutorial shows: users who wait for answers.

Prints one JSON line: raw latencies (not Locust's buckets) and the CPU it took.
"""

import argparse
import json
import os
import time

import gevent
from locust import FastHttpUser, constant, constant_pacing, task
from locust.env import Environment


def run(url: str, users: int, pacing_s: float, seconds: float) -> dict[str, object]:
    """Drive `users` users for a while, each starting a request every `pacing_s` at most."""
    latency_ms: list[float] = []

    class Customer(FastHttpUser):
        host = url
        wait_time = constant_pacing(pacing_s) if pacing_s else constant(0)

        @task
        def score(self) -> None:
            self.client.post("/score", data=b'{"row":1}')

    environment = Environment(user_classes=[Customer])
    environment.events.request.add_listener(
        lambda response_time, **_: latency_ms.append(response_time)
    )
    environment.create_local_runner().start(users, spawn_rate=users)
    gevent.sleep(1.0)
    latency_ms.clear()
    cpu_s, begin_s = time.process_time(), time.monotonic()
    gevent.sleep(seconds)
    return {
        "latency_ms": list(latency_ms),
        "cpu_s": time.process_time() - cpu_s,
        "seconds": time.monotonic() - begin_s,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--pacing-s", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, required=True)
    arguments = parser.parse_args()
    found = run(arguments.url, arguments.users, arguments.pacing_s, arguments.seconds)
    print(json.dumps(found), flush=True)
    os._exit(0)
