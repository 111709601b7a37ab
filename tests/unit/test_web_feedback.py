"""What a practice run tells: as much as the challenge chose, compared with the push before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.decided import ROW, SAID, decided_evidence
from tests.fakes.evidence import make_evidence, make_unbuilt_evidence
from tests.fakes.web import Site, a_site, words

from assay.db.artifacts import put_artifact
from assay.features.assessments import service as assessments
from assay.web.headers import FILE_POLICY


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def judged(site: Site, *, poor: bool = False) -> tuple[str, str]:
    """An assessment with one judged push: the ids of both."""
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    (site.judge_poor if poor else site.judge)(evaluation_id)
    return assessment_id, evaluation_id


def page(site: Site, assessment_id: str, evaluation_id: str) -> str:
    browser = site.of_candidate(assessment_id)
    return words(browser.get(f"/candidate/evaluations/{evaluation_id}").text)


def test_feedback_gives_the_score_the_areas_what_to_mend_and_every_line(site: Site) -> None:
    shown = page(site, *judged(site, poor=True))

    assert "of 100" in shown
    assert "Points per area" in shown
    assert "Most worth mending" in shown
    assert "For the rest:" in shown
    assert "Dependencies are pinned" in shown


def test_feedback_compares_with_the_push_before(site: Site) -> None:
    assessment_id, first = judged(site, poor=True)
    second = site.pushed(assessment_id)
    site.judge(second)
    shown = page(site, assessment_id, second)
    score = site.house.evaluation(first).score

    assert f"against push #1 ({score:.1f})" in shown
    assert "+" in shown.partition("against push #1")[0][-40:]


def test_a_challenge_may_tell_areas_only(site: Site) -> None:
    site.tell_less("areas")
    shown = page(site, *judged(site, poor=True))

    assert "Points per area" in shown
    assert "Most worth mending" in shown
    assert "Line by line" not in shown
    assert "The full report" not in shown


def test_a_challenge_may_tell_the_score_only(site: Site) -> None:
    site.tell_less("total")
    shown = page(site, *judged(site, poor=True))

    assert "of 100" in shown
    assert "Points per area" not in shown
    assert "Most worth mending" not in shown


def test_a_candidate_reads_what_was_decided_but_no_value_of_a_hidden_row(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.judge(evaluation_id, decided_evidence())
    path = f"/candidate/evaluations/{evaluation_id}/files/report.html"
    shown = site.of_candidate(assessment_id).get(path).text

    assert "93 of 100 (93 %) decided rightly" in shown
    assert SAID not in shown
    assert ROW not in shown


@pytest.mark.parametrize("tier", ["areas", "total"])
def test_the_report_is_no_way_around_the_tier(site: Site, tier: str) -> None:
    site.tell_less(tier)
    assessment_id, evaluation_id = judged(site)
    report = f"/candidate/evaluations/{evaluation_id}/files/report.html"

    assert site.of_candidate(assessment_id).get(report).status_code == 404


def test_of_a_challenge_that_is_gone_pages_and_letters_tell_the_least(site: Site) -> None:
    assessment_id, evaluation_id = judged(site)
    site.judge(site.sealed(assessment_id))
    path = f"/candidate/evaluations/{evaluation_id}"
    assert site.of_candidate(assessment_id).get(f"{path}/files/report.html").status_code == 200
    site.offer({})
    letter = site.of(site.house.cast.alice).get(f"/hiring/assessments/{assessment_id}/letter").text

    assert site.of_candidate(assessment_id).get(f"{path}/files/report.html").status_code == 404
    assert "Line by line" not in page(site, assessment_id, evaluation_id)
    assert "tells candidates the score alone" in letter


def test_the_released_result_is_shown_whole_whatever_practice_told(site: Site) -> None:
    site.tell_less("total")
    assessment_id, _ = judged(site)
    sealed = site.sealed(assessment_id)
    site.judge(sealed)
    with site.house.write() as session:
        assessments.release(session, assessment_id, "https://x.example", site.house.time)

    assert "Line by line" in page(site, assessment_id, sealed)


def test_a_stored_report_can_do_nothing_in_the_browser(site: Site) -> None:
    assessment_id, evaluation_id = judged(site)
    report = f"/candidate/evaluations/{evaluation_id}/files/report.html"
    answer = site.of_candidate(assessment_id).get(report)

    assert answer.headers["content-security-policy"] == FILE_POLICY
    assert FILE_POLICY.startswith("sandbox;")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_other_files_are_downloads(site: Site) -> None:
    assessment_id, evaluation_id = judged(site)
    with site.house.write() as session:
        put_artifact(session, evaluation_id, "rules_test.yml", b"tests: []", site.house.time)
        put_artifact(session, evaluation_id, "evidence.json", b"{}", site.house.time)
    browser = site.of_candidate(assessment_id)
    files = f"/candidate/evaluations/{evaluation_id}/files"

    answer = browser.get(f"{files}/rules_test.yml")
    assert answer.headers["content-disposition"] == 'attachment; filename="rules_test.yml"'
    assert answer.content == b"tests: []"
    assert browser.get(f"{files}/evidence.json").status_code == 404


def test_what_did_not_build_is_told_as_a_result(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.judge(evaluation_id, make_unbuilt_evidence())
    shown = page(site, assessment_id, evaluation_id)

    assert "everything depends on it" in shown
    assert "The image builds" in shown


def test_hostile_text_of_a_submission_is_shown_as_text(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.begin(evaluation_id)
    site.tell(evaluation_id, "<img src=x onerror=alert(1)>\x1b[31m\u202egnp.exe")
    html = site.of_candidate(assessment_id).get(f"/candidate/evaluations/{evaluation_id}").text

    assert "<img src=x" not in html
    assert "&lt;img" in html
    assert "\x1b" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("what", ["", "/files/report.html", "/events"])
def test_anothers_evaluation_is_not_there(site: Site, what: str) -> None:
    _, evaluation_id = judged(site)
    stranger = site.of_candidate(site.house.started(site.house.cast.other_organisation_id))

    assert stranger.get(f"/candidate/evaluations/{evaluation_id}{what}").status_code == 404


def test_a_score_that_is_partial_says_that_it_is(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.judge(evaluation_id, make_evidence(capacity=None))

    assert "Some lines were not measured" in page(site, assessment_id, evaluation_id)
