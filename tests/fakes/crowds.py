"""A database full of assessments, pushes and evaluations, as years of use leave it."""

import hashlib
import itertools
import random
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session
from tests.fakes.sittings import START

from assay.audit.tags import Tag
from assay.db.base import Row
from assay.db.tables import (
    Artifact,
    Assessment,
    AuditEntry,
    Decision,
    Evaluation,
    EvaluationEvent,
    EvaluationStage,
    Mail,
    Position,
    Review,
    Submission,
)
from assay.domain.hiring import ReleasePolicy, Verdict
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.kit.ids import new_id, sha256_of

TABLES = (
    Position, Assessment, Submission, Evaluation, EvaluationStage, EvaluationEvent, Artifact, Mail,
    Review, Decision, AuditEntry,
)  # fmt: skip
"""In the order in which they refer to each other."""
NO_RESULT: dict[str, Any] = dict.fromkeys(
    ("result_id", "score", "weighted", "weighted_low", "weighted_high", "flags")
) | {"result_version": ""}
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
        positions: Of the first company, six in ten of its candidates in the first one.
        reviewers: User ids; each has reviewed two in three of those whose result stands.
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
    positions: int = 0
    reviewers: Sequence[str] = ()


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
    positions: list[str] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._files = [_packed(name, content) for name, content in self.crowd.files.items()]

    def fill(self) -> None:
        """Write them all."""
        share = round(self.crowd.submissions / self.crowd.assessments / 0.9)
        self._open_positions()
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

    def _open_positions(self) -> None:
        for number in range(self.crowd.positions):
            row = {
                "id": new_id("pos"),
                "organisation_id": self.crowd.organisation_ids[0],
                "title": f"Engineer {number}",
                "challenge": "credit-scoring",
                "weights": "{}",
                "release": ReleasePolicy.BY_HAND,
                "created_at": START - timedelta(days=400 - number),
            }
            self.positions.append(row["id"])
            self.rows[Position].append(row)

    def _seat(self, organisation_id: str) -> tuple[str | None, int]:
        """Position and number there of the next candidate of a company."""
        if not self.positions or organisation_id != self.crowd.organisation_ids[0]:
            return None, 0
        busiest = self.chance.random() < 0.6
        position = self.positions[0] if busiest else self.chance.choice(self.positions)
        self.numbers[position] += 1
        return position, self.numbers[position]

    def _assessment(self, number: int, pushes: int) -> None:
        """One in ten has not begun, three in ten are over."""
        drawn = self.chance.random() if number else 0.0
        state = AssessmentState.STARTED
        if drawn >= 0.6:
            state = AssessmentState.FINISHED if drawn < 0.9 else AssessmentState.INVITED
        row = self._row_of_assessment(number, state)
        self.rows[Assessment].append(row)
        self.rows[Mail].append(_mail(row))
        self._note(row, Tag.INVITED, row["id"], row["invited_at"])
        if state is AssessmentState.INVITED:
            return
        for push in range(1, pushes + 1):
            newest = self._push(row, push, is_new=pushes - push < self.crowd.with_files)
        if state is AssessmentState.FINISHED:
            self._evaluation(row, newest, Lane.SEALED, EvaluationState.JUDGED, has_files=True)
            self._stand(row, self.rows[Evaluation][-1])
            self._say(row)

    def _stand(self, sitting: dict[str, Any], sealed: dict[str, Any]) -> None:
        """What lists show of the result that counts, as `db.standing` writes it."""
        score = sealed["score"]
        sitting |= {
            "result_id": sealed["id"],
            "result_version": "1.0.0",
            "score": score,
            "weighted": score,
            "weighted_low": score - 2.0,
            "weighted_high": score + 2.0,
            "flags": int(self.chance.random() < 0.1),
        }

    def _say(self, sitting: dict[str, Any]) -> None:
        """Reviews, and about half of them decided."""
        of = {"assessment_id": sitting["id"]}
        for user_id in self.crowd.reviewers:
            if self.chance.random() < 2 / 3:
                self.rows[Review].append(
                    {**of, "id": new_id("rev"), "user_id": user_id, "lines": "{}",
                     "summary": "Fine", "created_at": START, "handed_in_at": START}
                )  # fmt: skip
        if self.crowd.reviewers and self.chance.random() < 0.5:
            verdict = self.chance.choice(list(Verdict))
            self.rows[Decision].append(
                {**of, "verdict": verdict, "reason": "Enough", "user_id": None, "at": START}
            )

    def _row_of_assessment(self, number: int, state: AssessmentState) -> dict[str, Any]:
        """Three in ten are another company's."""
        ours = number == 0 or self.chance.random() < 0.7
        invited_at = START - timedelta(hours=self.crowd.assessments - number)
        begun = state is not AssessmentState.INVITED
        organisation_id = self.crowd.organisation_ids[0 if ours else 1]
        position_id, place = self._seat(organisation_id)
        return {
            "id": new_id("asm"),
            "organisation_id": organisation_id,
            "position_id": position_id,
            "number": place,
            **NO_RESULT,
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
        self._note(sitting, Tag.PUSHED, row["id"], row["pushed_at"])
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
            "score": round(self.chance.uniform(20, 100), 1) if is_judged else None,
            "complete": is_judged,
            "queued_at": at,
            "started_at": at if is_judged else None,
            "ended_at": at if state is not EvaluationState.QUEUED else None,
        }
        self.rows[Evaluation].append(row)
        if is_judged:
            self._course(row["id"], at)
            self._note(sitting, Tag.JUDGED, row["id"], at)
        if is_judged and has_files:
            owned = {"owner_id": row["id"], "created_at": at}
            self.rows[Artifact] += [owned | file for file in self._files]

    def _note(self, sitting: dict[str, Any], tag: Tag, subject: str, at: datetime) -> None:
        self.rows[AuditEntry].append(
            {
                "at": at,
                "organisation_id": sitting["organisation_id"],
                "actor": f"candidate:{sitting['id']}",
                "action": tag.value,
                "subject": subject,
                "details": "{}",
                "address": "",
            }
        )

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
