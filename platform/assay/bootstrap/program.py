"""Which program this is: what of it measures, and what of it judges."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import assay_probe
import assay_sandbox
from assay import adapters, domain, evaluation
from assay.domain.scoring import SCORING_VERSION
from assay.toolkit import proving
from assay.toolkit.proving.digests import program_digest
from assay.toolkit.proving.publication import Program

MEASURING_ADAPTERS = ("world", "injector", "service", "monitoring", "reading", "images")
"""Modules through which the engine touches the sandbox."""


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
    """Programs whose change makes stored evidence out of date."""
    folders = [_folder(package.__path__) for package in (evaluation, assay_probe, assay_sandbox)]
    modules = [_folder(adapters.__path__) / f"{name}.py" for name in MEASURING_ADAPTERS]
    return [*folders, *modules]


def judging_programs() -> list[Path]:
    """Programs that turn evidence into points, and points into a proof: seconds to do again."""
    return [_folder(package.__path__) for package in (domain, proving)]


def _folder(path: Sequence[str]) -> Path:
    return Path(path[0])
