"""Where proofs are kept, and whether a challenge may be handed out: published, and as it was then.

`proofs/NAME/` beside the challenges, so that it travels with them and changes no digest of theirs:
`proof.json`, `proof.html`, `matrix.md`, in `evidence/` what was seen of each run, and once it is
published `published.json`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.domain.errors import BadInput, Problem
from assay.toolkit.package import ChallengePackage
from assay.toolkit.proving.digests import changed_files, file_digests
from assay.toolkit.proving.proof import Proof

PROOFS = "proofs"
PROOF_FILE, PAGE_FILE, MATRIX_FILE = "proof.json", "proof.html", "matrix.md"
PUBLISHED_FILE = "published.json"
EVIDENCE_FOLDER = "evidence"
NAMED = 8
"""Changed files that are named; a person needs to know where to look."""


class Published(BaseModel):
    """`published.json`: this version was proven, and somebody handed it out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    challenge: str = Field(description="Slug.")
    version: str = Field(description="Of the challenge.")
    challenge_sha256: str = Field(description="Digest of the package that was proven.")
    proof_sha256: str = Field(description="Digest of `proof.json`.")
    assay: str = Field(description="Version of the harness it was proven with.")
    published_at: str = Field(description="When, UTC.")


@dataclass(frozen=True, slots=True)
class Program:
    """The program that proves, or that publishes what was proven.

    Attributes:
        assay: Its version.
        harness_sha256: Digest of what of it measures.
        judge_sha256: Digest of what of it judges.
        scoring: Version of the scoring.
    """

    assay: str
    harness_sha256: str
    judge_sha256: str
    scoring: str


def proof_place(root: Path) -> Path:
    """Where the proof of the challenge in a directory is kept."""
    whole = root.resolve()
    return whole.parent / PROOFS / whole.name


def why_unpublished(package: ChallengePackage) -> str:
    """Why a challenge may not be handed out yet, "" if it may."""
    name = package.root.name
    try:
        text = (proof_place(package.root) / PUBLISHED_FILE).read_text()
        published = Published.model_validate_json(text)
    except (OSError, ValidationError):
        return f"it was not published; prove it, then say: assay challenge publish {name}"
    if published.challenge_sha256 != package.digest:
        return (
            f"it changed since version {published.version} was published on "
            f"{published.published_at}; prove it again, then say: assay challenge publish {name}"
        )
    if published.proof_sha256 != proof_digest(package.root):
        return (
            f"its proof is not the one that was published on {published.published_at}; look at it, "
            f"then say: assay challenge publish {name}"
        )
    return ""


def proof_digest(root: Path) -> str:
    """Digest of the proof of a challenge; "" if there is none."""
    try:
        return hashlib.sha256((proof_place(root) / PROOF_FILE).read_bytes()).hexdigest()
    except OSError:
        return ""


def publishable(package: ChallengePackage, program: Program, now: str) -> Published:
    """What `published.json` will say.

    Args:
        package: The challenge; it lints.
        program: The one that publishes.
        now: ISO 8601, UTC.

    Raises:
        BadInput: the proof is missing, not of all runs, red, or stale.
    """
    path = proof_place(package.root) / PROOF_FILE
    proof = read_proof(path)
    problems = [Problem(told, str(path)) for told in _objections(package, proof, program)]
    if problems:
        raise BadInput(*problems)
    return Published(
        challenge=proof.challenge,
        version=proof.version,
        challenge_sha256=package.digest,
        proof_sha256=proof_digest(package.root),
        assay=program.assay,
        published_at=now,
    )


def read_proof(path: Path) -> Proof:
    """A stored proof.

    Raises:
        BadInput: there is none, or it is of no version we know.
    """
    try:
        return Proof.model_validate_json(path.read_text())
    except OSError as error:
        told = "there is no proof of all runs (a quick one is not enough); " + _again(path)
        raise BadInput(Problem(told, str(path))) from error
    except ValidationError as error:
        told = f"is no proof of this version; {_again(path)}"
        raise BadInput(Problem(told, str(path))) from error


def _again(path: Path) -> str:
    """The command that makes the proof that is kept there."""
    return f"say: assay challenge prove {path.parent.name}"


def _objections(package: ChallengePackage, proof: Proof, program: Program) -> list[str]:
    found = []
    stamp, again = proof.stamp, f"say: assay challenge prove {package.root.name}"
    if stamp.challenge_sha256 != package.digest:
        changes = changed_files(stamp.files, file_digests(package))
        more = f", and {len(changes) - NAMED} more" if len(changes) > NAMED else ""
        what = ", ".join(changes[:NAMED]) + more or "its digest is another"
        found.append(f"is stale: {what}; {again} (what a change left as it was is not rerun)")
    if stamp.assay != program.assay:
        found.append(f"is stale: made with assay {stamp.assay}, this is {program.assay}; {again}")
    elif stamp.harness_sha256 != program.harness_sha256:
        found.append(f"is stale: what measures has changed since; {again}")
    elif (stamp.judge_sha256, stamp.scoring) != (program.judge_sha256, program.scoring):
        found.append(
            f"is stale: what judges has changed since; {again} (nothing is measured again)"
        )
    if proof.scope != "full":
        found.append(f"is {proof.scope}: only a full proof can be published; prove without options")
    for check in proof.checks:
        found += [f"is red: {check.id}: {told}" for told in check.problems]
        found += [f"is incomplete: {check.id}: {told}" for told in check.unseen]
    return found
