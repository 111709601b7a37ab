"""Questions for the interview, written from the evidence by rules. They change no point.

Each rule looks at what was seen and writes one question or none. What cost most points comes
first; a gate or a serious flag before everything else.
"""

from collections.abc import Callable

from assay.domain.evidence import Evidence
from assay.domain.questions import (
    alerts,
    answers,
    authored,
    choices,
    cost,
    load,
    trouble,
    upkeep,
)
from assay.domain.questions.question import Question, Seen, seen_of
from assay.domain.scorecard import Scorecard

__all__ = ["RULES", "Question", "questions_of"]

Rule = Callable[[Seen], Question | None]

RULES: dict[str, Rule] = {
    "broke_off": upkeep.broke_off,
    "explain_a_flag": choices.explain_a_flag,
    "throughput_flattened": load.throughput_flattened,
    "latency_grew_with_rate": load.latency_grew_with_rate,
    "long_tail": load.long_tail,
    "stalls": load.stalls,
    "slower_than_reference": load.slower_than_reference,
    "less_throughput": cost.less_throughput,
    "cost_of_a_million": cost.cost_of_a_million,
    "memory_grew": cost.memory_grew,
    "died_under_load": cost.died_under_load,
    "dependency_took_it_along": trouble.dependency_took_it_along,
    "slow_to_recover": trouble.slow_to_recover,
    "wrong_and_sure": trouble.wrong_and_sure,
    "requests_lost_at_the_end": trouble.requests_lost_at_the_end,
    "did_not_stop": trouble.did_not_stop,
    "ready_before_able": trouble.ready_before_able,
    "late_alert": alerts.late_alert,
    "missed_incident": alerts.missed_incident,
    "woke_someone_for_nothing": alerts.woke_someone_for_nothing,
    "never_quiet": alerts.never_quiet,
    "did_not_end": alerts.did_not_end,
    "pointed_elsewhere": alerts.pointed_elsewhere,
    "fragile_alerts": alerts.fragile_alerts,
    "own_figures_disagree": alerts.own_figures_disagree,
    "nothing_to_watch_with": alerts.nothing_to_watch_with,
    "other_than_the_model": answers.other_than_the_model,
    "tells_less_apart": answers.tells_less_apart,
    "failed_tests": answers.failed_tests,
    "personal_data_leaked": answers.personal_data_leaked,
    "large_image": upkeep.large_image,
    "broken_rule": upkeep.broken_rule,
    "faster_than_reference": choices.faster_than_reference,
    "best_area": choices.best_area,
    "what_next": choices.what_next,
}
"""Name -> rule; docs/follow-up-questions.md has a line for each."""


def questions_of(evidence: Evidence, card: Scorecard) -> tuple[Question, ...]:
    """All questions, what tells most first."""
    seen = seen_of(evidence, card)
    own = [question for rule in RULES.values() if (question := rule(seen))]
    found = [*own, *authored.authored(seen)]
    return tuple(sorted(found, key=lambda question: -question.weight))
