"""A demo data set on disk: who came, what they pushed, what was measured. Facts only.

roster.toml      who is invited, and what demo reviewers say of them
manifest.json    when and by which version it was recorded; digests
<slug>.zip       one candidate: `sitting.json`, `repository.bundle`, and for each evaluation
a folder named after it with its evidence and what belongs beside it
"""

import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.bootstrap.demo_data.roster import DemoCandidate, Roster, read_roster
from assay.db.artifacts import BUNDLE
from assay.domain.errors import BadInput, Problem
from assay.domain.lifecycle import EvaluationState, Lane

_PLACES = (
    Path(__file__).resolve().parents[4] / "deploy" / "demo-data",
    Path(sys.prefix) / "share" / "assay" / "demo-data",
)
RECORDED = next((place for place in _PLACES if place.is_dir()), _PLACES[-1])
"""The data set that comes with this version, of a checkout or of the container image. In no wheel:
candidates install that, and somebody in the data set hands in the reference of a challenge."""
MANIFEST, SITTING = "manifest.json", "sitting.json"
ANEW = "assay demo-data record"
"""The command that records a data set anew."""


class Fact(BaseModel):
    """Base of everything that was recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordedStage(Fact):
    """How one stage ended, and what it took."""

    attempt: int
    stage: str
    status: str
    message: str
    seconds: float
    ended_at: datetime


class RecordedEvaluation(Fact):
    """One run of the harness, with the result it had then. `files` are those kept of it."""

    id: str
    lane: Lane
    seed: int
    state: EvaluationState
    turn: int
    attempt: int
    message: str
    score: float | None
    complete: bool
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    stages: tuple[RecordedStage, ...]
    files: tuple[str, ...]


class RecordedPush(Fact):
    """One accepted push with its evaluations."""

    id: str
    number: int
    commit_sha: str
    tree_sha: str
    subject: str
    pack_bytes: int
    pushed_at: datetime
    evaluations: tuple[RecordedEvaluation, ...]


class RecordedSitting(Fact):
    """One candidate's whole sitting; of the person only the slug in the roster."""

    slug: str
    assessment_id: str
    challenge: str
    challenge_version: str
    challenge_sha256: str
    variant: int
    time_box_s: int
    practice_runs_max: int
    practice_seed: int
    sealed_seed: int
    invited_at: datetime
    invitation_ends_at: datetime
    started_at: datetime
    deadline_at: datetime
    finished_at: datetime
    pushes: tuple[RecordedPush, ...] = Field(min_length=1)


class Entry(Fact):
    """One candidate's file."""

    slug: str
    assessment_id: str
    sha256: str = ""
    size_bytes: int = 0
    recorded_at: datetime
    assay: str = Field(description="Version of the program that measured.")
    machine: str = Field(description="Where.")


class Manifest(Fact):
    """What a data set says of itself."""

    format: Literal[1] = 1
    position_id: str
    entries: tuple[Entry, ...] = ()

    @property
    def recorded_at(self) -> datetime:
        """When the last candidate of it was recorded."""
        return max(one.recorded_at for one in self.entries)

    @property
    def assay(self) -> str:
        """The version that recorded the last of it."""
        return max(self.entries, key=lambda one: one.recorded_at).assay


@dataclass(frozen=True, slots=True)
class Package:
    """One candidate as recorded.

    Attributes:
        files: "<evaluation>/<name>" -> content.
    """

    sitting: RecordedSitting
    bundle: bytes
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A directory with a roster, and what has been recorded of it so far."""

    directory: Path
    roster: Roster
    manifest: Manifest | None

    @classmethod
    def at(cls, directory: Path) -> "Dataset":
        """Open one.

        Raises:
            BadInput: there is none, or what is there is wrong.
        """
        return cls(directory, read_roster(directory), _manifest(directory / MANIFEST))

    @property
    def recorded(self) -> tuple[DemoCandidate, ...]:
        """Those of the roster who are recorded, in its order."""
        known = {one.slug for one in self.manifest.entries} if self.manifest else set()
        return tuple(one for one in self.roster.candidate if one.slug in known)

    def read(self, slug: str) -> Package:
        """One candidate.

        Raises:
            BadInput: the file is not what was recorded.
        """
        path = self.directory / f"{slug}.zip"
        entry = next(one for one in self._entries() if one.slug == slug)
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise BadInput(_damaged(path))
        return _unpacked(content)

    def write(self, package: Package, entry: Entry, position_id: str) -> "Dataset":
        """Keep one candidate in place of an earlier recording; the data set as it is then.

        `position_id` is taken for the first one, and when somebody is recorded anew: then it is
        another data set.
        """
        path = self.directory / f"{entry.slug}.zip"
        draft = path.with_suffix(".draft")
        _pack(package, draft)
        content = draft.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        whole = entry.model_copy(update={"sha256": digest, "size_bytes": len(content)})
        others = tuple(one for one in self._entries() if one.slug != entry.slug)
        if self.manifest and len(others) == len(self.manifest.entries):
            position_id = self.manifest.position_id
        manifest = Manifest(position_id=position_id, entries=(*others, whole))
        draft.replace(path)
        (self.directory / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n")
        return Dataset(self.directory, self.roster, manifest)

    def _entries(self) -> tuple[Entry, ...]:
        return self.manifest.entries if self.manifest else ()


def _manifest(path: Path) -> Manifest | None:
    if not path.is_file():
        return None
    try:
        found = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BadInput(_damaged(path)) from error
    return found if found.entries else None


def _pack(package: Package, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(SITTING, package.sitting.model_dump_json(indent=1))
        archive.writestr(BUNDLE, package.bundle)
        for name, content in sorted(package.files.items()):
            archive.writestr(name, content)


def _unpacked(content: bytes) -> Package:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sitting = RecordedSitting.model_validate_json(files.pop(SITTING))
    return Package(sitting, files.pop(BUNDLE), files)


def _damaged(path: Path) -> Problem:
    return Problem(f"is not what was recorded; restore it from git, or record anew: {ANEW}",
                   str(path))  # fmt: skip
