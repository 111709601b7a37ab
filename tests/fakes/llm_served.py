"""Language models in a process of their own, as an evaluation has them."""

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.fakes.llm import BASE
from tests.fakes.ports import free_port
from tests.fakes.probe_runs import started

from assay_probe.plan import StandIn, StandInPlan, StandInService
from assay_probe.records import Event, load

TOKEN = "a-token-of-this-test"
NAME = "models"


@dataclass(frozen=True, slots=True)
class Served:
    """Where the models listen, and how they are steered; from any thread."""

    port: int
    control_port: int
    process_id: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stand_in(self) -> StandIn:
        return StandIn(NAME, f"http://127.0.0.1:{self.control_port}", TOKEN)

    def control(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.control_port, timeout=5)
        with closing(connection):
            connection.request(method, path, json.dumps(body), {"Authorization": f"Bearer {TOKEN}"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def set(self, mode: str, **settings: int) -> None:
        status, answer = self.control("POST", f"/modes/{NAME}", {"mode": mode, **settings})
        assert status == 200, answer

    def metered(self, after: int = 0) -> dict[str, Any]:
        status, page = self.control("GET", f"/meter/{NAME}/{after}")
        assert status == 200, page
        told: dict[str, Any] = page
        return told


def plan_of(port: int, control_port: int, fresh: Sequence[str] = ()) -> StandInPlan:
    """A plan that serves `rules.json`, to these keys if there are any."""
    service = StandInService(NAME, "llm", port, "rules.json", keys=list(fresh))
    return StandInPlan([service], "127.0.0.1", control_port, TOKEN, harness=".")


@contextmanager
def served(folder: Path, fresh: Sequence[str] = (), **rules: Any) -> Iterator[Served]:
    """The usual three models, without waiting, until the block ends."""
    (folder / "rules.json").write_text(json.dumps({**BASE, **rules}))
    port, control_port = free_port(), free_port()
    with started(plan_of(port, control_port, fresh), folder) as process:
        ready = load(process.stdout.readline())
        assert isinstance(ready, Event)
        yield Served(port, control_port, process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
        process.stderr.close()
