"""Reviewing, overriding and deciding on the pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.panels import NAME, SUMMARY, Panel, a_panel
from tests.fakes.web import Site, a_site, words

from assay.db.tables import Position
from assay.domain.human_rubric import DEFAULT_LINES
from assay.features.assessments import adoption

WHOLE = {f"score-{line.id}": "3" for line in DEFAULT_LINES} | {"summary": SUMMARY}
HAND_IN, SAVE = {"deed": "hand_in"}, {"deed": "save"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


@pytest.fixture
def bob(site: Site) -> TestClient:
    return site.of(site.house.cast.bob)


@pytest.fixture
def alice(site: Site) -> TestClient:
    return site.of(site.house.cast.alice)


def review(assessment_id: str) -> str:
    return f"/hiring/assessments/{assessment_id}/review"


def send(browser: TestClient, assessment_id: str, form: dict[str, str]) -> str:
    """As the page sends it: in parts."""
    parts = {name: (None, value) for name, value in form.items()}
    answer = browser.post(review(assessment_id), files=parts)
    assert answer.status_code in {303, 422}, answer.text
    return answer.headers.get("location", "") or answer.text


def test_a_whole_review_is_handed_in_and_shown(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    where = send(bob, judged, WHOLE | HAND_IN | {"note-design": "one model, loaded once"})
    page = words(bob.get(where).text)

    assert where == review(judged)
    assert NAME in page
    assert SUMMARY in page
    assert "one model, loaded once" in page
    assert "Bob yours Blind." in page


def test_what_is_missing_is_named_and_nothing_typed_is_lost(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    form = {"score-design": "2", "note-trade_offs": "wrote no words\r\nabout it"} | HAND_IN
    page = send(bob, judged, form)
    again = bob.get(review(judged)).text

    assert "choose 1 to 4" in page
    assert "Summary: say in a sentence" in page
    for text in (page, again):
        assert re.search(r'name="score-design" value="2" checked', text)
        assert "wrote no words\nabout it</textarea>" in text


def test_a_draft_is_saved_and_says_so(panel: Panel, bob: TestClient) -> None:
    where = send(bob, panel.judged(), {"score-design": "4"} | SAVE)

    assert "Draft saved" in words(bob.get(where).text)


@pytest.mark.parametrize("score", ["5", "0", "-1", "three", "33", "³"])
def test_a_score_that_is_no_step_is_never_kept(panel: Panel, bob: TestClient, score: str) -> None:
    judged = panel.judged()
    send(bob, judged, WHOLE | HAND_IN | {"score-design": score})

    assert "You handed this review in" not in words(bob.get(review(judged)).text)


def test_names_of_other_fields_are_ignored(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    send(bob, judged, WHOLE | HAND_IN | {"score-beauty": "4", "note-flag:charm": "much"})

    assert "beauty" not in bob.get(review(judged)).text


def test_who_presses_twice_is_told_nothing_strange(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    form = WHOLE | HAND_IN | {"note-design": "one model"}
    first, second = send(bob, judged, form), send(bob, judged, form)
    other = send(bob, judged, form | {"score-design": "1"})

    assert first == second == review(judged)
    assert "This was not saved" in other


def test_a_step_for_a_flag_is_no_field_and_is_ignored(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    sent = WHOLE | HAND_IN | {"score-flag:answers_by_id": "4", "note-flag:answers_by_id": "a cache"}

    assert send(bob, judged, sent) == review(judged)


def test_the_pages_about_a_candidate_lead_to_each_other(panel: Panel, alice: TestClient) -> None:
    judged = panel.judged()
    for here in (review, decision, overrides):
        text = alice.get(here(judged)).text.partition('aria-label="About this candidate"')[2]
        ways = text.partition("</nav>")[0]

        assert f'href="{here(judged)}" aria-current="page"' in ways
        for there in (review, decision, overrides):
            assert f'href="{there(judged)}"' in ways
        assert f'href="/hiring/assessments/{judged}/scorecard"' in ways


def test_other_reviews_are_hidden_until_the_own_is_handed_in(
    site: Site, panel: Panel, bob: TestClient
) -> None:
    judged = panel.judged()
    panel.reviewed(judged, site.house.cast.alice, notes={"design": "as I would have done it"})
    before = bob.get(review(judged)).text + bob.get(decision(judged)).text
    panel.reviewed(judged, site.house.cast.bob)
    after = bob.get(review(judged)).text

    assert "as I would have done it" not in before
    assert "as I would have done it" in after
    assert "as I would have done it" in bob.get(decision(judged)).text


def test_two_steps_apart_is_marked(site: Site, panel: Panel, alice: TestClient) -> None:
    judged = panel.judged()
    panel.reviewed(judged, site.house.cast.bob, 1)
    panel.reviewed(judged, site.house.cast.vera, 4)
    page = words(alice.get(decision(judged)).text)

    assert "3 steps: talk about it" in page
    assert "3.0 steps apart on average (n = 4 pairs over 4 lines)" in page
    assert "Too few to say how reliable they are" in page


def test_an_owner_may_look_and_it_is_told(panel: Panel, alice: TestClient) -> None:
    judged = panel.judged()
    assert NAME not in alice.get(review(judged)).text
    alice.post(review(judged) + "/names")
    page = words(alice.get(review(judged)).text)

    assert NAME in page
    assert "this review counts as not blind" in page


def test_a_reviewer_may_not_look(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()

    assert bob.post(review(judged) + "/names").status_code == 403
    assert NAME not in bob.get(review(judged)).text


def test_reopening_makes_a_draft_of_it_again(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    send(bob, judged, WHOLE | HAND_IN)
    bob.post(review(judged) + "/reopen", data={"reason": "a slip"})
    page = bob.get(review(judged)).text

    assert re.search(r'name="score-design" value="3" checked', page)
    assert "counts as not blind" in words(page)


def test_the_queue_names_nobody(panel: Panel, bob: TestClient, alice: TestClient) -> None:
    panel.judged()
    panel.judged()
    for browser in (bob, alice):
        page = words(browser.get("/hiring/reviews").text)

        assert "Candidate 1" in page
        assert "Candidate 2" in page
        assert "Erin" not in page


def test_a_queue_without_anything_says_so(bob: TestClient) -> None:
    assert "Nothing waits for you" in words(bob.get("/hiring/reviews").text)


def test_a_viewer_reads_reviews_and_writes_none(site: Site, panel: Panel) -> None:
    judged, vera = panel.judged(), site.of(site.house.cast.vera)
    panel.reviewed(judged, site.house.cast.bob)

    assert SUMMARY in words(vera.get(review(judged)).text)
    assert "<textarea" not in vera.get(review(judged)).text
    assert vera.post(review(judged), data=WHOLE).status_code == 403
    assert vera.get("/hiring/reviews").status_code == 403


def test_a_text_that_is_code_stays_text(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    send(bob, judged, WHOLE | HAND_IN | {"summary": "<script>alert(1)</script>"})

    assert "<script>alert" not in bob.get(review(judged)).text


# ------------------------------------------------------------------------------------- deciding


def decision(assessment_id: str) -> str:
    return f"/hiring/assessments/{assessment_id}/decision"


REASON = {"reason": "sound work, and two reviewers agree"}


def test_deciding_shows_what_is_missing_and_asks_once(panel: Panel, alice: TestClient) -> None:
    judged = panel.judged()
    asked = alice.post(decision(judged), data={"verdict": "advance"} | REASON)
    again = {"verdict": "advance", "confirmed": "yes"} | REASON
    done = alice.post(decision(judged), data=again)

    assert asked.status_code == 409
    assert "Nobody has reviewed the work" in words(asked.text)
    assert REASON["reason"] in asked.text
    assert re.search(r'value="advance" required checked', asked.text)
    assert done.status_code == 303
    assert "Advance since" in words(alice.get(decision(judged)).text)


def test_who_decides_sees_the_score_as_lists_show_it(
    site: Site, panel: Panel, alice: TestClient
) -> None:
    with site.house.write() as session:
        session.get_one(Position, panel.position_id).weights = '{"latency": 2.0}'
    judged = panel.judged(make_poor_evidence())
    row = site.house.assessment(judged)
    alice.post(overrides(judged), data=WHY | {"share": "100"})
    page = words(alice.get(decision(judged)).text)

    assert f"by the weights of the position {row.weighted:.1f} of 100" in page
    assert f"unweighted {row.score:.1f}" in page
    assert "1 line overridden" in page


def test_who_decides_after_somebody_else_sees_theirs_and_keeps_what_they_typed(
    panel: Panel, alice: TestClient
) -> None:
    judged = panel.judged()
    form = {"verdict": "reject", "confirmed": "yes", "seen": "0"} | REASON
    first = {"verdict": "advance", "reason": "the best of them by far"}
    alice.post(decision(judged), data=form | first)
    told = alice.post(decision(judged), data=form)
    (seen,) = re.findall(r'name="seen" value="(\d+)"', told.text)
    done = alice.post(decision(judged), data=form | {"seen": seen})

    assert told.status_code == 409
    assert "A decision was added since you opened the page" in words(told.text)
    assert first["reason"] in words(told.text)
    assert REASON["reason"] in told.text.partition("<textarea")[2].partition("</textarea>")[0]
    assert done.status_code == 303


def test_what_came_after_a_decision_stands_beside_it(panel: Panel, alice: TestClient) -> None:
    judged = panel.judged()
    alice.post(decision(judged), data={"verdict": "advance", "confirmed": "yes"} | REASON)
    before = words(alice.get(decision(judged)).text)
    panel.reviewed(judged, panel.site.house.cast.bob)

    assert "Since then" not in before
    assert "Since then: 1 review was handed in" in words(alice.get(decision(judged)).text)


def test_a_decision_without_a_reason_is_refused_and_kept_on_the_page(
    panel: Panel, alice: TestClient
) -> None:
    answer = alice.post(decision(panel.judged()), data={"verdict": "reject", "reason": "no"})

    assert answer.status_code == 422
    assert re.search(r'value="reject" required checked', answer.text)
    assert "say why" in words(answer.text).lower()


def test_a_reviewer_reads_decisions_and_makes_none(
    site: Site, panel: Panel, bob: TestClient, alice: TestClient
) -> None:
    judged = panel.judged()
    alice.post(decision(judged), data={"verdict": "hold", "confirmed": "yes"} | REASON)
    blind = words(bob.get(decision(judged)).text)
    panel.reviewed(judged, site.house.cast.bob)

    assert REASON["reason"] not in blind
    assert "Hold" not in blind
    assert REASON["reason"] in words(bob.get(decision(judged)).text)
    assert bob.post(decision(judged), data={"verdict": "hold"} | REASON).status_code == 403


# ------------------------------------------------------------------------------------ overriding


def overrides(assessment_id: str) -> str:
    return f"/hiring/assessments/{assessment_id}/overrides"


WHY = {"criterion": "shutdown_time", "reason": "the host lost its disk in that very minute"}


def test_an_override_shows_both_figures_who_and_why(panel: Panel, alice: TestClient) -> None:
    judged = panel.judged()
    answer = alice.post(overrides(judged), data=WHY | {"share": "50"})
    page = words(alice.get(overrides(judged)).text)

    assert answer.status_code == 303
    assert "1 line overridden" in page
    assert "50 %" in page
    assert "Alice" in page
    assert WHY["reason"] in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"share": "fifty"}, "is no share of the points"),
        ({"share": "150"}, "0 to 100 %"),
        ({"share": "50", "reason": "because"}, "say why"),
        ({"share": ""}, "already"),
    ],
)
def test_what_cannot_be_overridden_is_told_and_nothing_typed_is_lost(
    panel: Panel, alice: TestClient, changes: dict[str, str], told: str
) -> None:
    answer = alice.post(overrides(panel.judged()), data=WHY | changes)

    assert answer.status_code == 422
    assert told.lower() in words(answer.text).lower()
    assert (changes.get("reason") or WHY["reason"]) in answer.text


def test_a_reason_of_several_lines_is_kept_and_counted_as_it_was_typed(
    panel: Panel, alice: TestClient
) -> None:
    """Browsers send two characters at the end of a line, and count one."""
    judged = panel.judged()
    typed = "\r\n".join(["a line of thirty-nine characters or so."] * 49)
    answer = alice.post(overrides(judged), data=WHY | {"share": "50", "reason": typed})

    assert len(typed.replace("\r\n", "\n")) <= 2000 < len(typed)
    assert answer.status_code == 303
    assert typed.replace("\r\n", "\n") in alice.get(overrides(judged)).text


def test_to_who_is_blind_overrides_are_what_others_said(
    site: Site, panel: Panel, bob: TestClient, alice: TestClient
) -> None:
    judged = panel.judged()
    alice.post(overrides(judged), data=WHY | {"share": "50"})
    blind = words(bob.get(overrides(judged)).text)
    panel.reviewed(judged, site.house.cast.bob)

    assert WHY["reason"] not in blind
    assert "overridden, and why" in blind
    assert WHY["reason"] in words(bob.get(overrides(judged)).text)


def test_overrides_of_a_result_that_counts_no_more_are_told_apart(
    site: Site, alice: TestClient
) -> None:
    sitting = site.house.started()
    site.pushed(sitting)
    regrade = site.regraded(sitting)
    alice.post(overrides(sitting), data=WHY | {"share": "50"})
    with site.house.write() as session:
        url = site.platform.public_url
        adoption.adopt(session, regrade, "a test was wrong", url, site.house.time)
    page = words(alice.get(overrides(sitting)).text)

    assert "1 override of an earlier result counts no more" in page
    assert WHY["reason"] in page
    assert "Every line earns what was measured" in page


def test_only_owners_override(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()

    assert bob.post(overrides(judged), data=WHY | {"share": "50"}).status_code == 403
    assert "<form" not in bob.get(overrides(judged)).text.partition("<main")[2]


@pytest.mark.parametrize("page", ["review", "decision", "overrides"])
def test_another_companys_candidate_is_not_there(site: Site, panel: Panel, page: str) -> None:
    charlie = site.of(site.house.cast.charlie)

    assert charlie.get(f"/hiring/assessments/{panel.judged()}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["review", "overrides"])
def test_before_the_result_stands_a_page_says_so(site: Site, alice: TestClient, page: str) -> None:
    answer = alice.get(f"/hiring/assessments/{site.house.started()}/{page}")

    assert answer.status_code == 409
    assert "There is no result yet" in words(answer.text)
