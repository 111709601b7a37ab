"""What an evaluation left on this machine."""

import contextlib
from pathlib import Path

import docker

from assay_sandbox import cgroups
from assay_sandbox.local_state import default_home
from assay_sandbox.ownership import RUN_LABEL


def left_of(run_id: str, *engines: str) -> list[str]:
    """Everything that still bears the name of a run: processes, groups, containers, networks.

    `engines` are asked besides the machine's own, by their address.
    """
    found = [str(p) for p in cgroups.ROOT.glob(f"*/assay*/*{run_id}*")]
    found += [str(p) for p in cgroups.ROOT.glob(f"assay*/*{run_id}*")]
    found += [str(p) for p in default_home().glob(f"local/running/*{run_id}*")]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if run_id.encode() in path.read_bytes():
                found.append(str(path))
    for url in (None, *engines):
        with contextlib.suppress(docker.errors.DockerException):
            found += _on_engine(run_id, url)
    return found


def _on_engine(run_id: str, url: str | None) -> list[str]:
    mine = {"label": f"{RUN_LABEL}={run_id}"}
    with contextlib.closing(docker.APIClient(base_url=url)) as client:
        containers = [row["Names"][0] for row in client.containers(all=True, filters=mine)]
        return containers + [row["Name"] for row in client.networks(filters=mine)]
