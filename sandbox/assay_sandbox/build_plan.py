"""Everything about a build that can be known, or refused, before the engine is asked."""

from dataclasses import dataclass

from assay_sandbox.build_context import DOCKERFILE, read_text
from assay_sandbox.dockerfile import MAX_BYTES, Dockerfile, DockerfileSyntaxError, Stage, parse
from assay_sandbox.dockerfile_policy import PolicyProblem, check
from assay_sandbox.dockerfile_render import Rendered, render
from assay_sandbox.engine import BuildFailed, BuildFailure, BuildSpec

MARKER_LABEL = "assay.build"


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be built. `marker` is on every image and container of the build, if any."""

    rendered: Rendered
    marker: str | None


def plan_build(spec: BuildSpec, nonce: str) -> Plan | BuildFailed:
    """Read, judge and render the Dockerfile of a spec, or report every problem at once.

    Args:
        spec: What to build.
        nonce: Marks what the build makes; left out where layers are to be reused.
    """
    try:
        text = read_text(spec.context, DOCKERFILE, MAX_BYTES)
        if text is None:
            return _failed(
                BuildFailure.NO_DOCKERFILE,
                "There is no file named Dockerfile at the top of the repository.",
            )
        dockerfile = parse(text)
    except UnicodeDecodeError:
        return _failed(BuildFailure.POLICY, "The Dockerfile is not UTF-8 text.")
    except DockerfileSyntaxError as error:
        return _refused([PolicyProblem(error.line, error.message)])
    return _planned(spec, dockerfile, None if spec.use_cache else f"{MARKER_LABEL}={nonce}")


def _planned(spec: BuildSpec, dockerfile: Dockerfile, marker: str | None) -> Plan | BuildFailed:
    problems = check(dockerfile, spec.base_images.keys())
    target: Stage | None = None
    if spec.target is not None:
        target = dockerfile.stage(spec.target)
        if target is None:
            problems.append(PolicyProblem(0, f"The Dockerfile has no stage named {spec.target!r}"))
    if problems:
        return _refused(problems)
    return Plan(render(dockerfile, spec.base_images, target=target, marker=marker), marker)


def _refused(problems: list[PolicyProblem]) -> BuildFailed:
    return _failed(BuildFailure.POLICY, "\n".join(str(problem) for problem in problems))


def _failed(kind: BuildFailure, message: str) -> BuildFailed:
    return BuildFailed(kind, message, log="", build_s=0.0)
