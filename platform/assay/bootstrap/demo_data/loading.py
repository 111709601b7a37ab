"""Puts recorded candidates into the demo organisation, judged anew by today's rubric.

Each candidate is one transaction, and what is there stays as it is: loading again adds only what
is missing. Nobody is written to, and no other system is told.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assay.adapters.repositories import Repositories
from assay.adapters.submitted_work import BundledWork
from assay.bootstrap.demo_data.dataset import ANEW, Dataset, Manifest, Package
from assay.bootstrap.demo_data.note import DemoNote, write_note
from assay.bootstrap.demo_data.rows import Case, Place, write_case
from assay.bootstrap.first_start import demo_organisation, seed
from assay.bootstrap.installation import Installation
from assay.bootstrap.judging import judge_evidence
from assay.db.states import locked
from assay.db.tables import Assessment, Organisation, Position
from assay.domain.errors import BadInput
from assay.domain.evidence import EVIDENCE_FILE
from assay.domain.hiring import ReleasePolicy
from assay.domain.judge import rubric_of
from assay.features.scorecards.studies import Subject, study

NOT_RECORDED = f"no demo data is recorded in this version; record it: {ANEW}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did.

    Attributes:
        added: Names of those who were not there before.
        missing: Slugs of the roster that are not recorded yet.
    """

    position_id: str
    note: DemoNote
    added: tuple[str, ...]
    missing: tuple[str, ...]


def load(installation: Installation, dataset: Dataset, now: datetime) -> Loaded:
    """Load a data set.

    Raises:
        BadInput: nothing is recorded, a file is damaged, there is no demo organisation, or its
            challenge is not here.
    """
    if dataset.manifest is None:
        raise BadInput(NOT_RECORDED)
    if dataset.roster.challenge not in installation.challenges:
        raise BadInput(
            f"the demo data is of the challenge {dataset.roster.challenge}, which is not here; "
            "let ASSAY_CHALLENGES name a directory that has it"
        )
    place = _place(installation, dataset, dataset.manifest, now)
    added = tuple(
        candidate.marked_name
        for number, candidate in enumerate(dataset.roster.candidate, 1)
        if candidate in dataset.recorded
        and _add(installation, place, dataset.read(candidate.slug), number)
    )
    return Loaded(
        position_id=place.position_id,
        note=_mark(installation, dataset.manifest, place),
        added=added,
        missing=tuple(c.slug for c in dataset.roster.candidate if c not in dataset.recorded),
    )


def _place(
    installation: Installation, dataset: Dataset, manifest: Manifest, now: datetime
) -> Place:
    """The demo organisation, with the position in it."""
    with installation.database.write() as session:
        seed(session, now)
        organisation_id = demo_organisation(session)
        locked(session, Organisation, organisation_id)
        if session.get(Position, manifest.position_id) is None:
            session.add(
                Position(
                    id=manifest.position_id,
                    organisation_id=organisation_id,
                    title=dataset.roster.title,
                    challenge=dataset.roster.challenge,
                    release=ReleasePolicy.BY_HAND,
                    created_at=now,
                )
            )
        return Place(organisation_id, manifest.position_id, dataset.roster, now)


def _add(installation: Installation, place: Place, package: Package, number: int) -> bool:
    """Whether the candidate was not there before. What takes long is done before anybody waits."""
    assessment_id = package.sitting.assessment_id
    is_new = not _is_there(installation, assessment_id)
    if is_new:
        case = _case(installation, package, number)
        with installation.database.write() as session:
            locked(session, Organisation, place.organisation_id)
            if is_new := session.get(Assessment, assessment_id) is None:
                write_case(session, case, place)
    installation.repositories.restore(assessment_id, package.bundle)
    if is_new:
        last = package.sitting.pushes[-1]
        subject = Subject(last.id, assessment_id, last.commit_sha)
        study(installation.database, BundledWork(), subject, place.now)
    return is_new


def _is_there(installation: Installation, assessment_id: str) -> bool:
    with installation.database.read() as session:
        return session.get(Assessment, assessment_id) is not None


def _case(installation: Installation, package: Package, number: int) -> Case:
    """The recording with what is made of it now: judgements, and the repository at each push."""
    rubric = rubric_of(installation.challenges[package.sitting.challenge].challenge)
    runs = [one for push in package.sitting.pushes for one in push.evaluations]
    return Case(
        package=package,
        number=number,
        judgements={
            one.id: judge_evidence(package.files[f"{one.id}/{EVIDENCE_FILE}"], rubric)
            for one in runs
            if EVIDENCE_FILE in one.files
        },
        bundles=_bundles(package),
    )


def _bundles(package: Package) -> dict[str, bytes]:
    """Push -> the repository as it was then; the last one holds all before it."""
    name = package.sitting.assessment_id
    with tempfile.TemporaryDirectory(prefix="assay-demo-") as scratch:
        repositories = Repositories(Path(scratch))
        repositories.restore(name, package.bundle)
        return {p.id: repositories.bundle(name, p.commit_sha) for p in package.sitting.pushes}


def _mark(installation: Installation, manifest: Manifest, place: Place) -> DemoNote:
    note = DemoNote(
        position_id=manifest.position_id,
        recorded_at=manifest.recorded_at,
        assay=manifest.assay,
        command=ANEW,
    )
    with installation.database.write() as session:
        write_note(session, place.organisation_id, note, place.now)
    return note
