"""Who must not know whom they judge finds the name on no page, in no file, in no answer.

`WHERE` names every address under which something of one assessment is shown; an address that is
not in it, and has an assessment or an evaluation in it, makes a test fail.
"""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from tests.fakes.evidence import make_evidence
from tests.fakes.panels import EMAIL, NAME, Panel, a_panel
from tests.fakes.web import a_site

from assay.db.tables import Submission

LOG = f"commit by {NAME} <{EMAIL}>"
A, E, P = "{assessment_id}", "{evaluation_id}", "{position_id}"
MARK = re.compile(r"\berin\b|erin.?example|example, e", re.IGNORECASE)


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    site = a_site(tmp_path_factory.mktemp("blind"))
    yield a_panel(site)
    site.house.database.dispose()


@pytest.fixture(scope="module")
def ids(panel: Panel) -> dict[str, str]:
    """A candidate whose code, commits and logs name them, and a second to compare with."""
    judged = panel.judged(make_evidence(service_log=LOG))
    house = panel.site.house
    evaluation_id = panel.site.sealed_one(judged)
    with house.write() as session:
        push = session.get_one(Submission, house.evaluation(evaluation_id).submission_id)
        push.subject = f"{NAME}: load the model once"
        session.get_one(type(house.evaluation(evaluation_id)), evaluation_id).message = LOG
    return {
        "assessment_id": judged,
        "evaluation_id": evaluation_id,
        "position_id": panel.position_id,
        "other": panel.judged(),
    }


WHERE = [
    "/hiring",
    "/hiring/reviews",
    f"/hiring/positions/{P}",
    f"/hiring/positions/{P}/candidates.csv",
    f"/hiring/positions/{P}/candidates.json",
    f"/hiring/assessments/{A}",
    f"/hiring/assessments/{A}/review",
    f"/hiring/assessments/{A}/decision",
    f"/hiring/assessments/{A}/overrides",
    f"/hiring/assessments/{A}/scorecard",
    f"/hiring/assessments/{A}/scorecard/figures.json",
    f"/hiring/assessments/{A}/scorecard/plots/latency-over-time.svg",
    f"/hiring/assessments/{A}/scorecard/changes",
    f"/hiring/compare?position={P}",
    f"/hiring/compare?ids={A}&ids={{other}}",
    f"/hiring/evaluations/{E}/files/report.html",
    f"/hiring/evaluations/{E}/files/result.json",
    f"/hiring/evaluations/{E}/files/evidence.json",
    "/api/v1/assessments",
    f"/api/v1/assessments/{A}",
    f"/api/v1/assessments/{A}/submissions",
    f"/api/v1/assessments/{A}/reviews",
    f"/api/v1/assessments/{A}/scorecard",
    f"/api/v1/assessments/{A}/shares",
    f"/api/v1/evaluations/{E}",
    f"/api/v1/evaluations/{E}/events",
    f"/api/v1/evaluations/{E}/files/evidence.json",
    f"/api/v1/positions/{P}/candidates",
]


@pytest.mark.parametrize("path", WHERE)
def test_a_blind_reviewer_reads_no_name(panel: Panel, ids: dict[str, str], path: str) -> None:
    bob = panel.site.of(panel.site.house.cast.bob)
    answer = bob.get(path.format(**ids))
    told = answer.text + repr(answer.headers)

    assert answer.status_code == 200
    assert MARK.findall(told) == []


NAMED = [
    f"/hiring/assessments/{A}",
    f"/hiring/assessments/{A}/scorecard",
    f"/hiring/positions/{P}",
    f"/hiring/positions/{P}/candidates.csv",
    f"/hiring/compare?ids={A}&ids={{other}}",
    f"/hiring/evaluations/{E}/files/report.html",
    f"/hiring/evaluations/{E}/files/evidence.json",
    f"/api/v1/assessments/{A}",
    f"/api/v1/assessments/{A}/submissions",
    f"/api/v1/evaluations/{E}",
    f"/api/v1/positions/{P}/candidates",
]
"""Some that do name the candidate to others: otherwise the test above would prove nothing."""


@pytest.mark.parametrize("path", NAMED)
def test_an_owner_who_does_not_review_reads_it(
    panel: Panel, ids: dict[str, str], path: str
) -> None:
    alice = panel.site.of(panel.site.house.cast.alice)

    assert MARK.search(alice.get(path.format(**ids)).text)


REFUSED = [
    f"/hiring/evaluations/{E}/events",
    f"/hiring/assessments/{A}/documents",
    f"/hiring/assessments/{A}/letter",
    f"/hiring/assessments/{A}/paper",
    f"/hiring/assessments/{A}/scorecard.pdf",
    f"/api/v1/assessments/{A}/decisions",
    f"/api/v1/assessments/{A}/overrides",
    f"/api/v1/assessments/{A}/letter",
]


@pytest.mark.parametrize("path", REFUSED)
def test_what_makes_no_sense_without_the_name_is_refused(
    panel: Panel, ids: dict[str, str], path: str
) -> None:
    answer = panel.site.of(panel.site.house.cast.bob).get(path.format(**ids))

    assert answer.status_code == 403
    assert not MARK.search(answer.text)


def test_a_name_is_no_key_to_the_list(panel: Panel, ids: dict[str, str]) -> None:
    bob = panel.site.of(panel.site.house.cast.bob)
    found = bob.get(f"/hiring/positions/{ids['position_id']}?q=Erin").text

    assert ids["assessment_id"] not in found


def test_after_handing_in_the_name_is_there(panel: Panel) -> None:
    judged = panel.judged()
    panel.reviewed(judged, panel.site.house.cast.bob)
    bob = panel.site.of(panel.site.house.cast.bob)

    assert NAME in bob.get(f"/hiring/assessments/{judged}").text
    assert bob.get(f"/api/v1/assessments/{judged}").json()["candidate_email"] == EMAIL


def test_a_key_is_nobodys_eyes(panel: Panel, ids: dict[str, str]) -> None:
    told = panel.site.calls().get(f"/api/v1/assessments/{ids['assessment_id']}").json()

    assert told["candidate_name"] == NAME


OWN_TESTS = {
    f"/hiring/evaluations/{E}/comparison",
    f"/hiring/assessments/{A}/scorecard/alike/{{submission_id}}",
}
"""Of two evaluations, and of two candidates: nothing of one alone."""


def test_no_address_of_an_assessment_is_left_out(panel: Panel) -> None:
    """A new page is looked at above."""
    looked_at = {generic(path) for path in (*WHERE, *REFUSED, *OWN_TESTS)}
    there = {
        str(route.path)
        for route in iter_route_contexts(panel.site.app.routes)
        if isinstance(route.original_route, APIRoute) and "GET" in (route.methods or ())
    }
    about = {path for path in there if A in path or E in path} - looked_at

    assert {path for path in about if path.startswith(("/hiring", "/api"))} == set()


def generic(path: str) -> str:
    """As the application names the route."""
    named = path.partition("?")[0]
    return (
        re.sub(r"/(files|plots)/[a-z-]+(?=\.)", r"/\1/{name}", named)
        .replace("{name}.html", "{name}")
        .replace("{name}.json", "{name}")
    )
