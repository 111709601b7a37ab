"""A position holds the same rule for everybody in it, and keeps its word about results."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import Session, select
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.positions import (
    TERMS,
    a_position,
    alice_of,
    decided,
    invited_to,
    judged_in,
    renewed,
    reviewed,
    scored,
    started_in,
)
from tests.fakes.sittings import PUBLIC_URL, House
from tests.fakes.web import Site, a_site

from assay.db.artifacts import delete_artifacts, get_artifact
from assay.db.session import Database
from assay.db.standing import unsettled
from assay.db.tables import Assessment, AuditEntry, Mail, Position
from assay.domain.challenge import WeightRules
from assay.domain.errors import BadInput, Conflict, Forbidden, NotFound
from assay.domain.evidence import RESULT_FILE
from assay.domain.hiring import ReleasePolicy, Stage, Verdict
from assay.domain.weights import marks_of, weighted
from assay.features.assessments import adoption, reminding, removal
from assay.features.assessments import service as assessments
from assay.features.positions import service
from assay.features.positions.pool import Pool, Rank
from assay.features.positions.rows import candidates_of
from assay.features.positions.stages import counts_of
from assay.features.scorecards.pool import pool_of
from assay.worker.releasing import release_results, settle_results


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def house(site: Site) -> House:
    return site.house


def change(house: House, position: Position, **changes: Any) -> Position:
    with house.write() as session:
        return service.change_position(
            session,
            position.id,
            house.package.challenge,
            replace(TERMS, **changes),
            house.time,
            actor=alice_of(house),
        )


def close(house: House, position: Position) -> None:
    with house.write() as session:
        service.close_position(session, position.id, house.time, actor=alice_of(house))


def deeds(house: House, subject: str) -> list[str]:
    with house.read() as session:
        found = session.exec(select(AuditEntry).where(AuditEntry.subject == subject)).all()
        return [entry.action for entry in found]


# Opening, changing, closing


def test_opening_changing_and_closing_are_on_record(house: House) -> None:
    position = a_position(house)
    change(house, position, keep_days=90)
    close(house, position)
    close(house, position)

    assert deeds(house, position.id) == ["position:opened", "position:changed", "position:closed"]


def test_everything_wrong_with_a_position_is_told_at_once(house: House) -> None:
    wrong = {"title": " ", "factors": {"latency": 9.0}, "time_box_h": 0.1, "keep_days": 0}
    with pytest.raises(BadInput) as refused:
        a_position(house, **wrong)

    assert len(refused.value.problems) == 4


def test_weights_are_fixed_once_somebody_has_started(house: House) -> None:
    position = a_position(house, factors={"latency": 1.5})
    invited_to(house, position, "Erin")
    change(house, position, factors={"latency": 2.0})
    started_in(house, position, "Dana")

    with pytest.raises(Conflict, match="a candidate of this position has started"):
        change(house, position, factors={"latency": 1.0})
    assert change(house, position, factors={"latency": 2.0}, title="Other").title == "Other"


def test_weights_that_stand_may_stay_though_the_challenge_would_refuse_them_now(
    house: House,
) -> None:
    position = a_position(house, factors={"latency": 2.0})
    narrow = house.package.challenge.model_copy(update={"weights": WeightRules(most=1.5)})
    kept = replace(TERMS, factors={"latency": 2.0}, title="Other")
    with house.write() as session:
        service.change_position(
            session, position.id, narrow, kept, house.time, actor=alice_of(house)
        )

    assert saved(house, position).weights == '{"latency": 2.0}'
    assert saved(house, position).title == "Other"


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"keep_days": 0}, BadInput, "0 days cannot be"),
        ({"title": " "}, BadInput, "Title"),
        ({"factors": {"latency": 1.5}}, Conflict, "not offered here any more"),
    ],
)
def test_a_position_whose_challenge_is_gone_is_no_less_careful(
    house: House, changes: dict[str, Any], error: type[Exception], told: str
) -> None:
    position = a_position(house, factors={"latency": 2.0})
    terms = replace(TERMS, **({"factors": {"latency": 2.0}} | changes))
    with pytest.raises(error, match=told), house.write() as session:
        service.change_position(
            session, position.id, None, terms, house.time, actor=alice_of(house)
        )

    stands = saved(house, position)
    assert (stands.weights, stands.title, stands.keep_days) == (
        '{"latency": 2.0}', TERMS.title, None,
    )  # fmt: skip


def saved(house: House, position: Position) -> Position:
    with house.read() as session:
        return session.get_one(Position, position.id)


def test_a_closed_position_invites_nobody_and_stays_as_it_was(house: House) -> None:
    position = a_position(house)
    close(house, position)

    with pytest.raises(Conflict, match="closed"):
        invited_to(house, position)
    with pytest.raises(Conflict, match="closed"):
        change(house, position, title="Other")


# Inviting to it


def test_candidates_are_numbered_within_their_position(house: House) -> None:
    one, other = a_position(house), a_position(house)
    ids = [invited_to(house, position) for position in (one, one, other)]

    assert [house.assessment(each).number for each in ids] == [1, 2, 1]
    assert house.assessment(house.invite().assessment_id).number == 0


def test_the_number_of_somebody_who_was_deleted_is_given_to_nobody_else(house: House) -> None:
    position = a_position(house)
    first, second, third = (invited_to(house, position) for _ in range(3))
    for gone in (first, third):
        with house.write() as session:
            removal.delete(
                session, house.jobs, gone, house.repositories, house.time, actor=alice_of(house)
            )

    assert house.assessment(second).number == 2
    assert house.assessment(invited_to(house, position)).number == 4


def test_the_time_box_of_the_position_is_the_candidates_and_in_the_letter(house: House) -> None:
    invited_id = invited_to(house, a_position(house, time_box_h=5.0))

    assert house.assessment(invited_id).time_box_s == 5 * 3600
    with house.read() as session:
        letter = session.get(Mail, f"{invited_id}:invitation")
    assert letter
    assert "you have 5 hours" in letter.body


def test_nobody_is_invited_to_another_companys_position(house: House) -> None:
    position = a_position(house)
    order = house.order(house.cast.other_organisation_id, position_id=position.id)
    with pytest.raises(NotFound), house.write() as session:
        assessments.invite(session, order, house.time)


def test_a_position_is_for_one_challenge(house: House) -> None:
    position = a_position(house)
    order = house.order(position_id=position.id)
    order = replace(order, offer=replace(order.offer, slug="fraud-scoring"))
    with pytest.raises(Conflict, match="not for fraud-scoring"), house.write() as session:
        assessments.invite(session, order, house.time)


# Reminding


def remind(house: House, assessment_id: str) -> None:
    with house.write() as session:
        reminding.remind(session, assessment_id, PUBLIC_URL, house.time, actor=alice_of(house))


def test_a_reminder_has_a_new_link_and_the_old_one_opens_nothing(house: House) -> None:
    invitation = house.invite()
    remind(house, invitation.assessment_id)
    with house.read() as session:
        mails = session.exec(select(Mail).where(Mail.subject.contains("reminder"))).all()  # type: ignore[attr-defined]
        (letter,) = mails
        token = letter.body.partition("/a/")[2].split()[0]
        opened = assessments.open_invitation(session, token, house.time)

    assert opened.id == invitation.assessment_id
    assert "replaces the link you had" in letter.body
    assert "assessment:reminded" in deeds(house, invitation.assessment_id)
    with pytest.raises(NotFound), house.read() as session:
        assessments.open_invitation(session, invitation.token, house.time)


def test_a_second_reminder_within_the_hour_is_refused_and_breaks_no_link(house: House) -> None:
    assessment_id = house.invite().assessment_id
    house.later(minutes=59)
    remind(house, assessment_id)
    before = house.assessment(assessment_id).invitation_sha256
    house.later(minutes=2)  # another hour by the clock, and not an hour later
    with pytest.raises(Conflict, match="within the last hour"):
        remind(house, assessment_id)

    assert house.assessment(assessment_id).invitation_sha256 == before
    house.later(hours=1)
    remind(house, assessment_id)


def test_nobody_is_reminded_of_what_is_over(house: House) -> None:
    finished = house.started()
    house.finish(finished)
    late = house.invite().assessment_id
    house.later(days=15)

    with pytest.raises(Conflict, match="nothing to remind of"):
        remind(house, finished)
    with pytest.raises(Conflict, match="the time is over"):
        remind(house, late)


# What lists show of the result


def test_the_result_that_counts_is_on_the_assessment(site: Site, house: House) -> None:
    assessment_id = judged_in(site, a_position(house))
    row = house.assessment(assessment_id)

    assert row.result_id == site.sealed_one(assessment_id)
    assert row.score == row.weighted == house.evaluation(row.result_id).score
    assert (row.result_version, row.flags) == ("1.0.0", 0)
    assert row.weighted_low is not None
    assert row.weighted_high is not None
    assert row.weighted_low <= row.weighted <= row.weighted_high


def test_a_position_with_weights_has_a_score_of_its_own_beside_the_other(
    site: Site, house: House
) -> None:
    position = a_position(house, factors={"latency": 2.0})
    row = house.assessment(judged_in(site, position, evidence=make_poor_evidence()))
    with house.read() as session:
        marks = marks_of(get_artifact(session, str(row.result_id), RESULT_FILE))
    own = weighted(marks, {"latency": Fraction(2)})

    assert own
    assert row.score == marks.total
    assert row.weighted == own.total != row.score
    assert (row.weighted_low, row.weighted_high) == own.interval


def test_an_adopted_regrade_takes_the_place_of_the_sealed_result(site: Site, house: House) -> None:
    assessment_id = started_in(house, a_position(house))
    site.pushed(assessment_id)
    regrade = site.regraded(assessment_id, make_poor_evidence())
    before = house.assessment(assessment_id)
    with house.write() as session:
        adoption.adopt(session, regrade, "the old test was wrong", PUBLIC_URL, house.time)
    after = house.assessment(assessment_id)

    assert before.result_version == "1.0.0"
    assert (after.result_id, after.result_version) == (regrade, "1.1.0")
    assert after.score == house.evaluation(regrade).score != before.score


def test_practice_is_no_result(site: Site, house: House) -> None:
    assessment_id = started_in(house, a_position(house))
    site.judge(site.pushed(assessment_id))

    assert not renewed(house, assessment_id)
    assert house.assessment(assessment_id).result_id is None


def test_what_was_missed_is_found_by_the_sweep(site: Site, house: House) -> None:
    assessment_id = judged_in(site, None)
    with house.write() as session:
        row = session.get_one(Assessment, assessment_id)
        was, row.score, row.result_id = row.score, None, None
    with house.read() as session:
        assert unsettled(session) == [assessment_id]

    assert settle_results(installation(house)) == 1
    assert house.assessment(assessment_id).score == was
    assert settle_results(installation(house)) == 0


def test_a_result_whose_file_is_gone_still_shows_its_score(site: Site, house: House) -> None:
    assessment_id = judged_in(site, a_position(house))
    with house.write() as session:
        delete_artifacts(session, site.sealed_one(assessment_id))
    assert renewed(house, assessment_id)
    row = house.assessment(assessment_id)

    assert row.score == row.weighted is not None
    assert (row.flags, row.weighted_low) == (None, None)


# Releasing


def installation(house: House) -> Any:
    settings = SimpleNamespace(public_url=PUBLIC_URL)
    return SimpleNamespace(database=house.database, settings=settings)


def released(house: House, assessment_id: str) -> bool:
    release_results(installation(house))
    return house.assessment(assessment_id).released_at is not None


def test_at_once_means_as_soon_as_the_result_stands(site: Site, house: House) -> None:
    position = a_position(house, release=ReleasePolicy.AT_ONCE)
    running = started_in(house, position, "Erin")
    judged = judged_in(site, position)

    assert released(house, judged)
    assert not released(house, running)
    with house.read() as session:
        assert session.get(Mail, f"{judged}:released")
    assert release_results(installation(house)) == 0


def test_with_the_decision_means_not_before(site: Site, house: House) -> None:
    judged = judged_in(site, a_position(house, release=ReleasePolicy.WITH_DECISION))

    assert not released(house, judged)
    decided(house, judged)
    assert released(house, judged)


def test_hold_is_no_decision_that_a_candidate_could_be_told(site: Site, house: House) -> None:
    judged = judged_in(site, a_position(house, release=ReleasePolicy.WITH_DECISION))
    decided(house, judged, Verdict.ADVANCE)
    decided(house, judged, Verdict.HOLD)

    assert not released(house, judged)
    decided(house, judged, Verdict.REJECT)
    assert released(house, judged)


@dataclass
class Meanwhile:
    """A database in which something happens between looking and doing."""

    database: Database
    happens: Callable[[], None]

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self.database.read() as session:
            yield session
        self.happens()

    def write(self) -> AbstractContextManager[Session]:
        return self.database.write()


def test_who_decides_anew_before_a_release_is_heard(site: Site, house: House) -> None:
    judged = judged_in(site, a_position(house, release=ReleasePolicy.WITH_DECISION))
    decided(house, judged)
    held = Meanwhile(house.database, lambda: decided(house, judged, Verdict.HOLD))
    settings = SimpleNamespace(public_url=PUBLIC_URL)
    worker: Any = SimpleNamespace(database=held, settings=settings)

    assert release_results(worker) == 0
    assert house.assessment(judged).released_at is None


def test_by_hand_means_never_by_itself(site: Site, house: House) -> None:
    judged = judged_in(site, a_position(house))
    decided(house, judged)
    loose = judged_in(site, None)

    assert not released(house, judged)
    assert not released(house, loose)


def test_a_result_we_failed_to_measure_is_not_released_by_itself(site: Site, house: House) -> None:
    position = a_position(house, release=ReleasePolicy.AT_ONCE)
    judged = judged_in(site, position)
    with house.write() as session:
        session.get_one(Assessment, judged).result_version = ""

    assert not released(house, judged)


def test_what_cannot_be_released_keeps_nobody_else_waiting(site: Site, house: House) -> None:
    position = a_position(house, release=ReleasePolicy.AT_ONCE)
    broken = started_in(house, position, "Erin")
    house.finish(broken)
    with house.write() as session:
        session.get_one(Assessment, broken).result_version = "1.0.0"

    assert released(house, judged_in(site, position))
    assert not released(house, broken)


# Stages, and where a score stands


def test_every_stage_is_told_apart(site: Site, house: House) -> None:
    position, bob = a_position(house), house.cast.bob.user_id
    invited_to(house, position)
    started_in(house, position)
    submitted = started_in(house, position)
    house.finish(submitted)
    judged_in(site, position)
    reviewed(house, judged_in(site, position), bob, handed_in=False)
    reviewed(house, judged_in(site, position), bob)
    done = judged_in(site, position)
    reviewed(house, done, bob)
    decided(house, done)
    with house.read() as session:
        counts = counts_of(session, Assessment.position_id == position.id)  # type: ignore[arg-type]

    assert counts[position.id] == {
        Stage.INVITED: 1,
        Stage.STARTED: 1,
        Stage.SUBMITTED: 1,
        Stage.JUDGED: 2,
        Stage.REVIEWED: 1,
        Stage.DECIDED: 1,
    }
    assert list(counts[position.id]) == [stage for stage in Stage if stage in counts[position.id]]


def test_a_percentile_is_among_the_others_and_counts_those_equal_by_half() -> None:
    pool = Pool({10.0: 1, 50.0: 2, 60.0: 5, 70.0: 2, 90.0: 1})

    assert pool.rank(90.0) == Rank(100, 10)
    assert pool.rank(60.0) == Rank(50, 10)
    assert pool.rank(50.0) == Rank(15, 10)
    assert pool.rank(10.0) == Rank(0, 10)


def test_five_others_are_too_few_for_a_percentile() -> None:
    assert Pool({50.0: 6}).rank(50.0) == Rank(None, 5)
    assert Pool({50.0: 7}).rank(50.0) == Rank(50, 6)
    assert Pool({50.0: 1}).rank(50.0) == Rank(None, 0)


def test_the_scorecard_says_the_same_percentile(site: Site, house: House) -> None:
    position = a_position(house)
    for score in (40.0, 50.0, 50.0, 60.0, 60.0, 60.0, 70.0, 90.0):
        scored(house, invited_to(house, position), score)
    with house.read() as session:
        rows = session.exec(select(Assessment).where(Assessment.position_id == position.id)).all()
        shown = candidates_of(session, rows, set())
        pools = [pool_of(session, row) for row in rows]

    assert [one.rank.percentile for one in shown] == [one.percentile for one in pools]
    assert {one.rank.n for one in shown} == {7}


def test_a_withdrawn_invitation_is_not_opened_by_a_reminder(house: House) -> None:
    assessment_id = house.invite().assessment_id
    with house.write() as session:
        assessments.revoke(session, house.jobs, assessment_id, "filled", house.time)

    with pytest.raises((Conflict, Forbidden)):
        remind(house, assessment_id)
