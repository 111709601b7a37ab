"""Inviting a candidate, and what the invitation opens."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.sittings import PUBLIC_URL, START, FakeRepositories, House, a_house

from assay.audit.ledger import SYSTEM
from assay.db.tables import Assessment, AuditEntry, Mail
from assay.domain.errors import BadInput, Conflict, Forbidden, NotFound, PlatformFault
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import removal
from assay.features.assessments import service as assessments
from assay.features.assessments.mail import duration
from assay.kit.ids import sha256_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def mails(house: House) -> list[Mail]:
    with house.read() as session:
        return list(session.exec(select(Mail).order_by(Mail.created_at)))


def deeds(house: House, subject: str) -> list[str]:
    with house.read() as session:
        found = session.exec(select(AuditEntry).where(AuditEntry.subject == subject)).all()
        return [f"{entry.actor} {entry.action}" for entry in found]


def test_the_candidate_gets_the_link_and_the_database_only_its_digest(house: House) -> None:
    invitation = house.invite()

    stored = house.assessment(invitation.assessment_id)
    (mail,) = mails(house)
    assert mail.recipient == "dana@example.com"
    assert f"{PUBLIC_URL}/a/{invitation.token}" in mail.body
    assert "Alice's company" in mail.subject
    assert stored.invitation_sha256 == sha256_of(invitation.token)
    assert invitation.token not in repr(stored)


def test_the_letter_says_how_much_time_it_takes_and_until_when_it_can_be_used(house: House) -> None:
    house.invite()

    body = mails(house)[0].body
    assert "4 hours of work" in body
    assert "you have 3 days" in body
    assert "3 practice runs" in body
    assert "Sat 05 Dec 2026, 12:00 UTC" in body


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(259_200, "3 days"), (86_400, "1 day"), (216_000, "60 hours"), (5400, "90 minutes"),
     (3600, "1 hour"), (59, "59 seconds")],
)  # fmt: skip
def test_a_length_of_time_is_never_rounded(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_what_an_assessment_is_about_is_fixed_when_the_candidate_is_invited(house: House) -> None:
    stored = house.assessment(house.invite().assessment_id)

    assert stored.challenge_sha256 == house.package.digest
    assert stored.practice_runs_max == 3
    assert stored.time_box_s == 72 * 3600
    assert stored.practice_seed != stored.sealed_seed


def test_a_variant_can_be_chosen_and_has_to_exist(house: House) -> None:
    with house.write() as session:
        chosen = assessments.invite(session, house.order(variant=0), house.time)
        with pytest.raises(BadInput, match="from 0 to 0"):
            assessments.invite(session, house.order(variant=1), house.time)

    assert house.assessment(chosen.assessment_id).variant == 0


def test_nobody_is_invited_without_an_address_that_could_be_one(house: House) -> None:
    with house.write() as session, pytest.raises(BadInput, match="nobody at all"):
        assessments.invite(session, house.order(candidate_email="nobody at all"), house.time)

    assert mails(house) == []


def test_a_name_that_steers_a_terminal_is_made_harmless(house: House) -> None:
    with house.write() as session:
        order = house.order(candidate_name="Dana\x1b[2J\nBcc: everybody")
        invitation = assessments.invite(session, order, house.time)

    name = house.assessment(invitation.assessment_id).candidate_name
    assert name.isprintable()


def test_the_link_opens_the_assessment_before_and_after_the_start(house: House) -> None:
    invitation = house.invite()

    for _ in range(2):
        with house.read() as session:
            opened = assessments.open_invitation(session, invitation.token, house.time)
        assert opened.id == invitation.assessment_id
        if opened.state is AssessmentState.INVITED:
            house.start(opened.id)
            house.later(days=30)


def test_a_link_that_was_never_sent_opens_nothing(house: House) -> None:
    with house.read() as session, pytest.raises(NotFound, match="copy it whole"):
        assessments.open_invitation(session, "asi_" + "0" * 40, house.time)


def test_an_invitation_that_was_not_used_in_time_says_so(house: House) -> None:
    invitation = house.invite()
    house.later(days=14)

    with house.read() as session, pytest.raises(Forbidden, match="until Sat 05 Dec"):
        assessments.open_invitation(session, invitation.token, house.time)
    with pytest.raises(Conflict, match="not used in time"):
        house.start(invitation.assessment_id)


def test_a_withdrawn_invitation_says_whom_to_ask(house: House) -> None:
    invitation = house.invite()
    with house.write() as session:
        assessments.revoke(session, house.jobs, invitation.assessment_id, "filled", house.time)

    with house.read() as session, pytest.raises(Forbidden, match="withdrawn"):
        assessments.open_invitation(session, invitation.token, house.time)


def test_the_start_sets_the_clock_and_makes_the_repository(house: House) -> None:
    invitation = house.invite()
    house.later(hours=5)
    access = house.start(invitation.assessment_id)

    started = house.assessment(invitation.assessment_id)
    assert started.state is AssessmentState.STARTED
    assert started.deadline_at == START + timedelta(hours=5 + 72)
    assert house.repositories.there == {started.id: ("credit-scoring", started.variant)}
    assert access.clone_url_path == f"/git/{started.id}.git"
    assert started.git_token_sha256 == sha256_of(access.token)
    assert deeds(house, started.id)[-1] == f"candidate:{started.id} assessment:started"


def test_a_sitting_is_started_once(house: House) -> None:
    started = house.started()

    with pytest.raises(Conflict):
        house.start(started)


def test_without_a_repository_the_clock_does_not_start(house: House) -> None:
    class Broken(FakeRepositories):
        def make(self, assessment_id: str, challenge: str, variant: int) -> None:
            raise PlatformFault("the disk is full")

    invitation = house.invite()
    house.repositories = Broken()
    with pytest.raises(PlatformFault):
        house.start(invitation.assessment_id)

    assert house.assessment(invitation.assessment_id).state is AssessmentState.INVITED


def test_others_write_while_a_repository_is_made(house: House) -> None:
    class Slow(FakeRepositories):
        def make(self, assessment_id: str, challenge: str, variant: int) -> None:
            house.invite()
            super().make(assessment_id, challenge, variant)

    invitation = house.invite()
    house.repositories = Slow()
    house.start(invitation.assessment_id)

    assert list(house.repositories.there) == [invitation.assessment_id]


def test_the_time_it_takes_to_make_the_repository_is_not_the_candidates(house: House) -> None:
    class Slow(FakeRepositories):
        def make(self, assessment_id: str, challenge: str, variant: int) -> None:
            house.later(minutes=10)

    invitation = house.invite()
    house.repositories = Slow()
    house.start(invitation.assessment_id)

    deadline_at = house.assessment(invitation.assessment_id).deadline_at
    assert deadline_at == START + timedelta(minutes=10, hours=72)


def test_an_assessment_that_is_deleted_while_it_starts_leaves_no_repository(house: House) -> None:
    class Slow(FakeRepositories):
        def make(self, assessment_id: str, challenge: str, variant: int) -> None:
            with house.write() as session:
                removal.delete(session, house.jobs, assessment_id, self, house.time, actor=SYSTEM)
            super().make(assessment_id, challenge, variant)

    invitation = house.invite()
    house.repositories = Slow()
    with pytest.raises(NotFound):
        house.start(invitation.assessment_id)

    assert house.repositories.there == {}


def test_what_may_not_start_gets_no_repository(house: House) -> None:
    invitation = house.invite()
    house.later(days=14)
    with pytest.raises(Conflict):
        house.start(invitation.assessment_id)

    assert house.repositories.there == {}


def test_a_new_git_token_replaces_the_one_before(house: House) -> None:
    invitation = house.invite()
    first = house.start(invitation.assessment_id)
    with house.write() as session:
        second = assessments.new_git_token(session, invitation.assessment_id, house.time)

    kept = house.assessment(invitation.assessment_id).git_token_sha256
    assert kept == sha256_of(second.token)
    assert kept != sha256_of(first.token)


def test_there_is_no_git_token_before_the_start(house: House) -> None:
    invitation = house.invite()

    with house.write() as session, pytest.raises(Conflict, match="no repository"):
        assessments.new_git_token(session, invitation.assessment_id, house.time)


def test_an_unknown_assessment_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        house.start("asm_none")
    with house.read() as session:
        assert session.get(Assessment, "asm_none") is None
