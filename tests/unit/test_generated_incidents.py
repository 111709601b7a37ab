"""Incidents whose rows are made: as many as are sent, in their share, each as often as it says."""

from typing import Any

import pytest
from tests.fakes.challenges import make_challenge
from tests.fakes.incident_run import RULES, incident

from assay.domain.challenge import Challenge
from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentRules, IncidentSpec
from assay.evaluation.incidents.generated import (
    ROWS_MAX,
    as_drift,
    rate_factor,
    rows_wanted,
    settings_of,
)
from assay.evaluation.incidents.timeline import Planned, Timeline
from assay.evaluation.incidents.traffic import needs_rows, traffic_of
from assay.evaluation.material import Row
from assay.evaluation.row_sets import incident_sets

ROWS = tuple(Row(f"g{n}", {"id": f"g{n}"}, float(n)) for n in range(3))


def made(length_min: float = 8, **settings: Any) -> IncidentSpec:
    return incident(
        "generated_rows", "new_kind", length_min=length_min, settings={"set": "new", **settings}
    )


def test_as_many_rows_are_made_as_are_sent() -> None:
    assert rows_wanted(made(), 12) == 96
    assert rows_wanted(made(share=0.25), 12) == 24
    assert rows_wanted(made(rate_factor=2.0), 12) == 192
    assert rows_wanted(made(times=4), 12) == 24


def test_never_more_rows_are_made_than_can_be_kept() -> None:
    assert rows_wanted(made(length_min=100), 1000) == ROWS_MAX


def test_rows_that_come_again_are_the_same_but_for_their_ids() -> None:
    rows = as_drift(made(times=2), ROWS).rows[1.0]

    assert [row.id for row in rows] == ["g0~1", "g0~2", "g1~1", "g1~2", "g2~1", "g2~2"]
    assert rows[0].body is rows[1].body
    assert rows[0].expected == 0.0


def test_a_share_of_the_requests_is_of_the_new_kind() -> None:
    (phase,) = as_drift(made(share=0.3), ROWS).phases

    assert (phase.share_from, phase.share_to) == (0.3, 0.3)


def test_a_gradual_one_rises_to_its_share() -> None:
    rising, full = as_drift(made(share=0.5).model_copy(update={"schedule": "gradual"}), ROWS).phases

    assert (rising.share_from, rising.share_to) == (0, 0.5)
    assert (full.share_from, full.share_to) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"set": "new", "mixx": {}},
            "settings.mixx: there is no such setting; there are: set, mix",
        ),
        ({}, "settings.set is missing; add it: Set that the generator is asked for"),
        ({"set": "new", "times": 0}, "settings.times: "),
        ({"set": "new", "share": 0}, "settings.share: "),
    ],
)
def test_wrong_settings_are_told_with_what_to_do(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        settings_of(incident("generated_rows", "new_kind", settings=settings))


def test_rows_of_one_strength_do_not_grow_stronger() -> None:
    with pytest.raises(BadInput, match="write 'gradual'"):
        settings_of(made().model_copy(update={"schedule": "incremental"}))


def test_the_requests_of_an_incident_come_at_its_own_rate() -> None:
    one = made(rate_factor=1.5)
    rules = IncidentRules.model_validate(RULES)
    decoy = incident("traffic_surge", "more", group="decoy", length_min=2)
    timeline = Timeline("standard", 60, 5, 2, 0.3, (Planned(one, 6, 14), Planned(decoy, 20, 22)))
    traffic = traffic_of(timeline, rules, ROWS, {"new_kind": as_drift(one, ROWS)})

    (segment,) = [s for s in traffic.segments if s.incident == "new_kind"]
    assert segment.rate_rps == pytest.approx(1.5 * rules.rate_rps)
    assert b'"g2"' in traffic.files[segment.rows]


def test_an_incident_of_another_kind_has_the_usual_rate() -> None:
    assert rate_factor(incident("hang")) == 1.0
    assert needs_rows("generated_rows")
    assert not needs_rows("hang")


def test_the_generator_is_asked_for_the_set_of_every_incident_that_can_be_drawn() -> None:
    challenge: Challenge = make_challenge(
        incidents=RULES,
        incident=[made(mix={"new_type": 0.3}).model_dump(), incident("hang").model_dump()],
    )

    (asked,) = incident_sets(challenge)

    assert (asked.name, asked.settings) == ("new", {"new_type": 0.3})
    assert asked.count == rows_wanted(made(), IncidentRules.model_validate(RULES).rate_rps)
