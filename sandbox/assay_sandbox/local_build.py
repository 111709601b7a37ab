"""Build an image without a container engine: read the Dockerfile, carry out what it says.

    read -> judge (`dockerfile_policy`) -> refuse what this machine cannot imitate ->
    one root directory a stage -> steps -> the last root becomes the image

Every command and every copy runs in the jail. What a Dockerfile asks and only a container
engine can do is a fault of the platform, never the candidate's.
"""

import hashlib
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from assay_sandbox import local_base, local_cgroup, local_images
from assay_sandbox.docker_call import Until
from assay_sandbox.dockerfile import (
    Dockerfile,
    DockerfileSyntaxError,
    Instruction,
    Stage,
    needed_stages,
    parse,
)
from assay_sandbox.dockerfile_policy import check
from assay_sandbox.dockerignore import is_ignored, read_patterns
from assay_sandbox.engine import (
    BuildFailed,
    BuildFailure,
    BuildOutcome,
    BuildSpec,
    Built,
    LogSink,
)
from assay_sandbox.errors import EngineFault
from assay_sandbox.limits import Limits
from assay_sandbox.local_cgroup import ControlGroup
from assay_sandbox.local_images import Config, LocalImage
from assay_sandbox.local_job import BUILDER_UID, CONTEXT, EARLIER_STAGE, MIB, WHEELS, Jail, Job
from assay_sandbox.local_process import Process
from assay_sandbox.local_state import Record, State, remove_tree
from assay_sandbox.local_steps import StepFailed, Steps
from assay_sandbox.log_store import LogStore

OUR_LINES = "[assay] "
SHOWN_CHARS = 200
_PIP = {
    "PIP_NO_INDEX": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_NO_CACHE_DIR": "1",
}


class BuildEnded(Exception):
    """The candidate's build is over without an image."""

    def __init__(self, kind: BuildFailure, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(slots=True)
class _Build:
    """One build under way: what its steps share. It is the `Runner` of each stage in turn."""

    spec: BuildSpec
    jail: Jail
    until: Until
    on_log: LogSink
    record: Record
    state: State
    group: ControlGroup | None
    context: Path
    root: Path
    log: LogStore = field(init=False)
    _printed: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.log = LogStore(self.spec.limits.log_bytes)

    def say(self, line: str) -> None:
        """Add a line to the log."""
        self.log.write(1, f"{line}\n".encode())
        self.on_log(line)

    def python(self) -> str:
        return self.jail.python()

    def place(self, path: str) -> str:
        return self.jail.place(self.root, path)

    def run(
        self,
        command: tuple[str, ...],
        *,
        environment: Mapping[str, str],
        directory: str,
        user: str,
        earlier: Path | None,
    ) -> int:
        read_only = {self.context: CONTEXT}
        if earlier is not None:
            read_only[earlier] = EARLIER_STAGE
        packages = {}
        if self.spec.packages is not None:
            read_only[Path(self.spec.packages)] = WHEELS
            packages["PIP_FIND_LINKS"] = WHEELS
        job = Job(
            root=self.root,
            command=command,
            environment={**_PIP, **packages, **environment},
            directory=directory,
            uid=user_id(self.root, user),
            limits=self._limits(),
            group=self.group,
            writable=True,
            read_only=read_only,
        )
        return self._finish(Process(self.jail.launch(job), deadline_s=self.until.left_s()))

    def _limits(self) -> Limits:
        given = self.spec.limits
        return Limits(
            memory_mib=given.memory_mib,
            pids=given.pids,
            cores=given.cores,
            cpu_weight=1024,
            file_mib=given.file_mib,
            log_bytes=max(given.log_bytes - self._printed, 1),
        )

    def _finish(self, process: Process) -> int:
        killed_before = self._oom_kills()
        self.state.write(replace(self.record, processes=process.identities()))
        in_time = process.follow(self.say, deadline_s=self.until.left_s())
        process.kill()
        self._printed += process.log.tail().total_bytes
        process.log.release()
        if process.log_flood:
            limit = self.spec.limits.log_bytes
            raise BuildEnded(
                BuildFailure.LOG_FLOOD, f"the build printed more than {limit} bytes; print less"
            )
        if not in_time:
            raise BuildEnded(BuildFailure.DEADLINE, "the build was not finished in time")
        status = process.exit_code() or 0
        if status and self._oom_kills() > killed_before:
            limit = self.spec.limits.memory_mib
            raise BuildEnded(
                BuildFailure.MEMORY, f"the build needed more than {limit} MiB of memory"
            )
        return status

    def _oom_kills(self) -> int:
        usage = self.group.reader().read() if self.group is not None else None
        return usage.oom_kills if usage is not None else 0


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds images for one jail."""

    jail: Jail
    state: State
    with_groups: bool

    def build(self, spec: BuildSpec, *, deadline_s: float, on_log: LogSink) -> BuildOutcome:
        """See `Engine.build`."""
        if spec.packages is not None and not Path(spec.packages).is_dir():
            raise EngineFault(
                f"{spec.packages!r} is not a directory of wheels",
                remedy="the local engine installs packages from a directory; prepare one first",
            )
        directory = self.state.image_directory(spec.tag, self.jail.name)
        directory.parent.mkdir(parents=True, exist_ok=True)
        with self.state.locked(f"{self.jail.name}-{spec.tag}"):
            image = local_images.load(directory)
            if image is not None:
                local_images.note_use(directory)
                return Built(image.info(), image.build_s, image.log, reused=True)
            return self._build_anew(spec, directory, Until.after(deadline_s), on_log)

    def _build_anew(
        self, spec: BuildSpec, directory: Path, until: Until, on_log: LogSink
    ) -> BuildOutcome:
        start_s = time.monotonic()
        remove_tree(directory)
        record = self.state.open(spec.run_id, "build")
        workspace = self.state.workspace()
        group = None
        finished = False
        try:
            if self.with_groups:
                group = local_cgroup.create(record.id, build_limits(spec))
            context = filtered_context(spec.context, workspace)
            build = _Build(
                spec, self.jail, until, on_log, record, self.state, group, context, workspace
            )
            outcome = self._outcome(build, directory, workspace, start_s)
            finished = isinstance(outcome, Built)
            return outcome
        finally:
            if group is not None:
                group.kill()
                group.remove()
            self.state.close(record)
            remove_tree(workspace)
            if not finished:
                remove_tree(directory)

    def _outcome(
        self, build: _Build, directory: Path, workspace: Path, start_s: float
    ) -> BuildOutcome:
        try:
            dockerfile, target = _read(build.spec)
            _refuse_unknown_bases(dockerfile, target)
            config = self._stages(build, dockerfile, target, directory / "root", workspace)
            _refuse_too_large(directory / "root", build.spec.limits.image_mib)
        except BuildEnded as end:
            build.log.end()
            text = build.log.tail().text
            return BuildFailed(end.kind, end.message, text, time.monotonic() - start_s)
        build.log.end()
        config = replace(config, labels={**config.labels, **build.spec.labels})
        image = LocalImage(
            reference=build.spec.tag,
            digest=_digest(build.spec, self.jail.name),
            root=directory / "root",
            config=config,
            build_s=time.monotonic() - start_s,
            log=build.log.tail().text,
        )
        local_images.save(image, directory)
        return Built(image.info(), image.build_s, image.log)

    def _stages(
        self, build: _Build, dockerfile: Dockerfile, target: Stage, root: Path, workspace: Path
    ) -> Config:
        """Build the target and what it needs; the target's files end up in `root`."""
        roots: dict[str, Path] = {}
        configs: dict[int, Config] = {}
        root.parent.mkdir(parents=True)
        for stage in needed_stages(dockerfile, target):
            alone = self.jail.shared_root or stage is target
            build.root = root if alone else workspace / f"stage-{stage.index}"
            earlier = dockerfile.stage(stage.base, before=stage.index)
            if not build.root.exists():
                self._begin(build.root, roots[str(earlier.index)] if earlier else None)
            config = configs[earlier.index] if earlier else local_base.base_config()
            steps = Steps(build, config, {}, dockerfile.global_args, dict(roots))
            for instruction in stage.instructions:
                self._step(build, steps, instruction)
            configs[stage.index] = steps.config
            roots |= {name: build.root for name in (stage.name, str(stage.index)) if name}
        return configs[target.index]

    def _begin(self, root: Path, earlier: Path | None) -> None:
        if earlier is None:
            local_base.new_root(self.jail, self.state, root)
        else:
            local_base.copy_root(earlier, root)

    def _step(self, build: _Build, steps: Steps, instruction: Instruction) -> None:
        if build.until.left_s() == 0:
            raise BuildEnded(BuildFailure.DEADLINE, "the build was not finished in time")
        flags = "".join(f" --{flag.name}={flag.value or ''}" for flag in instruction.flags)
        build.say(f"{OUR_LINES}{instruction.keyword}{flags} {instruction.value[:SHOWN_CHARS]}")
        try:
            steps.take(instruction)
        except StepFailed as failed:
            said = f"Dockerfile line {instruction.line}: {failed.message}"
            self._refuse_read_only(build, instruction, said)
            raise BuildEnded(BuildFailure.COMMAND, said) from failed

    def _refuse_read_only(self, build: _Build, instruction: Instruction, said: str) -> None:
        """A step that wanted to change /usr, which is this machine's, is our failure."""
        tail = build.log.tail().text[-2000:]
        if "Read-only file system" in tail:
            raise EngineFault(
                f"{said}: it changes files that the local engine shares with this machine",
                remedy="use a container engine for this Dockerfile",
            )


def filtered_context(context: Path, workspace: Path) -> Path:
    """The context without what its `.dockerignore` names; itself if there is none."""
    ignore = context / ".dockerignore"
    if not ignore.is_file():
        return context
    patterns = read_patterns(ignore.read_text(errors="replace"))
    kept = workspace / "context"
    kept.mkdir()
    for path in sorted(context.rglob("*")):
        relative = path.relative_to(context)
        if path.is_file() and not path.is_symlink() and not is_ignored(str(relative), patterns):
            (kept / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, kept / relative)
    return kept


def user_id(root: Path, user: str) -> int:
    """The number of a USER; root if its name is not in the image, as its files are root's."""
    name = user.partition(":")[0]
    if not name or name.isdigit():
        return int(name or BUILDER_UID)
    passwd = root / "etc/passwd"
    small = passwd.is_file() and passwd.stat().st_size < MIB
    if small and not passwd.is_symlink() and not passwd.parent.is_symlink():
        for line in passwd.read_text(errors="replace").splitlines():
            fields = line.split(":")
            if len(fields) > 2 and fields[0] == name and fields[2].isdigit():
                return int(fields[2])
    return BUILDER_UID


def build_limits(spec: BuildSpec) -> Limits:
    """The limits of the control group around a whole build."""
    given = spec.limits
    return Limits(memory_mib=given.memory_mib, pids=given.pids, cores=given.cores, cpu_weight=1024)


def _read(spec: BuildSpec) -> tuple[Dockerfile, Stage]:
    path = spec.context / "Dockerfile"
    if not path.is_file():
        raise BuildEnded(
            BuildFailure.NO_DOCKERFILE, "there is no file called Dockerfile at the top of the tree"
        )
    try:
        dockerfile = parse(path.read_text(errors="replace"))
    except DockerfileSyntaxError as error:
        raise BuildEnded(BuildFailure.POLICY, f"Dockerfile: {error}") from error
    problems = check(dockerfile, spec.base_images)
    if problems:
        raise BuildEnded(BuildFailure.POLICY, "\n".join(str(problem) for problem in problems))
    target = dockerfile.stage(spec.target) if spec.target else dockerfile.stages[-1]
    if target is None:
        raise BuildEnded(
            BuildFailure.POLICY, f"the Dockerfile has no stage called {spec.target!r}; add one"
        )
    return dockerfile, target


def _refuse_unknown_bases(dockerfile: Dockerfile, target: Stage) -> None:
    for stage in needed_stages(dockerfile, target):
        if dockerfile.stage(stage.base, before=stage.index) is None:
            local_base.refuse_unknown(stage.base)


def _refuse_too_large(root: Path, limit_mib: int) -> None:
    size_mib = sum(p.lstat().st_size for p in root.rglob("*") if not p.is_symlink()) / MIB
    if size_mib > limit_mib:
        raise BuildEnded(
            BuildFailure.IMAGE_TOO_LARGE,
            f"the image has {size_mib:.0f} MiB, {limit_mib} MiB are allowed",
        )


def _digest(spec: BuildSpec, jail: str) -> str:
    """SHA-256 over everything the image was made from."""
    hashed = hashlib.sha256(f"{jail} {spec.target} {spec.packages} ".encode())
    for path in sorted(spec.context.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            hashed.update(f"{path.relative_to(spec.context)} {len(content)}\n".encode() + content)
    return f"sha256:{hashed.hexdigest()}"
