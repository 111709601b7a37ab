"""Broken challenges about dependencies with a bill, incidents that are made, and their checks."""

from pathlib import Path

from tests.broken_challenges.edits import BRIEF, SPEC, add, spec
from tests.broken_challenges.watched import ALERT, DECLARED, incidents_table

Place = tuple[str, str]

LOOKUP = """
[[dependency]]
name = "rates"
environment = "RATES_URL"
port = 9100
behaviour = "lookup"
data = "rows.jsonl"
settings = { path = "/rates/{id}" }
"""
LLM = """
[[dependency]]
name = "model"
environment = "MODEL_URL"
port = 9100
behaviour = "llm"
data = "rows.jsonl"
"""
TOLD = "\nIn `RATES_URL` and `MODEL_URL` stands what it can ask.\n"
WATCHED = "\n`GET /metrics` is read, at 60 rps, after 10 min of warm-up.\n"


def a_lookup_is_metered(root: Path) -> Place:
    add(root, SPEC, f"{LOOKUP}meter = true\n")
    add(root, BRIEF, TOLD)
    return SPEC, "meter = true"


def the_rules_of_models_are_rows(root: Path) -> Place:
    add(root, SPEC, LLM)
    add(root, BRIEF, TOLD)
    return SPEC, 'data = "rows.jsonl"'


def a_lookup_answers_429(root: Path) -> Place:
    add(root, SPEC, LOOKUP)
    add(root, BRIEF, TOLD)
    with_incident(root, 'injector = "dependency"\nsettings = { name = "rates", mode = "storm" }')
    return SPEC, 'settings = { name = "rates"'


def nobody_makes_the_rows(root: Path) -> Place:
    with_incident(root, 'injector = "generated_rows"\nsettings = { set = "new" }')
    return SPEC, 'settings = { set = "new" }'


def a_bill_is_judged_that_nobody_has(root: Path) -> Place:
    old = 'check = "quality_agreement"\npoints = 60\nband = { floor = 0.5, target = 0.995 }'
    new = 'check = "metered_cost"\npoints = 60\nband = { floor = 0.01, target = 0.001 }'
    spec(root, old, new, tables=True)
    return SPEC, '[[criterion]]\nid = "model_agreement"'


def with_incident(root: Path, injector: str) -> None:
    """A timeline with one thing that is done, and an alert of the reference for it."""
    spec(root, "[[area]]", incidents_table("trouble", "Something is the matter", injector))
    add(root, BRIEF, WATCHED)
    add(root, "reference/monitoring.yml", DECLARED)
    add(root, "reference/monitoring/rules.yml", ALERT)
