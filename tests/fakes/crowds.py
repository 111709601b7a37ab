"""A database full of assessments, pushes and evaluations, as years of use leave it."""

import hashlib
import itertools
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session
from tests.fakes.sittings import START

from assay.db.base import Row
from assay.db.tables import (
    Artifact,
    Assessment,
    Evaluation,
    EvaluationEvent,
    EvaluationStage,
    Mail,
    Submission,
)
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.kit.ids import new_id, sha256_of

TABLES = (Assessment, Submission, Evaluation, EvaluationStage, EvaluationEvent, Artifact, Mail)
"""In the order in which they refer to each other."""
ROWS_AT_ONCE = 20_000
TOKEN = "asg_" + "0" * 40
"""The git token of them all."""


@dataclass(frozen=True)
class Crowd:
    """How many of what.

    Attributes:
        busiest: Pushes of the first assessment, whose candidate pushes all the time.
        waiting: Evaluations in the queue.
        events: Of each evaluation.
        with_files: So many of an assessment's newest evaluations have their files.
        files: What those are.
    """

    organisation_ids: tuple[str, str]
    stages: Sequence[str]
    files: Mapping[str, bytes]
    assessments: int = 1000
    submissions: int = 100_000
    busiest: int = 400
    waiting: int = 200
    events: int = 12
    with_files: int = 10


@dataclass
class Filling:
    """Writes a crowd into a database. The same each time, but for the ids."""

    session: Session
    crowd: Crowd
    chance: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311
    turns: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    waiting: int = 0
    rows: dict[type[Row], list[dict[str, Any]]] = field(
        default_factory=lambda: {table: [] for table in TABLES}
    )

    def __post_init__(self) -> None:
        self._files = [_packed(name, content) for name, content in self.crowd.files.items()]

    def fill(self) -> None:
        """Write them all."""
        share = round(self.crowd.submissions / self.crowd.assessments / 0.9)
        for number in range(self.crowd.assessments):
            pushes = self.chance.randrange(share // 2, 3 * share // 2 + 1) if number else 0
            self._assessment(number, pushes or self.crowd.busiest)
            if sum(map(len, self.rows.values())) > ROWS_AT_ONCE:
                self._flush()
        self._flush()

    def _flush(self) -> None:
        for table, rows in self.rows.items():
            if rows:
                self.session.execute(insert(table), rows)
            rows.clear()

    def _assessment(self, number: int, pushes: int) -> None:
        """One in ten has not begun, three in ten are over."""
        drawn = self.chance.random() if number else 0.0
        state = AssessmentState.STARTED
        if drawn >= 0.6:
            state = AssessmentState.FINISHED if drawn < 0.9 else AssessmentState.INVITED
        row = self._row_of_assessment(number, state)
        self.rows[Assessment].append(row)
        self.rows[Mail].append(_mail(row))
        if state is AssessmentState.INVITED:
            return
        for push in range(1, pushes + 1):
            newest = self._push(row, push, is_new=pushes - push < self.crowd.with_files)
        if state is AssessmentState.FINISHED:
            self._evaluation(row, newest, Lane.SEALED, EvaluationState.JUDGED, has_files=True)

    def _row_of_assessment(self, number: int, state: AssessmentState) -> dict[str, Any]:
        """Three in ten are another company's."""
        ours = number == 0 or self.chance.random() < 0.7
        invited_at = START - timedelta(hours=self.crowd.assessments - number)
        begun = state is not AssessmentState.INVITED
        return {
            "id": new_id("asm"),
            "organisation_id": self.crowd.organisation_ids[0 if ours else 1],
            "challenge": "credit-scoring",
            "challenge_version": "1.0.0",
            "challenge_sha256": "c" * 64,
            "variant": 0,
            "candidate_name": f"Dana {number}",
            "candidate_email": f"dana{number}@example.com",
            "state": state,
            "time_box_s": 72 * 3600,
            "practice_runs_max": 1000,
            "invitation_sha256": sha256_of(f"invitation {number}"),
            "git_token_sha256": sha256_of(TOKEN) if begun else None,
            "practice_seed": 1,
            "sealed_seed": 2,
            "invited_by": None,
            "invited_at": invited_at,
            "invitation_ends_at": START + timedelta(days=14),
            "started_at": invited_at if begun else None,
            "deadline_at": START + timedelta(days=2) if begun else None,
            "finished_at": START if state is AssessmentState.FINISHED else None,
            "released_at": START if state is AssessmentState.FINISHED else None,
        }

    def _push(self, sitting: dict[str, Any], number: int, *, is_new: bool) -> dict[str, Any]:
        row = {
            "id": new_id("sub"),
            "assessment_id": sitting["id"],
            "number": number,
            "commit_sha": f"{self.chance.getrandbits(160):040x}",
            "tree_sha": "b" * 40,
            "subject": "Load the model once, and keep it",
            "pack_bytes": 12_345,
            "pushed_at": sitting["invited_at"] + timedelta(seconds=number),
        }
        self.rows[Submission].append(row)
        waits = is_new and sitting["state"] is AssessmentState.STARTED
        state = self._state(may_wait=waits and self.waiting < self.crowd.waiting)
        self._evaluation(sitting, row, Lane.PRACTICE, state, has_files=is_new)
        return row

    def _state(self, *, may_wait: bool) -> EvaluationState:
        if may_wait and self.chance.random() < 0.3:
            self.waiting += 1
            return EvaluationState.QUEUED
        ended = [EvaluationState.JUDGED, EvaluationState.SUPERSEDED, EvaluationState.CANCELLED]
        return self.chance.choices(ended, [80, 15, 5])[0]

    def _evaluation(
        self,
        sitting: dict[str, Any],
        push: dict[str, Any],
        lane: Lane,
        state: EvaluationState,
        *,
        has_files: bool,
    ) -> None:
        is_judged, at = state is EvaluationState.JUDGED, push["pushed_at"]
        row = {
            "id": new_id("evl"),
            "submission_id": push["id"],
            "assessment_id": sitting["id"],
            "organisation_id": sitting["organisation_id"],
            "lane": lane,
            "seed": 1,
            "state": state,
            "turn": next(self.turns),
            "attempt": int(is_judged),
            "stage": "",
            "message": "Close to ready",
            "score": 87.5 if is_judged else None,
            "complete": is_judged,
            "queued_at": at,
            "started_at": at if is_judged else None,
            "ended_at": at if state is not EvaluationState.QUEUED else None,
        }
        self.rows[Evaluation].append(row)
        if is_judged:
            self._course(row["id"], at)
        if is_judged and has_files:
            owned = {"owner_id": row["id"], "created_at": at}
            self.rows[Artifact] += [owned | file for file in self._files]

    def _course(self, evaluation_id: str, at: datetime) -> None:
        of: dict[str, Any] = {"evaluation_id": evaluation_id, "attempt": 1}
        self.rows[EvaluationStage] += [
            {**of, "stage": stage, "status": "done", "message": "", "seconds": 3.0, "ended_at": at}
            for stage in self.crowd.stages
        ]
        self.rows[EvaluationEvent] += [
            {**of, "at": at, "stage": "load", "state": "log", "detail": f"line {number}"}
            for number in range(self.crowd.events)
        ]


def _mail(sitting: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{sitting['id']}:invitation",
        "recipient": sitting["candidate_email"],
        "subject": "An invitation",
        "body": "Hello",
        "created_at": sitting["invited_at"],
        "sent_at": sitting["invited_at"],
    }


def _packed(name: str, content: bytes) -> dict[str, Any]:
    """A file as its table keeps it."""
    return {
        "name": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "content": zlib.compress(content),
    }
