"""An incidents stage as an evaluation would leave it: of good monitoring, poor, broken, none.

`make_incidents()` is four virtual hours: a hang, a changed unit, a bureau outage and a changed
world, with two decoys between. Each `make_*` takes overrides of single fields.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal

import numpy as np
from tests.fakes.evidence import STAGE_SECONDS, make_evidence

from assay.domain.evidence import Evidence, StageOutcome
from assay.domain.incidents import (
    AlertClaim,
    Episode,
    GroundTruth,
    Incident,
    IncidentsMeasurement,
    LiveFacts,
    MonitoringFile,
    Notification,
    Replay,
    ScrapeFacts,
    SliReading,
    TimelineSlice,
)
from assay.domain.timeline import RESET_MIN

Watch = Literal["good", "poor"]
WARMUP_MIN, LENGTH_MIN, RATE_RPS = 15.0, 240.0, 60.0
MUTATIONS = ("slow_scrape", "restart", "second_replica", "drift_missing", "clean")

HANG: dict[str, Any] = {
    "id": "hang", "title": "The service hangs", "kind": "fault", "group": "service",
    "injector": "hang", "observable": "service", "planned_onset_min": 22.0,
    "planned_end_min": 30.0, "budget_min": 5.0, "accepts": ("availability", "errors", "latency"),
    "outcomes": {"o": 4, "t": 476}, "recovery_s": 1.4,
}  # fmt: skip
UNIT_CHANGE: dict[str, Any] = {
    "id": "unit_change_income", "title": "Callers send monthly instead of yearly income",
    "kind": "drift", "group": "data", "injector": "unit_change", "schedule": "gradual",
    "observable": "marginal", "planned_onset_min": 42.0, "planned_end_min": 62.0,
    "budget_min": 30.0, "accepts": ("drift", "prediction_shift"),
    "locates": ("income_eur_year",), "features": ("income_eur_year",),
}  # fmt: skip
BUREAU_DOWN: dict[str, Any] = {
    "id": "bureau_down", "title": "The credit bureau refuses connections", "kind": "fault",
    "group": "dependency", "injector": "dependency", "observable": "service",
    "planned_onset_min": 74.0, "planned_end_min": 86.0, "budget_min": 15.0,
    "accepts": ("dependency", "errors"), "recovery_s": 2.8,
}  # fmt: skip
HARMLESS: dict[str, Any] = {
    "id": "harmless_seniority", "title": "Older applicants than usual; scores as good as ever",
    "kind": "decoy", "group": "decoy", "injector": "harmless_shift", "observable": "none",
    "planned_onset_min": 124.0, "planned_end_min": 136.0, "budget_min": 0.0, "accepts": (),
    "features": ("applicant.age_years",),
}  # fmt: skip
CONCEPT: dict[str, Any] = {
    "id": "concept_rates", "title": "Long loans that used to be repaid now default",
    "kind": "drift", "group": "model", "injector": "concept_drift", "observable": "labels",
    "planned_onset_min": 160.0, "planned_end_min": 192.0, "budget_min": 60.0,
    "accepts": ("quality",), "weight": 1.5,
}  # fmt: skip
SURGE: dict[str, Any] = {
    "id": "surge", "title": "Twice the traffic for a few minutes", "kind": "decoy",
    "group": "decoy", "injector": "traffic_surge", "schedule": "blip", "observable": "none",
    "planned_onset_min": 226.0, "planned_end_min": 232.0, "budget_min": 0.0, "accepts": (),
    "requests": 720, "outcomes": {"o": 720},
}  # fmt: skip

RULES: dict[str, dict[str, Any]] = {
    "ServiceDown": {
        "expr": 'up{job="svc"} == 0 or absent(up{job="svc"})',
        "for_s": 60.0, "severity": "critical", "covers": ("availability",),
    },
    "HighErrorRatio": {
        "expr": 'sum(rate(http_requests_total{status=~"5.."}[5m]))'
                " / sum(rate(http_requests_total[5m])) > 0.02",
        "for_s": 120.0, "severity": "critical", "covers": ("errors",),
    },
    "BureauUnavailable": {
        "expr": 'sum(rate(bureau_lookups_total{outcome=~"failed|skipped"}[5m]))'
                " / sum(rate(bureau_lookups_total[5m])) > 0.5",
        "for_s": 120.0, "severity": "warning", "covers": ("dependency",),
    },
    "FeatureDrift": {
        "expr": "max by (feature) (feature_psi) > 0.25",
        "for_s": 300.0, "severity": "warning", "covers": ("drift",), "locates": "feature",
    },
    "ModelDegraded": {
        "expr": "max(model_brier_score) > 0.2",
        "for_s": 600.0, "severity": "warning", "covers": ("quality",),
    },
}  # fmt: skip
SLIS = {
    "requests": 'sum(increase(http_requests_total{path="/v1/score"}[$window]))',
    "errors": 'sum(increase(http_requests_total{path="/v1/score",status=~"5.."}[$window]))'
    " or vector(0)",
    "latency_mean": "sum(rate(http_request_duration_seconds_sum[$window]))"
    " / sum(rate(http_request_duration_seconds_count[$window]))",
    "latency_p95": "histogram_quantile(0.95, sum by (le)"
    " (rate(http_request_duration_seconds_bucket[$window])))",
    "predictions": "sum by (decision) (increase(scores_total[$window]))",
}
STRETCHES = ((15.0, 22.0), (62.0, 74.0), (160.0, 192.0))


def make_incidents(watch: Watch = "good", **overrides: Any) -> IncidentsMeasurement:
    """A complete stage; each override replaces one field."""
    incidents = make_catalogue()
    slices = make_slices(incidents)
    requests, failed = (sum(getattr(s, name) for s in slices) for name in ("requests", "failed"))
    facts: dict[str, Any] = {
        "profile": "standard",
        "seed": 20260412,
        "warmup_min": WARMUP_MIN,
        "length_min": LENGTH_MIN,
        "quiet_share": quiet_share(incidents),
        "rate_rps": RATE_RPS,
        "requests": requests,
        "outcomes": {"o": requests - failed, "t": failed},
        "incidents": incidents,
        "monitoring": make_monitoring(watch),
        "scrapes": make_scrapes(watch),
        "replays": make_replays(watch),
        "slis": make_slis(watch),
        "live": make_live(watch),
        "slices": slices,
        "send_lag_ms_p99": 0.9,
    }
    return IncidentsMeasurement(**{**facts, **overrides})


def make_thorough_incidents(watch: Watch = "good") -> IncidentsMeasurement:
    """Eight virtual hours: the four of `make_incidents` and once more the same, renamed."""
    later = tuple(
        make_incident(
            {**i.model_dump(), "id": f"{i.id}_again", "truth": i.truth},
            **{name: getattr(i, name) + LENGTH_MIN for name in _INSTANTS},
        )
        for i in make_catalogue()
    )
    incidents = (*make_catalogue(), *later)
    slices = make_slices(incidents, 480)
    return make_incidents(
        watch,
        profile="thorough",
        length_min=480.0,
        incidents=incidents,
        slices=slices,
        quiet_share=quiet_share(incidents, 480.0),
    )


_INSTANTS = ("planned_onset_min", "planned_end_min", "onset_min", "end_min")


def make_broken_rules() -> IncidentsMeasurement:
    """Rule files that promtool refuses: nothing could be replayed."""
    said = (
        'monitoring/rules.yml: 14:11: group "service", rule 1, "HighErrorRatio": '
        "could not parse expression: 1:52: parse error: unclosed left parenthesis"
    )
    return make_incidents(
        monitoring=make_monitoring(problems=(said,)),
        replays=tuple(make_replay(name, error=said) for name in ("recorded", *MUTATIONS)),
        live=LiveFacts(started=False, message=said),
    )


def make_no_monitoring() -> IncidentsMeasurement:
    """A submission without a `monitoring.yml`, whose `/metrics` is not there either."""
    return make_incidents(
        monitoring=MonitoringFile(present=False, problems=("there is no monitoring.yml",)),
        scrapes=make_scrapes(
            good=0, failed={"status": 960}, took_ms_p50=None, took_ms_p95=None,
            series_first=0, series_last=0, bytes_max=0,
        ),
        replays=(),
        slis=(),
        live=None,
    )  # fmt: skip


def with_incidents(
    measurement: IncidentsMeasurement | None = None, evidence: Evidence | None = None
) -> Evidence:
    """Evidence of an evaluation that had this stage after the capacity."""
    evidence = evidence or make_evidence()
    stage = StageOutcome(stage="incidents", status="done", seconds=252.4, traffic_s=243.0)
    at = list(STAGE_SECONDS).index("capacity") + 1
    stages = (*evidence.stages[:at], stage, *evidence.stages[at:])
    found = measurement or make_incidents()
    return evidence.model_copy(update={"stages": stages, "incidents": found})


# -------------------------------------------------------------------------- what happened


def make_catalogue() -> tuple[Incident, ...]:
    """Four incidents and two decoys, in the order of their onsets."""
    return (
        make_incident(HANG),
        make_incident(UNIT_CHANGE, truth=make_truth()),
        make_incident(BUREAU_DOWN),
        make_incident(HARMLESS, truth=make_harmless_truth()),
        make_incident(CONCEPT, truth=make_concept_truth()),
        make_incident(SURGE),
    )


def make_incident(base: dict[str, Any] | None = None, **overrides: Any) -> Incident:
    """An incident that happened as planned, at 60 requests a virtual minute."""
    facts = {**(base or HANG), **overrides}
    onset, end = facts["planned_onset_min"], facts["planned_end_min"]
    requests = round((end - onset) * RATE_RPS)
    usual: dict[str, Any] = {
        "schedule": "abrupt",
        "weight": 1.0,
        "onset_min": onset,
        "end_min": end,
        "requests": requests,
        "outcomes": {"o": requests},
        "before": {"o": 420},
        "wrong_served": 0,
        "recovery_s": None,
        "locates": (),
    }
    return Incident(**{**usual, **facts})


def make_truth(**overrides: Any) -> GroundTruth:
    """A change of unit in one field: one column is far away, the rest where it was."""
    facts: dict[str, Any] = {
        "intensity": 1.0,
        "psi": {"income_eur_year": 7.7, "loan.amount_eur": 0.013, "applicant.age_years": 0.011},
        "ks": {"income_eur_year": 0.98, "loan.amount_eur": 0.03, "applicant.age_years": 0.02},
        "wasserstein": {
            "income_eur_year": 1.6, "loan.amount_eur": 0.06, "applicant.age_years": 0.05,
        },
        "psi_max": 7.7,
        "ks_max": 0.98,
        "wasserstein_max": 1.6,
        "c2st_auc": 0.998,
        "score_psi": 0.19,
        "auc_loss": 0.016,
    }  # fmt: skip
    return GroundTruth(**{**facts, **overrides})


def make_harmless_truth() -> GroundTruth:
    """A large shift that costs the model nothing."""
    return make_truth(
        psi={"applicant.age_years": 1.2, "income_eur_year": 0.08},
        ks={"applicant.age_years": 0.44, "income_eur_year": 0.11},
        wasserstein={"applicant.age_years": 1.1, "income_eur_year": 0.16},
        psi_max=1.2, ks_max=0.44, wasserstein_max=1.1, c2st_auc=0.84, score_psi=0.05,
        auc_loss=-0.012,
    )  # fmt: skip


def make_concept_truth() -> GroundTruth:
    """The same rows with other outcomes: nothing but late labels can tell."""
    return make_truth(
        intensity=0.62,
        psi={"loan.term_months": 0.012}, ks={"loan.term_months": 0.03},
        wasserstein={"loan.term_months": 0.05}, psi_max=0.012, ks_max=0.03,
        wasserstein_max=0.05, c2st_auc=0.5, score_psi=0.0, auc_loss=0.101,
    )  # fmt: skip


def make_slices(
    incidents: Iterable[Incident], minutes: int = round(LENGTH_MIN)
) -> tuple[TimelineSlice, ...]:
    """A minute of traffic each: slow and failing where an incident makes it so."""
    chance = np.random.default_rng(5)
    return tuple(_slice(minute, incidents, chance) for minute in range(minutes))


def _slice(
    minute: int, incidents: Iterable[Incident], chance: np.random.Generator
) -> TimelineSlice:
    going_on = [i.injector for i in incidents if i.onset_min <= minute < i.end_min]
    hung = "hang" in going_on
    slow = 4.0 if "dependency" in going_on else 1.0
    requests = int(chance.integers(52, 68)) * (2 if "traffic_surge" in going_on else 1)
    return TimelineSlice(
        at_min=float(minute),
        requests=requests,
        failed=requests if hung else 0,
        latency_ms_p50=None if hung else slow * chance.uniform(2.6, 3.2),
        latency_ms_p95=None if hung else slow * chance.uniform(5.4, 7.8),
    )


def make_minutes(
    length_min: int, hurt: Collection[int] = (), slow: Collection[int] = ()
) -> tuple[TimelineSlice, ...]:
    """A slice a minute; every request fails in some of them, and waits in others."""
    return tuple(
        TimelineSlice(
            at_min=float(at),
            requests=60,
            failed=60 if at in hurt else 0,
            latency_ms_p50=None if at in hurt else 3.0,
            latency_ms_p95=None if at in hurt else 90.0 if at in slow else 7.0,
        )
        for at in range(length_min)
    )


def quiet_share(incidents: Iterable[Incident], length_min: float = LENGTH_MIN) -> float:
    """Share of the time after the warm-up that no incident, nor its reset, reaches into."""
    real = [i for i in incidents if i.kind != "decoy"]
    minutes = [WARMUP_MIN + n for n in range(round(length_min - WARMUP_MIN))]
    quiet = [t for t in minutes if not any(i.onset_min <= t < i.end_min + RESET_MIN for i in real)]
    return len(quiet) / len(minutes)


# --------------------------------------------------------------- what the monitoring made of it


def make_episode(alert: str, start_min: float, end_min: float | None, **labels: str) -> Episode:
    """An alert that fired, with the labels Prometheus gives it."""
    severity = RULES.get(alert, {}).get("severity", "warning")
    named = {"alertname": alert, "severity": severity, **labels}
    return Episode(alert=alert, labels=named, start_min=start_min, end_min=end_min)


GOOD_EPISODES = (
    make_episode("ServiceDown", 23.25, 31.0, instance="svc:8080", job="svc"),
    make_episode("FeatureDrift", 49.5, 71.0, feature="income_eur_year"),
    make_episode("BureauUnavailable", 77.25, 90.0),
    make_episode("ModelDegraded", 176.0, 205.5),
)
"""Every incident noticed in good time, nothing else."""

POOR_EPISODES = (
    make_episode("ServiceDown", 23.25, 31.0, instance="svc:8080", job="svc"),
    *(make_episode("HighErrorRatio", 33.0 + 4 * n, 34.5 + 4 * n) for n in range(3)),
    make_episode("FeatureDrift", 63.0, 118.0, feature="loan.amount_eur"),
    make_episode("HighErrorRatio", 128.5, 133.0),
    make_episode("FeatureDrift", 144.0, 149.0, feature="applicant.age_years"),
    make_episode("AlwaysWatching", 223.5, None),
)
"""A late one that names the wrong field, false alarms, a page on a decoy, one that stays."""


def make_replay(
    name: str = "recorded", episodes: Sequence[Episode] = (), **overrides: Any
) -> Replay:
    """The rules over one recording."""
    facts: dict[str, Any] = {"engine": "promtool", "episodes": tuple(episodes), "seconds": 1.1}
    return Replay(name=name, **{**facts, **overrides})


def make_replays(watch: Watch = "good") -> tuple[Replay, ...]:
    """As recorded, and over every mutated recording."""
    found = GOOD_EPISODES if watch == "good" else POOR_EPISODES
    without_drift = [e for e in found if e.alert != "FeatureDrift"]
    over: dict[str, Sequence[Episode]] = {"drift_missing": without_drift, "clean": ()}
    return tuple(make_replay(n, over.get(n, found)) for n in ("recorded", *MUTATIONS))


def make_claim(alert: str = "FeatureDrift", **overrides: Any) -> AlertClaim:
    """One alerting rule with what the candidate says it covers."""
    return AlertClaim(alert=alert, **{**RULES.get(alert, RULES["FeatureDrift"]), **overrides})


def make_monitoring(watch: Watch = "good", **overrides: Any) -> MonitoringFile:
    """A readable `monitoring.yml` with its rules."""
    claims = [make_claim(name) for name in RULES]
    problems: tuple[str, ...] = ()
    if watch == "poor":
        claims.append(make_claim("AlwaysWatching", expr="vector(1)", covers=(), locates=""))
        problems = ("monitoring.yml: alerts.AlwaysWatching is not listed: it can only be noise",)
    facts = {"present": True, "problems": problems, "alerts": tuple(claims), "slis": SLIS}
    return MonitoringFile(**{**facts, **overrides})


def make_scrapes(watch: Watch = "good", **overrides: Any) -> ScrapeFacts:
    """Four scrapes a second; those during the hang time out."""
    good = watch == "good"
    facts: dict[str, Any] = {
        "slots": 960,
        "good": 928,
        "failed": {"timeout": 32},
        "took_ms_p50": 3.1 if good else 41.0,
        "took_ms_p95": 5.2 if good else 388.0,
        "series_first": 212,
        "series_last": 214 if good else 9_412,
        "bytes_max": 24_113 if good else 811_204,
        "forged": () if good else ("up",),
        "idle_moved": () if good else ("http_requests_total",),
    }
    return ScrapeFacts(**{**facts, **overrides})


def make_sli(sli: str, reported: float | None, sent: float, **overrides: Any) -> SliReading:
    """One SLI over the first quiet stretch."""
    facts: dict[str, Any] = {
        "expr": SLIS[sli],
        "start_min": STRETCHES[0][0],
        "end_min": STRETCHES[0][1],
    }
    return SliReading(sli=sli, reported=reported, sent=sent, **{**facts, **overrides})


def make_slis(watch: Watch = "good") -> tuple[SliReading, ...]:
    """Every SLI over three stretches; the poor one counts each request twice and no errors."""
    return tuple(reading for start, end in STRETCHES for reading in _readings(watch, start, end))


def _readings(watch: Watch, start_min: float, end_min: float) -> Iterable[SliReading]:
    good = watch == "good"
    at = {"start_min": start_min, "end_min": end_min}
    sent = round((end_min - start_min) * RATE_RPS)
    yield make_sli("requests", sent - 1 if good else 2 * sent, sent, **at)
    yield make_sli("errors", 2 if good else None, 2, **at)
    yield make_sli("latency_mean", 0.0031 if good else 0.0009, 0.0033, **at)
    yield make_sli("latency_p95", 0.0093, 0.0071, **at, low=0.005, high=0.01)
    for label, share in (("approve", 0.7), ("decline", 0.3)):
        count = round(sent * share)
        yield make_sli("predictions", count, count, label=label, **at)


def make_live(watch: Watch = "good", **overrides: Any) -> LiveFacts:
    """What a real Alertmanager sent."""
    notifications = tuple(
        Notification(alert=e.alert, status=status, at_min=at, receiver="on-call")
        for e in (GOOD_EPISODES if watch == "good" else POOR_EPISODES[:1])
        for status, at in (("firing", e.start_min + 0.5), ("resolved", e.end_min))
        if at is not None
    )
    facts: dict[str, Any] = {
        "started": True,
        "notifications": notifications,
        "routing": {"critical": "on-call", "warning": "team-channel"},
    }
    return LiveFacts(**{**facts, **overrides})
