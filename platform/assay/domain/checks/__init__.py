"""The checks: each finds one value in the evidence, and says where. None of them judges."""

from collections.abc import Callable

from assay.domain.checks import (
    alerting,
    capacity,
    contract,
    gates,
    honesty,
    labelled,
    latency,
    lifecycle,
    memory,
    metered,
    operability,
    privacy,
    quality,
    resilience,
)
from assay.domain.evidence import Evidence
from assay.domain.rubric import Criterion
from assay.domain.verdict import Observation

Check = Callable[[Evidence, Criterion], Observation]

CHECKS: dict[str, Check] = {
    "builds": gates.builds,
    "boots": gates.boots,
    "contract_tests": contract.contract_tests,
    "quality_agreement": quality.quality_agreement,
    "quality_auc_gap": quality.quality_auc_gap,
    "answers_f1": labelled.answers_f1,
    "decision_cost": labelled.decision_cost,
    "decided_both_ways": labelled.decided_both_ways,
    "calibration": labelled.calibration,
    "attack_twins": labelled.attack_twins,
    "canaries": labelled.canaries,
    "latency_ratio": latency.latency_ratio,
    "objective_share": latency.objective_share,
    "throughput_ratio": capacity.throughput_ratio,
    "cost_ratio": capacity.cost_ratio,
    "metered_cost": metered.metered_cost,
    "retry_spend": metered.retry_spend,
    "cost_told": metered.cost_told,
    "memory_growth": memory.memory_growth,
    "personal_data": privacy.personal_data,
    "alerts_score": alerting.alerts_score,
    "alerts_robust": alerting.alerts_robust,
    "drift_located": alerting.drift_located,
    "notified": alerting.notified,
    "metrics_truthful": honesty.metrics_truthful,
    "metrics_cheap": honesty.metrics_cheap,
    "outage_answers": resilience.outage_answers,
    "wrong_served": resilience.wrong_served,
    "recovery": resilience.recovery,
    "error_budget": resilience.error_budget,
    "ready_truth": lifecycle.ready_truth,
    "shutdown_in_flight": lifecycle.shutdown_in_flight,
    "shutdown_time": lifecycle.shutdown_time,
    "operability": operability.operability,
    "image_size": operability.image_size,
}
"""Key of a criterion's `check` -> the check."""
