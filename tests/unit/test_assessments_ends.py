"""How a sitting ends, and what becomes of its result and of what is known of the candidate."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, col, select
from tests.fakes.evaluators import Studio, work_off
from tests.fakes.sittings import PUBLIC_URL, START, House, a_house

from assay.audit.ledger import Actor
from assay.db.base import Row
from assay.db.tables import Assessment, AuditEntry, Evaluation, Mail
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.features.assessments import removal
from assay.features.assessments import service as assessments

ALICE = Actor("user:alice")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def evaluations(house: House, assessment_id: str) -> list[Evaluation]:
    with house.read() as session:
        found = session.exec(
            select(Evaluation)
            .where(Evaluation.assessment_id == assessment_id)
            .order_by(Evaluation.queued_at)
        )
        return list(found)


def subjects(house: House) -> list[str]:
    with house.read() as session:
        return list(session.exec(select(Mail.subject).order_by(Mail.created_at)))


def expire(house: House) -> int:
    with house.write() as session:
        return assessments.expire_due(session, house.jobs, house.time)


def extend(house: House, assessment_id: str, hours: float, reason: str = "a power cut") -> None:
    by = timedelta(hours=hours)
    with house.write() as session:
        assessments.extend(session, assessment_id, by, reason, house.time, actor=ALICE)


def release(house: House, assessment_id: str) -> None:
    with house.write() as session:
        assessments.release(session, assessment_id, PUBLIC_URL, house.time, actor=ALICE)


# ------------------------------------------------------------------------------------- the end


def test_finish_seals_the_last_push_and_only_that(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    last = house.push(sitting)
    house.finish(sitting)

    (sealed,) = [e for e in evaluations(house, sitting) if e.lane is Lane.SEALED]
    assert sealed.submission_id == last.submission_id
    assert sealed.seed == house.assessment(sitting).sealed_seed
    assert sealed.state is EvaluationState.QUEUED


def test_practice_that_still_waits_at_the_end_is_superseded(house: House) -> None:
    sitting = house.started()
    waiting = house.push(sitting).evaluation_id
    house.finish(sitting)

    ended = house.evaluation(waiting)
    assert ended.state is EvaluationState.SUPERSEDED
    assert "sealed evaluation" in ended.message


def test_who_pushed_nothing_has_nothing_to_seal(house: House) -> None:
    sitting = house.started()
    house.finish(sitting)

    assert house.assessment(sitting).state is AssessmentState.FINISHED
    assert evaluations(house, sitting) == []


def test_a_sitting_ends_once(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)

    with pytest.raises(Conflict):
        house.finish(sitting)
    house.later(days=10)
    assert expire(house) == 0
    assert len([e for e in evaluations(house, sitting) if e.lane is Lane.SEALED]) == 1


def test_the_deadline_ends_a_sitting_as_finish_does(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    house.later(hours=72, seconds=60)

    assert expire(house) == 1
    assert house.assessment(sitting).state is AssessmentState.FINISHED
    assert evaluations(house, sitting)[-1].lane is Lane.SEALED


def test_a_push_that_began_before_the_deadline_still_counts(house: House) -> None:
    sitting = house.started()
    house.later(hours=72, seconds=59)
    assert expire(house) == 0

    pushed = house.push(sitting)
    house.later(seconds=1)
    expire(house)

    assert evaluations(house, sitting)[-1].submission_id == pushed.submission_id


def test_an_invitation_nobody_used_expires(house: House) -> None:
    invited = house.invite().assessment_id
    house.later(days=14)

    assert expire(house) >= 1
    assert house.assessment(invited).state is AssessmentState.EXPIRED


def test_a_reminder_is_sent_once_in_the_last_day(house: House) -> None:
    house.started()

    def remind() -> int:
        with house.write() as session:
            return assessments.remind_due(session, house.time)

    counts = [remind()]
    house.later(hours=49)
    counts += [remind(), remind()]
    house.later(hours=30)
    counts += [remind()]
    assert counts == [0, 1, 0, 0]


def test_a_short_sitting_needs_no_reminder(tmp_path: Path) -> None:
    house = a_house(tmp_path, hours=24)
    house.started()

    with house.write() as session:
        assert assessments.remind_due(session, house.time) == 0
    house.database.dispose()


def test_more_time_moves_the_deadline_and_is_told_with_its_reason_kept(house: House) -> None:
    sitting = house.started()
    extend(house, sitting, 5)

    assert house.assessment(sitting).deadline_at == START + timedelta(hours=77)
    assert "You have more time for your assessment" in subjects(house)
    with house.read() as session:
        assert "your assessment now ends at" in " ".join(session.exec(select(Mail.body)))
    with house.read() as session:
        entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "assessment:extended")
        ).one()
    assert (entry.actor, entry.organisation_id) == ("user:alice", house.cast.organisation_id)
    assert "a power cut" in entry.details


def test_an_invitation_can_be_given_more_time_too(house: House) -> None:
    invited = house.invite().assessment_id
    extend(house, invited, 24)

    assert house.assessment(invited).invitation_ends_at == START + timedelta(days=15)
    with house.read() as session:
        told = select(Mail.body).where(col(Mail.subject).startswith("You have more time"))
        body = session.exec(told).one()
    assert "you can press Start until" in body
    assert "ends at" not in body


@pytest.mark.parametrize(("hours", "reason"), [(0, "why"), (-1, "why"), (1, "  ")])
def test_more_time_is_more_and_has_a_reason(house: House, hours: float, reason: str) -> None:
    sitting = house.started()

    with pytest.raises(BadInput, match="why"):
        extend(house, sitting, hours, reason)


def test_a_sitting_that_is_over_gets_no_more_time(house: House) -> None:
    sitting = house.started()
    house.finish(sitting)

    with pytest.raises(Conflict, match="invite the candidate anew"):
        extend(house, sitting, 5)


def test_a_withdrawn_sitting_opens_nothing_and_is_judged_no_more(house: House) -> None:
    sitting = house.started()
    waiting = house.push(sitting).evaluation_id
    with house.write() as session:
        assessments.revoke(session, house.jobs, sitting, "a wrong address", house.time)

    assert house.assessment(sitting).git_token_sha256 is None
    assert house.evaluation(waiting).state is EvaluationState.CANCELLED
    assert work_off(house, Studio()) == []


# ---------------------------------------------------------------------------------- the result


def test_a_result_is_released_once_there_is_one_and_the_candidate_is_told_once(
    house: House,
) -> None:
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)
    with pytest.raises(Conflict, match="is queued"):
        release(house, sitting)

    work_off(house, Studio())
    release(house, sitting)
    house.later(hours=1)
    release(house, sitting)

    assert house.assessment(sitting).released_at == START
    assert sum("The result" in subject for subject in subjects(house)) == 1


def test_nothing_sealed_means_nothing_to_release(house: House) -> None:
    sitting = house.started()
    house.finish(sitting)

    with pytest.raises(Conflict, match="none was sealed"):
        release(house, sitting)


# -------------------------------------------------------------------------------- the deletion


def test_a_wish_to_be_deleted_is_kept_with_its_first_moment(house: House) -> None:
    sitting = house.started()
    for _ in range(2):
        with house.write() as session:
            assessments.ask_deletion(session, sitting, house.time)
        house.later(days=1)

    assert house.assessment(sitting).deletion_asked_at == START


def everything(house: House) -> str:
    """Every cell of every table."""
    with house.read() as session:
        rows = [
            repr(session.execute(text(f"SELECT * FROM {name}")).all())  # noqa: S608
            for name in Row.metadata.tables
        ]
    return "\n".join(rows)


def test_after_a_deletion_nothing_but_a_nameless_line_is_left(house: House) -> None:
    sitting = house.started()
    with house.write() as session:
        assessment = session.get(Assessment, sitting)
        assert assessment
        assessment.candidate_name = "Danaë Unique"
        assessment.candidate_email = "danae.unique@example.com"
    pushed = house.push(sitting)
    house.finish(sitting)
    work_off(house, Studio())
    release(house, sitting)

    with house.write() as session:
        removal.delete(session, house.jobs, sitting, house.repositories, house.time, actor=ALICE)

    left = everything(house)
    assert "Unique" not in left
    assert "danae.unique" not in left
    assert pushed.submission_id not in left.replace(deeds(house), "")
    assert sitting not in house.repositories.there
    with pytest.raises(NotFound):
        extend(house, sitting, 1)


def deeds(house: House) -> str:
    with house.read() as session:
        return repr(session.execute(text("SELECT * FROM audit_entry")).all())


def test_the_line_that_stays_says_what_came_of_it(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)
    work_off(house, Studio())
    with house.write() as session:
        removal.delete(session, house.jobs, sitting, house.repositories, house.time, actor=ALICE)

    with house.read() as session:
        entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "assessment:deleted")
        ).one()
    assert '"challenge": "credit-scoring"' in entry.details
    assert '"score": 100.0' in entry.details


def test_deleting_one_sitting_leaves_those_of_others_alone(house: House) -> None:
    theirs = house.started(house.cast.other_organisation_id)
    kept = house.push(theirs)
    ours = house.started()
    house.push(ours)
    with house.write() as session:
        removal.delete(session, house.jobs, ours, house.repositories, house.time, actor=ALICE)

    assert house.assessment(theirs).candidate_email == "dana@example.com"
    assert house.evaluation(kept.evaluation_id).state is EvaluationState.QUEUED
    assert theirs in house.repositories.there


def test_what_could_not_be_deleted_keeps_its_repository(house: House) -> None:
    sitting = house.started()

    def fail() -> None:
        with house.write() as session:
            removal.delete(
                session, house.jobs, sitting, house.repositories, house.time, actor=ALICE
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert house.assessment(sitting).state is AssessmentState.STARTED
    assert sitting in house.repositories.there


def test_what_runs_is_called_off_before_it_is_deleted(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    with house.write() as session:
        removal.delete(session, house.jobs, sitting, house.repositories, house.time, actor=ALICE)

    assert {entry.state for entry in house.jobs.entries.values()} == {"cancelled"}


def test_tables_are_all_looked_at() -> None:
    assert len(Row.metadata.tables) >= 14
    assert SQLModel.metadata is not Row.metadata
