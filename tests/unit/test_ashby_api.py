"""Ashby lists, starts and cancels; it is told how an assessment goes on."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.fakes.ashby_stand_in import BASE, KEY, Ashby
from tests.fakes.integrations import (
    Worker,
    a_position,
    an_endpoint,
    assessments_of,
    deliveries_in,
    partly_measured,
    reach_out,
    sat,
    settled,
)
from tests.fakes.web import Site, a_site
from tests.fakes.webhook_stand_in import Answer, standing

from assay.domain.hiring import EndpointKind
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import service as assessments


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def ashby(site: Site) -> Iterator[Ashby]:
    with standing(Ashby(site.browser(), "")) as made:
        endpoint = an_endpoint(site.house, EndpointKind.ASHBY, made.url, their_key=KEY)
        made.our_key = endpoint.secret
        reach_out(site)
        yield made


@pytest.fixture
def position_id(site: Site) -> str:
    return a_position(site.house)


def ordered(site: Site, ashby: Ashby, position_id: str) -> tuple[str, str]:
    """Ashby's name of an assessment, and ours."""
    theirs = ashby.start(position_id).json()["assessment_id"]
    (assessment,) = assessments_of(site.house, position_id)
    return theirs, assessment.id


def test_an_order_comes_back_as_a_result(site: Site, ashby: Ashby, position_id: str) -> None:
    (listed,) = ashby.listed().json()["assessments"]
    assert (listed["assessment_type_id"], listed["name"]) == (position_id, "ML engineer")
    theirs, ours = ordered(site, ashby, position_id)
    worker = Worker(site.house)
    site.house.start(ours)
    worker.work()
    site.house.later(seconds=1)
    site.pushed(ours)
    sealed = site.sealed(ours)
    worker.work()
    site.house.later(seconds=1)
    settled(site, sealed)
    worker.work()
    started, measuring, done = ashby.updates[theirs]

    assert str(UUID(theirs)) == theirs
    assert started["assessment_status"]["value"] == "Started"
    assert "assessment_result" not in measuring
    assert done["assessment_result"]["type"] == "numeric_score"
    assert done["assessment_result"]["value"] == site.house.evaluation(sealed).score
    assert done["assessment_profile_url"]["value"].endswith(ours)
    assert [one.status for one in deliveries_in(site.house)] == [200] * 3


def test_beside_a_score_stands_what_it_leaves_out(
    site: Site, ashby: Ashby, position_id: str
) -> None:
    theirs, ours = ordered(site, ashby, position_id)
    sat(site, ours, partly_measured())
    Worker(site.house).work()
    beside = {one["identifier"]: one["value"] for one in ashby.updates[theirs][-1]["metadata"]}

    assert "Some lines were not measured" in beside["remarks"]
    assert " to " in beside["interval"]


def test_what_ashby_missed_is_not_told_after_something_later(
    site: Site, ashby: Ashby, position_id: str
) -> None:
    """Ashby takes no older update, and "started" after the result would be wrong."""
    theirs, ours = ordered(site, ashby, position_id)
    site.house.start(ours)
    ashby.script = [Answer(500)]
    worker = Worker(site.house)
    assert worker.work() == 0
    site.house.later(seconds=1)
    site.house.finish(ours)
    worker.hand_on()
    started, finished = deliveries_in(site.house)
    with site.house.write() as session:
        session.add(started)
        started.next_at = site.house.time + timedelta(hours=1)
    site.house.later(seconds=40)
    assert worker.work() == 1
    site.house.later(hours=2)

    assert worker.work() == 0
    assert len(ashby.updates[theirs]) == 1
    overtaken = deliveries_in(site.house)[0]
    assert (overtaken.id, overtaken.next_at) == (started.id, None)
    assert "a later event" in overtaken.error
    assert deliveries_in(site.house)[1].id == finished.id


def test_the_same_order_is_the_same_assessment(site: Site, ashby: Ashby, position_id: str) -> None:
    assert ashby.start(position_id).json() == ashby.start(position_id).json()
    assert ashby.start(position_id, "app-2").json() != ashby.start(position_id).json()
    assert len(assessments_of(site.house, position_id)) == 2


def test_what_ashby_cancels_is_withdrawn_and_told_so(
    site: Site, ashby: Ashby, position_id: str
) -> None:
    theirs, ours = ordered(site, ashby, position_id)

    assert [ashby.cancel(theirs).status_code for _ in range(2)] == [200, 200]
    assert site.house.assessment(ours).state is AssessmentState.REVOKED
    Worker(site.house).work()
    assert ashby.updates[theirs][0]["cancelled_reason"]["value"]


def test_what_is_over_cannot_be_cancelled(site: Site, ashby: Ashby, position_id: str) -> None:
    theirs, ours = ordered(site, ashby, position_id)
    site.house.start(ours)
    site.house.finish(ours)

    assert ashby.cancel(theirs).status_code == 409


def test_an_end_without_a_push_is_told_as_cancelled(
    site: Site, ashby: Ashby, position_id: str
) -> None:
    theirs, ours = ordered(site, ashby, position_id)
    site.house.start(ours)
    site.house.later(seconds=1)
    site.house.finish(ours)
    Worker(site.house).work()

    assert "without a push" in ashby.updates[theirs][-1]["cancelled_reason"]["value"]


def test_an_invitation_that_nobody_used_is_told_as_cancelled(
    site: Site, ashby: Ashby, position_id: str
) -> None:
    theirs, _ = ordered(site, ashby, position_id)
    site.house.later(days=20)
    with site.house.write() as session:
        assessments.expire_due(session, site.house.jobs, site.house.time)
    Worker(site.house).work()

    assert "in time" in ashby.updates[theirs][-1]["cancelled_reason"]["value"]


@pytest.mark.parametrize("key", ["", "age_" + "0" * 40, KEY])
def test_a_wrong_key_is_refused(site: Site, ashby: Ashby, position_id: str, key: str) -> None:
    ashby.our_key = key

    assert ashby.listed().status_code == 401
    assert ashby.start(position_id).status_code == 401
    assert ashby.cancel("x").status_code == 401
    assert assessments_of(site.house, position_id) == []


def test_what_was_never_ordered_cannot_be_cancelled(ashby: Ashby) -> None:
    assert ashby.cancel("00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"candidate": {}}, {"candidate": None}, {"application": {}}, {"assessment_type_id": ""}],
    ids=str,
)
def test_an_order_that_lacks_something_is_refused_in_words(
    site: Site, ashby: Ashby, position_id: str, changes: dict[str, object]
) -> None:
    answer = ashby.start(position_id, **changes)  # type: ignore[arg-type]

    assert answer.status_code == 422
    assert answer.json()["error"]["problems"]


def test_a_position_that_is_not_open_cannot_be_ordered(ashby: Ashby) -> None:
    assert ashby.start("pos_" + "0" * 16).status_code == 404


@pytest.mark.parametrize("trouble", [Answer(500), Answer(401), Answer(hangs=True)], ids=str)
def test_ashby_is_told_when_it_is_well_again(
    site: Site, ashby: Ashby, position_id: str, trouble: Answer
) -> None:
    theirs, ours = ordered(site, ashby, position_id)
    site.house.start(ours)
    ashby.script = [trouble]
    worker = Worker(site.house)

    assert worker.work() == 0
    site.house.later(seconds=40)
    assert worker.work() == 1
    assert len(ashby.updates[theirs]) == 1


def test_nothing_is_told_of_what_ashby_has_not_ordered(site: Site, ashby: Ashby) -> None:
    site.house.started()
    Worker(site.house).work()

    assert ashby.asked == []


def test_the_calls_are_posts(site: Site, ashby: Ashby) -> None:
    assert site.browser().get(f"{BASE}/assessment.list").status_code == 405
