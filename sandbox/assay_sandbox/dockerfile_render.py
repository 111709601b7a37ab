"""Our own text of a Dockerfile: what was judged is what is built, one instruction a line.

Comments, continuations, frontends and variables in FROM are gone, base images and stages
bear the names we give them, so nothing is left for the engine to read differently.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from assay_sandbox.dockerfile import Dockerfile, Instruction, Stage, needed_stages
from assay_sandbox.dockerfile_policy import IGNORED_FLAGS, SCRATCH

STAGE_PREFIX = "assay-stage-"


@dataclass(frozen=True, slots=True)
class Step:
    """One line for the engine, and the instruction it came from (None: ours)."""

    text: str
    instruction: Instruction | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the engine gets.

    Attributes:
        steps: In order; the engine counts them from 1.
        escape: The escape character of the original.
        target: The engine's name of the stage that becomes the image.
        base: The image the target grew from, through earlier stages; None for scratch.
    """

    steps: tuple[Step, ...]
    escape: str
    target: str
    base: str | None

    @property
    def text(self) -> str:
        """The whole file."""
        lines = [step.text for step in self.steps]
        return "\n".join([f"# escape={self.escape}", *lines, ""])


def render(
    dockerfile: Dockerfile,
    base_images: Mapping[str, str],
    *,
    target: Stage | None = None,
    marker: str | None = None,
) -> Rendered:
    """Render a Dockerfile that `dockerfile_policy.check` found nothing wrong with.

    Args:
        dockerfile: As read.
        base_images: Names in FROM -> the engine's images.
        target: Stage to stop at; None for the last.
        marker: `key=value` put as a LABEL on every image of the build, so that what an
            aborted build leaves can be found; None for none.
    """
    last = target or dockerfile.stages[-1]
    stages = needed_stages(dockerfile, last)
    steps = [
        Step(_plain(one), one)
        for one in dockerfile.instructions
        if one.line < dockerfile.stages[0].origin.line
    ]
    for stage in stages:
        steps.append(Step(_from(dockerfile, stage, base_images), stage.origin))
        if marker is not None:
            steps.append(Step(f"LABEL {marker}", None))
        steps += [Step(_line(dockerfile, stage, one), one) for one in stage.instructions]
    return Rendered(
        tuple(steps),
        dockerfile.escape,
        f"{STAGE_PREFIX}{last.index}",
        _root(dockerfile, last, base_images),
    )


def _from(dockerfile: Dockerfile, stage: Stage, base_images: Mapping[str, str]) -> str:
    earlier = dockerfile.stage(stage.base, before=stage.index)
    if earlier is not None:
        base = f"{STAGE_PREFIX}{earlier.index}"
    else:
        base = SCRATCH if stage.base == SCRATCH else base_images[stage.base]
    return f"FROM {base} AS {STAGE_PREFIX}{stage.index}"


def _line(dockerfile: Dockerfile, stage: Stage, instruction: Instruction) -> str:
    source = instruction.flag("from")
    earlier = dockerfile.stage(source, before=stage.index) if source is not None else None
    if earlier is None:
        return _plain(instruction)
    return _plain(instruction, {"from": f"{STAGE_PREFIX}{earlier.index}"})


def _plain(instruction: Instruction, replaced: Mapping[str, str] | None = None) -> str:
    ignored = IGNORED_FLAGS.get(instruction.keyword, frozenset())
    if instruction.keyword == "RUN":
        ignored = frozenset({"mount"})  # the policy lets only cache mounts through
    flags = [
        f"--{flag.name}={(replaced or {}).get(flag.name, flag.value)}"
        for flag in instruction.flags
        if flag.name not in ignored
    ]
    value = instruction.value
    if instruction.exec_form is not None:
        value = json.dumps(instruction.exec_form)
    return " ".join([instruction.keyword, *flags, value]).rstrip()


def _root(dockerfile: Dockerfile, stage: Stage, base_images: Mapping[str, str]) -> str | None:
    earlier = dockerfile.stage(stage.base, before=stage.index)
    if earlier is not None:
        return _root(dockerfile, earlier, base_images)
    return base_images.get(stage.base)
