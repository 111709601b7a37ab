"""Decisions are added, never changed; whoever decides is told first what is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.panels import Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.audit.ledger import Actor, entries
from assay.db.artifacts import get_artifact, put_artifact
from assay.domain.errors import BadInput, Conflict
from assay.domain.evidence import RESULT_FILE
from assay.domain.hiring import Verdict
from assay.features.assessments import adoption
from assay.features.reviews import service
from assay.features.reviews.deciding import (
    Overtaken,
    Ruling,
    Unconfirmed,
    concerns,
    decide,
    decisions_of,
    latest_decisions,
    since,
)
from assay.features.reviews.overriding import Wish, override
from assay.features.reviews.results import required
from assay.features.scorecards.result import FlagResult, Result

REASON = "sound work, and two reviewers agree"
FLAG = FlagResult(
    kind="answers_by_id", severity="serious", reason="answers follow the id", evidence="callers"
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


def ruled(
    site: Site,
    assessment_id: str,
    verdict: Verdict = Verdict.ADVANCE,
    *,
    reason: str = REASON,
    confirmed: bool = False,
    seen: int | None = None,
) -> None:
    alice = site.house.cast.alice
    ruling = Ruling(verdict, reason, alice.user_id, confirmed, seen)
    by = Actor(alice.actor, alice.organisation_id)
    with site.house.write() as session:
        decide(session, assessment_id, ruling, site.house.time, actor=by)


def missing(site: Site, assessment_id: str) -> list[str]:
    with site.house.read() as session:
        return concerns(session, assessment_id)


def flagged(site: Site, assessment_id: str) -> None:
    """As if the result had a flag."""
    with site.house.write() as session:
        evaluation = required(session, assessment_id)
        stored = get_artifact(session, evaluation.id, RESULT_FILE)
        result = Result.model_validate_json(stored).model_copy(update={"flags": (FLAG,)})
        content = result.model_dump_json().encode()
        put_artifact(session, evaluation.id, RESULT_FILE, content, site.house.time)


def test_with_a_result_and_a_review_nothing_is_missing(site: Site, panel: Panel) -> None:
    judged = panel.judged()
    panel.reviewed(judged, site.house.cast.bob)

    assert missing(site, judged) == []
    ruled(site, judged)


def test_what_is_missing_is_told_and_asked_about_once(site: Site, panel: Panel) -> None:
    judged = panel.judged()
    with pytest.raises(Unconfirmed) as told:
        ruled(site, judged)
    ruled(site, judged, confirmed=True)

    assert told.value.concerns == ("nobody has reviewed the work",)
    with site.house.read() as session:
        assert len(decisions_of(session, judged)) == 1


def test_a_draft_a_flag_without_an_answer_and_no_result_are_missing(
    site: Site, panel: Panel
) -> None:
    judged = panel.judged()
    panel.draft(judged, site.house.cast.bob, design=1)
    flagged(site, judged)

    assert missing(site, site.house.started()) == ["there is no result yet"]
    assert missing(site, judged) == [
        "nobody has reviewed the work",
        "1 review is begun and not handed in",
        "1 integrity flag is answered by no review",
    ]


def test_a_flag_is_answered_by_a_review_that_says_something_of_it(site: Site, panel: Panel) -> None:
    judged = panel.judged()
    flagged(site, judged)
    panel.reviewed(judged, site.house.cast.bob, notes={"flag:answers_by_id": "a cache, asked"})

    assert missing(site, judged) == []


def test_the_last_decision_counts_and_all_are_kept(site: Site, panel: Panel) -> None:
    judged, other = panel.judged(), panel.judged()
    for verdict in (Verdict.HOLD, Verdict.ADVANCE, Verdict.REJECT):
        ruled(site, judged, verdict, confirmed=True)
    ruled(site, other, Verdict.HOLD, confirmed=True)
    with site.house.read() as session:
        latest = latest_decisions(session, [judged, other])
        every = decisions_of(session, judged)

    assert {one: row.verdict for one, row in latest.items()} == {
        judged: Verdict.REJECT, other: Verdict.HOLD,
    }  # fmt: skip
    assert [row.verdict for row in every] == [Verdict.REJECT, Verdict.ADVANCE, Verdict.HOLD]


def test_a_decision_needs_a_reason(site: Site, panel: Panel) -> None:
    with pytest.raises(BadInput, match="say why"):
        ruled(site, panel.judged(), reason="no", confirmed=True)


def test_the_ledger_keeps_the_verdict_and_not_the_words(site: Site, panel: Panel) -> None:
    judged = panel.judged()
    ruled(site, judged, reason="Erin was the best of them", confirmed=True)
    with site.house.read() as session:
        entry = entries(session, site.house.cast.organisation_id)[0]

    assert (entry.action, entry.subject) == ("review:decided", judged)
    assert "advance" in entry.details
    assert "Erin" not in entry.details


def decided(site: Site, assessment_id: str) -> list[Verdict]:
    with site.house.read() as session:
        return [row.verdict for row in decisions_of(session, assessment_id)]


def test_who_has_not_seen_the_last_decision_is_told_and_decides_anew(
    site: Site, panel: Panel
) -> None:
    """Two owners at once, or one who presses twice: no decision replaces another unseen."""
    judged = panel.judged()
    ruled(site, judged, Verdict.ADVANCE, confirmed=True, seen=0)
    with pytest.raises(Overtaken, match="since you opened the page"):
        ruled(site, judged, Verdict.REJECT, confirmed=True, seen=0)
    with site.house.read() as session:
        latest = decisions_of(session, judged)[0].id
    ruled(site, judged, Verdict.HOLD, confirmed=True, seen=latest)

    assert decided(site, judged) == [Verdict.HOLD, Verdict.ADVANCE]


def test_who_reviews_the_work_blindly_decides_nothing(site: Site, panel: Panel) -> None:
    judged = panel.judged()
    panel.draft(judged, site.house.cast.alice, design=2)

    with pytest.raises(Conflict, match="your own review"):
        ruled(site, judged, confirmed=True)
    assert decided(site, judged) == []


def test_who_only_looked_at_the_name_has_begun_no_review(site: Site, panel: Panel) -> None:
    alice, judged = site.house.cast.alice, panel.judged()
    with site.house.write() as session:
        service.see_names(session, panel.desk(judged, alice), site.house.time)

    assert missing(site, judged) == ["nobody has reviewed the work"]


def regraded(site: Site) -> tuple[str, str]:
    """A sitting, and a regrade of it that does not count yet."""
    sitting = site.house.started()
    site.pushed(sitting)
    return sitting, site.regraded(sitting)


def adopted(site: Site, evaluation_id: str) -> None:
    site.house.later(minutes=5)
    with site.house.write() as session:
        url = site.platform.public_url
        adoption.adopt(session, evaluation_id, "a test was wrong", url, site.house.time)


def test_a_review_of_a_result_that_counts_no_more_is_told(site: Site, panel: Panel) -> None:
    sitting, regrade = regraded(site)
    panel.reviewed(sitting, site.house.cast.bob)
    before = missing(site, sitting)
    adopted(site, regrade)

    assert before == []
    assert missing(site, sitting) == ["1 review is of an earlier result: another one counts by now"]


def since_then(site: Site, assessment_id: str) -> list[str]:
    with site.house.read() as session:
        return since(session, decisions_of(session, assessment_id)[0])


def test_what_came_after_a_decision_is_told_beside_it(site: Site, panel: Panel) -> None:
    cast = site.house.cast
    sitting, regrade = regraded(site)
    ruled(site, sitting, confirmed=True)
    at_once = since_then(site, sitting)
    panel.reviewed(sitting, cast.bob)
    site.house.later(minutes=1)
    wish = Wish("shutdown_time", 0.0, "the host lost its disk in that very minute")
    with site.house.write() as session:
        by = Actor(cast.alice.actor, cast.organisation_id)
        override(session, sitting, cast.alice.user_id, wish, site.house.time, actor=by)
    adopted(site, regrade)

    assert at_once == []
    assert since_then(site, sitting) == [
        "another result counts",
        "1 override was added",
        "1 review was handed in",
    ]


def test_of_who_was_decided_upon_before_the_result_it_is_told_that_it_stands_by_now(
    site: Site,
) -> None:
    sitting = site.house.started()
    site.pushed(sitting)
    ruled(site, sitting, Verdict.HOLD, confirmed=True)
    sealed = site.sealed(sitting)
    site.house.later(minutes=20)
    before = since_then(site, sitting)
    site.judge(sealed)

    assert before == []
    assert since_then(site, sitting) == ["the result stands"]
