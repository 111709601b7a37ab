"""A timeline of a fault and a decoy for the scaffold, and monitoring that covers it."""

_INCIDENTS = """[incidents]
rows = "harness/holdout.jsonl"
warmup_min = 10
standard_min = 100
draw = [{ group = "service", count = 1 }, { group = "passing", count = 1 }]

[[incident]]
id = "NAME"
title = "TITLE"
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
DECLARED = """version: 1
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


def incidents_table(name: str, title: str, injector: str) -> str:
    """What stands before the areas of challenge.toml; `injector`: its line."""
    return _INCIDENTS.replace("NAME", name).replace("TITLE", title).replace("INJECTOR", injector)
