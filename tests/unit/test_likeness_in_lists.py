"""Likeness to another submission is something to look at wherever flags are: in lists, in reviews,
before a decision. It goes when the other is deleted.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import select
from tests.fakes.panels import Panel, a_panel
from tests.fakes.web import Site, words

from assay.audit.ledger import Actor
from assay.db.tables import Assessment, Submission
from assay.features.assessments.removal import delete
from assay.features.reviews.deciding import concerns
from assay.features.scorecards.changes import VERSION, Changes, Work
from assay.features.scorecards.studies import Subject, study

CODE = (Path(__file__).parents[2] / "platform/assay/domain/statistics.py").read_text()
EMPTY = Changes(version=VERSION, files=(), files_left_out=0, commits=(), commits_left_out=0)
UNANSWERED = "1 integrity flag is answered by no review"


@dataclass
class Reader:
    """The `WorkReader`: everybody wrote the same, or nothing."""

    text: str = CODE
    starter: dict[str, str] = field(default_factory=dict)

    def read(self, bundle: bytes, commit: str) -> Work:
        return Work(EMPTY, {"app.py": self.text} if self.text else {}, self.starter)


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


def handed_in(site: Site, panel: Panel, name: str, text: str = CODE) -> str:
    """Somebody's work was judged, and compared with that of the others."""
    judged = panel.judged(name=name, email=f"{name.lower()}@example.com")
    with site.house.read() as session:
        wanted = select(Submission).where(Submission.assessment_id == judged)
        push = session.exec(wanted).one()
    subject = Subject(push.id, judged, push.commit_sha)
    study(site.house.database, Reader(text), subject, site.house.time)
    return judged


def flags(site: Site, *ids: str) -> list[int | None]:
    with site.house.read() as session:
        return [session.get_one(Assessment, one).flags for one in ids]


def missing(site: Site, assessment_id: str) -> list[str]:
    with site.house.read() as session:
        return concerns(session, assessment_id)


def test_both_of_two_who_are_alike_are_flagged_in_the_list_and_nobody_else(
    site: Site, panel: Panel
) -> None:
    other, first, second = (
        handed_in(site, panel, name, text)
        for name, text in (("Max", ""), ("Jo", CODE), ("Al", CODE))
    )

    assert flags(site, other, first, second) == [0, 1, 1]


def test_who_looks_for_those_with_nothing_flagged_does_not_find_them(
    site: Site, panel: Panel
) -> None:
    for name, text in (("Max", ""), ("Jo", CODE), ("Al", CODE)):
        handed_in(site, panel, name, text)
    page = words(
        site.of(site.house.cast.alice).get(f"/hiring/positions/{panel.position_id}?flags=no").text
    )

    assert "Max" in page
    assert "Jo" not in page


def test_a_review_is_asked_what_to_make_of_it_and_names_nobody(site: Site, panel: Panel) -> None:
    first = handed_in(site, panel, "Jo")
    handed_in(site, panel, "Aloysius")
    page = site.of(site.house.cast.bob).get(f"/hiring/assessments/{first}/review").text

    assert "Like another submission" in page
    assert 'name="note-flag:likeness"' in page
    assert "Aloysius" not in page


def test_before_a_decision_it_is_asked_about_until_a_review_answers_it(
    site: Site, panel: Panel
) -> None:
    first, second = handed_in(site, panel, "Jo"), handed_in(site, panel, "Al")
    panel.reviewed(first, site.house.cast.bob)
    panel.reviewed(second, site.house.cast.bob, notes={"flag:likeness": "Both follow the docs."})

    assert missing(site, first) == [UNANSWERED]
    assert missing(site, second) == []


def test_a_program_can_answer_it_too(site: Site, panel: Panel) -> None:
    first = handed_in(site, panel, "Jo")
    handed_in(site, panel, "Al")
    lines = {name: {"score": 3} for name in ("design", "documentation", "trade_offs", "readiness")}
    said = {"lines": lines | {"flag:likeness": {"note": "A public example."}}, "summary": "Fine."}
    path = f"/api/v1/assessments/{first}/review"
    answer = site.of(site.house.cast.bob).put(path, json=said | {"hand_in": True})

    assert answer.status_code == 200, answer.text
    assert missing(site, first) == []


def test_when_the_other_is_deleted_it_goes(site: Site, panel: Panel) -> None:
    first, second = handed_in(site, panel, "Jo"), handed_in(site, panel, "Al")
    house = site.house
    with house.write() as session:
        by = Actor("system", house.cast.organisation_id)
        delete(session, house.jobs, second, site.platform.repositories, house.time, actor=by)

    assert flags(site, first) == [0]
    assert UNANSWERED not in missing(site, first)


def test_deletions_of_two_who_are_alike_lock_both_in_one_order(site: Site, panel: Panel) -> None:
    """On PostgreSQL each would else hold its own row, and wait for that of the other."""
    both = sorted([handed_in(site, panel, "Jo"), handed_in(site, panel, "Al")])

    assert [locked_to_delete(site, one) for one in both] == [both, both]


class Undone(Exception):
    """What was done is taken back."""


def locked_to_delete(site: Site, assessment_id: str) -> list[str]:
    """Ids of the assessments that are locked when one is deleted, each when it is for the first
    time; nothing is deleted."""
    locked, house = list[str](), site.house
    by = Actor("system", house.cast.organisation_id)
    with suppress(Undone), house.write() as session:
        event.listen(session, "do_orm_execute", lambda done: locked.extend(locked_by(done)))
        delete(session, house.jobs, assessment_id, house.repositories, house.time, actor=by)
        raise Undone
    return list(dict.fromkeys(locked))


def locked_by(done: ORMExecuteState) -> list[str]:
    """Ids of the assessments that a statement locks on PostgreSQL."""
    text = str(done.statement.compile(dialect=postgresql.dialect()))
    if "FROM assessment" in text and "FOR NO KEY UPDATE" in text:
        assert isinstance(done.parameters, dict)
        return [str(value) for value in done.parameters.values()]
    return []
