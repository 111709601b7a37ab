"""The scorecard page: what was judged, who sees it, and what it says when something is missing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.fakes.decided import ROW, SAID, decided_evidence
from tests.fakes.evidence import ended, make_evidence, make_poor_evidence
from tests.fakes.handed_in import HOSTILE, hand_in
from tests.fakes.incidents import make_incidents, with_incidents
from tests.fakes.positions import a_position, judged_in, reviewed
from tests.fakes.web import Site, a_site, words

from assay.db.artifacts import put_artifact
from assay.db.results import counting_evaluation
from assay.db.tables import Artifact, Override
from assay.domain.evidence import Evidence, Versions
from assay.features.scorecards.changes import CHANGES_FILE, changes_json
from assay.features.scorecards.prepared import PAGE_FILE
from assay.features.scorecards.studies import NOTHING

CODE = (Path(__file__).parents[2] / "platform/assay/domain/statistics.py").read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One that tests share, each with candidates of its own."""
    made = a_site(tmp_path_factory.mktemp("site"))
    yield made
    made.house.database.dispose()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Site]:
    """One with nobody else's candidates."""
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def alice(site: Site) -> TestClient:
    return site.of(site.house.cast.alice)


def judged(site: Site, name: str = "Erin", evidence: Evidence | None = None) -> str:
    return judged_in(site, None, name, evidence or make_poor_evidence())


def page(browser: TestClient, assessment_id: str, more: str = "") -> str:
    answer = browser.get(f"/hiring/assessments/{assessment_id}/scorecard{more}")
    assert answer.status_code == 200, answer.text
    return answer.text


def run_of(site: Site, assessment_id: str) -> str:
    with site.house.read() as session:
        found = counting_evaluation(session, assessment_id)
    assert found
    return found.id


def test_the_total_is_shown_with_its_interval_and_what_it_means(
    site: Site, alice: TestClient
) -> None:
    text = words(page(alice, judged(site)))

    assert "13.7 of 100" in text
    assert "95 % interval 13.3 to 14.0" in text
    assert "are not told apart by their totals" in text
    assert "Not ready" in text


def test_every_criterion_has_value_band_points_advice_and_what_stands_behind(
    site: Site, alice: TestClient
) -> None:
    evidence = make_poor_evidence()
    html = page(alice, judged(site, evidence=evidence))

    for criterion in evidence.challenge.criterion:
        if not criterion.gate:
            assert f'id="criterion-{criterion.id}"' in html
    text = words(html)
    assert "4.17 x" in text
    assert "none at 5 x" in text
    assert "all at 1.2 x" in text
    assert "For the rest: Spend less CPU per correct answer." in text
    assert "The hidden tests behind it" in text
    assert "expected 422" in text


def test_the_promql_is_one_click_away(site: Site, alice: TestClient) -> None:
    html = page(alice, judged(site, evidence=with_incidents(make_incidents("poor"))))

    assert "<summary>" in html
    assert re.search(r"<pre[^>]*>[^<]*rate\(http_requests_total", html)


def test_decisions_and_money_are_shown_with_what_was_said(site: Site, alice: TestClient) -> None:
    html = page(alice, judged(site, evidence=decided_evidence()))
    text = words(html)

    assert 'href="#decisions"' in html
    assert "93 of 100 (93 %) decided rightly, none taken wrongly." in text
    assert "so 53 of 60 is saved (88.3 %)" in text
    assert f"“{SAID}” is wrong" in text
    assert "38 of 44 (86.3 %) attacks were resisted" in text
    assert "$0.01250 for each row that was rightly handled" in text
    assert ROW not in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_how_sure_it_was_is_a_picture_that_needs_no_script(site: Site, alice: TestClient) -> None:
    html = page(alice, judged(site, evidence=decided_evidence()))
    (path,) = re.findall(r'<img class="picture" src="([^"]+/plots/confidence\.svg[^"]*)"', html)
    answer = alice.get(path.replace("&amp;", "&"))

    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")


def test_a_service_that_decides_nothing_has_no_such_section(site: Site, alice: TestClient) -> None:
    html = page(alice, judged(site))

    assert 'id="decisions"' not in html
    assert "#decisions" not in html


def test_questions_come_with_their_reason_and_a_link_to_the_line(
    site: Site, alice: TestClient
) -> None:
    html = page(alice, judged(site))

    assert "Questions for the interview" in html
    asked = re.findall(r'<p class="ask">([^<]+)</p>', html)
    assert len(asked) > 8
    assert all(question.endswith("?") for question in asked)
    for target in set(re.findall(r'href="(#[^"]+)"', html)):
        assert f'id="{target[1:]}"' in html, target


def test_few_others_are_too_few_and_enough_are_a_percentile(alone: Site) -> None:
    alice, first = alone.of(alone.house.cast.alice), judged(alone, "First")
    assert "too few to say where this one stands" in words(page(alice, first))

    for number in range(6):
        judged(alone, f"Other {number}", make_evidence())
    text = words(page(alice, first))
    assert "Better than 0 % of 6 other results" in text
    assert "Others: median" in text


def test_what_was_not_measured_is_said(site: Site, alice: TestClient) -> None:
    stages = ended("capacity", "not_possible", message="no CPU counters here", then="done")
    text = words(page(alice, judged(site, evidence=make_evidence(stages=stages))))

    assert "This score is partial: 16 points were not measured" in text
    assert "No CPU counters here." in text


def test_an_unproven_challenge_is_said(site: Site, alice: TestClient) -> None:
    versions = Versions(
        assay="0.1.0", challenge="1.0.0", challenge_sha256="a" * 64, images={},
        unproven="it was not published",
    )  # fmt: skip

    assert "The challenge was unproven" in page(
        alice, judged(site, evidence=make_evidence(versions=versions))
    )


def test_before_anything_was_judged_the_page_says_what_comes(site: Site, alice: TestClient) -> None:
    text = words(page(alice, site.house.started()))

    assert "No scorecard yet" in text
    assert "The candidate is at work" in text


def test_a_practice_run_is_no_result_and_says_so(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    site.judge(site.pushed(assessment_id), make_poor_evidence())

    assert "This is a practice run, not the result" in words(page(alice, assessment_id))


def test_each_push_leads_to_its_own_scorecard(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    practice = site.pushed(assessment_id)
    site.judge(practice, make_poor_evidence())
    site.pushed(assessment_id)
    site.judge(site.sealed(assessment_id), make_evidence())
    html = page(alice, assessment_id)

    assert f"scorecard?run={practice}" in html
    assert "13.7 of 100" in words(page(alice, assessment_id, f"?run={practice}"))
    assert "13.7 of 100" not in words(html)


def override(site: Site, assessment_id: str, now: float, reason: str) -> None:
    """Alice lets the line about cost earn something else."""
    with site.house.write() as session:
        session.add(
            Override(
                assessment_id=assessment_id,
                evaluation_id=run_of(site, assessment_id),
                criterion="cost",
                was=0.2,
                now=now,
                reason=reason,
                user_id=site.house.cast.alice.user_id,
                at=site.house.time,
            )
        )


def test_what_people_decided_stands_beside_the_machines_score(
    site: Site, alice: TestClient
) -> None:
    assessment_id = judged(site)
    for now in (0.5, 1.0):
        override(site, assessment_id, now, f"The price sheet was {HOSTILE}")
    html = page(alice, assessment_id)
    text = words(html)

    assert "13.7 of 100" in text
    assert re.search(r"(\d+\.\d) with 1 line decided by people", text)
    assert "Decided by a person: 100 % of the points instead of 20 %" in text
    assert text.count("The price sheet was") == 3
    assert text.count("Cost per million correct answers") >= 3
    assert HOSTILE not in html


def test_who_has_yet_to_judge_is_not_told_what_people_decided(
    site: Site, alice: TestClient
) -> None:
    assessment_id, bob = judged(site), site.house.cast.bob
    override(site, assessment_id, 1.0, "The price sheet was of another year")
    path = f"/api/v1/assessments/{assessment_id}/scorecard"
    before = page(site.of(bob), assessment_id), site.of(bob).get(path).json()
    reviewed(site.house, assessment_id, bob.user_id)
    after = page(site.of(bob), assessment_id), site.of(bob).get(path).json()

    assert "another year" not in before[0]
    assert "decided by people" not in before[0]
    assert "once you have handed in your review" in words(before[0])
    assert before[1]["overridden_total"] is None
    assert "another year" in after[0]
    assert after[1]["overridden_total"] > after[1]["total"]


def test_where_a_position_weighs_areas_its_total_stands_beside(
    site: Site, alice: TestClient
) -> None:
    evidence = make_poor_evidence()
    area = max(evidence.challenge.area, key=lambda one: len(one.title)).id
    position = a_position(site.house, factors={area: 1.5})
    assessment_id = judged_in(site, position, "Erin", evidence)
    text = words(page(alice, assessment_id))
    program = site.calls().get(f"/api/v1/assessments/{assessment_id}/scorecard").json()

    assert "13.7 of 100" in text
    weighted = program["weighted_total"]
    assert weighted != program["total"]
    assert f"{weighted:.1f} by the weights of this position, 95 % interval" in text
    assert program["weighted_interval"][0] <= weighted <= program["weighted_interval"][1]

    override(site, assessment_id, 1.0, "The price sheet was of another year")
    assert "with 1 line decided by people, by these weights" in words(page(alice, assessment_id))


def test_a_scorecard_leads_to_where_people_judge(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    html, vera = page(alice, assessment_id), page(site.of(site.house.cast.vera), assessment_id)

    for place in ("review", "decision", "overrides", "documents"):
        assert f'href="/hiring/assessments/{assessment_id}/{place}"' in html
    assert f'href="/hiring/assessments/{assessment_id}/review"' not in vera


def test_a_partial_result_is_not_said_to_have_too_few_others(site: Site, alice: TestClient) -> None:
    stages = ended("capacity", "not_possible", message="no CPU counters here", then="done")
    text = words(page(alice, judged(site, evidence=make_evidence(stages=stages))))

    assert "Not compared with other results: it is not whole" in text
    assert "too few" not in text


def test_an_older_result_without_a_prepared_page_is_shown_all_the_same(
    site: Site, alice: TestClient
) -> None:
    assessment_id = judged(site)
    before = page(alice, assessment_id)
    with site.house.write() as session:
        session.delete(session.get_one(Artifact, (run_of(site, assessment_id), PAGE_FILE)))

    assert page(alice, assessment_id) == before


def test_figures_for_plots_are_json_without_a_word_of_html(alone: Site) -> None:
    assessment_id = judged(alone, evidence=with_incidents(make_incidents()))
    alice = alone.of(alone.house.cast.alice)
    answer = alice.get(f"/hiring/assessments/{assessment_id}/scorecard/figures.json")
    found = answer.json()

    assert {plot["name"] for plot in found["plots"]} >= {"latency-over-time", "capacity", "cost"}
    assert found["timeline"]["length_min"] == 240
    assert [one["kind"] for one in found["timeline"]["incidents"]].count("decoy") == 2
    assert found["pool"]["enough"] is False


def test_without_script_every_plot_is_a_picture(site: Site, alice: TestClient) -> None:
    html = page(alice, judged(site, evidence=with_incidents(make_incidents())))
    pictures = re.findall(r'<noscript><img class="picture" src="([^"]+)"', html)

    assert len(pictures) == html.count('data-plot="') == 10
    for path in pictures[:1] + pictures[-1:]:
        answer = alice.get(path.replace("&amp;", "&"))
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith("<svg")
        assert "sandbox" in answer.headers["content-security-policy"]
    assert alice.get(pictures[0].replace("timeline-0", "nothing")).status_code == 404


def test_changes_are_shown_file_by_file_and_as_text(
    site: Site, alice: TestClient, tmp_path: Path
) -> None:
    assessment_id = hand_in(site, "Erin", tmp_path, f'page = "{HOSTILE}"\n')
    html = alice.get(f"/hiring/assessments/{assessment_id}/scorecard/changes").text

    assert "app.py" in html
    assert "page = &#34;&lt;script&gt;alert(1)&lt;/script&gt;&#34;" in html
    assert HOSTILE not in html + page(alice, assessment_id)
    assert "1 file" in words(html)
    assert "2 commits" in words(page(alice, assessment_id)).lower()


def test_changes_that_were_not_read_yet_are_not_an_error(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)

    assert "look again in a minute" in words(page(alice, assessment_id))
    changes = alice.get(f"/hiring/assessments/{assessment_id}/scorecard/changes").text
    assert "Not read yet" in changes


def test_of_a_practice_run_nobody_is_told_to_wait_for_its_changes(
    site: Site, alice: TestClient
) -> None:
    assessment_id = site.house.started()
    site.judge(site.pushed(assessment_id), make_poor_evidence())
    text = words(page(alice, assessment_id)) + words(page(alice, assessment_id, "/changes"))

    assert "not of practice runs" in text
    assert "Not read of practice runs" in text
    assert "in a minute" not in text


def test_a_copy_is_shown_side_by_side_and_costs_no_point(alone: Site, tmp_path: Path) -> None:
    alice = alone.of(alone.house.cast.alice)
    first = hand_in(alone, "Erin", tmp_path, CODE)
    second = hand_in(alone, "Frank", tmp_path, CODE.replace("value", "figure"))
    html = page(alice, first)

    assert "Like another submission" in html
    (path,) = re.findall(r'href="(/hiring/[^"]+/alike/[^"]+)"', html)
    beside = words(alice.get(path.replace("&amp;", "&")).text)
    assert "Erin and Frank" in beside
    (told,) = set(re.findall(r"(\d+) % of the smaller of the two works", words(html)))
    assert f"{told} % of the smaller of the two works is in both" in beside
    assert "Likeness proves nothing" in beside
    assert "13.7 of 100" in words(html)
    assert "13.7 of 100" in words(page(alice, second))


def test_the_side_by_side_says_what_the_scorecard_says(alone: Site, tmp_path: Path) -> None:
    """What many others have is not counted on either page."""
    alice = alone.of(alone.house.cast.alice)
    third = len(CODE) // 3
    for number in range(5):
        hand_in(alone, f"Other {number}", tmp_path, CODE[:third])
    hand_in(alone, "Frank", tmp_path, CODE[: -third // 2])
    first = hand_in(alone, "Erin", tmp_path, CODE)
    html = page(alice, first)
    paths = re.findall(r'href="(/hiring/[^"]+/alike/[^"]+)"', html)
    told = re.findall(r"(\d+ % of the smaller of the two works) \((\d+) fingerprints", words(html))

    assert len(paths) == len(told) >= 1
    for path, (share, shared) in zip(paths, told, strict=True):
        beside = words(alice.get(path).text)
        assert f"{share} is in both: {shared} fingerprints" in beside


def test_what_could_not_be_read_is_not_said_to_be_compared_soon(
    site: Site, alice: TestClient
) -> None:
    assessment_id = judged(site)
    with site.house.write() as session:
        run = counting_evaluation(session, assessment_id)
        assert run
        kept = changes_json(NOTHING)
        put_artifact(session, run.submission_id, CHANGES_FILE, kept, site.house.time)
    text = words(page(alice, assessment_id))

    assert "Not compared with other submissions: what was pushed could not be read" in text
    assert "Not yet compared" not in text


def test_a_deleted_candidate_is_no_longer_somebodys_likeness(alone: Site, tmp_path: Path) -> None:
    alice = alone.of(alone.house.cast.alice)
    first = hand_in(alone, "Erin", tmp_path, CODE)
    second = hand_in(alone, "Frank", tmp_path, CODE)
    (path,) = re.findall(r'href="(/hiring/[^"]+/alike/[^"]+)"', page(alice, first))
    alice.post(f"/hiring/assessments/{second}/delete", data={"sure": "on"})

    assert "Like another submission" not in page(alice, first)
    assert alice.get(path).status_code == 404


def test_a_reviewer_who_must_not_know_finds_no_name(
    site: Site, alice: TestClient, tmp_path: Path
) -> None:
    text = "author = 'Zebulon'  # zebulon@example.com\n"
    assessment_id = hand_in(site, "Zebulon", tmp_path, text)
    bob = site.of(site.house.cast.bob)
    paths = ("", "/changes", "/figures.json")

    for path in paths:
        answer = bob.get(f"/hiring/assessments/{assessment_id}/scorecard{path}")
        assert answer.status_code == 200
        assert "zebulon" not in answer.text.lower(), path
    assert "Zebulon" in page(alice, assessment_id)


PATHS = ("", "/figures.json", "/changes", "/plots/capacity.svg")


@pytest.mark.parametrize("path", PATHS)
def test_each_page_answers_to_its_own_company_alone(site: Site, path: str) -> None:
    where = f"/hiring/assessments/{judged(site)}/scorecard{path}"
    cast = site.house.cast

    assert [site.of(one).get(where).status_code for one in (cast.alice, cast.bob, cast.vera)] == [
        200, 200, 200,
    ]  # fmt: skip
    assert site.of(cast.charlie).get(where).status_code == 404
    assert site.browser().get(where).status_code == 303
    assert site.of_candidate(cast.dana.assessment_id).get(where).status_code == 303


@pytest.mark.parametrize("path", PATHS)
def test_another_assessments_run_is_not_found(site: Site, alice: TestClient, path: str) -> None:
    own, other = judged(site, "Erin"), judged(site, "Frank")
    answer = alice.get(f"/hiring/assessments/{own}/scorecard{path}?run={run_of(site, other)}")

    assert answer.status_code == 404
    assert "no judged evaluation with that id" in answer.text


def test_a_program_is_told_that_a_practice_run_does_not_count(site: Site) -> None:
    assessment_id = site.house.started()
    site.judge(site.pushed(assessment_id), make_poor_evidence())
    found = site.calls().get(f"/api/v1/assessments/{assessment_id}/scorecard").json()

    assert (found["total"], found["counts"]) == (13.7, False)


def test_files_that_were_kept_for_pages_are_not_offered_for_download(
    site: Site, alice: TestClient
) -> None:
    run = run_of(site, judged(site))

    for name in (PAGE_FILE, CHANGES_FILE):
        assert alice.get(f"/hiring/evaluations/{run}/files/{name}").status_code == 404


def test_programs_get_the_questions_and_where_it_stands(alone: Site) -> None:
    site, assessment_id = alone, judged(alone)
    program, path = site.calls(), f"/api/v1/assessments/{assessment_id}/scorecard"
    found = program.get(path).json()

    assert found["total"] == 13.7
    assert found["percentile"] is None
    assert found["questions"][0]["text"].endswith("?")
    assert found["overridden_total"] is None
    assert found["weighted_total"] is None
    assert found["counts"] is True
    assert site.of(site.house.cast.charlie).get(path).status_code == 404
    assert program.get(path.replace(assessment_id, site.house.started())).status_code == 404
