"""Broken challenges about dependencies with a bill, incidents that are made, and their checks."""

from pathlib import Path

from tests.broken_challenges.edits import BRIEF, SPEC, add, spec

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
INCIDENTS = """[incidents]
rows = "harness/holdout.jsonl"
warmup_min = 10
standard_min = 100
draw = [{ group = "service", count = 1 }, { group = "passing", count = 1 }]

[[incident]]
id = "trouble"
title = "Something is the matter"
kind = "fault"
group = "service"
INJECTOR
observable = "service"
length_min = 8
budget_min = 5
accepts = ["availability"]

[[incident]]
id = "far_away"
title = "Parcels go far away for a minute"
kind = "decoy"
group = "passing"
injector = "covariate_shift"
settings = { field = "distance_m", by_sd = 1 }
observable = "none"
length_min = 1

[[area]]"""
MONITORING = """version: 1
rule_files: [monitoring/rules.yml]
alerts:
  ServiceDown: {covers: [availability]}
"""
ALERT = """groups:
  - name: service
    rules:
      - alert: ServiceDown
        expr: 'min_over_time(up{job=~"[s]vc"}[5m]) == 0'
        for: 2m
"""


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
    spec(root, "[[area]]", INCIDENTS.replace("INJECTOR", injector))
    add(root, BRIEF, WATCHED)
    add(root, "reference/monitoring.yml", MONITORING)
    add(root, "reference/monitoring/rules.yml", ALERT)
