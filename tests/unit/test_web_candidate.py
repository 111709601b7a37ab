"""What a candidate sees, from the invitation to the end."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.web import Site, a_site, words

from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import service as assessments


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def test_the_link_lets_in_and_leaves_the_address_bar(site: Site) -> None:
    browser = site.browser()
    answer = browser.get(site.house.invite().path)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/candidate"
    assert browser.get("/candidate").status_code == 200


def test_the_link_followed_again_makes_no_second_session(site: Site) -> None:
    browser, path = site.browser(), site.house.invite().path
    browser.get(path)

    assert "set-cookie" not in browser.get(path).headers


def test_a_link_that_opens_nothing_says_so_and_guessing_is_slowed_down(site: Site) -> None:
    browser = site.browser()
    answers = [browser.get(f"/a/asi_{'0' * 38}{number:02}").status_code for number in range(31)]

    assert answers[0] == 404
    assert answers[-1] == 429
    assert browser.get(site.house.invite().path).status_code == 429


def test_the_invitation_says_what_is_asked_before_anything_starts(site: Site) -> None:
    invitation = site.house.invite()
    page = words(site.of_candidate(invitation.assessment_id).get("/candidate").text)

    assert "Alice's company invites you, Dana" in page
    assert "4 hours" in page
    assert "3 days" in page
    assert "Is it fast enough for someone waiting at a desk?" in page
    assert "cost you nothing" in page
    assert "Kept: your name and e-mail address" in page
    assert site.house.assessment(invitation.assessment_id).state is AssessmentState.INVITED


def test_the_invitation_says_how_much_a_run_tells_and_what_may_not_change(site: Site) -> None:
    site.tell_less("total", protected=("data/",))
    page = words(site.of_candidate(site.house.invite().assessment_id).get("/candidate").text)

    assert "each tells your score" in page
    assert "cannot be changed: data/ ." in page
    assert "what to mend next" not in page


def test_the_brief_can_be_read_before_the_clock_starts(site: Site) -> None:
    page = site.of_candidate(site.house.invite().assessment_id).get("/candidate/brief").text

    assert "A bank lends money." in page
    assert "<script>alert" not in page
    assert 'href="#the-story-2"' in page
    assert "The clock has not started" in page


def test_start_starts_the_clock_and_shows_how_to_clone(site: Site) -> None:
    invitation = site.house.invite()
    browser = site.of_candidate(invitation.assessment_id)
    answer = browser.post("/candidate/start")
    page = words(browser.get("/candidate").text)

    assert answer.status_code == 303
    assert "3 days" in page
    assert "until 24 Nov 2026, 12:00 UTC" in page
    clone = f"git clone https://candidate@assay.example.org/git/{invitation.assessment_id}.git"
    assert clone in page
    assert re.search(r"asg_[0-9a-z]{40}", page)


def test_start_twice_is_refused_in_words(site: Site) -> None:
    browser = site.of_candidate(site.house.invite().assessment_id)
    browser.post("/candidate/start")
    again = browser.post("/candidate/start")

    assert again.status_code == 409
    assert "That is no longer possible" in again.text


def test_the_git_token_shows_only_in_the_browser_that_made_it(site: Site) -> None:
    invitation = site.house.invite()
    one, other = (site.of_candidate(invitation.assessment_id) for _ in range(2))
    one.post("/candidate/start")
    shown = re.search(r"asg_[0-9a-z]{40}", one.get("/candidate").text)

    assert shown
    assert "asg_" not in other.get("/candidate").text
    other.post("/candidate/token")
    assert "asg_" not in one.get("/candidate").text
    assert shown[0] not in other.get("/candidate").text


def test_pushes_are_listed_with_scores_and_what_changed(site: Site) -> None:
    assessment_id = site.house.started()
    first = site.pushed(assessment_id, "a" * 40)
    site.judge_poor(first)
    second = site.pushed(assessment_id, "b" * 40)
    site.judge(second)
    site.pushed(assessment_id, "c" * 40)
    page = words(site.of_candidate(assessment_id).get("/candidate").text)

    listed = page.partition("Your pushes")[2]
    assert listed.index("#3") < listed.index("#2")
    assert "0 of 3" in page
    assert re.search(r"#2 .*?\+\d+\.\d", listed)
    assert "Next in the queue" in page


def test_the_page_says_at_once_what_to_do_next_and_what_is_worth_mending(site: Site) -> None:
    assessment_id = site.house.started()
    browser = site.of_candidate(assessment_id)
    new = words(browser.get("/candidate").text)
    evaluation_id = site.pushed(assessment_id)
    site.judge_poor(evaluation_id)
    judged = browser.get("/candidate").text

    assert "Get your repository, and push it once as it is" in new
    assert "Mend what is worth most, then push again" in words(judged)
    assert f"{site.house.evaluation(evaluation_id).score:.1f} of 100" in words(judged)
    assert judged.count("up to ") == 3
    assert judged.index("up to ") < judged.index("Your pushes")


def test_a_challenge_that_tells_only_the_total_shows_nothing_to_mend(site: Site) -> None:
    site.tell_less("total")
    assessment_id = site.house.started()
    site.judge_poor(site.pushed(assessment_id))
    page = words(site.of_candidate(assessment_id).get("/candidate").text)

    assert "Improve the service, then push again" in page
    assert "up to " not in page


def test_without_practice_runs_a_push_still_counts_and_the_page_says_so(tmp_path: Path) -> None:
    site = a_site(tmp_path, practice_runs=0)
    assessment_id = site.house.started()
    site.house.push(assessment_id)
    page = words(site.of_candidate(assessment_id).get("/candidate").text)

    assert "No practice run left" in page
    assert "the final measurement needs no practice run" in page
    site.house.database.dispose()


def test_a_waiting_evaluation_says_how_many_are_before_it(site: Site) -> None:
    site.pushed(site.house.started(site.house.cast.other_organisation_id))
    site.house.later(seconds=1)
    assessment_id = site.house.started()
    site.pushed(assessment_id)

    page = words(site.of_candidate(assessment_id).get("/candidate").text)
    assert "In the queue 1 evaluation before yours." in page


def test_finish_asks_first_names_the_push_and_then_is_final(site: Site) -> None:
    assessment_id = site.house.started()
    site.judge(site.pushed(assessment_id))
    browser = site.of_candidate(assessment_id)
    question = words(browser.get("/candidate/finish").text)

    assert "#1" in question
    assert "This cannot be undone" in question
    assert site.house.assessment(assessment_id).state is AssessmentState.STARTED
    assert browser.post("/candidate/finish").status_code == 303
    assert "being measured a final time" in words(browser.get("/candidate").text)
    assert browser.get("/candidate/finish").status_code == 303
    assert browser.post("/candidate/finish").status_code == 409


def test_finishing_with_nothing_pushed_is_called_what_it_is(site: Site) -> None:
    assessment_id = site.house.started()
    browser = site.of_candidate(assessment_id)

    assert "nothing to measure" in words(browser.get("/candidate/finish").text)
    browser.post("/candidate/finish")
    over = words(browser.get("/candidate").text)
    assert "Nothing was pushed" in over
    assert "git push" not in over


def test_the_result_shows_only_once_it_is_released(site: Site) -> None:
    assessment_id = site.house.started()
    site.pushed(assessment_id)
    sealed = site.sealed(assessment_id)
    site.judge(sealed)
    browser = site.of_candidate(assessment_id)

    score = f"{site.house.evaluation(sealed).score:.1f}"
    before = [
        words(browser.get(p).text) for p in ("/candidate", f"/candidate/evaluations/{sealed}")
    ]
    assert not any(score in page for page in before)
    assert "appears here" in before[0]
    assert browser.get(f"/candidate/evaluations/{sealed}/files/report.html").status_code == 404
    with site.house.write() as session:
        assessments.release(session, assessment_id, "https://x.example", site.house.time)
    assert score in words(browser.get("/candidate").text)
    assert browser.get(f"/candidate/evaluations/{sealed}/files/report.html").status_code == 200


def test_deletion_can_be_asked_for_at_any_time(site: Site) -> None:
    assessment_id = site.house.invite().assessment_id
    browser = site.of_candidate(assessment_id)

    assert browser.post("/candidate/data/deletion").status_code == 303
    assert "You asked on 21 Nov 2026" in words(browser.get("/candidate/data").text)
    assert site.house.assessment(assessment_id).deletion_asked_at == site.house.time


def test_a_withdrawn_assessment_says_so_and_opens_nothing(site: Site) -> None:
    assessment_id = site.house.started()
    browser = site.of_candidate(assessment_id)
    with site.house.write() as session:
        assessments.revoke(session, site.house.jobs, assessment_id, "filled", site.house.time)

    assert "was withdrawn" in words(browser.get("/candidate").text)
    assert browser.post("/candidate/token").status_code == 409


def test_an_invitation_nobody_used_says_how_to_get_another(site: Site) -> None:
    invitation = site.house.invite()
    browser = site.of_candidate(invitation.assessment_id)
    site.house.later(days=15)
    with site.house.write() as session:
        assessments.expire_due(session, site.house.jobs, site.house.time)

    assert "This invitation has ended" in words(browser.get("/candidate").text)
    assert site.browser().get(invitation.path).status_code == 403


def test_after_the_deadline_the_page_says_what_happens_next(site: Site) -> None:
    assessment_id = site.house.started()
    browser = site.of_candidate(assessment_id)
    site.house.later(hours=73)

    assert "The time is over" in words(browser.get("/candidate").text)


def test_an_unknown_browser_is_sent_to_its_invitation(site: Site) -> None:
    answer = site.browser().get("/candidate")

    assert answer.status_code == 401
    assert "Open the link in your invitation" in answer.text


def test_a_challenge_that_is_gone_takes_no_page_with_it(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.judge(evaluation_id)
    browser = site.of_candidate(assessment_id)
    site.offer({})

    assert browser.get("/candidate").status_code == 200
    assert browser.get(f"/candidate/evaluations/{evaluation_id}").status_code == 200
    assert browser.get("/candidate/brief").status_code == 404
