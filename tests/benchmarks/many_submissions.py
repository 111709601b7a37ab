"""A hundred thousand submissions of a thousand assessments: how long pages and pushes take then.

Fills SQLite and PostgreSQL with the same crowd. Then every page that lists something, and every
page of a candidate, is asked for through the whole application; and the services are called that
wait behind a push and a worker. SUBMISSIONS and ASSESSMENTS make a smaller run.
"""

import itertools
import os
import random
from collections.abc import Sequence
from pathlib import Path

from fastapi.testclient import TestClient
from sqlmodel import col, select
from tests.benchmarks.visits import Visit, compared, page, pages, tell
from tests.fakes.crowds import TOKEN, Crowd
from tests.fakes.evaluators import good_evidence
from tests.fakes.web import Site

from assay.adapters.mail import FileOutbox, deliver_due
from assay.bootstrap.judging import judge_evidence
from assay.db.tables import Assessment, Evaluation
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.evaluation.plan import stages_of
from assay.features.assessments import service as assessments
from assay.features.submissions.gate import DatabaseGate
from assay.features.submissions.recovery import unserved

SUBMISSIONS = int(os.environ.get("SUBMISSIONS", "100000"))
ASSESSMENTS = int(os.environ.get("ASSESSMENTS", "1000"))
P95_MAX_MS = 150.0
SAMPLE = 60
"""So many assessments are visited in turn, the busiest of all among them."""


def a_crowd(site: Site) -> Crowd:
    cast = site.house.cast
    return Crowd(
        organisation_ids=(cast.organisation_id, cast.other_organisation_id),
        stages=stages_of(site.house.package.challenge),
        files={"result.json": judge_evidence(good_evidence()).files["result.json"]},
        assessments=ASSESSMENTS,
        submissions=SUBMISSIONS,
    )


def visits(site: Site, directory: Path) -> Sequence[Visit]:
    """What is timed: pages first, the busiest assessment in each, then services."""
    return [*_pages_of_team(site), *_pages_of_candidates(site), *_services(site, directory)]


def _pages_of_team(site: Site) -> list[Visit]:
    alice, program = site.of(site.house.cast.alice), site.calls()
    ids = _sample(site, AssessmentState.STARTED) + _sample(site, AssessmentState.FINISHED)
    older, everybody = _oldest(site), "/hiring/assessments"
    return [
        page("list: first page", alice, [everybody]),
        page("list: last page", alice, [f"{everybody}?after={older}"]),
        page("list: judged", alice, [f"{everybody}?stage=judged"]),
        page("one assessment", alice, [f"/hiring/assessments/{one}" for one in ids]),
        page("one assessment, 400 pushes", alice, [f"/hiring/assessments/{ids[0]}"]),
        page("API: assessments", program, ["/api/v1/assessments"]),
        page("API: one assessment", program, [f"/api/v1/assessments/{one}" for one in ids]),
        page(
            "API: its submissions", program,
            [f"/api/v1/assessments/{one}/submissions" for one in ids],
        ),
        page("metrics", site.browser(), ["/metrics"]),
    ]  # fmt: skip


def _pages_of_candidates(site: Site) -> list[Visit]:
    at_work = _sample(site, AssessmentState.STARTED)
    done = _sample(site, AssessmentState.FINISHED)
    busiest = site.of_candidate(at_work[0])
    return [
        pages("candidate: work", [(site.of_candidate(one), "/candidate") for one in at_work]),
        pages("candidate: work, 400 pushes", [(busiest, "/candidate")]),
        pages("candidate: result", [(site.of_candidate(one), "/candidate") for one in done]),
        pages("candidate: one evaluation", [_evaluation_page(site, one) for one in at_work]),
    ]


def _services(site: Site, directory: Path) -> list[Visit]:
    house, ids = site.house, _sample(site, AssessmentState.STARTED)
    gate = DatabaseGate(house.database, house.jobs, house.challenges, "https://page", house.now)
    sender, number = FileOutbox(directory / "outbox"), itertools.count(1)

    def push(tried: int) -> None:
        house.push(ids[tried % len(ids)], f"{next(number):040x}")

    def sweep(tried: int) -> None:
        with house.write() as session:
            assessments.expire_due(session, house.jobs, house.time)
            assessments.remind_due(session, house.time)

    def find_lost(tried: int) -> None:
        with house.read() as session:
            unserved(session, house.jobs)

    return [
        Visit("access of git", lambda tried: gate.access(ids[tried % len(ids)], TOKEN)),
        Visit("a push is recorded", push),
        Visit("deadlines and reminders", sweep),
        Visit("lost jobs", find_lost),
        Visit("mail", lambda tried: deliver_due(house.database, sender, "a@b", house.now)),
    ]


def _sample(site: Site, state: AssessmentState) -> list[str]:
    """Ids of some of Alice's assessments, the busiest first if it is in that state."""
    with site.house.read() as session:
        wanted = select(Assessment.id).where(
            Assessment.state == state,
            Assessment.organisation_id == site.house.cast.organisation_id,
        )
        ids = session.exec(wanted.order_by(col(Assessment.invited_at))).all()
    return [ids[0], *random.Random(7).sample(ids[1:], min(SAMPLE, len(ids)) - 1)]  # noqa: S311  (no secret)


def _oldest(site: Site) -> str:
    """The assessment after which the last page of the list begins."""
    with site.house.read() as session:
        wanted = select(Assessment.id).where(
            Assessment.organisation_id == site.house.cast.organisation_id
        )
        return session.exec(wanted.order_by(col(Assessment.invited_at)).offset(50)).first() or ""


def _evaluation_page(site: Site, assessment_id: str) -> tuple[TestClient, str]:
    """The newest practice evaluation of an assessment that has a result."""
    with site.house.read() as session:
        wanted = select(Evaluation.id).where(
            Evaluation.assessment_id == assessment_id,
            Evaluation.lane == Lane.PRACTICE,
            Evaluation.state == EvaluationState.JUDGED,
        )
        newest = session.exec(wanted.order_by(col(Evaluation.queued_at).desc())).first()
    return site.of_candidate(assessment_id), f"/candidate/evaluations/{newest}"


def main() -> int:
    """Measure, publish, and judge."""
    about = f"{SUBMISSIONS} submissions of {ASSESSMENTS} assessments, 200 evaluations waiting."
    is_full = SUBMISSIONS >= 100_000 and ASSESSMENTS >= 1000
    return tell("many_submissions", compared(a_crowd, visits), about, P95_MAX_MS, is_full=is_full)


if __name__ == "__main__":
    raise SystemExit(main())
