"""Lever: a change of stage invites, and what comes of it becomes a note."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.integrations import (
    Worker,
    a_position,
    an_endpoint,
    assessments_of,
    deliveries_in,
    partly_measured,
    reach_out,
    sat,
)
from tests.fakes.lever_stand_in import KEY, ONE, SIGNATURE_TOKEN, Lever
from tests.fakes.web import Site, a_site
from tests.fakes.webhook_stand_in import Answer, standing

from assay.domain.hiring import EndpointKind
from assay.features.integrations import endpoints


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def lever(site: Site) -> Iterator[Lever]:
    secrets = {"their_key": KEY, "their_token": SIGNATURE_TOKEN}
    with standing(Lever(site.browser())) as made:
        endpoint = an_endpoint(site.house, EndpointKind.LEVER, made.url, **secrets).endpoint
        made.endpoint_id = endpoint.id
        reach_out(site)
        yield made


@pytest.fixture
def position_id(site: Site) -> str:
    return a_position(site.house)


def test_a_change_of_stage_invites_and_the_result_becomes_a_note(
    site: Site, lever: Lever, position_id: str
) -> None:
    lever.know("python", f"Assay:{position_id}")
    assert lever.tell().json() == {"invited": True}
    (assessment,) = assessments_of(site.house, position_id)
    assert (assessment.candidate_name, assessment.candidate_email) == (
        "Harry Potter", "hpotter@hogwarts.example",
    )  # fmt: skip
    sealed = sat(site, assessment.id)
    Worker(site.house).work()
    started, done = lever.notes[ONE]

    assert "has started" in started
    assert f"{site.house.evaluation(sealed).score:.1f} of 100" in done
    assert done.endswith(assessment.id)


def test_a_note_says_what_the_score_leaves_out(site: Site, lever: Lever, position_id: str) -> None:
    lever.know(f"assay:{position_id}")
    lever.tell()
    (assessment,) = assessments_of(site.house, position_id)
    sat(site, assessment.id, partly_measured())
    Worker(site.house).work()

    assert "Some lines were not measured" in lever.notes[ONE][-1]
    assert "95 % interval" in lever.notes[ONE][-1]


def test_told_again_it_invites_nobody_again(site: Site, lever: Lever, position_id: str) -> None:
    lever.know(f"assay:{position_id}")

    assert [lever.tell().json()["invited"] for _ in range(3)] == [True, False, False]
    assert len(assessments_of(site.house, position_id)) == 1


@pytest.mark.parametrize("tags", [(), ("python",), ("assay",), ("assay:pos_x",), ("xassay:pos_1",)])
def test_without_a_tag_that_names_a_position_nothing_happens(
    site: Site, lever: Lever, position_id: str, tags: tuple[str, ...]
) -> None:
    lever.know(*tags)

    assert lever.tell().json() == {"invited": False}
    assert assessments_of(site.house, position_id) == []


def test_other_events_are_heard_and_let_be(lever: Lever, position_id: str) -> None:
    lever.know(f"assay:{position_id}")

    assert lever.tell(event="candidateHired").json() == {"invited": False}
    assert lever.asked == []


def test_what_lever_did_not_sign_is_refused_and_nobody_is_asked(
    site: Site, lever: Lever, position_id: str
) -> None:
    lever.know(f"assay:{position_id}")

    assert lever.tell("another").status_code == 401
    assert lever.tell(triggeredAt=1_500_000_000_001).status_code == 401
    assert lever.tell(signature="").status_code == 401
    assert lever.asked == []
    assert assessments_of(site.house, position_id) == []


@pytest.mark.parametrize(
    "changes",
    [{"data": {}}, {"data": {"opportunityId": "../../users"}}, {"token": None},
     {"triggeredAt": "soon"}, {"triggeredAt": -1}],
    ids=str,
)  # fmt: skip
def test_what_is_malformed_is_refused_in_words(lever: Lever, changes: dict[str, object]) -> None:
    answer = lever.tell(**changes)  # type: ignore[arg-type]

    assert answer.status_code == 422
    assert answer.json()["error"]["problems"]


@pytest.mark.parametrize(
    "trouble",
    [Answer(500), Answer(401), Answer(404), Answer(hangs=True), Answer(200, ["x"]),
     Answer(raw=b"garbage\n\n")],
    ids=["500", "401", "404", "hangs", "strange", "garbage"],
)  # fmt: skip
def test_a_webhook_that_we_could_not_look_into_is_told_to_us_again(
    site: Site, lever: Lever, position_id: str, trouble: Answer
) -> None:
    lever.know(f"assay:{position_id}")
    lever.script = [trouble]

    assert lever.change_stage() == [503, 200]
    assert len(assessments_of(site.house, position_id)) == 1


def test_somebody_without_a_mail_address_cannot_be_invited(lever: Lever, position_id: str) -> None:
    lever.know(f"assay:{position_id}", emails=[])
    answer = lever.tell()

    assert answer.status_code == 422
    assert "no mail address" in answer.json()["error"]["message"]


def test_a_tag_of_another_company_names_nothing(site: Site, lever: Lever) -> None:
    house = site.house
    theirs = a_position(house, "Theirs", organisation_id=house.cast.other_organisation_id)
    lever.know(f"assay:{theirs}")

    assert lever.tell().status_code == 404


def test_one_that_is_switched_off_or_of_another_kind_is_not_there(site: Site, lever: Lever) -> None:
    house, ours = site.house, site.house.cast.organisation_id
    other = an_endpoint(house, EndpointKind.GREENHOUSE).endpoint.id
    with house.write() as session:
        endpoints.disable(session, ours, lever.endpoint_id, house.time)

    assert lever.tell().status_code == 404
    lever.endpoint_id = other
    assert lever.tell().status_code == 404


def test_a_note_that_was_not_taken_is_left_later(
    site: Site, lever: Lever, position_id: str
) -> None:
    lever.know(f"assay:{position_id}")
    lever.tell()
    (assessment,) = assessments_of(site.house, position_id)
    site.house.start(assessment.id)
    lever.script = [Answer(503)]
    worker = Worker(site.house)

    assert worker.work() == 0
    site.house.later(seconds=40)
    assert worker.work() == 1
    assert len(lever.notes[ONE]) == 1
    assert deliveries_in(site.house)[0].attempts == 2
