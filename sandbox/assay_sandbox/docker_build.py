"""Build an image from a tree nobody trusts, within limits, and say truthfully how it ended.

Nothing is tagged before all of it is known to be good, and whatever the end, nothing but a
tagged image is left: no container, no layer, no control group, no package server.
"""

import io
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from docker import DockerClient

from assay_sandbox import build_labels, build_leftovers
from assay_sandbox.build_blame import Ending, blame
from assay_sandbox.build_cgroup import build_cgroup, group_path, pids_limit_hit
from assay_sandbox.build_context import SENT_DOCKERFILE, ContextTooSlow, pack
from assay_sandbox.build_disk import DiskWatch
from assay_sandbox.build_plan import Plan, plan_build
from assay_sandbox.build_progress import Progress
from assay_sandbox.build_stream import BuildStream, Cut
from assay_sandbox.docker_call import Until, call
from assay_sandbox.docker_images import describe_image
from assay_sandbox.engine import (
    BuildFailed,
    BuildFailure,
    BuildOutcome,
    BuildSpec,
    Built,
    ImageInfo,
    LogSink,
)
from assay_sandbox.errors import EngineFault
from assay_sandbox.kept_images import note_use
from assay_sandbox.ownership import checked_word
from assay_sandbox.package_server import package_server

MIB = 1024 * 1024
OPEN_FILES = 4096
FINISH_S = 60.0
"""Seconds for the engine to put labels on a finished image, which it does in a fraction."""


@dataclass(frozen=True, slots=True)
class _Build:
    """One build under way."""

    client: DockerClient
    spec: BuildSpec
    plan: Plan
    progress: Progress
    nonce: str
    group: PurePosixPath
    started_s: float
    until: Until
    deadline_s: float

    def elapsed_s(self) -> float:
        return time.monotonic() - self.started_s


def build_image(
    client: DockerClient, spec: BuildSpec, *, deadline_s: float, on_log: LogSink
) -> BuildOutcome:
    """Make the image `spec.tag`, or say why the candidate's Dockerfile did not.

    Args:
        client: A `docker.DockerClient`.
        spec: What to build. `spec.context` holds plain files only.
        deadline_s: Wall-clock seconds for everything; at the end the build is cut off.
        on_log: Gets each line of the build's output.

    Raises:
        EngineFault: the engine failed; the candidate is not to blame.
        SpecRefused: a limit cannot be enforced here.
    """
    started_s = time.monotonic()
    nonce = f"{checked_word(spec.run_id, 'the run id')}-{secrets.token_hex(4)}"
    reused = _reused(client, spec)
    if reused is not None:
        return reused
    plan = plan_build(spec, nonce)
    if isinstance(plan, BuildFailed):
        return plan
    progress = Progress(plan.rendered, spec.limits.log_bytes, on_log)
    build = _Build(
        client, spec, plan, progress, nonce, group_path(spec.run_id, nonce),
        started_s, Until.after(deadline_s), deadline_s,
    )  # fmt: skip
    try:
        return _made(build)
    finally:
        progress.release()


def _reused(client: DockerClient, spec: BuildSpec) -> Built | None:
    image = describe_image(client, spec.tag)
    if image is None or image.labels.get(build_labels.TAG) != spec.tag:
        return None
    note_use(client, spec.tag)
    seconds, log = build_labels.build_s(image.labels), build_labels.log(image.labels)
    return Built(image, seconds, log, reused=True)


def _made(build: _Build) -> BuildOutcome:
    try:
        with _network(build) as network, build_cgroup(build.group, build.spec.limits.pids):
            ending = _run(build, network)
        return _finished(build) if ending is None else _failed(build, *blame(ending))
    finally:
        build_leftovers.remove(build.client, build.nonce)


@contextmanager
def _network(build: _Build) -> Iterator[str]:
    """The network mode of the build: nothing, or a loopback on which packages are served."""
    if build.spec.packages is None:
        yield "none"
        return
    with ExitStack() as stack:
        server = package_server(build.client, build.spec.packages, build.spec.run_id, build.until)
        yield f"container:{stack.enter_context(server)}"


def _run(build: _Build, network: str) -> Ending | None:
    """Run the build; None if it gave an image, else how it ended."""
    since_s = int(time.time())
    try:
        archive = pack(build.spec.context, build.plan.rendered.text, build.until)
    except ContextTooSlow:
        return _ending(build, Cut.DEADLINE, since_s)
    with archive:
        stream = BuildStream(build.client, _parameters(build, network), archive)
        watch = DiskWatch(build.client, build.nonce, build.spec.limits.image_mib * MIB)
        for message in stream.messages(build.until, watch.look):
            if not build.progress.take(message):
                stream.cut(Cut.LOG_FLOOD)
                break
    build.progress.end()
    if stream.reason is Cut.UNWATCHED:
        raise EngineFault("the engine stopped saying how much the build writes, so it was ended")
    if stream.reason is None and build.progress.image_id and not build.progress.error:
        return None
    return _ending(build, stream.reason, since_s)


def _ending(build: _Build, cut: Cut | None, since_s: int) -> Ending:
    progress = build.progress
    return Ending(
        instruction=progress.instruction,
        error=progress.error,
        code=progress.code,
        tail=progress.tail(),
        cut=cut,
        out_of_memory=build_leftovers.ran_out_of_memory(build.client, build.nonce, since_s),
        out_of_processes=pids_limit_hit(build.group),
        limits=build.spec.limits,
        deadline_s=build.deadline_s,
    )


def _parameters(build: _Build, network: str) -> dict[str, Any]:
    """The query of the build endpoint. No `pull`: a base image we did not name cannot come."""
    limits = build.spec.limits
    memory = limits.memory_mib * MIB
    parameters = {
        "dockerfile": SENT_DOCKERFILE,
        "rm": 1,
        "forcerm": 1,
        "nocache": 0 if build.spec.use_cache else 1,
        "networkmode": network,
        "memory": memory,
        "memswap": memory,
        "cgroupparent": str(build.group),
        "ulimits": json.dumps([_ulimit("nofile", OPEN_FILES), *_file_limit(limits.file_mib)]),
    }
    if limits.cores:
        parameters["cpusetcpus"] = ",".join(map(str, limits.cores))
    return parameters


def _file_limit(file_mib: int) -> list[dict[str, object]]:
    return [_ulimit("fsize", file_mib * MIB), _ulimit("core", 0)]


def _ulimit(name: str, value: int) -> dict[str, object]:
    return {"Name": name, "Soft": value, "Hard": value}


def _failed(build: _Build, kind: BuildFailure, message: str) -> BuildFailed:
    return BuildFailed(kind, message, build.progress.end(), build.elapsed_s())


def _finished(build: _Build) -> BuildOutcome:
    """Weigh the image, then put its labels and its tag on it in one act."""
    image_id, limits = build.progress.image_id or "", build.spec.limits
    made = _described(build.client, image_id)
    if (made.size_mib or 0) > limits.image_mib:
        return _failed(
            build,
            BuildFailure.IMAGE_TOO_LARGE,
            f"The image has {made.size_mib:.0f} MiB; at most {limits.image_mib} are allowed. "
            "Install less, and delete what is not needed in the same RUN that made it.",
        )
    build_s, log = round(build.elapsed_s(), 3), build.progress.end()
    base = build.plan.rendered.base
    labels = build_labels.describe(
        tag=build.spec.tag,
        build_s=build_s,
        log=log,
        base=base,
        base_bytes=_size_bytes(build.client, base),
    )
    _tag(build.client, image_id, build.spec.tag, {**build.spec.labels, **labels})
    return Built(_described(build.client, build.spec.tag), build_s, log)


def _described(client: DockerClient, reference: str) -> ImageInfo:
    image = describe_image(client, reference)
    if image is None:
        raise EngineFault(f"the engine built {reference} and does not know it")
    return image


def _size_bytes(client: DockerClient, base: str | None) -> int | None:
    image = describe_image(client, base) if base is not None else None
    return round(image.size_mib * MIB) if image is not None and image.size_mib else None


def _tag(client: DockerClient, image_id: str, tag: str, labels: dict[str, str]) -> None:
    dockerfile = io.BytesIO(f"FROM {image_id}\n".encode())
    messages = call(
        f"label the image {tag}",
        lambda: list(
            client.api.build(
                fileobj=dockerfile, tag=tag, labels=labels, rm=True, forcerm=True, decode=True
            )
        ),
        deadline_s=FINISH_S,
    )
    errors = [message["error"] for message in messages if "error" in message]
    if errors:
        raise EngineFault(f"the engine could not label the image {tag}: {errors[0]}")
