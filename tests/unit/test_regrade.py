"""Grading again: beside the old result, at nobody's cost, and counting once a person says so."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.evaluators import Studio, work_off
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.web import Site, a_site, words

from assay.audit.ledger import Actor
from assay.db.artifacts import delete_artifacts
from assay.db.results import counting_evaluation
from assay.db.tables import AuditEntry, Evaluation, Mail
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.assessments import adoption
from assay.features.assessments import service as assessments
from assay.features.challenges.regrade import Edition, Wish, planned, regrade, sealed_assessments
from assay.features.submissions.reading import practice_runs_left
from assay.web.listing import row_of

ALICE = Actor("user:alice")
NEW = Edition("credit-scoring", "1.1.0", "d" * 64, "0.2.0")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def sitting(site: Site) -> str:
    """Id of an assessment whose sealed result stands."""
    assessment_id = site.house.started()
    site.house.push(assessment_id)
    site.judge(site.sealed(assessment_id))
    return assessment_id


def queued(site: Site, sitting: str, edition: Edition = NEW, *, again: bool = False) -> Evaluation:
    with site.house.write() as session:
        wish = Wish(edition, ALICE, again=again)
        return regrade(session, site.house.jobs, sitting, wish, site.house.time)


def why_not(site: Site, sitting: str, edition: Edition = NEW) -> str:
    with site.house.read() as session:
        (plan,) = planned(session, [sitting], Wish(edition))
        return plan.why_not


def adopted(site: Site, evaluation_id: str, reason: str = "a test was wrong") -> None:
    with site.house.write() as session:
        adoption.adopt(session, evaluation_id, reason, "https://x", site.house.time, actor=ALICE)


def counts(site: Site, sitting: str) -> str:
    with site.house.read() as session:
        found = counting_evaluation(session, sitting)
        assert found is not None
        return found.id


def details(site: Site, action: str) -> dict[str, object]:
    with site.house.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == action)).one()
        found: dict[str, object] = json.loads(entry.details)
        return found


# ---------------------------------------------------------------------------------- queueing


def test_a_regrade_waits_in_its_own_lane_with_the_sealed_seed_and_the_new_version(
    site: Site, sitting: str
) -> None:
    row = queued(site, sitting)

    assert (row.lane, row.state) == (Lane.REGRADE, EvaluationState.QUEUED)
    assert row.seed == site.house.assessment(sitting).sealed_seed
    assert (row.challenge_version, row.challenge_sha256) == ("1.1.0", "d" * 64)
    assert details(site, "evaluation:regrade_queued")["challenge_version"] == "1.1.0"


def test_it_costs_no_practice_run_and_supersedes_nothing(site: Site, sitting: str) -> None:
    before = counts(site, sitting)
    with site.house.read() as session:
        left = practice_runs_left(session, sitting, 3)

    queued(site, sitting)

    with site.house.read() as session:
        assert practice_runs_left(session, sitting, 3) == left
    assert counts(site, sitting) == before
    assert site.house.evaluation(before).state is EvaluationState.JUDGED


def test_it_is_evaluated_with_the_new_package_not_with_that_of_the_start(
    site: Site, sitting: str
) -> None:
    row = queued(site, sitting)
    studio = Studio()

    work_off(site.house, studio)

    assert studio.made[-1].job.evaluation_id == row.id
    assert studio.made[-1].job.challenge_sha256 == "d" * 64


def test_two_of_them_leave_room_for_a_practice_run_of_everybody_else(
    site: Site, sitting: str
) -> None:
    other = site.house.started()
    site.house.push(other)
    site.judge(site.sealed(other))

    first, second = queued(site, sitting), queued(site, other)

    assert second.turn - first.turn == 4


def test_what_was_graded_by_this_very_version_is_left_out_unless_asked_for(
    site: Site, sitting: str
) -> None:
    versions = make_evidence().versions
    same = Edition("credit-scoring", "1.0.0", versions.challenge_sha256, versions.assay)

    assert why_not(site, sitting, same) == "it was graded by this version already"
    with pytest.raises(Conflict, match="already"):
        queued(site, sitting, same)
    assert queued(site, sitting, same, again=True).lane is Lane.REGRADE


def test_a_newer_program_is_another_version_too(site: Site, sitting: str) -> None:
    versions = make_evidence().versions
    newer = Edition("credit-scoring", "1.0.0", versions.challenge_sha256, "0.9.0")

    assert why_not(site, sitting, newer) == ""


def test_one_that_is_on_its_way_is_enough(site: Site, sitting: str) -> None:
    queued(site, sitting)

    assert why_not(site, sitting) == "a regrade of it is on its way"


def test_what_is_no_longer_stored_cannot_be_graded(site: Site, sitting: str) -> None:
    with site.house.write() as session:
        found = counting_evaluation(session, sitting)
        assert found is not None
        delete_artifacts(session, found.submission_id)

    assert why_not(site, sitting) == "what was pushed is no longer stored"


def test_a_sitting_without_a_push_is_left_out(site: Site) -> None:
    empty = site.house.started()
    site.house.finish(empty)

    assert why_not(site, empty) == "nothing was sealed"


def test_a_result_that_is_not_there_yet_is_left_out(site: Site) -> None:
    assessment_id = site.house.started()
    site.house.push(assessment_id)
    site.sealed(assessment_id)

    assert why_not(site, assessment_id) == "its result is queued"


def test_an_assessment_of_another_challenge_is_refused(site: Site, sitting: str) -> None:
    other = Edition("another", "1.0.0", "e" * 64, "0.1.0")

    with pytest.raises(Conflict, match="is of credit-scoring, not of another"):
        why_not(site, sitting, other)
    with pytest.raises(NotFound):
        why_not(site, "asm_nowhere")


def test_all_that_have_ended_are_found_and_none_that_runs(site: Site, sitting: str) -> None:
    site.house.started()

    with site.house.read() as session:
        assert sealed_assessments(session, "credit-scoring") == [sitting]


# ---------------------------------------------------------------------------------- adopting


def test_the_sealed_result_counts_until_a_person_adopts_the_other(site: Site, sitting: str) -> None:
    sealed = counts(site, sitting)
    row = queued(site, sitting)
    site.judge(row.id, make_poor_evidence())
    assert counts(site, sitting) == sealed

    adopted(site, row.id)

    assert counts(site, sitting) == row.id
    told = details(site, "evaluation:adopted")
    assert (told["was"], told["reason"]) == (sealed, "a test was wrong")
    with site.house.read() as session:
        shown = row_of(session, site.house.assessment(sitting))
    assert shown.score == site.house.evaluation(row.id).score


def test_the_result_before_is_kept_and_can_count_again(site: Site, sitting: str) -> None:
    sealed = counts(site, sitting)
    row = queued(site, sitting)
    site.judge(row.id, make_poor_evidence())
    adopted(site, row.id)
    site.house.later(minutes=1)

    adopted(site, sealed, "the new version was worse")

    assert counts(site, sitting) == sealed
    assert site.house.evaluation(row.id).state is EvaluationState.JUDGED


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_adopted_without_a_reason(site: Site, sitting: str, reason: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id)

    with pytest.raises(BadInput, match="say why"):
        adopted(site, row.id, reason)


def test_what_is_not_judged_cannot_count(site: Site, sitting: str) -> None:
    row = queued(site, sitting)

    with pytest.raises(Conflict, match="only a whole result can count: this one is queued"):
        adopted(site, row.id)


def test_what_misses_a_line_cannot_count(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id)
    with site.house.write() as session:
        session.get_one(Evaluation, row.id).complete = False

    with pytest.raises(Conflict, match="this one is not complete"):
        adopted(site, row.id)


def test_practice_cannot_count(site: Site) -> None:
    assessment_id = site.house.started()
    practice = site.pushed(assessment_id)
    site.judge(practice)

    with pytest.raises(Conflict, match="this was practice"):
        adopted(site, practice)


def test_what_counts_already_is_not_adopted_again(site: Site, sitting: str) -> None:
    with pytest.raises(Conflict, match="counts already"):
        adopted(site, counts(site, sitting))


def test_a_candidate_who_saw_the_old_result_is_written_to(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id)
    with site.house.write() as session:
        assessments.release(session, sitting, "https://x", site.house.time)

    adopted(site, row.id)

    with site.house.read() as session:
        subjects = session.exec(select(Mail.subject).where(Mail.id.startswith(sitting))).all()  # type: ignore[attr-defined]
    assert [one for one in subjects if "revised" in one]


def test_nobody_is_written_to_before_the_release(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id)

    adopted(site, row.id)

    with site.house.read() as session:
        subjects = session.exec(select(Mail.subject)).all()
    assert not [one for one in subjects if "revised" in one]


# ------------------------------------------------------------------------------------- pages


def test_the_team_sees_that_there_are_two_and_which_counts(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id, make_poor_evidence())
    alice = site.of(site.house.cast.alice)

    before = words(alice.get(f"/hiring/assessments/{sitting}").text)
    adopted(site, row.id)
    after = words(alice.get(f"/hiring/assessments/{sitting}").text)

    assert "Regrade under 1.1.0 does not count" in before
    assert "Regrade under 1.1.0 counts since" in after
    assert "Final does not count" in after


def test_the_comparison_says_why_and_adds_up(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id, make_poor_evidence())
    alice = site.of(site.house.cast.alice)

    page = words(alice.get(f"/hiring/evaluations/{row.id}/comparison").text)

    assert "Two results of one push" in page
    assert "Other evidence" in page
    assert "Let it count" in page


def test_a_viewer_may_compare_and_not_decide(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id)
    vera = site.of(site.house.cast.vera)

    page = vera.get(f"/hiring/evaluations/{row.id}/comparison")

    assert page.status_code == 200
    assert "Let it count" not in page.text


def test_a_candidate_knows_nothing_of_a_regrade_before_it_counts(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id, make_poor_evidence())
    with site.house.write() as session:
        assessments.release(session, sitting, "https://x", site.house.time)
    dana = site.of_candidate(sitting)
    page, stream = f"/candidate/evaluations/{row.id}", f"/candidate/evaluations/{row.id}/events"

    assert dana.get(page).status_code == 404
    assert dana.get(stream).status_code == 404
    adopted(site, row.id)
    assert dana.get(page).status_code == 200
    assert row.id in dana.get("/candidate").text


def test_programs_adopt_with_a_reason(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id, make_poor_evidence())
    calls = site.calls()

    refused = calls.post(f"/api/v1/evaluations/{row.id}/adopt", json={"reason": ""})
    done = calls.post(f"/api/v1/evaluations/{row.id}/adopt", json={"reason": "because"})
    seen = calls.get(f"/api/v1/evaluations/{row.id}").json()

    assert refused.status_code == 422
    assert done.json()["score"] == site.house.evaluation(row.id).score
    assert (seen["challenge_version"], seen["adopted_at"] is not None) == ("1.1.0", True)


def test_deleting_a_candidate_removes_regrades_too(site: Site, sitting: str) -> None:
    row = queued(site, sitting)
    site.judge(row.id)
    adopted(site, row.id)

    gone = site.calls().delete(f"/api/v1/assessments/{sitting}")

    assert gone.status_code == 204
    with site.house.read() as session:
        assert session.get(Evaluation, row.id) is None
