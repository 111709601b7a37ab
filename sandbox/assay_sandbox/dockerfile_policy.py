"""What a candidate's Dockerfile may ask for, in words that say what to write instead.

The wall is elsewhere (no network, our own rendering, base images named by us); this is the
sign in front of it. Everything the engine would do on the host's behalf is refused here:
fetching addresses, reading other images, mounting, frontends.
"""

import platform
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from assay_sandbox.dockerfile import Dockerfile, Instruction, Stage

MAX_INSTRUCTIONS = 120
LABEL_PREFIX = "assay."
SCRATCH = "scratch"

_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,60}", re.ASCII)
_ARCHIVE = re.compile(r"\.(tar(\.\w+)?|tgz|tbz2?|txz|tzst|tlz)$|\.(gz|bz2|xz|zst)$", re.IGNORECASE)
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*:|:/|^git@|^//", re.ASCII | re.IGNORECASE)
_QUOTING = str.maketrans("", "", "\\`\"'")
_HIDDEN_FLAG = re.compile(r"\s*--")  # the engine trims more kinds of blanks than we split on
_OFFICIAL_FRONTEND = re.compile(r"docker/dockerfile(:1(\.\d+){0,2}(-labs)?)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PLAIN_PATH = re.compile(r"(?!/(?:proc|sys|dev)(?:/|$))(?:/(?!\.\.?(?:/|$))[\w.@+-]+)+/?", re.ASCII)
_PLATFORM_VARIABLES = {"$BUILDPLATFORM", "$TARGETPLATFORM", "${BUILDPLATFORM}", "${TARGETPLATFORM}"}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

IGNORED_FLAGS = {"COPY": frozenset({"link"}), "ADD": frozenset({"link"})}
"""Flags that only make a build faster; our rendering leaves them out."""

_KEPT_FLAGS = {
    "COPY": frozenset({"from", "chown"}),
    "ADD": frozenset({"chown"}),
    "FROM": frozenset({"platform"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "retries"}),
}


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One thing to change. `line` counts from 1; 0 means the file as a whole."""

    line: int
    message: str

    def __str__(self) -> str:
        """The problem as one line of text."""
        return f"Dockerfile line {self.line}: {self.message}" if self.line else self.message


Problems = Iterator[PolicyProblem]


def check(dockerfile: Dockerfile, allowed_bases: Collection[str]) -> list[PolicyProblem]:
    """Every problem of a Dockerfile, in order of lines; empty if it may be built.

    Args:
        dockerfile: As `dockerfile.parse` read it.
        allowed_bases: Image names it may build FROM; "scratch" always may.
    """
    problems = [*_whole(dockerfile)]
    for stage in dockerfile.stages:
        problems += _stage(dockerfile, stage, allowed_bases)
    for instruction in dockerfile.instructions:
        problems += _instruction(instruction, dockerfile.escape)
    for stage in dockerfile.stages:
        for instruction in stage.instructions:
            problems += _copy_source(dockerfile, stage, instruction)
    return sorted(problems, key=lambda problem: problem.line)


def is_cache_mount(value: str | None) -> bool:
    """Whether a `--mount` only keeps files between builds; it is left out, not refused."""
    options = (value or "").split(",")
    return "type=cache" in options and not any(o.startswith(("from", "source")) for o in options)


def _whole(dockerfile: Dockerfile) -> Problems:
    frontend = dockerfile.directives.get("syntax")
    if frontend is not None and not _OFFICIAL_FRONTEND.fullmatch(frontend):
        yield PolicyProblem(
            1, f"the frontend {frontend[:60]!r} is not available; remove the syntax line"
        )
    if len(dockerfile.instructions) > MAX_INSTRUCTIONS:
        yield PolicyProblem(0, f"the Dockerfile has more than {MAX_INSTRUCTIONS} instructions")


def _stage(dockerfile: Dockerfile, stage: Stage, allowed: Collection[str]) -> Problems:
    line = stage.origin.line
    earlier = dockerfile.stage(stage.base, before=stage.index)
    named = earlier is not None and not stage.base.isdigit()
    if not named and stage.base != SCRATCH and stage.base not in allowed:
        yield PolicyProblem(line, _unknown_base(stage.base, allowed))
    if stage.name is not None and not _STAGE_NAME.fullmatch(stage.name):
        yield PolicyProblem(line, f"{stage.name[:60]!r} is not a name for a stage")
    wanted = stage.origin.flag("platform")
    if wanted is not None and wanted not in _platforms():
        yield PolicyProblem(line, f"--platform={wanted[:40]} cannot be built here; leave it out")


def _unknown_base(base: str, allowed: Collection[str]) -> str:
    names = ", ".join(sorted(allowed)) or "none"
    without_digest = base.partition("@")[0]
    if "@" in base and without_digest in allowed:
        return f"images cannot be pinned by digest here; write FROM {without_digest}"
    return f"FROM {base[:80]!r} is not available; the base images are: {names}"


def _platforms() -> set[str]:
    machine = platform.machine().lower()
    return _PLATFORM_VARIABLES | {f"linux/{_ARCHITECTURES.get(machine, machine)}"}


def _instruction(instruction: Instruction, escape: str) -> Problems:
    if _CONTROL.search(instruction.value):
        yield PolicyProblem(instruction.line, "the line holds control characters")
    if instruction.value.rstrip().endswith(escape):
        yield PolicyProblem(instruction.line, f"the instruction ends with {escape!r}")
    if instruction.heredocs:
        yield PolicyProblem(
            instruction.line, "heredocs (<<) are not supported; join the commands with && and \\"
        )
    if not instruction.value and instruction.keyword != "HEALTHCHECK":
        yield PolicyProblem(instruction.line, f"{instruction.keyword} has no arguments")
    if _HIDDEN_FLAG.match(instruction.value):
        yield PolicyProblem(instruction.line, "a flag cannot be read; write --name=value")
    if instruction.value.startswith("[") and instruction.exec_form is None:
        yield PolicyProblem(
            instruction.line, "the list is no JSON list of strings in double quotes"
        )
    yield from _flags(instruction)
    rule = _RULES.get(instruction.keyword)
    if rule is not None:
        yield from rule(instruction)


def _flags(instruction: Instruction) -> Problems:
    keyword = instruction.keyword
    known = _KEPT_FLAGS.get(keyword, frozenset()) | IGNORED_FLAGS.get(keyword, frozenset())
    for flag in instruction.flags:
        if keyword == "RUN" and flag.name == "mount" and is_cache_mount(flag.value):
            continue
        if flag.name not in known:
            shown = f"{keyword} --{flag.name}" + (f"={flag.value[:40]}" if flag.value else "")
            yield PolicyProblem(instruction.line, f"{shown} is not accepted; {_instead(flag.name)}")


def _instead(flag: str) -> str:
    if flag == "chmod":
        return "use a RUN chmod instead"
    if flag == "network":
        return "a build has no network but the packages the brief lists"
    return "leave it out"


def _add(instruction: Instruction) -> Problems:
    words = [word.translate(_QUOTING) for word in (*instruction.words(), instruction.value)]
    if any(_ARCHIVE.search(word) for word in words):
        yield PolicyProblem(
            instruction.line,
            "ADD would unpack the archive outside the limits of the build; COPY it and unpack it "
            "with RUN tar",
        )
    if any(_ADDRESS.search(word) for word in words):
        yield PolicyProblem(
            instruction.line, "ADD cannot fetch addresses; commit the file and COPY it"
        )
    if "$" in instruction.value:
        yield PolicyProblem(instruction.line, "ADD cannot take variables; use COPY")


def _onbuild(instruction: Instruction) -> Problems:
    yield PolicyProblem(instruction.line, "ONBUILD is not accepted; leave it out")


def _label(instruction: Instruction) -> Problems:
    text = instruction.value.lower().translate(_QUOTING)
    keys = [word.partition("=")[0] for word in text.split()]
    if any(key.startswith(LABEL_PREFIX) or "$" in key for key in keys):
        yield PolicyProblem(
            instruction.line, f"a LABEL may not begin with {LABEL_PREFIX!r} or hold a variable"
        )


def _volume(instruction: Instruction) -> Problems:
    """At every later step the engine copies what lies at a VOLUME; at `/` that is everything."""
    if not all(_PLAIN_PATH.fullmatch(word) for word in instruction.words()):
        yield PolicyProblem(
            instruction.line,
            "a VOLUME is a directory of your own by its plain absolute path; write VOLUME /data",
        )


_RULES: dict[str, Callable[[Instruction], Problems]] = {
    "ADD": _add,
    "LABEL": _label,
    "ONBUILD": _onbuild,
    "VOLUME": _volume,
}


def _copy_source(dockerfile: Dockerfile, stage: Stage, instruction: Instruction) -> Problems:
    source = instruction.flag("from")
    if instruction.keyword not in ("COPY", "ADD") or source is None:
        return
    if dockerfile.stage(source, before=stage.index) is None:
        yield PolicyProblem(
            instruction.line,
            f"{instruction.keyword} --from={source[:60]} is not an earlier stage of this file",
        )
