"""Why a build ended without an image, and what the candidate can do; or that it is our fault.

What we cannot tell is ours: a message of the engine that is neither a command's exit status
nor a known mistake in a Dockerfile raises `EngineFault`, which never costs a point.
"""

import re
from dataclasses import dataclass

from assay_sandbox.build_stream import Cut
from assay_sandbox.dockerfile import Instruction
from assay_sandbox.engine import BuildFailure
from assay_sandbox.errors import EngineFault
from assay_sandbox.limits import BuildLimits

KILLED = 137


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known when a build has ended without an image.

    Attributes:
        instruction: Where it was, None before the first.
        error: The engine's own words ("" when we cut it off).
        code: Exit status of the command, if one failed.
        tail: The last lines of the log.
        cut: Why we ended it, if we did.
        out_of_memory: The kernel killed a process of the build for its memory.
        out_of_processes: The kernel refused it a new process.
        limits: The limits in force.
        deadline_s: The seconds it had.
    """

    instruction: Instruction | None
    error: str
    code: int | None
    tail: str
    cut: Cut | None
    out_of_memory: bool
    out_of_processes: bool
    limits: BuildLimits
    deadline_s: float


def blame(ending: Ending) -> tuple[BuildFailure, str]:
    """The kind of failure and sentences for the candidate.

    Raises:
        EngineFault: the engine failed, or we cannot tell.
    """
    where, limits = _where(ending.instruction), ending.limits
    if ending.cut is not None:
        return _blame_cut(ending, where)
    if ending.out_of_memory or ending.code == KILLED:
        return BuildFailure.MEMORY, (
            f"{where} used more than the {limits.memory_mib} MiB of memory a build has. "
            "Do less at once, or do it before you commit."
        )
    if ending.code is not None:
        return BuildFailure.COMMAND, f"{where} failed with exit status {ending.code}. " + (
            _process_remedy(ending) or _remedy(ending.tail)
        )
    if _CANDIDATES.search(ending.error) and not _OURS.search(ending.error):
        return BuildFailure.COMMAND, f"{where} failed: {_tidy(ending.error)}"
    raise EngineFault(f"the engine failed at {where}: {ending.error or 'it gave no image'}")


def _blame_cut(ending: Ending, where: str) -> tuple[BuildFailure, str]:
    limits = ending.limits
    match ending.cut:
        case Cut.DEADLINE:
            return BuildFailure.DEADLINE, (
                f"The build was not done after {ending.deadline_s:.0f} s; it was at {where}. "
                "Move slow work out of the image build, or make it smaller."
            )
        case Cut.LOG_FLOOD:
            return BuildFailure.LOG_FLOOD, (
                f"{where} printed more than {limits.log_bytes} bytes. Make it quieter."
            )
        case _:
            return BuildFailure.IMAGE_TOO_LARGE, (
                f"{where} wrote more than the {limits.image_mib} MiB an image may have. "
                "Write less, and delete what is not needed in the same RUN."
            )


def _where(instruction: Instruction | None) -> str:
    if instruction is None:
        return "the start of the build"
    text = f"{instruction.keyword} {instruction.value}"
    shown = text if len(text) <= 80 else f"{text[:79]}…"
    return f"Dockerfile line {instruction.line} ({shown})"


_OURS = re.compile(
    r"pull access denied|no such image|containerd|shim task: (?!OCI)|cgroup|layer does not exist"
    r"|input/output error|context canceled|network namespace|non running container"
    r"|no such container|error creating overlay",
    re.IGNORECASE,
)
_CANDIDATES = re.compile(
    r"COPY failed|ADD failed|file not found in build context|no such file or directory"
    r"|unable to find (?:user|group)|unknown (?:instruction|flag)|parse error|requires at least"
    r"|requires exactly|executable file not found|permission denied|is not a directory|invalid"
    r"|not a directory|max depth exceeded|when using COPY|bad parameter|malformed|syntax"
    r"|must be|cannot be|can't|needs|missing|no source files|forbidden path|failed to process"
    r"|over existing file",
    re.IGNORECASE,
)
"""Mistakes in a Dockerfile as the classic builder (20.10 to 28) words them."""

_REMEDIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"No matching distribution found for ([^\s(]+)"),
        "{0} is not among the packages this challenge offers (or not in that version); "
        "see the list in the brief.",
    ),
    (
        re.compile(r"DO NOT MATCH THE HASHES"),
        "A package offered here has another hash than your requirements file expects.",
    ),
    (
        re.compile(r"apt(?:-get)?: (?:command )?not found"),
        "System packages cannot be installed: the build has no network.",
    ),
    (
        re.compile(
            r"name resolution|Could not resolve|Network is unreachable|Name or service not known"
            r"|Connection refused|No route to host"
        ),
        "A build has no network: only the packages the brief lists can be installed, with pip.",
    ),
    (re.compile(r"File size limit exceeded|File too large"), "It wrote a file that is too large."),
    (
        re.compile(r"No space left on device"),
        "It ran out of disk space.",
    ),
)


_NO_PROCESS = re.compile(
    r"Resource temporarily unavailable|can't start new thread|[Cc]annot fork|fork: retry"
)
"""The kernel's own count survives the container only under cgroup v2."""


def _process_remedy(ending: Ending) -> str:
    if ending.out_of_processes or _NO_PROCESS.search(ending.tail):
        return f"A build may have {ending.limits.pids} processes and threads; it wanted more."
    return ""


def _remedy(tail: str) -> str:
    for pattern, words in _REMEDIES:
        if match := pattern.search(tail):
            return words.format(*match.groups())
    return "The last lines of the build log say why."


def _tidy(error: str) -> str:
    """The engine's words without its own names for things."""
    return re.sub(r"/var/lib/docker/\S*?/(?=[^/\s]+(?:\s|:|$))", "", error)[:400]
