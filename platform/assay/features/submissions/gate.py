"""The platform behind the git server: what a token opens, what becomes of a push, how it goes on.

Implements `web.git.gate.PushGate`. Each call is one transaction of its own.
"""

import hmac
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from assay.db.session import Database
from assay.db.tables import Assessment, Submission
from assay.domain.challenge import FeedbackTier, PracticeRules, ServiceLimits
from assay.domain.errors import NotFound
from assay.domain.lifecycle import AssessmentState, EvaluationState
from assay.features.submissions import reading, terminal
from assay.features.submissions import repository as rows
from assay.features.submissions.feedback import RULES_OF_ONE_GONE, feedback
from assay.features.submissions.pushes import Access, Line, Push
from assay.features.submissions.service import record_push, still_counts
from assay.features.submissions.views import Live
from assay.jobs.engine import JobQueue
from assay.kit.ids import sha256_of
from assay.toolkit.package import ChallengePackage

logger = logging.getLogger(__name__)

MIB = 2**20
Mark = tuple[object, ...]
OPEN = (AssessmentState.STARTED, AssessmentState.FINISHED)


@dataclass(frozen=True, slots=True)
class DatabaseGate:
    """The gate over the database. Threads may use it at once.

    Attributes:
        challenges: Slug -> package: their limits and protected paths are those of a push, their
            tier is what the terminal shows of a result.
        page_url: Where the candidate reads on.
    """

    database: Database
    jobs: JobQueue
    challenges: Mapping[str, ChallengePackage]
    page_url: str
    now: Callable[[], datetime]

    def access(self, repository: str, token: str) -> Access | None:
        """See `PushGate`."""
        with self.database.read() as session:
            assessment = session.get(Assessment, repository)
        if assessment is None or not _opens(assessment, token):
            return None
        refusal = _refusal(assessment, self.now())
        limits, practice = self._rules(assessment.challenge)
        return Access(
            assessment_id=assessment.id,
            read=True,
            write=not refusal,
            refusal=refusal,
            max_push_bytes=limits.repository_mib * MIB,
            max_files=limits.repository_files,
            max_repository_bytes=limits.repository_mib * MIB,
            protected=practice.protected,
        )

    def received(self, push: Push) -> str | None:
        """See `PushGate`."""
        try:
            with self.database.write() as session:
                return record_push(session, self.jobs, push, self.now()).evaluation_id
        except NotFound:  # it was deleted while the push was under way
            logger.warning("push %s came for no assessment: %s", push.new_sha, push.assessment_id)
            return None

    def follow(self, repository: str, evaluation_id: str | None) -> Iterator[Line | None]:
        """See `PushGate`. Looks at the database each time it is asked for more."""
        if evaluation_id is None:
            yield from self._unjudged(repository)
            return
        try:
            yield from self._followed(evaluation_id)
        except NotFound:  # it was deleted meanwhile
            return

    def _followed(self, evaluation_id: str) -> Iterator[Line | None]:
        narrator, known = terminal.Narrator(), Mark()
        yield from self._greeting(evaluation_id)
        while True:
            live, known = self._news(evaluation_id, narrator.seen_event_id, known)
            if live:
                yield from narrator.tell(live)
                if live.evaluation.ended and known:
                    break
            yield None
        yield from self._verdict(evaluation_id)

    def _news(
        self, evaluation_id: str, seen_event_id: int, known: Mark
    ) -> tuple[Live | None, Mark]:
        """What is new, None if nothing is; and the mark to ask with again, () if there is more."""
        with self.database.read() as session:
            mark = _mark(session, evaluation_id)
            if mark == known:
                return None, mark
            live = reading.live(session, evaluation_id, seen_event_id)
        return live, mark if len(live.events) < reading.EVENTS_AT_ONCE else ()

    def _rules(self, challenge: str) -> tuple[ServiceLimits, PracticeRules]:
        """Of a push, and of what is told of it."""
        package = self.challenges.get(challenge)
        if package is None:
            return ServiceLimits(), RULES_OF_ONE_GONE
        return package.challenge.limits, package.challenge.practice

    def _greeting(self, evaluation_id: str) -> Iterator[Line]:
        with self.database.read() as session:
            evaluation = rows.evaluation(session, evaluation_id)
            submission = rows.submission(session, evaluation.submission_id)
            assessment = session.get(Assessment, evaluation.assessment_id)
            spent = rows.practice_runs_spent(session, evaluation.assessment_id)
        if assessment:
            yield terminal.greeting(submission.number, spent, assessment.practice_runs_max)

    def _unjudged(self, assessment_id: str) -> Iterator[Line]:
        with self.database.read() as session:
            assessment = session.get(Assessment, assessment_id)
            last = _last(session, assessment_id)
        if assessment is None or last is None:
            return
        if assessment.state is AssessmentState.STARTED and assessment.deadline_at:
            deadline = f"{assessment.deadline_at:%H:%M} UTC on {assessment.deadline_at:%d %b %Y}"
            yield from terminal.not_judged(last.number, assessment.practice_runs_max, deadline)
        elif still_counts(assessment):
            yield terminal.just_in_time(last.number)
        else:
            yield terminal.too_late(last.number)

    def _verdict(self, evaluation_id: str) -> Iterator[Line]:
        with self.database.read() as session:
            evaluation = reading.evaluation_view(session, evaluation_id)
            learnt = None
            if evaluation.state is EvaluationState.JUDGED:
                tier = self._tier(session, evaluation_id)
                learnt = feedback(session, evaluation_id, tier)
        yield from terminal.verdict(evaluation, learnt, self.page_url)

    def _tier(self, session: Session, evaluation_id: str) -> FeedbackTier:
        row = rows.evaluation(session, evaluation_id)
        assessment = session.get(Assessment, row.assessment_id)
        _, practice = self._rules(assessment.challenge if assessment else "")
        return practice.feedback


def _mark(session: Session, evaluation_id: str) -> Mark:
    """What differs as soon as the pusher has something to read, the place in the queue included."""
    found = reading.marks(session, [evaluation_id]).get(evaluation_id)
    if found is None:
        raise NotFound(f"there is no evaluation {evaluation_id}")
    waits = found[0] is EvaluationState.QUEUED
    return (*found, reading.queue_position(session, evaluation_id) if waits else None)


def _opens(assessment: Assessment, token: str) -> bool:
    kept = assessment.git_token_sha256 or ""
    return hmac.compare_digest(kept, sha256_of(token)) and assessment.state in OPEN


def _refusal(assessment: Assessment, now: datetime) -> str:
    """Why nothing can be pushed; "" if it can."""
    if assessment.state is AssessmentState.FINISHED:
        return "The assessment is finished: your last push is what is judged. You can still clone."
    if assessment.deadline_at and now >= assessment.deadline_at:
        ended = f"{assessment.deadline_at:%H:%M} UTC on {assessment.deadline_at:%d %b %Y}"
        return f"The time ended at {ended}: your last push before that is judged."
    return ""


def _last(session: Session, assessment_id: str) -> Submission | None:
    newest = rows.submissions(session, assessment_id, 1)
    return newest[0] if newest else None
