"""The letter is about this work alone, and says no more than the challenge tells."""

import json
import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select
from tests.fakes.evidence import make_evidence, make_poor_evidence, make_unbuilt_evidence
from tests.fakes.sittings import START
from tests.fakes.web import Site

from assay.db.artifacts import get_artifact, put_artifact
from assay.db.results import judged_evaluation
from assay.db.tables import AuditEntry, Mail
from assay.domain.evidence import RESULT_FILE, Evidence
from assay.domain.judge import rescore
from assay.domain.stored_result import StoredResult
from assay.features.documents.letter import Draft, Work, draft_of
from assay.features.documents.letters import Block, blocks_of
from assay.features.scorecards.result import result_json


def result_of(evidence: Evidence) -> StoredResult:
    return StoredResult.model_validate_json(result_json(rescore(evidence)))


GOOD, POOR = result_of(make_evidence()), result_of(make_poor_evidence())


def written(result: StoredResult, **facts: object) -> Draft:
    given: dict[str, object] = {"name": "Dana", "company": "Acme", "title": "Credit scoring"}
    return draft_of(Work(result=result, **{**given, **facts}))  # type: ignore[arg-type]


def points(text: str, heading: str) -> list[str]:
    """The points of the list under a heading."""
    blocks = blocks_of(text)
    at = blocks.index(Block("heading", (heading,)))
    assert blocks[at + 1].kind == "list"
    return list(blocks[at + 1].lines)


def test_good_work_reads_three_strengths_with_what_was_seen() -> None:
    letter = written(GOOD)
    found = points(letter.text, "What went well")

    assert letter.text.startswith("Hello Dana,\n\nthank you")
    assert letter.subject == "Feedback on your assessment for Acme"
    assert len(found) == 3
    evidence = {line.title: line.evidence for line in GOOD.criteria}
    assert any(point.startswith(f"{title}: ") for point in found for title in evidence)


def test_poor_work_reads_what_would_have_earned_the_most() -> None:
    found = points(written(POOR).text, "What to take on next")
    worth = [float(point.partition("up to ")[2].partition(" ")[0]) for point in found]

    assert len(found) == 3
    assert worth == sorted(worth, reverse=True)
    assert all("What would have earned it: " in point for point in found)


def test_poor_work_is_not_praised_for_what_it_lacks() -> None:
    lost = {line.title for line in POOR.criteria if line.fraction == 0}
    text = written(POOR).text.partition("What to take on next")[0]

    assert lost
    assert not [title for title in lost if title in text]


def test_somebody_without_any_strength_reads_no_made_up_one() -> None:
    nothing = POOR.model_copy(
        update={
            "criteria": tuple(
                line.model_copy(update={"fraction": 0.0, "points": 0.0}) for line in POOR.criteria
            ),
            "gates": (),
            "findings": (),
        }
    )

    assert "What went well" not in written(nothing).text
    assert "What to take on next" in written(nothing).text


def test_progress_between_runs_is_a_strength() -> None:
    nothing = POOR.model_copy(update={"findings": (), "gates": (), "criteria": POOR.criteria[:0]})
    text = written(nothing, practice=[20.0, 61.5, 55.0]).text

    assert "from 20.0 points in the first practice run to 61.5 in the best one" in text
    assert "first practice run" not in written(nothing, practice=[20.0, 22.0]).text


def test_work_without_anything_to_mend_reads_so() -> None:
    perfect = GOOD.model_copy(
        update={
            "criteria": tuple(
                line.model_copy(update={"fraction": 1.0, "points": float(line.max)})
                for line in GOOD.criteria
            )
        }
    )

    assert "What to take on next" not in written(perfect).text
    assert "nothing of weight left to mend" in written(perfect).text


def test_where_mends_are_not_told_nobody_reads_that_there_are_none() -> None:
    assert "left to mend" not in written(POOR, tier="total").text


def test_what_never_ran_was_not_run_under_load() -> None:
    broken = result_of(make_unbuilt_evidence())

    assert "under load" not in written(broken).text
    assert "We measured your last push. It earned 0.0 of 100 points." in written(broken).text
    assert "We built your last push, ran it under load" in written(GOOD).text


def test_nobody_is_compared_with_anybody() -> None:
    text = (written(POOR).text + written(GOOD).text).lower()

    assert not [w for w in ("percentile", "other candidates", "rank", "average") if w in text]


@pytest.mark.parametrize("result", [GOOD, POOR], ids=["good", "poor"])
def test_a_challenge_that_tells_areas_alone_keeps_its_lines_out_of_the_letter(
    result: StoredResult,
) -> None:
    text = written(result, tier="areas").text

    assert not [line.evidence for line in result.criteria if line.evidence in text]
    assert "We saw" not in text


@pytest.mark.parametrize("result", [GOOD, POOR], ids=["good", "poor"])
def test_a_challenge_that_tells_the_score_alone_keeps_advice_out_too(result: StoredResult) -> None:
    text = written(result, tier="total").text

    assert f"{result.total:.1f} of 100" in text
    assert not [line for line in result.criteria if line.title in text]
    assert not [line for line in result.criteria if line.advice and line.advice in text]


@pytest.mark.parametrize("tier", ["areas", "total"])
def test_gates_that_were_passed_are_named_only_where_lines_are_told(tier: str) -> None:
    little = GOOD.model_copy(update={"criteria": (), "areas": (), "findings": ()})

    assert "everything else rests on" in written(little).text
    assert "everything else rests on" not in written(little, tier=tier).text


def test_a_page_that_does_not_show_the_result_yet_is_not_promised_to() -> None:
    assert "your page shows" in written(POOR, released=True).text
    assert "your page" not in written(POOR, released=False).text


def test_a_total_by_other_weights_stands_beside_that_of_the_challenge() -> None:
    text = written(POOR, weighted=21.5).text

    assert f"earned {POOR.total:.1f} of 100 points, 21.5 by the weights of the position." in text
    assert "weights" not in written(POOR).text


def test_without_a_score_the_letter_says_so() -> None:
    assert "could not be measured" in written(GOOD.model_copy(update={"total": None})).text


def test_a_text_is_shown_as_headings_lists_and_paragraphs() -> None:
    shown = blocks_of("Hello,\r\n\r\nWhat went well\n\n- one\n- two\n\nKind regards\nAcme\n")

    assert [block.kind for block in shown] == ["paragraph", "heading", "list", "paragraph"]
    assert shown[2].lines == ("one", "two")
    assert shown[3].lines == ("Kind regards", "Acme")


# ------------------------------------------------------------------------------------- the pages


def judged(site: Site) -> str:
    assessment_id = site.house.started()
    site.judge_poor(site.pushed(assessment_id))
    site.judge(site.sealed(assessment_id))
    return assessment_id


def mails(site: Site, assessment_id: str) -> list[Mail]:
    with site.house.read() as session:
        wanted = select(Mail).where(col(Mail.id) == f"{assessment_id}:letter")
        return list(session.exec(wanted))


FORM = {"subject": "Your work", "text": "Hello Dana,\r\n\r\nwell done.\r\n\r\n- once\r\n- more"}


def test_the_draft_stands_in_the_form_ready_to_be_changed(site: Site, alice: TestClient) -> None:
    page = alice.get(f"/hiring/assessments/{judged(site)}/letter").text

    assert "Feedback on your assessment for Alice&#39;s company" in page
    assert "What went well" in page
    assert "<textarea" in page


def test_changes_are_kept_and_can_be_dropped(site: Site, alice: TestClient) -> None:
    path = f"/hiring/assessments/{judged(site)}/letter"
    assert alice.post(path, data=FORM).status_code == 303
    assert "well done." in alice.get(path).text
    assert mails(site, path.split("/")[3]) == []

    alice.post(f"{path}/drop")
    assert "well done." not in alice.get(path).text


def test_what_cannot_be_kept_is_told_and_not_lost(site: Site, alice: TestClient) -> None:
    path = f"/hiring/assessments/{judged(site)}/letter"
    answer = alice.post(path, data={"subject": " ", "text": "all my work"})

    assert answer.status_code == 422
    assert "needs a subject" in answer.text
    assert "all my work" in answer.text


def version_in(page: str) -> str:
    return re.findall(r'name="read" value="([0-9a-f]+)"', page)[0]


@pytest.mark.parametrize("deed", ["", "/send"])
def test_of_two_who_change_it_at_once_the_second_is_told_and_loses_nothing(
    site: Site, alice: TestClient, deed: str
) -> None:
    path = f"/hiring/assessments/{judged(site)}/letter"
    opened = version_in(alice.get(path).text)
    first = {"subject": "First", "text": "Hello,\n\nsaid the first."}
    assert alice.post(path, data=first | {"read": opened}).status_code == 303
    second = {"subject": "Second", "text": "Hello,\n\nsaid the second."}
    answer = alice.post(path + deed, data=second | {"read": opened})

    assert answer.status_code == 409
    assert "somebody has changed the letter" in answer.text.lower()
    assert "said the first." in answer.text
    assert "said the second." in answer.text
    assert "said the first." in alice.get(path).text
    assert mails(site, path.split("/")[3]) == []
    again = second | {"read": version_in(answer.text)}
    assert alice.post(path + deed, data=again).status_code == 303
    assert "said the second." in alice.get(path).text


@pytest.mark.parametrize("deed", ["", "/send"])
def test_who_has_read_a_draft_of_another_result_is_told(
    site: Site, alice: TestClient, deed: str
) -> None:
    assessment_id = judged(site)
    path = f"/hiring/assessments/{assessment_id}/letter"
    opened = version_in(alice.get(path).text)
    total = with_another_total(site, assessment_id)
    answer = alice.post(path + deed, data=FORM | {"read": opened})

    assert answer.status_code == 409
    assert "is another one since you opened it" in answer.text
    assert f"earned {total} of 100" in answer.text
    assert "well done." in answer.text
    assert mails(site, assessment_id) == []
    again = FORM | {"read": version_in(answer.text)}
    assert alice.post(path + deed, data=again).status_code == 303


def with_another_total(site: Site, assessment_id: str) -> float:
    """The stored result says something else by now: the total it says."""
    with site.house.write() as session:
        counts = judged_evaluation(session, assessment_id)
        assert counts
        result = json.loads(get_artifact(session, counts.id, RESULT_FILE)) | {"total": 12.5}
        put_artifact(session, counts.id, RESULT_FILE, json.dumps(result).encode(), START)
    return 12.5


def test_nobody_drops_what_they_have_not_seen(site: Site, alice: TestClient) -> None:
    path = f"/hiring/assessments/{judged(site)}/letter"
    alice.post(path, data=FORM)
    opened = version_in(alice.get(path).text)
    alice.post(path, data={"subject": "Second", "text": "said the second.", "read": opened})
    answer = alice.post(f"{path}/drop", data={"read": opened})

    assert answer.status_code == 409
    assert "said the second." in answer.text
    assert "What you typed" not in answer.text
    assert "said the second." in alice.get(path).text
    assert alice.post(f"{path}/drop", data={"read": version_in(answer.text)}).status_code == 303
    assert "said the second." not in alice.get(path).text


def test_it_is_sent_once_as_it_stands_in_the_form(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    path = f"/hiring/assessments/{assessment_id}/letter/send"
    assert alice.post(path, data=FORM).status_code == 303
    (mail,) = mails(site, assessment_id)

    assert mail.recipient == "dana@example.com"
    assert mail.subject == "Your work"
    assert mail.body.startswith("Hello Dana,\n\nwell done.\n\n- once\n- more\n")
    assert "https://assay.example.org/candidate/letter" in mail.body
    assert alice.post(path, data=FORM).status_code == 409
    with site.house.read() as session:
        said = session.exec(
            select(AuditEntry).where(AuditEntry.action == "assessment:letter_sent")
        ).all()
    assert [entry.subject for entry in said] == [assessment_id]
    assert "well done" not in said[0].details


def test_the_candidate_reads_it_after_it_was_sent_and_not_before(
    site: Site, alice: TestClient
) -> None:
    assessment_id = judged(site)
    dana = site.of_candidate(assessment_id)
    alice.post(f"/hiring/assessments/{assessment_id}/letter", data=FORM)
    assert dana.get("/candidate/letter").status_code == 404
    assert "read the letter" not in dana.get("/candidate").text

    alice.post(f"/hiring/assessments/{assessment_id}/letter/send", data=FORM)
    assert "<li>once</li>" in dana.get("/candidate/letter").text
    assert "read the letter" in dana.get("/candidate").text


def test_what_somebody_types_is_text_and_no_page(site: Site, alice: TestClient) -> None:
    assessment_id = judged(site)
    form = {"subject": "<b>you</b>", "text": "<script>alert(1)</script>"}
    alice.post(f"/hiring/assessments/{assessment_id}/letter/send", data=form)
    page = site.of_candidate(assessment_id).get("/candidate/letter").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_only_an_owner_sends(site: Site) -> None:
    bob, vera = site.of(site.house.cast.bob), site.of(site.house.cast.vera)
    path = f"/hiring/assessments/{judged(site)}/letter"

    assert bob.post(f"{path}/send", data=FORM).status_code == 403
    assert vera.post(path, data=FORM).status_code == 403
    assert site.of(site.house.cast.charlie).get(path).status_code == 404


def test_without_a_result_there_is_nothing_to_write_of(site: Site, alice: TestClient) -> None:
    answer = alice.get(f"/hiring/assessments/{site.house.started()}/letter")

    assert answer.status_code == 404
    assert "no result yet" in answer.text


def test_programs_read_change_and_send_it(site: Site) -> None:
    calls, assessment_id = site.calls(), judged(site)
    path = f"/api/v1/assessments/{assessment_id}/letter"
    assert calls.get(path).json()["edited"] is False
    kept = calls.put(path, json={"subject": "Yours", "text": "Hello.\n\nGood."})
    assert kept.json() | {"sent_at": None} == {
        "subject": "Yours", "text": "Hello.\n\nGood.", "edited": True, "sent_at": None,
    }  # fmt: skip

    assert calls.post(f"{path}/send").json()["sent_at"]
    assert len(mails(site, assessment_id)) == 1
    assert calls.post(f"{path}/send").status_code == 409
