"""What a git token opens, and what a pusher reads while they wait."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import pytest
from sqlalchemy.event import listen
from tests.fakes.evaluators import Studio, work_off
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.sittings import House, a_house, a_push

from assay.domain.challenge import FeedbackTier, PracticeRules
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import service as assessments
from assay.features.submissions import service as submissions
from assay.features.submissions.gate import DatabaseGate
from assay.features.submissions.pushes import Access, Line
from assay.features.submissions.reading import EVENTS_AT_ONCE
from assay.web.git.gate import PushGate

PAGE = "https://assay.example.org/candidate"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def gate(house: House) -> DatabaseGate:
    return DatabaseGate(house.database, house.jobs, house.challenges, PAGE, house.now)


def started(house: House) -> tuple[str, str]:
    """An assessment that runs, and its token."""
    invitation = house.invite()
    return invitation.assessment_id, house.start(invitation.assessment_id).token


def with_rules(gate: DatabaseGate, rules: PracticeRules) -> DatabaseGate:
    """The same gate for a challenge with other rules."""
    package = gate.challenges["credit-scoring"]
    challenge = package.challenge.model_copy(update={"practice": rules})
    return replace(gate, challenges={challenge.id: replace(package, challenge=challenge)})


def poor_evidence() -> bytes:
    return make_poor_evidence().model_dump_json().encode()


def opened(gate: DatabaseGate, sitting: str, token: str) -> Access:
    access = gate.access(sitting, token)
    assert access
    return access


def told(lines: Iterator[Line | None]) -> list[str]:
    """Everything until the pusher would have to wait."""
    return [line.text for line in takewhile(lambda line: line is not None, lines) if line]


def test_the_git_server_can_use_it(gate: DatabaseGate) -> None:
    used: PushGate = gate

    assert used


# -------------------------------------------------------------------------------------- access


def test_dana_reads_and_pushes_while_her_time_runs(house: House, gate: DatabaseGate) -> None:
    access = opened(gate, *started(house))

    assert (access.read, access.write, access.refusal) == (True, True, "")


def test_limits_are_those_of_the_challenge(house: House, gate: DatabaseGate) -> None:
    limits = house.package.challenge.limits
    access = opened(gate, *started(house))

    assert access.max_files == limits.repository_files
    assert access.max_repository_bytes == limits.repository_mib * 2**20


def test_the_challenge_says_what_no_push_may_change(house: House, gate: DatabaseGate) -> None:
    sitting, token = started(house)
    assert opened(gate, sitting, token).protected == ()

    rules = PracticeRules(protected=("data/", "Dockerfile"))
    assert opened(with_rules(gate, rules), sitting, token).protected == ("data/", "Dockerfile")


def test_nobody_gets_in_with_a_token_of_another_sitting(house: House, gate: DatabaseGate) -> None:
    (ours, _), (_, other) = started(house), started(house)

    assert gate.access(ours, other) is None


@pytest.mark.parametrize("token", ["", "asg_guess"])
def test_nobody_gets_in_by_guessing(house: House, gate: DatabaseGate, token: str) -> None:
    sitting, _ = started(house)

    assert gate.access(sitting, token) is None
    assert gate.access("asm_none", token) is None


def test_before_the_start_nothing_opens(house: House, gate: DatabaseGate) -> None:
    sitting = house.invite().assessment_id

    assert gate.access(sitting, "") is None


def test_after_the_deadline_the_repository_can_only_be_read(
    house: House, gate: DatabaseGate
) -> None:
    sitting, token = started(house)
    house.later(hours=72)
    access = opened(gate, sitting, token)

    assert (access.read, access.write) == (True, False)
    assert access.refusal.startswith("The time ended at 12:00 UTC on 24 Nov 2026")


def test_after_finish_the_repository_can_only_be_read(house: House, gate: DatabaseGate) -> None:
    sitting, token = started(house)
    house.finish(sitting)
    access = opened(gate, sitting, token)

    assert (access.read, access.write) == (True, False)
    assert "finished" in access.refusal


def test_a_withdrawn_sitting_opens_nothing(house: House, gate: DatabaseGate) -> None:
    sitting, token = started(house)
    with house.write() as session:
        assessments.revoke(session, house.jobs, sitting, "filled", house.time)

    assert gate.access(sitting, token) is None


# -------------------------------------------------------------------------------------- pushes


def test_a_push_told_twice_is_one_evaluation(house: House, gate: DatabaseGate) -> None:
    sitting, _ = started(house)
    push = a_push(sitting, "a" * 40)

    assert gate.received(push) == gate.received(push)
    assert len(house.jobs.entries) == 1


def test_a_push_into_a_sitting_that_was_deleted_meanwhile_disturbs_nobody(
    gate: DatabaseGate,
) -> None:
    assert gate.received(a_push("asm_none", "a" * 40)) is None
    assert told(gate.follow("asm_none", None)) == []
    assert told(gate.follow("asm_none", "evl_none")) == []


def test_the_pusher_first_reads_which_run_it_is_and_who_is_before_them(
    house: House, gate: DatabaseGate
) -> None:
    other, _ = started(house)
    gate.received(a_push(other, "b" * 40))
    sitting, _ = started(house)
    lines = gate.follow(sitting, gate.received(a_push(sitting, "a" * 40)))

    assert told(lines) == [
        "Push 1 is practice run 1 of 3. Close the terminal if you like: that stops nothing.",
        "[queue] 1 evaluation is before yours",
    ]


def test_a_place_in_the_queue_is_told_when_it_changes_and_only_then(
    house: House, gate: DatabaseGate
) -> None:
    other, _ = started(house)
    before = gate.received(a_push(other, "b" * 40))
    sitting, _ = started(house)
    lines = gate.follow(sitting, gate.received(a_push(sitting, "a" * 40)))
    told(lines)
    assert told(lines) == []

    with house.write() as session:
        submissions.cancel(session, house.jobs, before or "", house.time)
    assert told(lines) == ["[queue] next"]


def test_of_an_evaluation_that_said_a_thousand_lines_the_pusher_misses_no_stage(
    house: House, gate: DatabaseGate
) -> None:
    sitting, _ = started(house)
    pushed = gate.received(a_push(sitting, "a" * 40))
    studio = Studio()
    studio.said["build"] = EVENTS_AT_ONCE + 100
    work_off(house, studio)
    text = [line.text for line in gate.follow(sitting, pushed) if line]

    assert [line for line in text if line.startswith("[operability] done")]
    assert [line for line in text if line.startswith("Practice result")]


def test_what_has_nothing_new_is_looked_at_and_not_read_again(
    house: House, gate: DatabaseGate
) -> None:
    sitting, _ = started(house)
    lines = gate.follow(sitting, gate.received(a_push(sitting, "a" * 40)))
    told(lines)
    asked: list[str] = []
    listen(house.database._reader, "before_cursor_execute", lambda *call: asked.append(call[2]))

    assert [next(lines) for _ in range(10)] == [None] * 10
    assert len([words for words in asked if "evaluation_event" in words]) == 10
    assert not [words for words in asked if "evaluation_stage" in words]


def test_the_pusher_reads_each_stage_and_then_the_result(house: House, gate: DatabaseGate) -> None:
    sitting, _ = started(house)
    lines = gate.follow(sitting, gate.received(a_push(sitting, "a" * 40)))
    told(lines)
    work_off(house, Studio(evidence=poor_evidence()))
    text = [line.text for line in lines if line]

    assert text[:2] == ["[checkout] started, about 10 s", "[checkout] done in 2 s"]
    assert "[operability] done in 2 s" in text
    assert sum(line.startswith("Practice result: ") for line in text) == 1
    assert "Worth mending first:" in text
    assert text[-1] == f"Every line of it: {PAGE}"


@pytest.mark.parametrize(
    ("tier", "areas", "advice"),
    [("full", True, True), ("areas", True, True), ("total", False, False)],
)
def test_the_challenge_says_how_much_a_result_tells(
    house: House, gate: DatabaseGate, tier: FeedbackTier, *, areas: bool, advice: bool
) -> None:
    sitting, _ = started(house)
    pushed = gate.received(a_push(sitting, "a" * 40))
    work_off(house, Studio(evidence=poor_evidence()))
    lines = with_rules(gate, PracticeRules(feedback=tier)).follow(sitting, pushed)
    text = [line.text for line in lines if line]

    assert sum(line.startswith("Practice result: ") for line in text) == 1
    assert any(" of  15" in line for line in text) is areas
    assert ("Worth mending first:" in text) is advice


def test_of_a_challenge_that_is_gone_a_result_tells_the_least(
    house: House, gate: DatabaseGate
) -> None:
    sitting, _ = started(house)
    pushed = gate.received(a_push(sitting, "a" * 40))
    work_off(house, Studio(evidence=poor_evidence()))
    text = [line.text for line in replace(gate, challenges={}).follow(sitting, pushed) if line]

    assert sum(line.startswith("Practice result: ") for line in text) == 1
    assert not any(" of  15" in line for line in text)
    assert "Worth mending first:" not in text


def test_the_result_says_what_changed_since_the_push_before(
    house: House, gate: DatabaseGate
) -> None:
    sitting, _ = started(house)
    gate.received(a_push(sitting, "a" * 40))
    work_off(house, Studio())
    second = gate.received(a_push(sitting, "b" * 40))
    work_off(house, Studio())

    text = [line.text for line in gate.follow(sitting, second) if line]
    assert any("(+0.0 against push 1)" in line for line in text)


def test_a_stage_that_the_submission_ended_is_told_as_bad(house: House, gate: DatabaseGate) -> None:
    sitting, _ = started(house)
    studio = Studio()
    studio.plan("boot", "candidate_fault")
    pushed = gate.received(a_push(sitting, "a" * 40))
    work_off(house, studio)

    bad = [line.text for line in gate.follow(sitting, pushed) if line and line.kind == "bad"]
    assert bad == ["[boot] what made boot end so"]


def test_our_faults_are_told_as_ours_and_as_free(house: House, gate: DatabaseGate) -> None:
    sitting, _ = started(house)
    studio = Studio()
    studio.plan("build", "dies", "dies", "dies")
    pushed = gate.received(a_push(sitting, "a" * 40))
    work_off(house, studio)

    text = [line.text for line in gate.follow(sitting, pushed) if line]
    assert "[queue] a fault of ours, tried again in 5 s at no cost: build: the process died" in text
    assert "it costs no practice run, and whoever invited you has been told" in text[-2]


def test_a_push_that_was_overtaken_is_told_by_which(house: House, gate: DatabaseGate) -> None:
    sitting, _ = started(house)
    first = gate.received(a_push(sitting, "a" * 40))
    gate.received(a_push(sitting, "b" * 40))

    text = [line.text for line in gate.follow(sitting, first) if line]
    assert "Not judged: push 2 took its place; the practice run was given back." in text


def test_without_a_run_left_the_pusher_reads_what_counts(house: House, gate: DatabaseGate) -> None:
    sitting, _ = started(house)
    for commit in "abc":
        gate.received(a_push(sitting, commit * 40))
        work_off(house, Studio())
    pushed = gate.received(a_push(sitting, "d" * 40))

    assert pushed is None
    assert told(gate.follow(sitting, pushed)) == [
        "All 3 practice runs are used, so push 4 gets no feedback.",
        "It is kept all the same: the last push is what counts, and its sealed evaluation "
        "begins when you press Finish, or at 12:00 UTC on 24 Nov 2026.",
    ]


def test_a_push_that_met_the_end_is_told_that_it_counts(house: House, gate: DatabaseGate) -> None:
    sitting, _ = started(house)
    house.finish(sitting)
    pushed = gate.received(a_push(sitting, "a" * 40))

    assert house.assessment(sitting).state is AssessmentState.FINISHED
    assert told(gate.follow(sitting, pushed)) == [
        "The assessment ended while push 1 arrived: it is the one that counts."
    ]


def test_a_push_into_a_sitting_that_was_withdrawn_meanwhile_is_told_so(
    house: House, gate: DatabaseGate
) -> None:
    sitting, _ = started(house)
    with house.write() as session:
        assessments.revoke(session, house.jobs, sitting, "filled", house.time)
    pushed = gate.received(a_push(sitting, "a" * 40))

    assert "does not count" in told(gate.follow(sitting, pushed))[0]
