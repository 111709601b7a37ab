"""States move as the lifecycle says, and only from where they are."""

from itertools import product

import pytest
from sqlmodel import Session
from tests.fakes.accounts import NOW, an_assessment, an_evaluation

from assay.auth.accounts import create_organisation
from assay.db.session import Database
from assay.db.states import locked, move_assessment, move_evaluation
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import Conflict, NotFound
from assay.domain.lifecycle import (
    ASSESSMENT_STEPS,
    EVALUATION_STEPS,
    AssessmentState,
    EvaluationState,
)

EVALUATIONS = [(was, then) for was, after in EVALUATION_STEPS.items() for then in sorted(after)]
ASSESSMENTS = [(was, then) for was, after in ASSESSMENT_STEPS.items() for then in sorted(after)]


@pytest.mark.parametrize(("was", "then"), EVALUATIONS)
def test_an_evaluation_goes_every_way_of_its_lifecycle(
    database: Database, was: EvaluationState, then: EvaluationState
) -> None:
    with database.write() as session:
        assessment = an_assessment(session, a_company(session))
        evaluation = an_evaluation(session, assessment, state=was)
        moved = move_evaluation(session, evaluation.id, was=was, then=then)
        assert moved is evaluation

    assert stored_evaluation(database, evaluation.id) is then


def test_an_evaluation_goes_no_other_way(database: Database) -> None:
    others = set(product(EvaluationState, EvaluationState)) - set(EVALUATIONS)
    with database.write() as session:
        assessment = an_assessment(session, a_company(session))
        rows = {was: an_evaluation(session, assessment, state=was) for was in EvaluationState}
        for was, then in sorted(others):
            with pytest.raises(Conflict, match="can no longer become"):
                move_evaluation(session, rows[was].id, was=was, then=then)

    assert all(stored_evaluation(database, row.id) is was for was, row in rows.items())


@pytest.mark.parametrize(("was", "then"), ASSESSMENTS)
def test_an_assessment_goes_every_way_of_its_lifecycle(
    database: Database, was: AssessmentState, then: AssessmentState
) -> None:
    with database.write() as session:
        assessment = an_assessment(session, a_company(session), state=was)
        move_assessment(session, assessment.id, was=was, then=then)

    with database.read() as session:
        found = session.get(Assessment, assessment.id)
        assert found is not None
        assert found.state is then


def test_an_assessment_goes_no_other_way(database: Database) -> None:
    with database.write() as session:
        company = a_company(session)
        for was, then in sorted(set(product(AssessmentState, AssessmentState)) - set(ASSESSMENTS)):
            assessment = an_assessment(session, company, state=was)
            with pytest.raises(Conflict, match="can no longer become"):
                move_assessment(session, assessment.id, was=was, then=then)


def test_who_comes_second_is_told_where_it_is_by_now(database: Database) -> None:
    was, then = EvaluationState.QUEUED, EvaluationState.RUNNING
    with database.write() as session:
        assessment = an_assessment(session, a_company(session))
        evaluation = an_evaluation(session, assessment)
        move_evaluation(session, evaluation.id, was=was, then=then)

        with pytest.raises(Conflict, match="it is running by now, not queued"):
            move_evaluation(session, evaluation.id, was=was, then=then)


def test_changes_made_before_the_move_are_kept(database: Database) -> None:
    with database.write() as session:
        assessment = an_assessment(session, a_company(session))
        evaluation = an_evaluation(session, assessment)
        evaluation.worker_id = "worker-1"
        moved = move_evaluation(
            session, evaluation.id, was=EvaluationState.QUEUED, then=EvaluationState.RUNNING
        )
        assert moved.worker_id == "worker-1"


def test_a_row_that_is_not_there_cannot_be_locked(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFound, match="no assessment asm_nobody"):
        locked(session, Assessment, "asm_nobody")


def a_company(session: Session) -> str:
    return create_organisation(session, "Alice's company", NOW).id


def stored_evaluation(database: Database, evaluation_id: str) -> EvaluationState:
    with database.read() as session:
        found = session.get(Evaluation, evaluation_id)
        assert found is not None
        return found.state
