"""What the report shows of the incidents stage. Credits are those of `domain.alerting`."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.domain.alerting import AlertingScore, recorded
from assay.domain.checks.wording import tally
from assay.domain.incidents import RECORDING_FILE, REPLAY_FILE, IncidentsMeasurement
from assay.features.scorecards.charts import Figure
from assay.features.scorecards.firings import firings_of
from assay.features.scorecards.incident_rows import (
    IncidentRow,
    headline,
    incident_rows,
    score_of,
)
from assay.features.scorecards.monitoring_view import Monitoring, monitoring_of
from assay.features.scorecards.timeline_chart import timelines
from assay.features.scorecards.wording import number


@dataclass(frozen=True, slots=True)
class Incidents:
    """The section of the page.

    Attributes:
        headline: What became of it, in one sentence.
        sum: The arithmetic of the score over all incidents, "" without one.
        timelines: Usually one drawing.
        traffic: What was sent, in one sentence.
        rerun: Command that runs the rules over the recording again, "" where there is none.
    """

    headline: str
    sum: str
    timelines: Sequence[Figure]
    rows: Sequence[IncidentRow]
    traffic: str
    monitoring: Monitoring
    rerun: str
    void: str


def incidents_of(measured: IncidentsMeasurement) -> Incidents:
    """The section of one measurement."""
    score = score_of(measured)
    return Incidents(
        headline=headline(measured, score),
        sum=_sum(score),
        timelines=timelines(measured, firings_of(measured, score)),
        rows=incident_rows(measured, score),
        traffic=_traffic(measured),
        monitoring=monitoring_of(measured),
        rerun=_rerun(measured),
        void=measured.void or "",
    )


def _rerun(measured: IncidentsMeasurement) -> str:
    replay = recorded(measured)
    if replay is None or replay.engine != "promtool":
        return ""
    run = f"promtool test rules {REPLAY_FILE}"
    return (
        f"assay monitoring replay {RECORDING_FILE} YOUR_REPOSITORY\n\n"
        f"cp {REPLAY_FILE} YOUR_REPOSITORY/\ncd YOUR_REPOSITORY\n{run}"
    )


def _sum(score: AlertingScore | None) -> str:
    if score is None:
        return ""
    return (
        f"Credit {float(score.recall):.2f}, beyond chance {float(score.beyond_chance):.2f}, "
        f"− false alarms {float(score.penalty):.2f}, "  # noqa: RUF001
        f"times 0.85 + 0.15 × {float(score.reset_share):.2f} for alerts that ended again "  # noqa: RUF001
        f"= {float(score.value):.2f} of 1 over all incidents."
    )


def _traffic(measured: IncidentsMeasurement) -> str:
    return (
        f"{measured.requests:,} requests at {number(measured.rate_rps)}/s over "
        f"{number(measured.length_min)} virtual minutes ({measured.profile} profile, seed "
        f"{measured.seed}): {tally(measured.outcomes)}. Sent at most "
        f"{measured.send_lag_ms_p99:.1f} ms late (p99)."
    )
