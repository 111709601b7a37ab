"""Which program this is: what of it measures, and what of it judges."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import assay_probe
import assay_sandbox
from assay import adapters, domain, evaluation, kit
from assay.domain.scoring import SCORING_VERSION
from assay.toolkit import proving
from assay.toolkit.files import files_of
from assay.toolkit.proving.digests import program_digest
from assay.toolkit.proving.publication import Program
from assay_sandbox.images import IMAGES

MEASURING_ADAPTERS = (
    "faults",
    "images",
    "injector",
    "monitoring",
    "reading",
    "service",
    "stand_ins",
    "world",
)
"""Modules through which the engine touches the sandbox."""
MEASURING_DOMAIN = (
    "firing",
    "generated",
    "labelled",
    "meters",
    "prices",
    "statistics",
    "timeline",
)
"""Modules by which an evaluation decides what to do, or sums up what it saw. Those that only say
what a challenge or a record looks like are not among them: both are compared as they are read."""
MEASURING_KIT = ("chance", "deadline")
"""Modules by which it draws, and by which it gives up."""


@cache
def this_program() -> Program:
    """As it is on this machine."""
    return Program(
        assay=version("assay"),
        harness_sha256=program_digest(measuring_programs()),
        judge_sha256=program_digest(judging_programs()),
        scoring=SCORING_VERSION,
    )


def measuring_programs() -> list[Path]:
    """Programs and recipes whose change makes stored evidence out of date.

    An installed package has its recipes and policies within `assay_sandbox`, a checkout beside it:
    they count once, and alike.
    """
    folders = [_folder(package.__path__) for package in (evaluation, assay_probe)]
    beside = [IMAGES, IMAGES.parent / "policies"]
    sandbox = [
        path
        for path in files_of(_folder(assay_sandbox.__path__))
        if not any(path.is_relative_to(place) for place in beside)
    ]
    modules = [
        _folder(package.__path__) / f"{name}.py"
        for package, names in (
            (adapters, MEASURING_ADAPTERS),
            (domain, MEASURING_DOMAIN),
            (kit, MEASURING_KIT),
        )
        for name in names
    ]
    return [*folders, *sandbox, *beside, *modules]


def judging_programs() -> list[Path]:
    """Programs that turn evidence into points, and points into a proof: seconds to do again."""
    return [_folder(package.__path__) for package in (domain, proving)]


def _folder(path: Sequence[str]) -> Path:
    return Path(path[0])
