"""Whatever pushes, workers and people do at once: nothing accepted is lost, nothing ends twice,
and practice runs are counted right.
"""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import select
from tests.fakes.evaluators import Studio, a_worker, work_off
from tests.fakes.jobs import Entry
from tests.fakes.sittings import House, a_house

from assay.db.tables import AuditEntry, Evaluation, Submission
from assay.domain.errors import Conflict
from assay.domain.lifecycle import ENDED, AssessmentState, EvaluationState, Lane
from assay.features.submissions import service as submissions
from assay.features.submissions.reading import practice_runs_left

RUNS = 3
FREE = (EvaluationState.SUPERSEDED, EvaluationState.CANCELLED, EvaluationState.PLATFORM_FAULT)
FINAL = (EvaluationState.JUDGED, EvaluationState.SUPERSEDED, EvaluationState.CANCELLED)


@dataclass
class Attempt:
    """A job in the hands of a worker."""

    entry: Entry
    left: list[str]
    studio: Studio = field(default_factory=Studio)

    @property
    def key(self) -> tuple[str, int]:
        return self.entry.job.evaluation_id, self.entry.job.attempt


class Sittings(RuleBasedStateMachine):
    """Two organisations, a sitting each, any number of workers."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="assay-lifecycle-"))
        self.house: House = a_house(self.directory, practice_runs=RUNS)
        self.sittings: list[str] = []
        self.accepted: dict[str, list[str]] = {}
        self.pushed: dict[str, str] = {}
        self.sealed: dict[str, list[str]] = {}
        self.under_way: list[Attempt] = []
        self.final: dict[str, EvaluationState] = {}

    def teardown(self) -> None:
        self.everything_ends()
        self.house.database.dispose()
        shutil.rmtree(self.directory)

    # ------------------------------------------------------------------------- candidates

    @initialize()
    def two_candidates_start(self) -> None:
        cast = self.house.cast
        self.sittings = [
            self.house.started(cast.organisation_id),
            self.house.started(cast.other_organisation_id),
        ]
        self.accepted = {sitting: [] for sitting in self.sittings}
        self.sealed = {sitting: [] for sitting in self.sittings}
        self.pushed = dict.fromkeys(self.sittings, "")

    @rule(which=st.integers(0, 1), again=st.booleans())
    def push(self, which: int, again: bool) -> None:
        sitting = self.sittings[which]
        known = self.accepted[sitting]
        commit = known[-1] if again and known else f"{sitting}-{len(known)}"
        over = self.house.assessment(sitting).state is AssessmentState.FINISHED
        recorded = self.house.push(sitting, commit)
        if commit not in known:
            known.append(commit)
            self.pushed[sitting] = recorded.submission_id
            if over:
                self.sealed[sitting].append(recorded.submission_id)

    @rule(which=st.integers(0, 1))
    def finish(self, which: int) -> None:
        try:
            self.house.finish(self.sittings[which])
            self.sealed[self.sittings[which]] += filter(None, [self.pushed[self.sittings[which]]])
        except Conflict:
            assert self.house.assessment(self.sittings[which]).state is AssessmentState.FINISHED

    # ---------------------------------------------------------------------------- workers

    @rule()
    def a_worker_takes_the_next_job(self) -> None:
        waiting = [e for e in self.house.jobs.entries.values() if e.state == "queued"]
        if not waiting:
            return
        entry = min(waiting, key=lambda entry: entry.job.turn)
        entry.state = "running"
        stages = a_worker(self.house, Studio()).begin(entry.job.evaluation_id, entry.job.attempt)
        if stages:
            self.under_way.append(Attempt(entry, stages))
        else:
            entry.state = "done"

    @precondition(lambda self: self.under_way)
    @rule(
        index=st.integers(0, 99),
        count=st.integers(1, 9),
        outcome=st.sampled_from(["done", "done", "candidate_fault", "platform_fault", "dies"]),
    )
    def a_worker_goes_on(self, index: int, count: int, outcome: str) -> None:
        """Each time a new worker, as if the one before had been killed."""
        attempt = self.under_way[index % len(self.under_way)]
        attempt.studio.plan(attempt.left[0] if attempt.left else "", outcome)
        work = a_worker(self.house, attempt.studio)

        async def some() -> None:
            for stage in attempt.left[:count]:
                if await work.stage(*attempt.key, stage) == "stop":
                    attempt.left = []
                    return
            attempt.left = attempt.left[count:]

        asyncio.run(some())
        if not attempt.left:
            work.finish(*attempt.key)
            work.finish(*attempt.key)
            self._done(attempt)

    @precondition(lambda self: self.under_way)
    @rule(index=st.integers(0, 99))
    def the_engine_gives_a_job_up(self, index: int) -> None:
        attempt = self.under_way[index % len(self.under_way)]
        self._done(attempt, "failed")
        self.house.recover()

    def _done(self, attempt: Attempt, state: str = "done") -> None:
        if attempt.entry.state == "running":
            attempt.entry.state = state  # type: ignore[assignment]
        self.under_way.remove(attempt)

    # ------------------------------------------------------------------------- hiring team

    @rule(index=st.integers(0, 99))
    def cancel(self, index: int) -> None:
        rows = self._evaluations()
        if rows:
            with self.house.write() as session:
                self._tried(submissions.cancel, session, rows[index % len(rows)])

    @rule(index=st.integers(0, 99))
    def retry(self, index: int) -> None:
        rows = [r for r in self._evaluations() if r.state is EvaluationState.PLATFORM_FAULT]
        if rows:
            with self.house.write() as session:
                self._tried(submissions.retry, session, rows[index % len(rows)])

    def _tried(self, deed: object, session: object, row: Evaluation) -> None:
        try:
            deed(session, self.house.jobs, row.id, self.house.time)  # type: ignore[operator]
        except Conflict:
            assert row.state in ENDED

    # --------------------------------------------------------------------------- the rules

    @invariant()
    def every_accepted_push_is_there_once_and_in_order(self) -> None:
        with self.house.read() as session:
            for sitting in self.sittings:
                found = session.exec(
                    select(Submission.commit_sha, Submission.number)
                    .where(Submission.assessment_id == sitting)
                    .order_by(Submission.number)
                ).all()
                numbered = [(commit, n) for n, commit in enumerate(self.accepted[sitting], 1)]
                assert list(found) == numbered

    @invariant()
    def what_has_ended_stays_as_it_ended(self) -> None:
        for row in self._evaluations():
            if row.id in self.final:
                assert row.state is self.final[row.id]
            if row.state in FINAL:
                self.final[row.id] = row.state

    @invariant()
    def what_waits_or_runs_has_exactly_one_job_that_does_so_too(self) -> None:
        for row in self._evaluations():
            open_jobs = [
                entry.job.attempt
                for entry in self.house.jobs.entries.values()
                if entry.job.evaluation_id == row.id and entry.state in ("queued", "running")
            ]
            if row.state is EvaluationState.QUEUED:
                assert open_jobs == [row.attempt + 1]
            elif row.state is EvaluationState.RUNNING:
                assert open_jobs == [row.attempt]
            else:
                assert open_jobs == []

    @invariant()
    def practice_runs_are_counted_right(self) -> None:
        with self.house.read() as session:
            for sitting in self.sittings:
                spent = [
                    row
                    for row in self._evaluations()
                    if row.assessment_id == sitting
                    and row.lane is Lane.PRACTICE
                    and row.state not in FREE
                ]
                left = practice_runs_left(session, sitting, RUNS)
                assert left == max(0, RUNS - len(spent))

    @invariant()
    def a_push_waits_only_while_it_is_the_newest_or_is_tried_again(self) -> None:
        for sitting in self.sittings:
            fresh = [
                row
                for row in self._evaluations()
                if row.assessment_id == sitting
                and row.state is EvaluationState.QUEUED
                and row.lane is Lane.PRACTICE
                and row.attempt == 0
            ]
            assert len(fresh) <= 1

    @invariant()
    def after_the_end_the_last_push_is_sealed_once_and_nothing_else_goes_on(self) -> None:
        for sitting in self.sittings:
            sealed = [
                row
                for row in self._evaluations()
                if row.assessment_id == sitting and row.lane is Lane.SEALED
            ]
            wanted = self.sealed[sitting]
            assert sorted(row.submission_id for row in sealed) == sorted(wanted)
            going_on = {row.submission_id for row in sealed if row.state not in ENDED}
            assert going_on <= set(wanted[-1:])

    def everything_ends(self) -> None:
        for attempt in list(self.under_way):
            self._done(attempt, "failed")
        self.house.recover()
        work_off(self.house, Studio())
        rows = self._evaluations()
        assert {row.state for row in rows} <= ENDED
        with self.house.read() as session:
            judged = session.exec(
                select(AuditEntry.subject).where(AuditEntry.action == "evaluation:judged")
            ).all()
        assert sorted(judged) == sorted(r.id for r in rows if r.state is EvaluationState.JUDGED)

    def _evaluations(self) -> list[Evaluation]:
        with self.house.read() as session:
            return list(session.exec(select(Evaluation).order_by(Evaluation.queued_at)))


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_ends_twice() -> None:
    run_state_machine_as_test(
        Sittings,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
