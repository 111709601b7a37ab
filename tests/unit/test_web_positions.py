"""What a hiring team can do with positions on its pages."""

import csv
import io
import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.positions import (
    a_position,
    decided,
    invited_to,
    judged_in,
    reviewed,
    scored,
    started_in,
)
from tests.fakes.web import Site, words

from assay.db.states import move_evaluation
from assay.db.tables import Assessment, AuditEntry, Mail, Position
from assay.domain.hiring import ReleasePolicy, Verdict
from assay.domain.lifecycle import AssessmentState, EvaluationState

TIMES = "\N{MULTIPLICATION SIGN}"
NEW = {
    "challenge": "credit-scoring",
    "title": "ML engineer",
    "area": ["latency", "quality"],
    "factor": ["1.5", "1"],
    "hours": "12",
    "release": "with_decision",
    "keep_days": "90",
}


@pytest.fixture
def position(site: Site) -> Position:
    return a_position(site.house)


def at(position: Position, rest: str = "") -> str:
    return f"/hiring/positions/{position.id}{rest}"


def names(page: str) -> list[str]:
    """Whom the table shows, in order."""
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)


# Opening and changing


def test_a_position_is_opened_by_a_form(site: Site, alice: TestClient) -> None:
    answer = alice.post("/hiring/positions", data=NEW)
    page = alice.get(answer.headers["location"])
    with site.house.read() as session:
        row = session.exec(select(Position)).one()

    assert answer.status_code == 303
    assert "ML engineer" in words(page.text)
    assert f"Latency {TIMES} 1.5" in words(page.text)
    assert (row.weights, row.time_box_s, row.keep_days) == ('{"latency": 1.5}', 12 * 3600, 90)
    assert row.release is ReleasePolicy.WITH_DECISION
    assert row.created_by == site.house.cast.alice.user_id


def test_nothing_typed_is_lost_when_something_is_wrong(alice: TestClient) -> None:
    wrong = NEW | {"title": "", "factor": ["1.5", "9"], "hours": "many", "keep_days": "1.5"}
    answer = alice.post("/hiring/positions", data=wrong)
    page = answer.text

    assert answer.status_code == 422
    assert "is no number" in page
    assert "give whole days" in page
    assert re.search(r'id="factor-latency"[^>]*value="1.5"', page)
    assert 'value="many"' in page
    assert re.search(r'value="with_decision" checked', page)


def test_the_form_shows_what_the_position_says(site: Site, alice: TestClient) -> None:
    made = a_position(site.house, factors={"latency": 1.5}, time_box_h=7.5)
    page = alice.get(at(made, "/settings")).text

    assert re.search(r'id="factor-latency"[^>]*value="1.5"', page)
    assert re.search(r'id="hours"[^>]*value="7.5"', page)
    assert alice.post(at(made, "/settings"), data=NEW | {"factor": ["2", "1"]}).status_code == 303
    assert f"Latency {TIMES} 2" in words(alice.get(at(made)).text)


def test_weights_cannot_be_typed_over_once_somebody_has_started(
    site: Site, alice: TestClient, position: Position
) -> None:
    started_in(site.house, position)
    page = alice.get(at(position, "/settings")).text
    answer = alice.post(at(position, "/settings"), data=NEW)

    assert re.search(r'id="factor-latency"[^>]*readonly', page)
    assert answer.status_code == 409
    assert "the weights are fixed" in answer.text.lower()


def test_who_may_not_change_it_reads_the_settings_and_has_no_button(
    site: Site, position: Position
) -> None:
    page = site.of(site.house.cast.bob).get(at(position, "/settings")).text

    assert "disabled>" in page
    assert re.findall(r'action="/hiring/positions/[^"]*/close"', page) == []
    assert "Save" not in words(page)


def test_with_one_challenge_nobody_has_to_choose(site: Site, alice: TestClient) -> None:
    assert "Weights" in words(alice.get("/hiring/positions/new").text)
    package = site.house.package
    site.offer({"credit-scoring": package, "other": package})
    assert "which challenge" in words(alice.get("/hiring/positions/new").text)


def test_closing_takes_the_invite_button_away(alice: TestClient, position: Position) -> None:
    assert "Invite candidates" in words(alice.get(at(position)).text)
    alice.post(at(position, "/close"))

    assert "Invite candidates" not in words(alice.get(at(position)).text)
    assert "closed" in words(alice.get(at(position, "/invite")).text)


# The first page


def test_the_first_page_counts_candidates_by_stage(
    site: Site, alice: TestClient, position: Position
) -> None:
    invited_to(site.house, position, "Erin")
    started_in(site.house, position)
    site.house.invite()
    page = words(alice.get("/hiring").text)

    assert "ML engineer" in page
    assert "1 invited 1 started" in page
    assert "Without a position 2 invited" in page  # the cast has one of Dana's as well


def test_a_new_team_is_told_what_a_position_is(site: Site, alice: TestClient) -> None:
    assert "No position yet" in words(alice.get("/hiring").text)
    vera = site.of(site.house.cast.vera)
    assert "An owner of your organisation can open one" in words(vera.get("/hiring").text)


def test_another_companys_position_is_not_there(site: Site, position: Position) -> None:
    charlie = site.of(site.house.cast.charlie)

    assert "ML engineer" not in charlie.get("/hiring").text
    for rest in ("", "/settings", "/invite", "/candidates.csv"):
        assert charlie.get(at(position, rest)).status_code == 404


# Inviting


def preview(browser: TestClient, position: Position, text: str, **more: Any) -> str:
    form = {"people": text, "valid_days": "7"}
    answer = browser.post(at(position, "/invite/preview"), data=form, **more)
    assert answer.status_code == 200, answer.text
    return answer.text


def confirmed(page: str) -> dict[str, str]:
    """The form of the preview, as a browser would send it."""
    found = re.search(r'<textarea name="people"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    days = re.search(r'name="valid_days" value="(\d+)"', page)
    assert found
    assert days
    return {"people": found[1].replace("&#34;", '"').replace("&amp;", "&"), "valid_days": days[1]}


def mails(site: Site) -> list[str]:
    with site.house.read() as session:
        wanted = select(Mail.recipient).where(col(Mail.id).endswith(":invitation"))
        return sorted(session.exec(wanted))


def test_nothing_is_sent_before_it_is_confirmed(
    site: Site, alice: TestClient, position: Position
) -> None:
    page = preview(alice, position, "Erin,erin@example.com\nFrank;frank@\n")

    assert mails(site) == []
    assert "1 invitation is ready" in words(page)
    assert "is no e-mail address" in words(page)
    sent = alice.post(at(position, "/invite"), data=confirmed(page))
    assert mails(site) == ["erin@example.com"]
    assert re.search(r"/a/asi_[0-9a-z]{40}", sent.text)
    with site.house.read() as session:
        row = session.exec(select(Assessment).where(Assessment.position_id == position.id)).one()
    assert (row.number, row.candidate_name) == (1, "Erin")
    assert (row.invitation_ends_at - row.invited_at).days == 7


def test_confirming_twice_invites_once(site: Site, alice: TestClient, position: Position) -> None:
    form = confirmed(preview(alice, position, "erin@example.com\nfrank@example.com"))
    alice.post(at(position, "/invite"), data=form)
    again = alice.post(at(position, "/invite"), data=form)

    assert mails(site) == ["erin@example.com", "frank@example.com"]
    assert "2 had been invited meanwhile" in words(again.text)
    assert "invited already" in words(preview(alice, position, "erin@example.com\nnew@example.com"))


def test_whose_invitation_was_withdrawn_can_be_invited_again(
    site: Site, alice: TestClient, position: Position
) -> None:
    first = invited_to(site.house, position, "Erin")
    with site.house.write() as session:
        session.get_one(Assessment, first).state = AssessmentState.REVOKED

    assert "1 invitation is ready" in words(preview(alice, position, "erin@example.com"))


def test_a_file_is_read_as_excel_saves_it(alice: TestClient, position: Position) -> None:
    content = "\ufeffName;E-Mail\r\nZoë;zoe@example.com\r\n".encode()
    file = {"file": ("people.csv", content, "text/csv")}
    page = preview(alice, position, "", files=file)

    assert "Zoë" in words(page)
    assert "1 invitation is ready" in words(page)


BAD_FILES = [
    (b"caf\xe9@example.com,X", "not UTF-8"),
    (b"\x00\x01\x02", "no text file"),
    (b"x" * (1024 * 1024 + 1), "too large"),
    ("\n".join(f"c{n}@example.com" for n in range(2001)).encode(), "2,001 rows are too many"),
]


@pytest.mark.parametrize(("content", "why"), BAD_FILES, ids=[why for _, why in BAD_FILES])
def test_a_file_that_cannot_be_used_is_refused_with_what_to_do(
    alice: TestClient, position: Position, content: bytes, why: str
) -> None:
    file = {"file": ("people.csv", content, "text/csv")}
    answer = alice.post(at(position, "/invite/preview"), data={"people": ""}, files=file)

    assert answer.status_code == 422
    assert why in answer.text


def test_ten_megabytes_are_refused_unread(alice: TestClient, position: Position) -> None:
    file = {"file": ("people.csv", b"x" * 10_000_000, "text/csv")}

    assert alice.post(at(position, "/invite/preview"), files=file).status_code == 413


def test_a_list_and_a_file_at_once_are_refused_and_the_list_is_kept(
    alice: TestClient, position: Position
) -> None:
    file = {"file": ("people.csv", b"a@example.com", "text/csv")}
    form = {"people": "b@example.com"}
    answer = alice.post(at(position, "/invite/preview"), data=form, files=file)

    assert answer.status_code == 422
    assert "use one of them" in answer.text
    assert ">b@example.com</textarea>" in answer.text


@pytest.mark.parametrize("days", ["0", "91", "a week", "1" * 300])
def test_days_that_are_none_are_refused_and_the_list_of_a_file_is_kept(
    alice: TestClient, position: Position, days: str
) -> None:
    file = {"file": ("people.csv", b"c@example.com", "text/csv")}
    form = {"people": "", "valid_days": days}
    answer = alice.post(at(position, "/invite/preview"), data=form, files=file)

    assert answer.status_code == 422
    assert "type whole days, from 1 to 90" in answer.text
    assert ">c@example.com</textarea>" in answer.text
    assert f'value="{days}"' in answer.text


def test_a_hostile_list_stays_text(alice: TestClient, position: Position) -> None:
    page = preview(alice, position, '<script>alert(1)</script>,x@example.com\n"=1+1",y@example.com')

    assert "<script>alert" not in page
    assert "=1+1" in words(page)


def test_hundreds_are_invited_and_numbered(
    site: Site, alice: TestClient, position: Position
) -> None:
    people = "\n".join(f"Candidate {n},c{n}@example.com" for n in range(300))
    sent = alice.post(at(position, "/invite"), data={"people": people, "valid_days": "14"})
    with site.house.read() as session:
        wanted = select(Assessment.number).where(Assessment.position_id == position.id)
        numbers = session.exec(wanted).all()

    assert sorted(numbers) == list(range(1, 301))
    assert "300 invitations are on the way" in words(sent.text)
    assert "/a/asi_" not in sent.text


# The pipeline


def test_the_table_says_where_everybody_stands(
    site: Site, alice: TestClient, position: Position
) -> None:
    judged = judged_in(site, position, "Erin")
    reviewed(site.house, judged, site.house.cast.bob.user_id)
    decided(site.house, judged, Verdict.HOLD)
    decided(site.house, judged, Verdict.ADVANCE)
    page = words(alice.get(at(position)).text)

    assert "Erin #1 erin@example.com" in page
    assert "Decided" in page
    assert "Bob" in page
    assert "Advance" in page.partition("Last activity")[2]
    assert f"{site.house.assessment(judged).score:.1f}" in page


def test_what_is_over_and_has_no_result_says_why(
    site: Site, alice: TestClient, position: Position
) -> None:
    nothing, waits, failed = (started_in(site.house, position, n) for n in ("Ada", "Ben", "Cy"))
    site.house.finish(nothing)
    for one in (waits, failed):
        site.pushed(one)
        site.house.finish(one)
    site.begin(site.sealed_one(failed))
    with site.house.write() as session:
        was, then = EvaluationState.RUNNING, EvaluationState.PLATFORM_FAULT
        move_evaluation(session, site.sealed_one(failed), was=was, then=then)
    page = words(alice.get(at(position, "?order=oldest")).text)

    assert re.findall("nothing was pushed|being measured|could not be measured", page)[:3] == [
        "nothing was pushed",
        "being measured",
        "could not be measured",
    ]


def test_the_unweighted_score_stays_visible(site: Site, alice: TestClient) -> None:
    weighing = a_position(site.house, factors={"latency": 2.0})
    judged = judged_in(site, weighing, evidence=make_poor_evidence())
    row = site.house.assessment(judged)
    page = words(alice.get(at(weighing)).text)

    own = words(alice.get(f"/hiring/assessments/{judged}").text)
    assert f"{row.weighted:.1f}" in page
    assert f"unweighted {row.score:.1f}" in page
    assert f"Result {row.weighted:.1f} of 100" in own, "the page of a candidate shows the same"
    assert f"unweighted {row.score:.1f}" in own


def test_what_people_decided_instead_stands_beside_the_score(site: Site, alice: TestClient) -> None:
    weighing = a_position(site.house, factors={"latency": 2.0})
    judged = judged_in(site, weighing, evidence=make_poor_evidence())
    before = site.house.assessment(judged)
    form = {"criterion": "shutdown_time", "share": "100", "reason": "the host lost its disk then"}
    assert alice.post(f"/hiring/assessments/{judged}/overrides", data=form).status_code == 303
    (row,) = csv_of(alice, weighing)
    total = row["weighted_with_overrides"]
    page = alice.get(at(weighing)).text

    assert float(row["weighted_score"]) == before.weighted, "and is never changed by it"
    assert float(total) > float(row["weighted_score"])
    assert f"with 1 override {total}" in words(page)
    assert f'href="/hiring/assessments/{judged}/overrides"' in page
    assert f"with 1 override {total}" in words(alice.get(f"/hiring/assessments/{judged}").text)


def test_a_percentile_says_among_how_many(
    site: Site, alice: TestClient, position: Position
) -> None:
    people = [invited_to(site.house, position, f"C {n}") for n in range(6)]
    for n, assessment_id in enumerate(people):
        scored(site.house, assessment_id, 50.0 + n)
    few = csv_of(alice, position, "order=best")
    assert {(row["percentile"], row["percentile_of"]) for row in few} == {("", "5")}
    scored(site.house, invited_to(site.house, None, "Loose"), 99.0)
    rows = csv_of(alice, position, "order=best")

    assert [row["percentile"] for row in rows] == ["83.3", "66.7", "50.0", "33.3", "16.7", "0.0"]
    assert {row["percentile_of"] for row in rows} == {"6"}
    assert "of 6 others" in words(alice.get(at(position)).text)


def test_a_result_without_a_score_is_not_taken_for_none(
    site: Site, alice: TestClient, position: Position
) -> None:
    gate = started_in(site.house, position, "Gil")
    site.house.finish(gate)
    scored(site.house, gate, None, result_version="")
    started_in(site.house, position, "Ina")
    page = alice.get(at(position)).text
    told = {row["candidate"]: row["complete"] for row in csv_of(alice, position)}

    assert page.count(">no score</span>") == 1
    assert told == {"Gil": "False", "Ina": ""}


FILTERS = [
    ("stage=invited", ["Ina"]),
    ("stage=judged", ["Max", "Jo"]),
    ("stage=decided", ["Dora"]),
    ("least=60", ["Max", "Dora"]),
    ("most=60", ["Jo"]),
    ("least=&most=&flags=yes", ["Jo"]),
    ("flags=no", ["Max", "Dora"]),
    ("decision=advance", ["Dora"]),
    ("decision=hold", []),
    ("decision=no", ["Ina", "Max", "Jo"]),
    ("q=max", ["Max"]),
    ("q=DORA%40example", ["Dora"]),
    ("q=%25", []),
    ("q=2", ["Jo"]),
    ("q=candidate+2", ["Jo"]),
    ("order=oldest", ["Dora", "Jo", "Max", "Ina"]),
    ("order=best", ["Max", "Dora", "Jo", "Ina"]),
    ("order=lowest", ["Jo", "Dora", "Max", "Ina"]),
    ("stage=judged&order=lowest", ["Jo", "Max"]),
]


@pytest.fixture
def four(site: Site, position: Position) -> Position:
    """Dora (70, advance), Jo (40, flagged), Max (90), Ina (invited); the first is the eldest."""
    house = site.house
    for name, score, flags in (("Dora", 70.0, 0), ("Jo", 40.0, 2), ("Max", 90.0, 0)):
        assessment_id = started_in(house, position, name)
        house.finish(assessment_id)
        scored(house, assessment_id, score, flags=flags)
        if name == "Dora":
            decided(house, assessment_id)
        house.later(minutes=1)
    invited_to(house, position, "Ina")
    return position


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_filters_and_orders_show_whom_they_say(
    alice: TestClient, four: Position, query: str, expected: list[str]
) -> None:
    assert names(alice.get(at(four, f"?{query}")).text) == expected


def test_the_reviewer_filter_finds_who_was_reviewed_by_whom(
    site: Site, alice: TestClient, four: Position
) -> None:
    bob = site.house.cast.bob.user_id
    with site.house.read() as session:
        wanted = select(Assessment.id).where(Assessment.candidate_name == "Max")
        reviewed(site.house, session.exec(wanted).one(), bob)

    assert names(alice.get(at(four, f"?reviewer={bob}")).text) == ["Max"]


@pytest.mark.parametrize("query", ["stage=gone", "least=101", "least=nan", "order=name", "after=x"])
def test_a_filter_that_cannot_be_is_refused(
    alice: TestClient, position: Position, query: str
) -> None:
    assert alice.get(at(position, f"?{query}")).status_code == 422


@pytest.mark.parametrize("order", ["newest", "oldest", "best", "lowest"])
def test_turning_pages_shows_everybody_once(
    site: Site, alice: TestClient, position: Position, order: str
) -> None:
    people = "\n".join(f"Candidate {n},c{n}@example.com" for n in range(120))
    alice.post(at(position, "/invite"), data={"people": people, "valid_days": "14"})
    with site.house.write() as session:
        rows = session.exec(select(Assessment).where(Assessment.position_id == position.id)).all()
        for row in rows[:70]:
            row.weighted = row.score = float(row.number % 7)
    seen: list[str] = []
    address = at(position, f"?order={order}")
    while address:
        page = alice.get(address).text
        seen += names(page)
        more = re.search(r'<a href="([^"]+)" rel="next"', page)
        address = more[1].replace("&amp;", "&") if more else ""

    assert sorted(seen) == sorted(f"Candidate {n}" for n in range(120))


def test_nobody_fitting_is_said(alice: TestClient, four: Position, position: Position) -> None:
    assert "Nobody fits these filters" in words(alice.get(at(four, "?q=nobody")).text)


def test_who_was_invited_without_a_position_has_a_table_too(
    site: Site, alice: TestClient, position: Position
) -> None:
    invited_to(site.house, position, "Erin")
    site.house.invite(site.house.cast.other_organisation_id)
    page = alice.get("/hiring/assessments").text

    assert names(page) == ["Dana"]
    assert 'name="ids"' not in page


# Blind


def test_a_reviewer_sees_a_number_until_the_review_is_handed_in(
    site: Site, position: Position
) -> None:
    judged = judged_in(site, position, "Erin")
    bob = site.of(site.house.cast.bob)
    hidden = bob.get(at(position)).text

    assert "Erin" not in hidden
    assert "erin@example.com" not in hidden
    assert names(hidden) == ["Candidate 1"]
    for form in ("csv", "json"):
        exported = bob.get(at(position, f"/candidates.{form}")).text
        assert "Candidate 1" in exported
        assert "erin" not in exported.lower()
    reviewed(site.house, judged, site.house.cast.bob.user_id)
    assert names(bob.get(at(position)).text) == ["Erin"]


HIDDEN = [("erin", []), ("example.com", []), ("1", ["Candidate 1"])]


@pytest.mark.parametrize(("search", "found"), HIDDEN)
def test_who_is_hidden_is_not_found_by_name(
    site: Site, position: Position, search: str, found: list[str]
) -> None:
    judged_in(site, position, "Erin")
    bob = site.of(site.house.cast.bob)

    assert names(bob.get(at(position, f"?q={search}")).text) == found


def test_who_is_hidden_is_hidden_where_it_is_ticked(site: Site, position: Position) -> None:
    judged = judged_in(site, position, "Erin")
    form = {"deed": "extend", "ids": [judged]}
    page = site.of(site.house.cast.bob).post(at(position, "/candidates"), data=form).text

    assert "Candidate 1" in page
    assert "Erin" not in page


# Views


def test_a_view_is_kept_for_oneself(site: Site, alice: TestClient, four: Position) -> None:
    form = {"name": "To decide", "stage": "judged", "order": "best", "q": ""}
    kept = alice.post(at(four, "/views"), data=form)
    page = alice.get(at(four)).text
    bob = site.of(site.house.cast.bob).get(at(four)).text

    assert kept.headers["location"] == at(four, "?stage=judged&order=best")
    assert f'href="{at(four, "?stage=judged&amp;order=best")}"' in page
    assert "To decide" not in bob
    gone = re.search(r'action="([^"]+/views/[^"]+/delete)"', page)
    assert gone
    assert site.of(site.house.cast.bob).post(gone[1]).status_code == 404
    assert alice.post(gone[1]).status_code == 303
    assert "To decide" not in alice.get(at(four)).text


def test_a_view_of_the_same_name_is_replaced_and_there_is_a_limit(
    alice: TestClient, position: Position
) -> None:
    for number in range(20):
        alice.post(at(position, "/views"), data={"name": f"View {number}", "q": "a"})
    again = alice.post(at(position, "/views"), data={"name": "View 3", "q": "b"})

    assert again.status_code == 303
    assert alice.post(at(position, "/views"), data={"name": "One more"}).status_code == 409
    assert alice.post(at(position, "/views"), data={"name": "  "}).status_code == 422


# Deeds


def tick(browser: TestClient, position: Position, deed: str, *ids: str) -> Any:
    return browser.post(at(position, "/candidates"), data={"deed": deed, "ids": list(ids)})


def test_a_page_says_who_is_meant_before_anything_is_done(
    site: Site, alice: TestClient, position: Position
) -> None:
    erin, done = invited_to(site.house, position, "Erin"), judged_in(site, position, "Frank")
    page = words(tick(alice, position, "revoke", erin, done).text)

    assert "Erin" in page
    assert "Frank: judged already" in page
    assert site.house.assessment(erin).state is AssessmentState.INVITED


def test_what_is_done_to_many_is_told_for_each(
    site: Site, alice: TestClient, position: Position
) -> None:
    erin, frank = (invited_to(site.house, position, name) for name in ("Erin", "Frank"))
    over = judged_in(site, position, "Gil")
    form = {"deed": "revoke", "ids": [erin, frank, over], "reason": "the position is filled"}
    page = words(alice.post(at(position, "/candidates/done"), data=form).text)

    assert "Done for 2 candidates" in page
    assert "Gil: The assessment is finished" in page
    assert site.house.assessment(frank).state is AssessmentState.REVOKED


def test_more_time_and_withdrawing_need_a_reason(
    site: Site, alice: TestClient, position: Position
) -> None:
    erin = invited_to(site.house, position, "Erin")
    for deed in ("extend", "revoke"):
        form = {"deed": deed, "ids": [erin], "reason": "  ", "hours": "7.5"}
        answer = alice.post(at(position, "/candidates/done"), data=form)
        assert answer.status_code == 422
        assert "Say why" in words(answer.text)
        assert f'name="ids" value="{erin}"' in answer.text, "who was ticked is not lost"
        assert (deed == "revoke") or 'value="7.5"' in answer.text
    assert site.house.assessment(erin).state is AssessmentState.INVITED


def test_more_time_that_cannot_be_loses_nothing_that_was_typed(
    site: Site, alice: TestClient, position: Position
) -> None:
    erin = invited_to(site.house, position, "Erin")
    form = {"deed": "extend", "ids": [erin], "reason": "ill", "hours": "2161"}
    answer = alice.post(at(position, "/candidates/done"), data=form)

    assert answer.status_code == 422
    assert f'name="ids" value="{erin}"' in answer.text
    assert 'value="2161"' in answer.text
    assert 'value="ill"' in answer.text
    assert 'id="hours-problem"' in answer.text


def test_more_time_for_all_that_are_ticked(
    site: Site, alice: TestClient, position: Position
) -> None:
    ids = [started_in(site.house, position, name) for name in ("Erin", "Frank")]
    before = [site.house.assessment(one).deadline_at for one in ids]
    form = {"deed": "extend", "ids": ids, "hours": "2", "reason": "the power was out"}
    alice.post(at(position, "/candidates/done"), data=form)
    after = [site.house.assessment(one).deadline_at for one in ids]

    assert [b and a and (a - b).total_seconds() for a, b in zip(after, before, strict=True)] == [
        7200,
        7200,
    ]


def test_a_reminder_from_the_candidates_own_page(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.invite().assessment_id
    address = f"/hiring/assessments/{assessment_id}/remind"

    assert f'action="{address}"' in alice.get(address.removesuffix("/remind")).text
    assert alice.post(address).status_code == 303
    assert alice.post(address).status_code == 409


def test_nobody_ticked_is_said(alice: TestClient, position: Position) -> None:
    answer = tick(alice, position, "remind")

    assert answer.status_code == 422
    assert "Nobody is ticked" in answer.text


def test_who_is_of_another_position_cannot_be_ticked(
    site: Site, alice: TestClient, position: Position
) -> None:
    other = invited_to(site.house, a_position(site.house), "Erin")

    assert tick(alice, position, "remind", other).status_code == 404


@pytest.mark.parametrize("deed", ["remind", "extend", "revoke"])
def test_a_viewer_does_nothing_and_is_offered_nothing(
    site: Site, position: Position, deed: str
) -> None:
    erin = invited_to(site.house, position, "Erin")
    vera = site.of(site.house.cast.vera)

    assert tick(vera, position, deed, erin).status_code == 403
    assert 'name="ids"' not in vera.get(at(position)).text
    assert vera.get(at(position, "/candidates.csv")).status_code == 403


# Export


def csv_of(browser: TestClient, position: Position, query: str = "") -> list[dict[str, str]]:
    text = browser.get(at(position, f"/candidates.csv?{query}")).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_an_export_holds_what_the_filters_show(alice: TestClient, four: Position) -> None:
    rows = csv_of(alice, four, "stage=judged&order=lowest")
    told = json.loads(alice.get(at(four, "/candidates.json?stage=judged&order=lowest")).text)

    assert [row["candidate"] for row in rows] == ["Jo", "Max"]
    assert [row["score"] for row in rows] == ["40.0", "90.0"]
    assert [row["candidate"] for row in told] == ["Jo", "Max"]
    assert told[0]["flags"] == 2
    assert list(told[0]) == list(rows[0])


def test_an_export_is_on_record(site: Site, alice: TestClient, four: Position) -> None:
    csv_of(alice, four)
    with site.house.read() as session:
        wanted = select(AuditEntry).where(AuditEntry.action == "assessment:exported")
        entry = session.exec(wanted).one()

    assert entry.subject == four.id
    assert json.loads(entry.details) == {"candidates": 4, "format": "csv"}


def test_no_cell_of_an_export_is_a_formula(
    site: Site, alice: TestClient, position: Position
) -> None:
    people = '"=HYPERLINK(""x"")",erin@example.com\n@SUM(A1),+frank@example.com'
    alice.post(at(position, "/invite"), data={"people": people, "valid_days": "14"})
    cells = [cell for row in csv_of(alice, position) for cell in row.values()]

    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if cell[:1] in set("=+-@\t\r")] == []


# Candidates are told


def test_a_candidate_is_told_the_weights_before_the_start(site: Site) -> None:
    weighing = a_position(site.house, factors={"latency": 1.25})
    dana = site.of_candidate(invited_to(site.house, weighing))

    assert f"{TIMES} 1.25" in words(dana.get("/candidate").text)
    assert f"Latency {TIMES} 1.25" in words(dana.get("/candidate/brief").text)


def test_a_candidate_without_weights_is_told_of_none(site: Site, position: Position) -> None:
    dana = site.of_candidate(invited_to(site.house, position))

    assert "weigh" not in words(dana.get("/candidate").text).lower()
    assert "weighs" not in words(dana.get("/candidate/brief").text)


def test_a_candidate_sees_both_scores(site: Site, alice: TestClient) -> None:
    weighing = a_position(site.house, factors={"latency": 2.0})
    judged = judged_in(site, weighing, evidence=make_poor_evidence())
    alice.post(f"/hiring/assessments/{judged}/release")
    page = words(site.of_candidate(judged).get("/candidate").text)
    row = site.house.assessment(judged)

    assert f"{row.score:.1f}" in page
    assert f"as they were announced: {row.weighted:.1f} of 100" in page
