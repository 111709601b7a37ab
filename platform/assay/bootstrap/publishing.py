"""Lint a challenge, and publish one that was proven: from then on it can be invited to."""

from pathlib import Path

from assay.bootstrap.files import write_whole
from assay.bootstrap.program import this_program
from assay.domain.errors import BadInput, Problem
from assay.kit.clock import utc_now
from assay.toolkit.lint.linting import lint
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.proving.publication import PUBLISHED_FILE, proof_place, publishable


def linted(directory: Path) -> ChallengePackage:
    """A challenge in which the linter finds no error.

    Raises:
        BadInput: it finds some, or the challenge cannot be read; all of them.
    """
    package = load_challenge(directory)
    errors = lint(directory).errors
    if errors:
        problems = (Problem(f"{one.message} [{one.rule}]", one.file, one.line) for one in errors)
        raise BadInput(*problems)
    return package


def publish(directory: Path) -> Path:
    """Write that a challenge may be handed out.

    Raises:
        BadInput: it does not lint, or its proof is missing, red or stale; every reason.
    """
    package = linted(directory)
    now = utc_now().isoformat(timespec="seconds")
    published = publishable(package, this_program(), now)
    place = proof_place(package.root) / PUBLISHED_FILE
    return write_whole(place, published.model_dump_json(indent=1) + "\n")
