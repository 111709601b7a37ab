"""Whoever has a link reads one scorecard until it ends, and nothing else."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from tests.fakes.evidence import ended, make_evidence, make_poor_evidence
from tests.fakes.positions_full import a_position, seated
from tests.fakes.web import Site, words

from assay.bootstrap.demo_data.note import MARK, DemoNote, write_note
from assay.db.tables import Assessment, AuditEntry, Evaluation, Override, Review, ShareLink
from assay.domain.evidence import Evidence
from assay.domain.lifecycle import EvaluationState
from assay.features.documents.stored import counting_result
from assay.kit.ids import new_id, sha256_of
from assay.web.pages.shared import OPENED_FROM_ADDRESS


def judged(site: Site) -> str:
    """An assessment with a result."""
    assessment_id = site.house.started()
    site.pushed(assessment_id)
    site.judge(site.sealed(assessment_id))
    return assessment_id


def shared(client: TestClient, assessment_id: str, **form: str) -> str:
    """The path of a new link."""
    answer = client.post(f"/hiring/assessments/{assessment_id}/shares", data=form)
    assert answer.status_code == 200, answer.text
    found = re.search(r"https://assay\.example\.org(/shared/shr_[0-9a-z]+)", answer.text)
    assert found
    return found[1]


def links(site: Site) -> list[ShareLink]:
    with site.house.read() as session:
        return list(session.exec(select(ShareLink)))


def test_a_link_opens_the_scorecard_without_an_account(site: Site, alice: TestClient) -> None:
    path = shared(alice, judged(site))
    page = site.browser().get(path)

    assert page.status_code == 200
    assert "Dana" in words(page.text)
    assert re.search(r"\d+\.\d of 100", words(page.text))


def test_the_page_leads_nowhere_and_tells_nobody_its_address(site: Site, alice: TestClient) -> None:
    page = site.browser().get(shared(alice, judged(site)))

    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert '<meta name="robots" content="noindex' in page.text
    assert re.findall(r'<a [^>]*href="(?!#)[^"]*"', page.text) == []
    assert "<form" not in page.text


def test_an_anonymous_link_names_nobody(site: Site, alice: TestClient) -> None:
    page = site.browser().get(shared(alice, judged(site), anonymous="true")).text

    assert "Dana" not in page
    assert "dana@example.com" not in page
    assert "A candidate" in words(page)


def test_measurements_that_quote_the_name_are_veiled_too(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    with site.house.read() as session:
        quoted = counting_result(session, assessment_id).result.criteria[0].evidence
    word = max(re.findall(r"[a-z]+", quoted), key=len)
    with site.house.write() as session:
        session.get_one(Assessment, assessment_id).candidate_name = word
    named = words(site.browser().get(shared(alice, assessment_id)).text)
    veiled = words(site.browser().get(shared(alice, assessment_id, anonymous="true")).text)

    assert "[candidate]" not in named
    assert "[candidate]" in veiled


def test_kept_is_a_digest_and_no_token(site: Site, alice: TestClient) -> None:
    path = shared(alice, judged(site))
    (link,) = links(site)

    assert link.token_sha256 == sha256_of(path.rpartition("/")[2])
    assert path.rpartition("/")[2] not in repr(link)
    again = alice.get(f"/hiring/assessments/{link.assessment_id}/documents").text
    assert path not in again


def test_a_link_ends_when_its_time_is_over(site: Site, alice: TestClient) -> None:
    path = shared(alice, judged(site), days="1")
    site.house.later(hours=23.9)
    assert site.browser().get(path).status_code == 200

    site.house.later(hours=0.2)
    assert site.browser().get(path).status_code == 404


def test_a_link_that_was_taken_back_opens_nothing(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    path = shared(alice, assessment_id)
    (link,) = links(site)
    alice.post(f"/hiring/assessments/{assessment_id}/shares/{link.id}/revoke")

    assert site.browser().get(path).status_code == 404


def test_of_links_that_do_not_open_nobody_learns_why(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    path = shared(alice, assessment_id, days="1")
    never = site.browser().get("/shared/shr_" + "0" * 40)
    site.house.later(days=2)
    ended = site.browser().get(path)

    assert words(never.text) == words(ended.text)


def test_when_a_link_was_last_followed_is_seen(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    path = shared(alice, assessment_id)
    assert links(site)[0].seen_at is None
    site.browser().get(path)
    first = links(site)[0].seen_at
    site.house.later(minutes=5)
    site.browser().get(path)

    assert first
    assert links(site)[0].seen_at == site.house.time


def test_guessing_ends_soon(site: Site) -> None:
    tries = [site.browser().get(f"/shared/shr_{n:040d}").status_code for n in range(40)]

    assert tries[0] == 404
    assert tries[-1] == 429


def test_following_a_link_whose_result_is_made_anew_is_no_guess(
    site: Site, alice: TestClient
) -> None:
    assessment_id = judged(site)
    path, reader = shared(alice, assessment_id), site.browser()
    with site.house.write() as session:
        row = session.get_one(Evaluation, site.sealed_one(assessment_id))
        row.state = EvaluationState.RUNNING
    answers = [reader.get(path) for _ in range(35)]

    assert {answer.status_code for answer in answers} == {404}
    assert "measured once more" in answers[-1].text


def test_a_result_without_a_score_can_be_shown_and_says_so(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    site.pushed(assessment_id)
    site.judge(site.sealed(assessment_id), without_score())
    page = words(site.browser().get(shared(alice, assessment_id)).text)
    documents = words(alice.get(f"/hiring/assessments/{assessment_id}/documents").text)

    assert "There is no score" in page
    assert "of 100" not in page
    assert "There is no result yet" not in documents
    assert "Page to print" in documents


def without_score() -> Evidence:
    stages = ended("build", "platform_fault", message="disk full", then="platform_fault")
    return make_evidence(stages=stages)


def test_the_total_is_that_of_the_list_of_candidates_and_names_the_other(
    site: Site, alice: TestClient
) -> None:
    assessment_id = site.house.started()
    seated(site.house, assessment_id, a_position(site.house, weights='{"privacy": 3.0}'))
    site.pushed(assessment_id)
    site.judge(site.sealed(assessment_id), make_poor_evidence())
    with site.house.read() as session:
        row = session.get_one(Assessment, assessment_id)
        result = counting_result(session, assessment_id).result
    page = words(site.browser().get(shared(alice, assessment_id)).text)
    paper = alice.get(f"/hiring/assessments/{assessment_id}/paper").text

    assert row.weighted != result.total
    for text in (page, words(f"<main>{paper}")):
        assert f"{row.weighted:.1f} of 100" in text
        assert f"By the weights of this position; {result.total:.1f} by the challenge's own" in text
        assert "95 % interval" in text
        assert "\N{MULTIPLICATION SIGN} 3" in text


def test_what_people_decided_otherwise_is_said_at_the_top(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    assert "People decided" not in site.browser().get(shared(alice, assessment_id)).text
    with site.house.write() as session:
        session.add(
            Override(
                assessment_id=assessment_id, evaluation_id=site.sealed_one(assessment_id),
                criterion="cost", was=1.0, now=0.5, reason="seen in the interview",
                user_id=site.house.cast.alice.user_id, at=site.house.time,
            )
        )  # fmt: skip
    page = words(site.browser().get(shared(alice, assessment_id)).text)

    assert re.search(r"otherwise about 1 line, marked below: \d+\.\d of 100 with that\.", page)
    assert page.count("A person decided that this line earns something else") == 1
    assert "interview" not in page


def test_a_page_about_an_invented_candidate_says_so_also_without_the_name(
    site: Site, alice: TestClient
) -> None:
    """A mark stands behind the name; a stranger with an anonymous link sees no name."""
    house, ours = site.house, site.house.cast.organisation_id
    real, invented, position_id = judged(site), judged(site), a_position(site.house)
    seated(house, invented, position_id)
    note = DemoNote(position_id=position_id, recorded_at=house.time, assay="0.1.0", command="anew")
    with house.write() as session:
        write_note(session, ours, note, house.time)
        session.get_one(Assessment, invented).candidate_name = f"Una Prima {MARK}"
    for assessment_id, expected in ((invented, True), (real, False)):
        for who in ("true", "false"):
            page = site.browser().get(shared(alice, assessment_id, anonymous=who)).text
            paper = alice.get(f"/hiring/assessments/{assessment_id}/paper?anonymous={who}").text
            assert ("this candidate is invented" in page) is expected
            assert ("this candidate is invented" in paper) is expected
            assert "Una" not in (page if who == "true" else "")


def test_reading_has_a_limit_too(site: Site, alice: TestClient) -> None:
    path = shared(alice, judged(site))
    reader = site.browser()
    tries = [reader.get(path).status_code for _ in range(OPENED_FROM_ADDRESS.times + 1)]

    assert tries[0] == 200
    assert tries[-1] == 429


@pytest.mark.parametrize("days", ["0", "91", "-1", "x"])
def test_a_link_lasts_one_to_ninety_days(site: Site, alice: TestClient, days: str) -> None:
    answer = alice.post(f"/hiring/assessments/{judged(site)}/shares", data={"days": days})

    assert answer.status_code == 422
    assert links(site) == []


def test_before_there_is_a_result_nothing_can_be_shared(site: Site, alice: TestClient) -> None:
    answer = alice.post(f"/hiring/assessments/{site.house.started()}/shares", data={})

    assert answer.status_code == 409
    assert "nothing to share yet" in answer.text


def test_no_more_than_twenty_links_are_open_at_once(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    for _ in range(20):
        shared(alice, assessment_id)
    answer = alice.post(f"/hiring/assessments/{assessment_id}/shares", data={})

    assert answer.status_code == 409
    assert "take one back" in answer.text


def test_links_are_on_the_page_of_the_assessment_and_in_the_audit_log(
    site: Site, alice: TestClient
) -> None:
    assessment_id = judged(site)
    shared(alice, assessment_id, anonymous="true")
    page = words(alice.get(f"/hiring/assessments/{assessment_id}").text)
    with site.house.read() as session:
        said = session.exec(
            select(AuditEntry.details).where(AuditEntry.action == "assessment:shared")
        ).one()

    assert "no name" in page
    assert '"anonymous": true' in said


def test_whose_link_it_is_does_not_matter_to_another_company(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    shared(alice, assessment_id)
    charlie = site.of(site.house.cast.charlie)
    link = links(site)[0].id

    for path in ("shares", f"shares/{link}/revoke"):
        assert charlie.post(f"/hiring/assessments/{assessment_id}/{path}").status_code == 404
    assert charlie.get(f"/hiring/assessments/{assessment_id}/documents").status_code == 404
    assert links(site)[0].revoked_at is None


def test_a_link_of_one_assessment_is_not_taken_back_through_another(
    site: Site, alice: TestClient
) -> None:
    first, second = judged(site), judged(site)
    shared(alice, first)
    path = f"/hiring/assessments/{second}/shares/{links(site)[0].id}/revoke"

    assert alice.post(path).status_code == 404


def test_a_viewer_reads_and_shares_nothing(site: Site) -> None:
    vera, assessment_id = site.of(site.house.cast.vera), judged(site)

    assert vera.get(f"/hiring/assessments/{assessment_id}/documents").status_code == 200
    assert vera.post(f"/hiring/assessments/{assessment_id}/shares").status_code == 403


def test_who_must_not_know_the_candidate_yet_gets_no_documents(site: Site) -> None:
    bob, assessment_id = site.of(site.house.cast.bob), judged(site)

    for path in ("documents", "paper", "scorecard.pdf", "letter"):
        answer = bob.get(f"/hiring/assessments/{assessment_id}/{path}")
        assert answer.status_code == 403, path
        assert "Dana" not in answer.text
    assert bob.post(f"/hiring/assessments/{assessment_id}/shares").status_code == 403


def test_once_the_review_is_handed_in_a_reviewer_may_share(site: Site) -> None:
    assessment_id, bob = judged(site), site.house.cast.bob
    with site.house.write() as session:
        session.add(
            Review(
                id=new_id("rev"),
                assessment_id=assessment_id,
                user_id=bob.user_id,
                created_at=site.house.time,
                handed_in_at=site.house.time,
            )
        )

    assert shared(site.of(bob), assessment_id)


# ------------------------------------------------------------------------------------------ REST


def test_programs_make_list_and_take_back_links(site: Site) -> None:
    calls, assessment_id = site.calls(), judged(site)
    base = f"/api/v1/assessments/{assessment_id}/shares"
    made = calls.post(base, json={"days": 3, "anonymous": True})
    assert made.status_code == 201
    path = made.json()["url"].removeprefix("https://assay.example.org")
    assert site.browser().get(path).status_code == 200

    (listed,) = calls.get(base).json()["shares"]
    assert listed["anonymous"] is True
    assert listed["is_open"] is True
    assert calls.delete(f"{base}/{listed['id']}").status_code == 204
    assert site.browser().get(path).status_code == 404
    assert calls.get(base).json()["shares"][0]["is_open"] is False
