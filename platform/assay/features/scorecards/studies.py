"""Studies each sealed submission once: what was changed, and what of it others have, too.

Reading and comparing happen between transactions: nobody who writes waits for it. Fingerprints are
kept before the others are read: of two that are studied at the same time by two workers at least
the second finds the first, and tells it.

What cannot be read is tried again after a while, a few times: a disk that was full is no reason to
say for ever that somebody was not compared.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, select

from assay.db.artifacts import BUNDLE, artifact_names, get_artifact, put_artifact
from assay.db.likenesses import SIMILARITY_FILE
from assay.db.session import Database
from assay.db.standing import renew
from assay.db.states import locked, locked_if_any
from assay.db.tables import Artifact, Assessment, Evaluation, Submission
from assay.domain.errors import NotFound, PlatformFault
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.scorecards.changes import (
    CHANGES_FILE,
    UNREADABLE,
    Changes,
    WorkReader,
    changes_json,
)
from assay.features.scorecards.likenesses import (
    PRINTS_FILE,
    VERSION,
    Match,
    Prints,
    Similarity,
    compared,
    prints_in,
    prints_json,
    read_prints,
    read_similarity,
    similarity_json,
)

logger = logging.getLogger(__name__)

OTHERS_MAX = 2000
"""With so many of the latest a submission is compared."""
AT_ONCE = 50
NOTHING = Changes(UNREADABLE, files=(), files_left_out=0, commits=(), commits_left_out=0)
"""Kept for a submission that cannot be read, so that it is not tried for ever."""
FAILED_FILE = "study-failed.txt"
"""How often a study failed; it was stored when it last did."""
TRIES_MAX, TRIED_AGAIN_AFTER = 6, timedelta(minutes=30)
"""A fault of ours is gone within three hours, or somebody has to look."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A submission to study."""

    submission_id: str
    assessment_id: str
    commit: str


def unstudied(session: Session, limit: int, now: datetime) -> list[Subject]:
    """Sealed submissions with a result, not studied yet, that are still stored.

    Of those whose study failed the ones that rested long enough.
    """
    found = session.exec(
        select(Submission.id, Submission.assessment_id, Submission.commit_sha)
        .join(Evaluation, col(Evaluation.submission_id) == col(Submission.id))
        .where(
            Evaluation.lane == Lane.SEALED,
            Evaluation.state == EvaluationState.JUDGED,
            _has(BUNDLE),
            ~_has(CHANGES_FILE),
            ~_has(FAILED_FILE, col(Artifact.created_at) > now - TRIED_AGAIN_AFTER),
        )
        .limit(limit)
    ).all()
    return [Subject(*row) for row in dict.fromkeys(tuple(row) for row in found)]


def _has(name: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a submission has a file; asked for row by row, for there are many files."""
    of_it = (col(Artifact.owner_id) == col(Submission.id), col(Artifact.name) == name)
    return exists().where(*of_it, *more).correlate(Submission)


def study(database: Database, reader: WorkReader, subject: Subject, now: datetime) -> Similarity:
    """Read it, compare it, and keep what came of it with all whom it concerns.

    Raises:
        NotFound: it was deleted meanwhile.
        PlatformFault: what is stored of it cannot be read. It is due again after a while.
    """
    try:
        return _studied(database, reader, subject, now)
    except NotFound:
        raise
    except Exception:
        _note_failure(database, subject, now)
        raise


def _studied(database: Database, reader: WorkReader, subject: Subject, now: datetime) -> Similarity:
    with database.read() as session:
        bundle = get_artifact(session, subject.submission_id, BUNDLE)
    work = reader.read(bundle, subject.commit)
    prints = prints_in(work)
    with database.write() as session:
        locked(session, Submission, subject.submission_id)
        _put(session, subject, {PRINTS_FILE: prints_json(prints)}, now)
    found = compared(prints, _others(database, subject))
    for match in found.matches:
        _tell_the_other(database, subject, match, now)
    with database.write() as session:
        locked(session, Submission, subject.submission_id)
        found = _with_what_was_told(session, subject, found)
        similarity, changes = similarity_json(found), changes_json(work.changes)
        _put(session, subject, {SIMILARITY_FILE: similarity, CHANGES_FILE: changes}, now)
    _count_anew(database, [subject.submission_id, *(one.submission_id for one in found.matches)])
    return found


def _count_anew(database: Database, submission_ids: Sequence[str]) -> None:
    """Lists say of each to how many it is alike."""
    for submission_id in submission_ids:
        with database.write() as session:
            if row := session.get(Submission, submission_id):
                renew(session, row.assessment_id)


def _with_what_was_told(session: Session, subject: Subject, found: Similarity) -> Similarity:
    """The matches, and those of submissions that were studied while this one was."""
    told = stored_similarity(session, subject.submission_id)
    earlier = told.matches if told else ()
    return Similarity(VERSION, found.compared, earlier).with_matches(found.matches)


def _note_failure(database: Database, subject: Subject, now: datetime) -> None:
    """One more; with the last of them it is given up."""
    with database.write() as session:
        if locked_if_any(session, Submission, subject.submission_id) is None:
            return
        tries = 1 + int(_stored(session, subject.submission_id, FAILED_FILE) or 0)
        _put(session, subject, {FAILED_FILE: str(tries).encode()}, now)
        if tries >= TRIES_MAX:
            _put(session, subject, {CHANGES_FILE: changes_json(NOTHING)}, now)


def _put(session: Session, subject: Subject, files: Mapping[str, bytes], now: datetime) -> None:
    for name, content in files.items():
        put_artifact(session, subject.submission_id, name, content, now)


def _others(database: Database, subject: Subject) -> Iterator[tuple[str, Prints]]:
    """Fingerprints of others of the same challenge and organisation, of other people."""
    with database.read() as session:
        ids = _other_ids(session, subject)
    for at in range(0, len(ids), AT_ONCE):
        with database.read() as session:
            for submission_id in ids[at : at + AT_ONCE]:
                if prints := _prints_if_whole(session, submission_id):
                    yield submission_id, prints


def _prints_if_whole(session: Session, submission_id: str) -> Prints | None:
    """A damaged file of one keeps nobody else from being compared."""
    try:
        return stored_prints(session, submission_id)
    except PlatformFault:
        logger.exception("submission %s is compared with nobody", submission_id)
        return None


def _other_ids(session: Session, subject: Subject) -> Sequence[str]:
    own = session.get(Assessment, subject.assessment_id)
    if own is None:
        raise NotFound(f"there is no assessment {subject.assessment_id} any more")
    return session.exec(
        select(Submission.id)
        .join(Assessment, col(Assessment.id) == col(Submission.assessment_id))
        .join(Artifact, col(Artifact.owner_id) == col(Submission.id))
        .where(
            Assessment.organisation_id == own.organisation_id,
            Assessment.challenge == own.challenge,
            Assessment.id != own.id,
            Assessment.candidate_email != own.candidate_email,
            Artifact.name == PRINTS_FILE,
        )
        .order_by(col(Submission.pushed_at).desc(), col(Submission.id))
        .limit(OTHERS_MAX)
    ).all()


def _tell_the_other(database: Database, subject: Subject, match: Match, now: datetime) -> None:
    """Whoever was studied before learns of it, too."""
    with database.write() as session:
        if locked_if_any(session, Submission, match.submission_id) is None:
            return
        known = stored_similarity(session, match.submission_id) or Similarity(VERSION, 0, ())
        mirrored = Match(subject.submission_id, match.share, match.shared, match.severity)
        content = similarity_json(known.with_matches([mirrored]))
        put_artifact(session, match.submission_id, SIMILARITY_FILE, content, now)


def stored_prints(session: Session, submission_id: str) -> Prints | None:
    """What was kept; None if nothing was, or by another version."""
    stored = _stored(session, submission_id, PRINTS_FILE)
    return read_prints(stored) if stored else None


def stored_similarity(session: Session, submission_id: str) -> Similarity | None:
    """What was kept; None if it was not studied yet."""
    stored = _stored(session, submission_id, SIMILARITY_FILE)
    return read_similarity(stored) if stored else None


def _stored(session: Session, submission_id: str, name: str) -> bytes | None:
    there = name in artifact_names(session, submission_id)
    return get_artifact(session, submission_id, name) if there else None
