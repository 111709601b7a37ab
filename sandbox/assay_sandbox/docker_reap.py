"""Removing what a run, or a process that died, left on the engine."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath

from docker import DockerClient

from assay_sandbox import cgroups
from assay_sandbox.docker_call import EngineRefused, Until, call
from assay_sandbox.docker_facts import EngineFacts
from assay_sandbox.docker_run import GROUP
from assay_sandbox.ownership import OWNER_LABEL, RUN_LABEL, should_reap

REMOVE_S = 30.0
ACTIVE_ENDPOINTS = 403  # a container of this network is on its way out
Removed = tuple[str, str]
"""The run it belonged to, and what it was."""


def reap(client: DockerClient, facts: EngineFacts, run_id: str | None) -> tuple[str, ...]:
    """Remove containers, then networks, then control groups; a line for each.

    Raises:
        EngineFault: the engine did not answer or refused.
    """
    removed = [*_containers(client, facts, run_id), *_networks(client, facts, run_id)]
    runs = {run for run, _ in removed} | ({run_id} if run_id is not None else set())
    if run_id is None and facts.owns_cgroups:
        runs |= set(cgroups.forgotten(PurePosixPath("/", GROUP)))
    groups = _groups(sorted(runs)) if facts.owns_cgroups else ()
    return (*(line for _, line in removed), *groups)


def _filter(run_id: str | None) -> dict[str, str]:
    return {"label": OWNER_LABEL if run_id is None else f"{RUN_LABEL}={run_id}"}


def _containers(client: DockerClient, facts: EngineFacts, run_id: str | None) -> Iterator[Removed]:
    found = call(
        "list containers",
        lambda: client.api.containers(all=True, filters=_filter(run_id)),
    )
    for row in found:
        names = tuple(row.get("Names") or ())
        if should_reap(row["Labels"] or {}, names, run_id, engine_is_local=facts.is_local):
            _remove(
                f"remove {names[0]}",
                partial(client.api.remove_container, row["Id"], force=True, v=True),
            )
            yield row["Labels"][RUN_LABEL], f"container {names[0].lstrip('/')}"


def _networks(client: DockerClient, facts: EngineFacts, run_id: str | None) -> Iterator[Removed]:
    found = call("list networks", lambda: client.api.networks(filters=_filter(run_id)))
    for row in found:
        labels: Mapping[str, str] = row.get("Labels") or {}
        if should_reap(labels, (row["Name"],), run_id, engine_is_local=facts.is_local):
            _remove(
                f"remove network {row['Name']}",
                partial(client.api.remove_network, row["Id"]),
            )
            yield labels[RUN_LABEL], f"network {row['Name']}"


def _remove(what: str, work: Callable[[], object]) -> None:
    """Remove; somebody who was quicker is no error, and one who is slower is waited for."""
    until = Until.after(REMOVE_S)
    while True:
        try:
            call(what, work, deadline_s=max(until.left_s(), 1.0))
        except EngineRefused as refusal:
            if refusal.status in (404, 409):
                return
            if refusal.status != ACTIVE_ENDPOINTS or until.left_s() <= 0:
                raise
            time.sleep(0.1)
        else:
            return


def _groups(runs: Iterable[str]) -> Iterator[str]:
    """Control groups of these runs, and of their builds. The kernel keeps those in use."""
    top = cgroups.group_at(PurePosixPath("/", GROUP))
    homes = sorted(set(top.directories.values())) if top is not None else []
    for run in runs:
        builds = {d.name for home in homes for d in home.glob(f"build-{run}-*")}
        for name in (run, *sorted(builds)):
            if cgroups.remove_groups(PurePosixPath("/", GROUP, name)):
                yield f"control group /{GROUP}/{name}"
