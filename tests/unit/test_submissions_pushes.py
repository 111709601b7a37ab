"""What becomes of a push, and what a hiring team can do about it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.evaluators import Studio, a_worker, work_off
from tests.fakes.sittings import PUBLIC_URL, House, a_house, a_push

from assay.audit.ledger import Actor
from assay.db import standing
from assay.db.artifacts import get_artifact
from assay.db.results import counting_evaluation, judged_evaluation
from assay.db.standing import unsettled
from assay.db.tables import AuditEntry, Evaluation
from assay.domain.errors import Conflict, NotFound
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.assessments import service as assessments
from assay.features.submissions import reading
from assay.features.submissions import service as submissions
from assay.features.submissions.views import SubmissionView

BOB = Actor("user:bob")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def history(house: House, assessment_id: str) -> list[SubmissionView]:
    with house.read() as session:
        return reading.history(session, assessment_id)


def states(house: House, assessment_id: str) -> list[str]:
    """Of the practice evaluations, the newest push first."""
    return [view.evaluations[0].state.value for view in history(house, assessment_id)]


def runs_left(house: House, assessment_id: str) -> int:
    """Of practice."""
    with house.read() as session:
        allowed = house.assessment(assessment_id).practice_runs_max
        return reading.practice_runs_left(session, assessment_id, allowed)


def cancel(house: House, evaluation_id: str | None) -> None:
    assert evaluation_id
    with house.write() as session:
        submissions.cancel(session, house.jobs, evaluation_id, house.time, actor=BOB)


def retry(house: House, evaluation_id: str | None) -> None:
    assert evaluation_id
    with house.write() as session:
        submissions.retry(session, house.jobs, evaluation_id, house.time, actor=BOB)


def failing() -> Studio:
    """In which every build breaks by our fault."""
    studio = Studio()
    studio.plan("build", *["platform_fault"] * 99)
    return studio


def test_a_push_is_kept_with_its_bundle_and_queued_with_its_job(house: House) -> None:
    sitting = house.started()
    recorded = house.push(sitting, "a" * 40)

    (view,) = history(house, sitting)
    assert (view.number, view.commit_sha) == (1, "a" * 40)
    assert house.jobs.state(recorded.evaluation_id or "", 1) == "queued"
    with house.read() as session:
        bundle = get_artifact(session, recorded.submission_id, "repository.bundle")
    assert bundle == b"a bundle of " + b"a" * 40


def test_the_same_commit_told_again_changes_nothing(house: House) -> None:
    sitting = house.started()
    first = house.push(sitting, "a" * 40)
    house.later(minutes=5)

    assert house.push(sitting, "a" * 40) == first
    assert len(history(house, sitting)) == 1
    assert len(house.jobs.entries) == 1


def test_what_is_rolled_back_leaves_no_job(house: House) -> None:
    sitting = house.started()
    pushed = a_push(sitting, "a" * 40)
    with house.write() as session:
        submissions.record_push(session, house.jobs, pushed, house.time)
        session.rollback()

    assert house.jobs.entries == {}
    assert history(house, sitting) == []


def test_a_newer_push_takes_the_place_of_one_that_waits_and_gives_its_run_back(
    house: House,
) -> None:
    sitting = house.started()
    first = house.push(sitting)
    assert runs_left(house, sitting) == 2
    house.push(sitting)

    assert runs_left(house, sitting) == 2
    assert states(house, sitting) == ["queued", "superseded"]
    assert house.jobs.state(first.evaluation_id or "", 1) == "cancelled"


def test_one_that_runs_goes_on_when_a_newer_push_comes(house: House) -> None:
    sitting = house.started()
    first = house.push(sitting)
    with house.write() as session:
        row = session.get(Evaluation, first.evaluation_id)
        assert row
        row.state, row.attempt = EvaluationState.RUNNING, 1
    house.push(sitting)

    assert states(house, sitting) == ["queued", "running"]
    assert runs_left(house, sitting) == 1


def test_without_a_run_left_a_push_is_kept_and_counts_at_the_end(house: House) -> None:
    sitting = house.started()
    for _ in range(3):
        house.push(sitting)
        work_off(house, Studio())
    fourth = house.push(sitting)
    house.finish(sitting)

    assert (fourth.evaluation_id, runs_left(house, sitting)) == (None, 0)
    sealed = history(house, sitting)[0].evaluations[0]
    assert (sealed.lane, sealed.state) == (Lane.SEALED, EvaluationState.QUEUED)


def test_a_push_that_waits_gives_way_even_if_no_run_is_left(house: House) -> None:
    """Giving its run back first is what makes one."""
    sitting = house.started()
    for _ in range(2):
        house.push(sitting)
        work_off(house, Studio())
    house.push(sitting)
    assert runs_left(house, sitting) == 0
    house.push(sitting)

    assert runs_left(house, sitting) == 0
    assert states(house, sitting)[:2] == ["queued", "superseded"]


def sealed_of(house: House, sitting: str) -> list[tuple[int, str]]:
    """Number of the push and state of each sealed evaluation, the newest push first."""
    return [
        (push.number, one.state.value)
        for push in history(house, sitting)
        for one in push.evaluations
        if one.lane is Lane.SEALED
    ]


def test_what_git_took_counts_although_we_hear_of_it_after_the_end(house: House) -> None:
    """The web process died between the two, and a worker ended the sitting meanwhile."""
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)
    late = house.push(sitting)

    assert late.evaluation_id is None
    assert sealed_of(house, sitting) == [(2, "queued"), (1, "cancelled")]
    work_off(house, Studio())
    assert sealed_of(house, sitting) == [(2, "judged"), (1, "cancelled")]


@pytest.mark.parametrize("state", ["running", "judged"])
def test_it_counts_however_far_the_one_before_has_come(house: House, state: str) -> None:
    sitting = house.started()
    house.push(sitting)
    work_off(house, Studio())
    house.finish(sitting)
    if state == "judged":
        work_off(house, Studio())
    else:
        sealed = history(house, sitting)[0].evaluations[-1].id
        a_worker(house, Studio()).begin(sealed, 1)
        house.jobs.entries[f"{sealed}-1"].state = "running"
    house.later(minutes=1)
    house.push(sitting)

    before = "judged" if state == "judged" else "cancelled"
    assert sealed_of(house, sitting) == [(2, "queued"), (1, before)]
    with house.read() as session:
        counts = counting_evaluation(session, sitting)
    assert counts
    assert counts.state is EvaluationState.QUEUED


def test_lists_tell_no_result_that_a_late_push_has_replaced(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)
    work_off(house, Studio())
    assert house.assessment(sitting).result_id
    house.later(minutes=1)
    house.push(sitting)

    row = house.assessment(sitting)
    assert (row.result_id, row.score, row.weighted, row.flags) == (None, None, None, None)
    with house.read() as session:
        assert unsettled(session) == []  # the result before it is none that stands
    work_off(house, Studio())
    with house.read() as session:
        counts = judged_evaluation(session, sitting)
    assert counts
    assert house.assessment(sitting).result_id == counts.id


def test_a_late_result_is_found_if_the_worker_died_before_lists_had_it(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)
    work_off(house, Studio())
    house.later(minutes=1)
    house.push(sitting)
    with house.read() as session:
        late = counting_evaluation(session, sitting)
    assert late
    with house.write() as session:  # the first of the two transactions at its end, and no more
        session.get_one(Evaluation, late.id).state = EvaluationState.JUDGED

    with house.read() as session:
        assert unsettled(session) == [sitting]


def test_a_late_result_is_found_behind_many_that_still_wait(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "AT_ONCE", 1)
    sittings = sorted(house.started() for _ in range(3))
    for sitting in sittings:
        house.push(sitting)
        house.finish(sitting)
    work_off(house, Studio())
    house.later(minutes=1)
    for sitting in sittings:
        house.push(sitting)
    with house.write() as session:
        late = counting_evaluation(session, sittings[-1])
        assert late
        late.state = EvaluationState.JUDGED

    with house.read() as session:
        assert unsettled(session) == [sittings[-1]]


def test_practice_that_runs_goes_on_when_such_a_push_comes(house: House) -> None:
    sitting = house.started()
    practice = house.push(sitting).evaluation_id or ""
    a_worker(house, Studio()).begin(practice, 1)
    house.finish(sitting)
    house.push(sitting)

    assert house.evaluation(practice).state is EvaluationState.RUNNING


def test_the_sealed_evaluation_of_a_push_that_no_longer_counts_is_not_tried_again(
    house: House,
) -> None:
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)
    work_off(house, failing())
    (sealed,) = [e.id for e in history(house, sitting)[0].evaluations if e.lane is Lane.SEALED]
    house.push(sitting)

    with pytest.raises(Conflict, match="later push"):
        retry(house, sealed)


@pytest.mark.parametrize("closed", ["released", "revoked"])
def test_when_all_is_closed_a_push_is_kept_and_judged_by_nobody(house: House, closed: str) -> None:
    sitting = house.started()
    house.push(sitting)
    with house.write() as session:
        if closed == "revoked":
            assessments.revoke(session, house.jobs, sitting, "filled", house.time)
    if closed == "released":
        house.finish(sitting)
        work_off(house, Studio())
        with house.write() as session:
            assessments.release(session, sitting, PUBLIC_URL, house.time)
    late = house.push(sitting)

    assert late.evaluation_id is None
    assert len(history(house, sitting)) == 2
    assert history(house, sitting)[0].evaluations == []
    with house.read() as session:
        entries = session.exec(
            select(AuditEntry.details).where(AuditEntry.subject == late.submission_id)
        ).all()
    assert '"counts": false' in entries[0]


def test_nothing_is_kept_for_an_assessment_that_is_not_there(house: House) -> None:
    with pytest.raises(NotFound):
        house.push("asm_none")


def test_the_first_line_of_a_commit_cannot_steer_a_terminal(house: House) -> None:
    sitting = house.started()
    hostile = replace(a_push(sitting, "a" * 40), subject="\x1b[2Jgone\x00 " + "x" * 500)
    with house.write() as session:
        submissions.record_push(session, house.jobs, hostile, house.time)

    subject = history(house, sitting)[0].subject
    assert subject.isprintable()
    assert len(subject) == 200


# --------------------------------------------------------------------------------- the queue


def test_organisations_take_turns_however_much_one_of_them_pushes(house: House) -> None:
    ours = [house.push(house.started()).evaluation_id for _ in range(3)]
    theirs = house.push(house.started(house.cast.other_organisation_id)).evaluation_id

    order = [name.removesuffix("-1") for name in work_off(house, Studio())]
    assert order.index(theirs or "") <= 1
    assert [one for one in order if one != theirs] == ours


def test_a_sealed_evaluation_does_not_stand_behind_practice(house: House) -> None:
    for _ in range(3):
        house.push(house.started())
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)

    with house.read() as session:
        (sealed,) = session.exec(select(Evaluation.id).where(Evaluation.lane == Lane.SEALED))
        assert reading.queue_position(session, sealed) == 1


def test_places_in_the_queue_are_those_in_which_they_run(house: House) -> None:
    waiting = [house.push(house.started()).evaluation_id or "" for _ in range(4)]

    with house.read() as session:
        places = [reading.queue_position(session, one) for one in waiting]
    order = [name.removesuffix("-1") for name in work_off(house, Studio())]
    assert places == [order.index(one) + 1 for one in waiting]


def test_who_does_not_wait_has_no_place(house: House) -> None:
    evaluation = house.push(house.started()).evaluation_id or ""
    work_off(house, Studio())

    with house.read() as session:
        assert reading.queue_position(session, evaluation) is None


# ---------------------------------------------------------------------------- cancel and retry


def test_what_is_cancelled_never_runs_and_gives_its_run_back(house: House) -> None:
    sitting = house.started()
    recorded = house.push(sitting)
    cancel(house, recorded.evaluation_id)

    assert states(house, sitting) == ["cancelled"]
    assert work_off(house, Studio()) == []
    house.push(sitting)
    assert runs_left(house, sitting) == 2


def test_what_has_ended_is_not_cancelled(house: House) -> None:
    evaluation = house.push(house.started()).evaluation_id
    work_off(house, Studio())

    with pytest.raises(Conflict, match="ended already"):
        cancel(house, evaluation)


def test_only_a_fault_of_ours_is_tried_again_by_hand(house: House) -> None:
    evaluation = house.push(house.started()).evaluation_id
    work_off(house, Studio())

    with pytest.raises(Conflict, match="only"):
        retry(house, evaluation)


def test_tried_again_by_hand_it_is_judged(house: House) -> None:
    sitting = house.started()
    evaluation = house.push(sitting).evaluation_id
    work_off(house, failing())
    assert states(house, sitting) == ["platform_fault"]

    retry(house, evaluation)
    work_off(house, Studio())
    assert states(house, sitting) == ["judged"]


def test_practice_is_not_tried_again_when_the_sitting_is_over(house: House) -> None:
    sitting = house.started()
    evaluation = house.push(sitting).evaluation_id
    work_off(house, failing())
    house.finish(sitting)

    with pytest.raises(Conflict, match="help nobody"):
        retry(house, evaluation)


def test_a_sealed_evaluation_is_tried_again_although_the_sitting_is_over(house: House) -> None:
    sitting = house.started()
    house.push(sitting)
    house.finish(sitting)
    work_off(house, failing())
    with house.read() as session:
        sealed = session.exec(select(Evaluation).where(Evaluation.lane == Lane.SEALED)).one()
    assert sealed.state is EvaluationState.PLATFORM_FAULT

    retry(house, sealed.id)
    work_off(house, Studio())
    assert house.evaluation(sealed.id).state is EvaluationState.JUDGED
