"""Grading again without measuring: where only the rubric changed, the stored evidence is judged."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from tests.fakes.evaluators import judge_fast
from tests.fakes.evidence import ended
from tests.fakes.mending import (
    edition_of,
    evidence_of_then,
    mended,
    mended_challenge,
)
from tests.fakes.rubric import CRITERIA, criterion_table
from tests.fakes.web import Site, a_site, words

from assay.audit.ledger import Actor
from assay.bootstrap.comparing import side_of_evaluation
from assay.bootstrap.regrading import judge_anew
from assay.db.artifacts import artifact_names, delete_artifacts, get_artifact, put_artifact
from assay.db.results import counting_evaluation
from assay.db.tables import Artifact, AuditEntry, Evaluation, EvaluationStage
from assay.domain.comparison import Cause, compare, shares_of
from assay.domain.errors import Conflict
from assay.domain.evidence import EVIDENCE_FILE, Evidence
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.assessments import adoption
from assay.features.assessments import service as assessments
from assay.features.challenges.judged import drafted, store_judged
from assay.features.challenges.regrade import Edition, Manner, Regrade, Wish, planned, regrade
from assay.features.submissions.reading import live

ALICE = Actor("user:alice")
SAME = mended()


# ------------------------------------------------------------------------------------ storing


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def sitting(site: Site) -> str:
    """Id of an assessment whose sealed result stands, and tells what it was measured with."""
    assessment_id = site.house.started()
    site.house.push(assessment_id)
    sealed = site.sealed(assessment_id)
    site.judge(sealed, evidence_of_then())
    with site.house.write() as session:
        put_artifact(session, sealed, "recording.json", b"[]", site.house.time)
        row = session.get_one(Evaluation, sealed)
        row.worker_id, row.started_at = "worker-7", site.house.time
    site.house.later(hours=1)
    return assessment_id


def wish_of(edition: Edition = SAME, manner: Manner = "as_needed", *, again: bool = False) -> Wish:
    return Wish(edition, ALICE, again=again, manner=manner)


def plan(site: Site, sitting: str, wish: Wish | None = None) -> Regrade:
    with site.house.read() as session:
        (found,) = planned(session, [sitting], wish or wish_of())
        return found


def judged(site: Site, sitting: str, wish: Wish | None = None) -> Evaluation:
    """As `judge_anew` does, without drawing a report."""
    asked = wish or wish_of()
    with site.house.read() as session:
        draft = drafted(session, sitting, asked)
    judgement = judge_fast(draft.content)
    with site.house.write() as session:
        return store_judged(session, draft, judgement, asked, site.house.time)


def judged_whole(site: Site, sitting: str) -> Evaluation:
    return judge_anew(site.house.database, sitting, wish_of(), site.house.time)


def counts(site: Site, sitting: str) -> Evaluation:
    with site.house.read() as session:
        found = counting_evaluation(session, sitting)
        assert found is not None
        return found


def adopt(site: Site, evaluation_id: str) -> None:
    with site.house.write() as session:
        because = "the band was too narrow"
        adoption.adopt(session, evaluation_id, because, "https://x", site.house.time, actor=ALICE)


def drop_evidence(site: Site, evaluation_id: str) -> None:
    with site.house.write() as session:
        session.delete(session.get_one(Artifact, (evaluation_id, EVIDENCE_FILE)))


def damage_evidence(site: Site, evaluation_id: str) -> None:
    with site.house.write() as session:
        session.get_one(Artifact, (evaluation_id, EVIDENCE_FILE)).content = b"torn"


def test_it_stands_judged_beside_the_old_one_and_nothing_was_queued(
    site: Site, sitting: str
) -> None:
    before, jobs = counts(site, sitting), len(site.house.jobs.entries)

    row = judged(site, sitting)

    assert (row.lane, row.state) == (Lane.REGRADE, EvaluationState.JUDGED)
    assert (row.judged_from, row.submission_id) == (before.id, before.submission_id)
    assert (row.challenge_version, row.seed, row.complete) == ("1.1.0", before.seed, True)
    assert row.score is not None
    assert before.score is not None
    assert row.score > before.score
    assert len(site.house.jobs.entries) == jobs
    assert counts(site, sitting).id == before.id


def test_its_result_says_plainly_that_nothing_was_measured(site: Site, sitting: str) -> None:
    before = counts(site, sitting)

    row = judged_whole(site, sitting)

    told = f"udged anew from the evidence of evaluation {before.id}; nothing was measured"
    assert told in row.message
    with site.house.read() as session:
        for name in ("result.json", "report.html"):
            assert told in get_artifact(session, row.id, name).decode()
    alice = site.of(site.house.cast.alice)
    assert told in words(alice.get(f"/hiring/assessments/{sitting}/scorecard?run={row.id}").text)
    assert told in words(alice.get(f"/hiring/assessments/{sitting}").text)


def test_the_facts_are_the_same_and_the_challenge_is_that_which_judged(
    site: Site, sitting: str
) -> None:
    before = counts(site, sitting)

    row = judged_whole(site, sitting)

    with site.house.read() as session:
        old, new = (
            Evidence.model_validate_json(get_artifact(session, one, EVIDENCE_FILE))
            for one in (before.id, row.id)
        )
        assert get_artifact(session, row.id, "recording.json") == b"[]"
        assert artifact_names(session, row.id) == artifact_names(session, before.id)
    changed = {name for name in Evidence.model_fields if getattr(old, name) != getattr(new, name)}
    assert changed == {"evaluation_id", "challenge", "versions", "judged_anew"}
    assert (new.challenge, new.evaluation_id) == (mended_challenge(), row.id)
    assert new.versions.assay == old.versions.assay
    assert new.judged_anew
    assert (new.judged_anew.challenge, new.judged_anew.assay) == ("1.0.0", "0.2.0")


def test_the_ledger_has_the_entries_of_a_regrade_that_was_measured(
    site: Site, sitting: str
) -> None:
    row = judged(site, sitting)

    with site.house.read() as session:
        found = session.exec(select(AuditEntry).where(AuditEntry.subject == row.id)).all()
    assert [(one.action, one.actor) for one in found] == [
        ("evaluation:regrade_queued", "user:alice"),
        ("evaluation:judged", "system"),
    ]


def test_the_comparison_explains_the_whole_difference_by_the_band(site: Site, sitting: str) -> None:
    before = counts(site, sitting)
    row = judged(site, sitting)

    with site.house.read() as session:
        found = compare(*(side_of_evaluation(session, one) for one in (before.id, row.id)))

    causes = {change.id: [part.cause for part in change.parts] for change in found.changes}
    assert {name: causes[name] for name in causes if causes[name]} == {"latency_p95": [Cause.BAND]}
    assert found.difference is not None
    assert found.difference > 0
    assert sum(shares_of(found).values(), start=Fraction(0)) == found.difference
    assert ("judged anew from the evidence of", "-", before.id) in found.around


def test_asked_twice_it_is_judged_once(site: Site, sitting: str) -> None:
    judged(site, sitting)

    with pytest.raises(Conflict, match="it was graded by this version already"):
        judged(site, sitting)
    assert plan(site, sitting).why_not == "it was graded by this version already"


def test_what_was_judged_can_still_be_measured(site: Site, sitting: str) -> None:
    judged(site, sitting)

    wish = wish_of(manner="measure")
    assert plan(site, sitting, wish).why_not == ""
    with site.house.write() as session:
        row = regrade(session, site.house.jobs, sitting, wish, site.house.time)
    assert (row.state, row.judged_from) == (EvaluationState.QUEUED, None)


def test_asked_again_what_this_version_graded_is_measured(site: Site, sitting: str) -> None:
    judged(site, sitting)

    found = plan(site, sitting, wish_of(again=True))

    assert (found.why_not, found.is_judged) == ("", False)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (drop_evidence, "its evidence is not stored"),
        (damage_evidence, "its evidence cannot be read: the stored file 'evidence.json'"),
    ],
)
def test_evidence_that_is_missing_or_damaged_is_measured_and_that_is_said(
    site: Site, sitting: str, spoil: Any, said: str
) -> None:
    spoil(site, counts(site, sitting).id)

    found = plan(site, sitting)

    assert (found.why_not, found.is_judged) == ("", False)
    assert found.why_measured.startswith(said)
    with pytest.raises(Conflict, match="evidence"):
        judged(site, sitting)


def test_evidence_of_no_version_we_know_is_measured(site: Site, sitting: str) -> None:
    with site.house.write() as session:
        name = counts(site, sitting).id
        put_artifact(session, name, EVIDENCE_FILE, b'{"schema_version": 9}', site.house.time)

    assert "of no version that is known here" in plan(site, sitting).why_measured


def test_it_needs_no_push_only_measuring_does(site: Site, sitting: str) -> None:
    with site.house.write() as session:
        delete_artifacts(session, counts(site, sitting).submission_id)

    assert plan(site, sitting).is_judged
    left_out = plan(site, sitting, wish_of(manner="measure"))
    assert left_out.why_not == "what was pushed is no longer stored"


def test_of_two_who_ask_at_once_one_is_told(site: Site, sitting: str) -> None:
    with site.house.read() as session:
        drafts = [drafted(session, sitting, wish_of()) for _ in range(2)]
    judgements = [judge_fast(draft.content) for draft in drafts]
    with site.house.write() as session:
        store_judged(session, drafts[0], judgements[0], wish_of(), site.house.time)

    with (
        pytest.raises(Conflict, match="graded by this version already"),
        site.house.write() as session,
    ):
        store_judged(session, drafts[1], judgements[1], wish_of(), site.house.time)


def test_a_regrade_on_its_way_is_waited_for(site: Site, sitting: str) -> None:
    with site.house.write() as session:
        wish = wish_of(manner="measure")
        regrade(session, site.house.jobs, sitting, wish, site.house.time)

    assert plan(site, sitting).why_not == "a regrade of it is on its way"


def test_a_submission_that_failed_keeps_the_reason(site: Site) -> None:
    assessment_id = site.house.started()
    site.house.push(assessment_id)
    stages = ended("build", message="no package named 'numpyy'")
    site.judge(site.sealed(assessment_id), evidence_of_then(stages=stages))

    assert judged(site, assessment_id).message.endswith("build: no package named 'numpyy'")


# ------------------------------------------------------------------------- after it was stored


def test_it_is_adopted_and_taken_back_like_any_other(site: Site, sitting: str) -> None:
    sealed, row = counts(site, sitting), judged(site, sitting)

    adopt(site, row.id)
    assert counts(site, sitting).id == row.id
    site.house.later(minutes=1)
    adopt(site, sealed.id)

    assert counts(site, sitting).id == sealed.id


def test_judged_from_what_was_judged_it_is_still_the_evidence_of_who_measured(
    site: Site, sitting: str
) -> None:
    sealed, first = counts(site, sitting), judged(site, sitting)
    adopt(site, first.id)
    rows = [(*row[:6], 9.0, 2.0, *row[8:]) if row[0] == "latency_p95" else row for row in CRITERIA]
    criteria = [criterion_table(*row) for row in rows]
    next_one = edition_of(mended_challenge(version="1.2.0", criterion=criteria))

    second = judged(site, sitting, wish_of(replace(next_one, sha256="e" * 64)))

    assert (first.judged_from, second.judged_from) == (sealed.id, sealed.id)
    assert f"evidence of evaluation {sealed.id};" in second.message
    with site.house.read() as session:
        stored = Evidence.model_validate_json(get_artifact(session, second.id, EVIDENCE_FILE))
    assert stored.judged_anew
    assert stored.judged_anew.challenge == "1.0.0"


def test_stages_are_shown_as_they_ran_and_counted_once(site: Site, sitting: str) -> None:
    sealed, row = counts(site, sitting), judged(site, sitting)

    with site.house.read() as session:
        assert live(session, row.id).stages == live(session, sealed.id).stages != []
        wanted = select(EvaluationStage).where(EvaluationStage.evaluation_id == row.id)
        assert session.exec(wanted).all() == []


def test_where_and_when_it_was_measured_stays_true_and_it_takes_nobodys_turn(
    site: Site, sitting: str
) -> None:
    sealed, row = counts(site, sitting), judged(site, sitting)

    assert (row.worker_id, row.started_at, row.turn) == ("worker-7", sealed.started_at, sealed.turn)
    assert (row.queued_at, row.ended_at) == (site.house.time, site.house.time)
    assert row.started_at == site.house.time - timedelta(hours=1)


def test_a_candidate_knows_nothing_of_it_before_it_counts(site: Site, sitting: str) -> None:
    row = judged(site, sitting)
    with site.house.write() as session:
        assessments.release(session, sitting, "https://x", site.house.time)
    page, dana = f"/candidate/evaluations/{row.id}", site.of_candidate(sitting)

    assert dana.get(page).status_code == 404
    assert row.id not in dana.get("/candidate").text
    adopt(site, row.id)
    assert dana.get(page).status_code == 200


def test_programs_see_whose_evidence_it_judges(site: Site, sitting: str) -> None:
    row = judged(site, sitting)

    seen = site.calls().get(f"/api/v1/evaluations/{row.id}").json()

    assert seen["judged_from"] == row.judged_from
