"""The hand on dependency stand-ins: what they do next, and what they were asked."""

import json
from collections.abc import Sequence
from typing import Any

from assay_probe.client import Client
from assay_probe.plan import StandIn

CONTROL_BYTES = 4 * 1024 * 1024
CONTROL_S = 5.0

Json = Any


class StandInFault(Exception):
    """A stand-in of ours did not do as it was told."""


class Dependency:
    """The hand on one stand-in."""

    def __init__(self, stand_in: StandIn) -> None:
        self._name = stand_in.name
        self._client = Client(stand_in.control_url, CONTROL_BYTES)
        self._headers = {"Authorization": f"Bearer {stand_in.token}"}

    def set(self, mode: str, **settings: int) -> None:
        """Change its mode: ok, slow(delay_ms), hang, error(status), garbled, reset, down.

        A behaviour with modes of its own has others: docs/llm-gateway.md.
        """
        self._call("POST", f"/modes/{self._name}", {"mode": mode, **settings})

    def requests(self) -> list[dict[str, Any]]:
        """What it was asked since the last `forget`: `{"path", "at_s", "mode"}`, oldest first."""
        asked: list[dict[str, Any]] = self._call("GET", f"/requests/{self._name}")["requests"]
        return asked

    def metered(self, after: int = 0) -> dict[str, Any]:
        """What its meter says: `{"totals", "system_prompts", "records"}`.

        The totals are those since the start and no `forget` clears them; the records are those
        with a higher `number` than `after`, oldest first.
        """
        page = self._call("GET", f"/meter/{self._name}/{after}")
        records = list(page["records"])
        while page["next"] is not None:
            page = self._call("GET", f"/meter/{self._name}/{page['next']}")
            records += page["records"]
        return {
            "totals": page["totals"],
            "system_prompts": page["system_prompts"],
            "records": records,
        }

    def forget(self) -> None:
        """Start counting anew."""
        self._call("DELETE", f"/requests/{self._name}")

    def _call(self, method: str, path: str, value: Json = None) -> Json:
        body = None if value is None else json.dumps(value).encode()
        reply = self._client.send(self._client.encode(method, path, body, self._headers), CONTROL_S)
        if reply.status != 200:
            problem = reply.detail or reply.body.decode(errors="replace")
            raise StandInFault(f"{method} {path}: {problem}")
        return json.loads(reply.body)


class Dependencies:
    """`dependencies(name)`: the stand-ins of a plan, each made well again by `reset`."""

    def __init__(self, stand_ins: Sequence[StandIn]) -> None:
        self._known = {stand_in.name: stand_in for stand_in in stand_ins}
        self._used: dict[str, Dependency] = {}

    def __call__(self, name: str) -> Dependency:
        """The hand on a stand-in.

        Raises:
            StandInFault: the plan has none of this name.
        """
        if name not in self._known:
            raise StandInFault(f"no stand-in {name!r}; there are: {', '.join(self._known)}")
        if name not in self._used:
            self._used[name] = Dependency(self._known[name])
            self._used[name].forget()
        return self._used[name]

    def reset(self) -> None:
        """Every one that was used back to "ok".

        Raises:
            StandInFault: some would not; the others are well all the same.
        """
        used, self._used = self._used, {}
        problems = [problem for each in used.values() if (problem := _made_well(each))]
        if problems:
            raise StandInFault("; ".join(problems))

    def __repr__(self) -> str:
        return "<dependency>"


def _made_well(dependency: Dependency) -> str:
    try:
        dependency.set("ok")
    except StandInFault as problem:
        return str(problem)
    return ""
