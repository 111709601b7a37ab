"""What alerts are worth: raised in time, rarely for nothing, over when it is over. Pure.

    R = mean credit by weight (`assay.domain.credits`);  C = the same by chance
    F = what the alerts did while there was nothing to tell (`assay.domain.false_alarms`)
    score = max(0, (R - C) / (1 - C) - F)
            * (0.85 + 0.15 * share of the noticed incidents whose alerts reset)

(R - C) / (1 - C) is agreement corrected for chance, as Cohen's kappa (1960) has it; C comes
from the alerts themselves, moved in time (`assay.domain.chance`). What is left less F is
Youden's J: an alert that never fires, always fires, flaps or fires at random earns nothing.
Reset and false alarms are those of Google's SRE Workbook. Exact, but for the exponential in F,
which is rounded to whole millionths.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

from assay.domain.chance import recall_by_chance
from assay.domain.credits import IncidentCredit, credit_of
from assay.domain.false_alarms import (
    PAGED_ON_DECOY,
    FalseAlarm,
    in_clean,
    in_quiet,
    quiet_spans,
    rate_penalty,
)
from assay.domain.felt import nobody_felt
from assay.domain.firing import (
    Stretch,
    accepted_alerts,
    opens,
    others_business,
    recorded,
    replay_named,
    stretches_of,
    without,
)
from assay.domain.incidents import Incident, IncidentsMeasurement, Replay

__all__ = [
    "PAGED_ON_DECOY",
    "AlertingScore",
    "FalseAlarm",
    "IncidentCredit",
    "Stretch",
    "accepted_alerts",
    "credit_of",
    "judged_incidents",
    "opens",
    "quiet_spans",
    "recorded",
    "replay_named",
    "score_alerting",
    "stretches_of",
]

RESET_WORTH = Fraction(15, 100)


@dataclass(frozen=True, slots=True)
class AlertingScore:
    """What one replay is worth, with everything that led to it.

    Attributes:
        credits: One for each judged incident, in the order of the timeline.
        false_alarms: Of the recording.
        clean_alarms: Of the clean recording.
        recall: R, 0..1.
        chance: C, 0..1.
        beyond_chance: (R - C) / (1 - C), 0..1.
        penalty: F, 0..1.
        quiet_min: Minutes, of both recordings, in which nothing may fire.
        quiet_firing: Share of them in which any alert fired.
        reset_share: Of the noticed incidents of which it can be told; 1 if there are none.
        value: The score, 0..1.
    """

    credits: tuple[IncidentCredit, ...]
    false_alarms: tuple[FalseAlarm, ...]
    clean_alarms: tuple[FalseAlarm, ...]
    recall: Fraction
    chance: Fraction
    beyond_chance: Fraction
    penalty: Fraction
    quiet_min: Fraction
    quiet_firing: Fraction
    reset_share: Fraction
    value: Fraction


def score_alerting(
    measurement: IncidentsMeasurement, replay: Replay, groups: Collection[str] = ()
) -> AlertingScore | None:
    """The score of one replay.

    Args:
        measurement: Its incidents, claims, lengths, and the replay over the clean recording.
        replay: The alerts; it need not be one of the measurement's own.
        groups: Groups whose incidents make R; all without. F is over all quiet time, but for
            alerts that are about other groups' incidents alone: what they did is told there.

    Returns:
        None if no incident of these groups can be judged, or nothing was quiet.
    """
    judged = judged_incidents(measurement, groups)
    others = others_business(measurement, groups)
    asked = measurement.model_copy(
        update={"replays": tuple(without(one, others) for one in measurement.replays)}
    )
    quiet = in_quiet(asked, without(replay, others))
    clean = in_clean(asked, told=quiet.alarms)
    minutes = quiet.minutes + clean.minutes
    if not judged or not minutes:
        return None
    credits = tuple(credit_of(one, measurement, replay) for one in judged)
    watched_min = Fraction(measurement.length_min) - Fraction(measurement.warmup_min)
    quiet_firing = (quiet.firing_min + clean.firing_min) / minutes
    recall, chance = _weighted(credits), recall_by_chance(judged, measurement, replay)
    beyond = _beyond(chance, recall)
    penalty = max(quiet_firing, rate_penalty(quiet.alarms, clean.alarms, watched_min))
    told = [one.reset for one in credits if one.reset is not None]
    reset_share = Fraction(sum(told), len(told)) if told else Fraction(1)
    return AlertingScore(
        credits=credits,
        false_alarms=quiet.alarms,
        clean_alarms=clean.alarms,
        recall=recall,
        chance=chance,
        beyond_chance=beyond,
        penalty=penalty,
        quiet_min=minutes,
        quiet_firing=quiet_firing,
        reset_share=reset_share,
        value=max(Fraction(0), beyond - penalty) * (1 - RESET_WORTH + RESET_WORTH * reset_share),
    )


def _beyond(chance: Fraction, recall: Fraction) -> Fraction:
    """Recall corrected for chance: 1 stays 1, what chance would have earned is 0."""
    return max(Fraction(0), (recall - chance) / (1 - chance)) if chance < 1 else Fraction(0)


def judged_incidents(
    measurement: IncidentsMeasurement, groups: Collection[str] = ()
) -> tuple[Incident, ...]:
    """Incidents an alert is asked for: carried out, after the warm-up, recorded to the budget.

    Not a fault that only users could tell of and none of them felt: who is told of symptoms, as
    one should be, has nothing to say.
    """
    return tuple(
        one
        for one in measurement.incidents
        if one.kind != "decoy"
        and one.carried_out
        and (not groups or one.group in groups)
        and one.onset_min >= measurement.warmup_min
        and Fraction(one.onset_min) + Fraction(one.budget_min) <= Fraction(measurement.length_min)
        and not nobody_felt(one, measurement)
    )


def _weighted(credits: Iterable[IncidentCredit]) -> Fraction:
    weights = [(Fraction(one.incident.weight), one.credit) for one in credits]
    earned = sum((weight * credit for weight, credit in weights), start=Fraction(0))
    return earned / sum((weight for weight, _ in weights), start=Fraction(0))
