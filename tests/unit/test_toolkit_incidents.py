"""A catalogue of incidents is refused unless every timeline drawn from it can be carried out."""

from pathlib import Path

import pytest
from tests.fakes.tiny_challenge import SPEC, write_tiny_challenge

from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput
from assay.toolkit.lint.traits import NEEDS_TABLE
from assay.toolkit.package import load_challenge

INCIDENTS = """
[incidents]
rows = "harness/rows.jsonl"
warmup_min = 15
gap_min = 10
standard_min = 100
thorough_min = 200
draw = [{ group = "data", count = 1 }, { group = "decoy", count = 1 }]
thorough_draw = [{ group = "data", count = 2 }, { group = "decoy", count = 1 }]
feedback = { path = "/f", id_field = "id", label_field = "bad", delay_min = 4, share = 0.5 }

[[incident]]
id = "unit"
title = "Another unit"
kind = "drift"
group = "data"
injector = "unit_change"
settings = { field = "income", factor = 12 }
observable = "marginal"
length_min = 20
budget_min = 30
accepts = ["drift"]
locates = ["income"]

[[incident]]
id = "concept"
title = "Another world"
kind = "drift"
group = "data"
injector = "concept_drift"
settings = { field = "income", above = 0 }
observable = "labels"
length_min = 32
budget_min = 60
accepts = ["quality"]

[[incident]]
id = "blip"
title = "A blip"
kind = "decoy"
group = "decoy"
injector = "covariate_shift"
settings = { field = "income", by_sd = 1 }
observable = "none"
length_min = 2
"""

SLOTS = SPEC.index("[[slot]]")
WHOLE = SPEC[:SLOTS] + INCIDENTS + SPEC[SLOTS:]


def refusal(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """Problems of the tiny challenge with incidents after some changes of its text."""
    spec = WHOLE
    for old, new in changes:
        assert old in spec
        spec = spec.replace(old, new, 1)
    root = write_tiny_challenge(tmp_path, spec)
    with pytest.raises(BadInput) as caught:
        load_challenge(root)
    return [str(one).removeprefix(f"{root}/") for one in caught.value.problems]


def line_of(text: str) -> int:
    return WHOLE[: WHOLE.index(text)].count("\n") + 1


def test_a_sound_catalogue_is_loaded(tmp_path: Path) -> None:
    challenge = load_challenge(write_tiny_challenge(tmp_path, WHOLE)).challenge

    assert [one.id for one in challenge.incident] == ["unit", "concept", "blip"]


def test_a_catalogue_needs_the_table_that_draws_from_it(tmp_path: Path) -> None:
    table = INCIDENTS[: INCIDENTS.index("[[incident]]")]

    (problem,) = refusal(tmp_path, (table, ""))

    assert "no [incidents] table that draws them; add it" in problem


def test_incident_names_are_unique(tmp_path: Path) -> None:
    (problem,) = refusal(tmp_path, ('id = "concept"', 'id = "unit"'))

    assert "two incident tables named 'unit'" in problem


def test_a_group_that_is_drawn_has_enough_incidents(tmp_path: Path) -> None:
    more = 'thorough_draw = [{ group = "data", count = 3 }'

    (problem,) = refusal(tmp_path, (more.replace("3", "2"), more))

    assert problem.startswith(f"challenge.toml:{line_of('thorough_draw')}: ")
    assert "3 of group 'data' are drawn and it has 2" in problem


def test_a_group_that_is_drawn_exists(tmp_path: Path) -> None:
    old = 'thorough_draw = [{ group = "data"'

    (problem,) = refusal(tmp_path, (old, old.replace("data", "dat")))

    assert "2 of group 'dat' are drawn and it has 0" in problem
    assert "the groups are: data, decoy" in problem


def test_no_incident_is_drawn_twice(tmp_path: Path) -> None:
    again = 'draw = [{ group = "data", count = 1 }, { group = "data", count = 1 }, '

    (problem,) = refusal(
        tmp_path,
        ('draw = [{ group = "data", count = 1 }, ', again),
        ("standard_min = 100", "standard_min = 150"),
    )

    assert "group 'data' is drawn 2 times" in problem


def test_an_incident_that_is_never_drawn_is_told(tmp_path: Path) -> None:
    old = 'title = "Another world"\nkind = "drift"\ngroup = "data"'

    (problem,) = refusal(
        tmp_path,
        (old, old.replace("data", "model")),
        ('"data", count = 2', '"data", count = 1'),
    )

    assert "incident 'concept' is in group 'model', which is never drawn" in problem


def test_every_timeline_has_a_decoy(tmp_path: Path) -> None:
    chance = ('kind = "decoy"\ngroup = "decoy"', 'kind = "decoy"\ngroup = "data"')
    draws = (
        'draw = [{ group = "data", count = 1 }, { group = "decoy", count = 1 }]',
        'draw = [{ group = "data", count = 1 }]',
    )
    thorough = (
        'thorough_draw = [{ group = "data", count = 2 }, { group = "decoy", count = 1 }]',
        'thorough_draw = [{ group = "data", count = 3 }]',
    )

    (problem,) = refusal(tmp_path, thorough, draws, chance)

    assert problem.startswith(f"challenge.toml:{line_of('draw = ')}: ")
    assert "a timeline could have no decoy" in problem


def test_the_longest_timeline_fits_into_its_profile(tmp_path: Path) -> None:
    """Warm-up 15, incidents of 32 and 2, two gaps of 10 make 69."""
    (problem,) = refusal(tmp_path, ("standard_min = 100", "standard_min = 68"))

    assert "needs 69 virtual minutes" in problem
    assert "has 68" in problem
    load_challenge(write_tiny_challenge(tmp_path / "b", WHOLE.replace("min = 100", "min = 69", 1)))


def test_the_longest_timeline_leaves_the_quiet_that_is_asked_for(tmp_path: Path) -> None:
    (problem,) = refusal(tmp_path, ("gap_min = 10", "gap_min = 10\nquiet_share = 0.65"))

    assert "leaves 60% quiet and 65% is asked for" in problem
    assert problem.startswith(f"challenge.toml:{line_of('draw = ') + 1}: ")


def test_a_profile_shorter_than_its_warm_up_is_refused(tmp_path: Path) -> None:
    problems = refusal(tmp_path, ("standard_min = 100", "standard_min = 10"))

    assert any("needs 69 virtual minutes" in one for one in problems)
    assert any("leaves 0% quiet" in one for one in problems)


def test_an_injector_that_does_not_exist_is_told_with_those_that_do(tmp_path: Path) -> None:
    (problem,) = refusal(tmp_path, ('injector = "unit_change"', 'injector = "unit_chance"'))

    assert problem.startswith(f"challenge.toml:{line_of('injector = ')}: ")
    assert "no injector is called 'unit_chance'; use one of: " in problem
    assert "hang" in problem
    assert "unit_change" in problem


def test_a_wrong_setting_of_a_drift_is_told_before_a_seed_draws_it(tmp_path: Path) -> None:
    missing, unknown = refusal(tmp_path, ("factor = 12", "faktor = 12"))

    assert "incident 'unit': settings.factor is missing" in missing
    assert "settings.faktor: there is no such setting" in unknown


def test_an_incident_of_a_dependency_names_one_of_the_challenge(tmp_path: Path) -> None:
    kind = ('kind = "drift"', 'kind = "fault"')
    settings = ('field = "income", factor = 12', 'name = "nobody", mode = "down"')
    injector, place = ("unit_change", "dependency"), ('locates = ["income"]', "")

    (problem,) = refusal(tmp_path, kind, settings, injector, place)

    assert "settings.name is 'nobody'; the dependencies are: " in problem


def test_no_alert_is_asked_for_that_nobody_could_raise(tmp_path: Path) -> None:
    (problem,) = refusal(tmp_path, ('observable = "marginal"', 'observable = "none"'))

    assert "'unit' can be noticed from nothing and yet accepts drift" in problem


def test_an_alert_has_no_longer_than_it_may_fire(tmp_path: Path) -> None:
    (problem,) = refusal(tmp_path, ("budget_min = 30", "budget_min = 51"))

    assert "gives 51 minutes for an alert that should be over after 50" in problem


def test_only_a_drift_has_a_place(tmp_path: Path) -> None:
    (problem,) = refusal(tmp_path, ('kind = "drift"', 'kind = "fault"'))

    assert "'unit' is a fault, and only a drift has a feature to locate" in problem


def test_what_only_labels_show_needs_labels_in_time(tmp_path: Path) -> None:
    feedback = INCIDENTS[INCIDENTS.index("feedback =") : INCIDENTS.index("\n[[incident]]")]

    (none_sent,) = refusal(tmp_path / "a", (feedback, ""))
    (too_late,) = refusal(tmp_path / "b", ("delay_min = 4", "delay_min = 60"))

    assert "add [incidents.feedback]" in none_sent
    assert "a budget of 60 minutes and the first label comes after 60" in too_late


def test_the_rows_of_the_timeline_exist_and_are_hidden(tmp_path: Path) -> None:
    problems = refusal(
        tmp_path, ('[incidents]\nrows = "harness/rows.jsonl"', '[incidents]\nrows = "rows.jsonl"')
    )

    assert any("there is no file 'rows.jsonl'" in one for one in problems)
    assert any("'rows.jsonl' is not under harness/" in one for one in problems)


@pytest.mark.parametrize("check", NEEDS_TABLE["incidents"])
def test_a_criterion_of_the_incidents_needs_their_table(tmp_path: Path, check: str) -> None:
    spec = SPEC.replace('check = "contract_tests"', f'check = "{check}"').replace(
        'settings = { criterion = "right" }', "settings = {}"
    )

    with pytest.raises(BadInput, match=r"needs a \[incidents\] table"):
        load_challenge(write_tiny_challenge(tmp_path, spec))


def test_every_check_that_needs_a_table_exists() -> None:
    assert {check for checks in NEEDS_TABLE.values() for check in checks} <= set(CHECKS)


@pytest.mark.parametrize(
    ("check", "settings", "told"),
    [
        ("alerts_score", 'groups = ["data", "modle"]', "settings.groups with 'modle'"),
        ("alerts_score", 'groups = "data"', "settings.groups with 'data'; write a list of: data"),
        ("outage_answers", 'injectors = ["hang"]', "settings.injectors with 'hang'"),
    ],
)
def test_a_criterion_names_groups_and_injectors_that_exist(
    tmp_path: Path, check: str, settings: str, told: str
) -> None:
    (problem,) = refusal(
        tmp_path,
        ('check = "contract_tests"', f'check = "{check}"'),
        ('settings = { criterion = "right" }', f"settings = {{ {settings} }}"),
    )

    assert told in problem
    assert problem.startswith(f"challenge.toml:{line_of('settings =')}: ")
