"""What a person should look at before anybody decides. Pure rules; none of them changes a point.

A flag is no verdict: it says what was seen and where. What a cheat gains is taken away by the
criteria; flags tell what points alone would not.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from assay.domain.evidence import Evidence
from assay.domain.flags import answers, load, monitoring
from assay.domain.scorecard import Flag

Rule = Callable[[Evidence], Iterator[Flag]]

RULES: tuple[Rule, ...] = (
    answers.memorised_answers,
    answers.answers_by_id,
    answers.callers_treated_differently,
    load.cheaper_under_load,
    load.turned_away_without_need,
    load.errors_told_as_success,
    monitoring.made_up_metrics,
    monitoring.forged_series,
    monitoring.alerts_by_the_clock,
)
"""One for each kind of flag, in the order of `FlagKind`."""

TOLD_BY_EXTENT = ("forged_series", "alerts_by_the_clock")
"""Kinds that are a notice where a starter has them: what is serious went further than that."""
HANDED_OUT = " Starters of this challenge may come with it: see whether it was left there or added."


def flags_of(evidence: Evidence) -> tuple[Flag, ...]:
    """All flags, the serious ones first."""
    found = [_fair(flag, evidence) for rule in RULES for flag in rule(evidence)]
    return tuple(sorted(found, key=lambda flag: flag.severity != "serious"))


def _fair(flag: Flag, evidence: Evidence) -> Flag:
    """What we planted ourselves nobody is accused of."""
    planted = {kind for s in evidence.challenge.slot for f in s.fault for kind in f.flags}
    goes_further = flag.kind in TOLD_BY_EXTENT and flag.severity == "serious"
    if flag.kind not in planted or goes_further:
        return flag
    return replace(flag, severity="notice", reason=flag.reason + HANDED_OUT)
