"""Dependencies with a bill: what cannot be done, read or judged is told before anybody sits it."""

import json
from pathlib import Path

import pytest
from tests.broken_challenges.edits import SPEC, add, spec
from tests.broken_challenges.metered import LLM, LOOKUP, with_incident
from tests.fakes.llm import BASE
from tests.fakes.scaffolds import found_by, fresh_scaffold

from assay.toolkit.lint.modes import BOUNDS
from assay.toolkit.lint.modes import LLM as LLM_MODES
from assay.toolkit.lint.modes import LOOKUP as LOOKUP_MODES
from assay_probe.gateways.llm import conditions
from assay_probe.gateways.modes import COMMON, DOWN

MODEL = LLM.replace("rows.jsonl", "model.json")
METERED = f"{MODEL}meter = true\n"
STORM = 'injector = "dependency"\nsettings = { name = "model", mode = "storm" }'
MONEY = """
[[criterion]]
id = "money"
area = "quality"
title = "Money"
check = "CHECK"
points = 1
band = { floor = 2, target = 1 }
advice = "Spend less."
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = fresh_scaffold(tmp_path)
    add(made, "harness/model.json", json.dumps(BASE))
    return made


# ---------------------------------------------------------------------------------- modes


def test_the_modes_that_the_linter_knows_are_those_of_the_probe() -> None:
    assert set(LOOKUP_MODES) == {*COMMON.ways, DOWN}
    assert set(LLM_MODES) == {*conditions.DEFAULTS, DOWN}
    for mode, settings in conditions.DEFAULTS.items():
        assert set(LLM_MODES[mode]) == set(settings)
    for mode, settings in COMMON.defaults.items():
        assert set(LOOKUP_MODES[mode]) == set(settings)


def test_every_setting_of_a_mode_has_its_bounds() -> None:
    settings = {
        one for modes in (LLM_MODES, LOOKUP_MODES) for told in modes.values() for one in told
    }

    assert settings == set(BOUNDS)


@pytest.mark.parametrize(
    "settings",
    [
        'mode = "storm", percent = 30, retry_after_s = 2',
        'mode = "slow", delay_ms = 4000',
        'mode = "version"',
        'mode = "version", number = 2',
        'mode = "cut"',
        'mode = "down"',
    ],
)
def test_what_models_can_do_is_let_pass(root: Path, settings: str) -> None:
    add(root, SPEC, METERED)
    with_incident(root, f'injector = "dependency"\nsettings = {{ name = "model", {settings} }}')

    assert found_by("dependency-mode", root) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('mode = "rain"', "no mode 'rain'; use one of: cut, down"),
        ('mode = "storm", delay_ms = 3', "mode 'storm' has no setting 'delay_ms'"),
        ('mode = "storm", percent = 300', "settings.percent is 300; write 0 to 100"),
        ('mode = "storm", percent = 0.3', "settings.percent is 0.3; write a whole number"),
        ('mode = "error", status = 429', "settings.status is 429; write 500 to 599"),
        ('mode = "version", number = 3', "has no version 3; use one of: 1, 2"),
    ],
)
def test_what_models_cannot_do_is_told(root: Path, settings: str, words: str) -> None:
    add(root, SPEC, METERED)
    with_incident(root, f'injector = "dependency"\nsettings = {{ name = "model", {settings} }}')

    (told,) = found_by("dependency-mode", root)
    assert words in told


def test_a_version_of_the_rule_file_is_known(root: Path) -> None:
    version = {"number": 7, "suffix": "2027-01-01", "where": "(?!)"}
    (root / "harness/model.json").write_text(json.dumps({**BASE, "versions": [version]}))
    add(root, SPEC, METERED)
    with_incident(
        root, 'injector = "dependency"\nsettings = { name = "model", mode = "version", number = 7 }'
    )

    assert found_by("dependency-mode", root) == []
    assert found_by("llm-rules", root) == []


# ------------------------------------------------------------------------------ rule files


def test_settings_are_read_with_the_rule_file(root: Path) -> None:
    add(root, SPEC, f"{METERED}settings = {{ latency_percnt = 50 }}\n")

    (told,) = found_by("llm-rules", root)
    assert "rules.latency_percnt: unknown field" in told


def test_a_rule_file_needs_keys_unless_each_start_has_its_own(root: Path) -> None:
    (root / "harness/model.json").write_text("{}")
    add(root, SPEC, METERED)
    assert len(found_by("llm-rules", root)) == 1

    spec(root, 'environment = "MODEL_URL"', 'environment = "MODEL_URL"\nkey_environment = "KEY"')
    assert found_by("llm-rules", root) == []


# ---------------------------------------------------------------------------------- meters


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (f'{LOOKUP}key_environment = "KEY"\n', "behaviour 'lookup' knows no keys"),
        (
            f'{LOOKUP}told = {{ path = "/c/{{id}}", id_field = "id", field = "usd" }}\n',
            "behaviour 'lookup' costs nothing",
        ),
        (
            f'{MODEL}told = {{ path = "/c/{{id}}", id_field = "id", field = "usd" }}\n',
            "say meter = true",
        ),
    ],
)
def test_what_has_no_meter_cannot_be_billed(root: Path, table: str, words: str) -> None:
    add(root, SPEC, table)

    (told,) = found_by("no-meter", root)
    assert words in told


def test_an_incident_about_cost_needs_a_meter(root: Path) -> None:
    with_incident(root, 'injector = "hang"')
    spec(root, 'accepts = ["availability"]', 'accepts = ["cost"]')
    (told,) = found_by("no-meter", root)
    assert "no dependency is metered; say meter = true" in told

    add(root, SPEC, METERED)
    assert found_by("no-meter", root) == []


def test_the_brief_says_where_the_key_is(root: Path) -> None:
    add(root, SPEC, METERED)
    spec(root, 'environment = "MODEL_URL"', 'environment = "MODEL_URL"\nkey_environment = "KEY_OF"')

    told = found_by("brief-endpoints", root)
    assert [one for one in told if "never names 'KEY_OF'" in one]


# ---------------------------------------------------------------------------------- checks


@pytest.mark.parametrize("check", ["metered_cost", "retry_spend", "cost_told"])
def test_every_check_of_the_bill_needs_one(root: Path, check: str) -> None:
    add(root, SPEC, MONEY.replace("CHECK", check))

    (told,) = found_by("metered-check", root)
    assert "no dependency is metered" in told


def test_who_is_to_tell_the_cost_must_be_asked(root: Path) -> None:
    add(root, SPEC, METERED + MONEY.replace("CHECK", "cost_told"))

    (told,) = found_by("metered-check", root)
    assert "no metered dependency has a table `told`" in told


def test_retries_are_seen_only_in_a_storm_that_is_always_drawn(root: Path) -> None:
    add(root, SPEC, METERED + MONEY.replace("CHECK", "retry_spend"))
    with_incident(root, STORM)
    assert found_by("metered-check", root) == []

    add(root, SPEC, OTHER)
    (told,) = found_by("metered-check", root)
    assert "incidents.draw need not have an incident with mode 'storm'" in told
    assert "draw more of its group than it has other incidents" in told


def test_a_storm_is_drawn_in_the_thorough_profile_too(root: Path) -> None:
    add(root, SPEC, METERED + MONEY.replace("CHECK", "retry_spend"))
    with_incident(root, STORM)
    add(root, SPEC, OTHER.replace('"service"', '"others"', 1))
    only_others = 'thorough_draw = [{ group = "others", count = 1 }]'
    spec(root, "standard_min = 100", f"standard_min = 100\n{only_others}")
    (told,) = found_by("metered-check", root)
    assert "incidents.thorough_draw need not have an incident with mode 'storm'" in told

    both = '{ group = "service", count = 1 }, { group = "others", count = 1 }'
    spec(root, only_others, f"thorough_draw = [{both}]")
    assert found_by("metered-check", root) == []


OTHER = """
[[incident]]
id = "hangs"
title = "It hangs"
kind = "fault"
group = "service"
injector = "hang"
observable = "service"
length_min = 8
budget_min = 5
accepts = ["availability"]
"""


# ------------------------------------------------------------------------- rows that are made


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('set = "incidents"', "is one of [generator] sets"),
        ('set = "new", rate = 2', "settings.rate: there is no such setting"),
        ('set = "new", times = 3', "rows that come again need new ids"),
    ],
)
def test_rows_of_an_incident_are_its_own(root: Path, settings: str, words: str) -> None:
    add(root, SPEC, '\n[generator]\nmodule = "harness/made.py"\nsets = { incidents = 100 }\n')
    with_incident(root, f'injector = "generated_rows"\nsettings = {{ {settings} }}')

    (told,) = found_by("generated-traffic", root)
    assert words in told


def test_two_incidents_have_two_sets(root: Path) -> None:
    add(root, SPEC, '\n[generator]\nmodule = "harness/made.py"\nsets = { incidents = 100 }\n')
    with_incident(root, 'injector = "generated_rows"\nsettings = { set = "new" }')
    assert found_by("generated-traffic", root) == []

    again = OTHER.replace('"hang"', '"generated_rows"\nsettings = { set = "new" }')
    add(root, SPEC, again)
    (told,) = found_by("generated-traffic", root)
    assert "is that of 'trouble'; give it one of its own" in told
