"""Evidence as an evaluation would leave it: of a good service and of a poor one."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from hdrh.histogram import HdrHistogram
from tests.fakes.rubric import make_challenge

from assay.domain.challenge import StageName
from assay.domain.evidence import Evidence, Host, StageOutcome, Submission, Versions
from assay.domain.measurements import (
    BootMeasurement,
    BuildMeasurement,
    CapacityMeasurement,
    CheckoutMeasurement,
    ContractMeasurement,
    Estimate,
    LatencySlice,
    LoadMeasurement,
    MemoryMeasurement,
    OperabilityMeasurement,
    QualityMeasurement,
    ResourceSample,
    RuleResult,
    ShutdownMeasurement,
    TestResult,
    TierMeasurement,
    WindowPair,
)

STAGE_SECONDS: dict[StageName, float] = {
    "checkout": 0.4, "build": 31.2, "boot": 2.6, "contract": 28.4, "quality": 9.7,
    "load": 78.5, "capacity": 24.1, "shutdown": 6.8, "operability": 1.2,
}  # fmt: skip
REFERENCE_MS = 2.4


@dataclass(frozen=True, slots=True)
class Service:
    """What one invented service is like, beside the reference."""

    slower: float
    throughput: float
    failed: float
    growth_kib: float
    good: bool


GOOD = Service(slower=1.07, throughput=0.97, failed=0.0, growth_kib=12.0, good=True)
POOR = Service(slower=3.4, throughput=0.24, failed=0.06, growth_kib=930.0, good=False)


def make_evidence(service: Service = GOOD, **overrides: Any) -> Evidence:
    """Complete evidence; each override replaces one field."""
    facts: dict[str, Any] = {
        "evaluation_id": "e-20260412-7f3a",
        "started_at": "2026-04-12T09:30:00Z",
        "seconds": 191.0,
        "overhead_s": 8.2,
        "first_request_s": 4.9,
        "seed": 20260412,
        "submission": Submission(label="reference" if service.good else "starter", kind="answer"),
        "challenge": make_challenge(),
        "host": make_host(),
        "versions": Versions(
            assay="0.1.0",
            challenge="1.0.0",
            challenge_sha256="5d41402abc4b2a76b9719d911017c592" * 2,
            images={"submission": "sha256:" + "1f" * 32, "reference": "sha256:" + "2e" * 32},
        ),
        "stages": tuple(
            StageOutcome(stage=name, status="done", seconds=s, traffic_s=s * 0.95)
            for name, s in STAGE_SECONDS.items()
        ),
        "checkout": CheckoutMeasurement(
            tree_sha256="ab" * 32, commit=None, files=38, bytes=512_000
        ),
        "build": make_build(service),
        "boot": make_boot(service),
        "contract": make_contract(service),
        "quality": make_quality(service),
        "load": make_load(service),
        "capacity": make_capacity(service),
        "memory": MemoryMeasurement(
            start_mib=121,
            peak_mib=128 if service.good else 402,
            end_mib=127 if service.good else 398,
            growth_kib_per_1000_requests=service.growth_kib,
            limit_mib=1024,
            deaths=0,
            oom_killed=False,
        ),
        "shutdown": make_shutdown(service),
        "operability": make_operability(service),
        "samples": make_samples(service),
        "service_log": make_log(service),
    }
    return Evidence(**{**facts, **overrides})


def make_poor_evidence(**overrides: Any) -> Evidence:
    """Evidence of the service a candidate starts from."""
    return make_evidence(POOR, **overrides)


def make_unbuilt_evidence() -> Evidence:
    """Evidence of a submission whose image does not build: nothing after it could run."""
    message = "RUN pip install -r requirements.txt failed: no package named 'numpyy'"
    facts = ("boot", "contract", "quality", "load", "capacity", "memory", "shutdown")
    build = BuildMeasurement(
        built=False, reused=False, build_s=4.1, failure="step", message=message, log=message
    )
    return make_evidence(
        POOR,
        stages=ended("build", message=message),
        build=build,
        **dict.fromkeys((*facts, "operability")),
        samples=(),
        service_log="",
    )


def ended(
    stage: StageName,
    status: Any = "candidate_fault",
    *,
    message: str = "",
    then: Any = "skipped",
) -> tuple[StageOutcome, ...]:
    """Stages of an evaluation in which one stage ended badly and the later ones did not run."""
    names = list(STAGE_SECONDS)
    at = names.index(stage)
    before = [StageOutcome(stage=n, status="done", seconds=STAGE_SECONDS[n]) for n in names[:at]]
    after = [StageOutcome(stage=n, status=then) for n in names[at + 1 :]]
    return (*before, StageOutcome(stage=stage, status=status, message=message, seconds=3), *after)


def make_host(**overrides: Any) -> Host:
    """A two-core machine with a Docker engine."""
    facts: dict[str, Any] = {
        "engine": "docker",
        "capabilities": ("isolation", "cpu_counters", "memory_limit"),
        "missing_capabilities": (),
        "cores": 2,
        "service_cores": (0,),
        "probe_cores": (1,),
        "memory_mib": 8192,
        "kernel": "6.1.0-18-amd64",
        "cgroup_version": 2,
        "clock_source": "tsc",
        "noise": (),
    }
    return Host(**{**facts, **overrides})


def make_build(service: Service) -> BuildMeasurement:
    return BuildMeasurement(
        built=True,
        reused=False,
        build_s=30.8,
        log="Step 1/9 : FROM python:3.11-slim\n...\nSuccessfully built 1f1f1f1f1f1f\n",
        image_digest="sha256:" + "1f" * 32,
        image_mib=460 if service.good else 1180,
        base_image_mib=128,
        layers=11,
        user="10001" if service.good else "root",
    )


def make_boot(service: Service) -> BootMeasurement:
    return BootMeasurement(
        ready_s=1.9 if service.good else 0.4,
        polls=84,
        last_status="connection refused",
        first_outcomes="ooooo" if service.good else "rr5oo",
        first_latency_ms=(4.1, 2.9, 2.7, 2.6, 2.6),
    )


def make_contract(service: Service) -> ContractMeasurement:
    rules = [
        ("honours_contract", "The score has every field of the contract", True, ""),
        ("honours_contract", "The metrics endpoint answers", True, ""),
        ("input_validation", "A negative amount is refused with 422", True, ""),
        ("input_validation", "An unknown category is refused with 422", service.good,
         "sent home='castle', got 200, expected 422"),
        ("input_validation", "A body over 1 MiB is refused with 413", service.good,
         "sent 1,048,577 bytes, got 500, expected 413"),
        ("missing_values", "A missing income is imputed as in training", service.good,
         "sent income_eur_year=null, got 500 <h1>Internal Server Error</h1>, expected 200"),
        ("missing_values", "A missing home is scored", True, ""),
        ("dependency_failure", "A hanging bureau does not delay other applications", service.good,
         "the answer took 5,003 ms, expected at most 500 ms"),
        ("dependency_failure", "A garbled bureau answer is treated as no answer", service.good, ""),
    ]  # fmt: skip
    return ContractMeasurement(
        tests=tuple(
            make_test(title, criterion, passed=passed, message=message)
            for criterion, title, passed, message in rules
        ),
        personal_values_sent=120,
        personal_values_in_log=0 if service.good else 58,
        leaked_fields=() if service.good else ("applicant.email", "applicant.name"),
        log_bytes=48_211,
        log_excerpt=make_log(service),
    )


def make_test(
    title: str, criterion: str, *, passed: bool = True, message: str = "", **overrides: Any
) -> TestResult:
    facts: dict[str, Any] = {
        "test": "test_" + title.lower().replace(" ", "_"),
        "title": title,
        "criterion": criterion,
        "points": 1,
        "outcome": "passed" if passed else "failed",
        "message": message,
        "duration_s": 0.2,
    }
    return TestResult(**{**facts, **overrides})


def make_quality(service: Service) -> QualityMeasurement:
    rows = 1200
    wrong = 0 if service.good else 431
    unanswered = 0 if service.good else 88
    return QualityMeasurement(
        rows=rows,
        answered=rows - unanswered,
        agreeing=rows - wrong - unanswered,
        roc_auc=0.8341 if service.good else 0.8012,
        reference_roc_auc=0.8341,
        worst_difference=0.00004 if service.good else 0.41,
        outcomes={"o": rows - wrong - unanswered, "w": wrong, "5": unanswered},
    )


def make_load(service: Service, **overrides: Any) -> LoadMeasurement:
    rng = np.random.default_rng(5)
    own = _latencies(rng, REFERENCE_MS * service.slower, 1300)
    reference = _latencies(rng, REFERENCE_MS, 1300)
    facts: dict[str, Any] = {
        "reference_capacity_rps": 412.0,
        "rate_rps": 123.6,
        "pairs": tuple(_pair(n, service) for n in range(11)),
        "requests": 2472,
        "outcomes": _outcomes(2472, service),
        "latency_ms_p50": _estimate(REFERENCE_MS * service.slower, 0.02),
        "latency_ms_p95": _estimate(REFERENCE_MS * service.slower * 2.1, 0.05),
        "latency_ms_p99": REFERENCE_MS * service.slower * (3.1 if service.good else 24),
        "ratio_p50": _estimate(service.slower, 0.02),
        "ratio_p95": _estimate(service.slower * 1.02, 0.05),
        "reference_ms_p50": REFERENCE_MS,
        "reference_ms_p95": REFERENCE_MS * 2.05,
        "tiers": (_tier(0.5, 206.0, service), _tier(0.75, 309.0, service)),
        "objective_ms": 50,
        "objective_quantile": 0.95,
        "hdr": {"submission": _hdr(own), "reference": _hdr(reference)},
        "slices": _slices(rng, service),
        "schedule_sha256": ("c0ffee" + "00" * 29,),
        "rounds": 2,
    }
    return LoadMeasurement(**{**facts, **overrides})


def _latencies(rng: np.random.Generator, median_ms: float, count: int) -> list[float]:
    return [float(v) for v in median_ms * rng.lognormal(0, 0.45, count)]


def _estimate(value: float, spread: float) -> Estimate:
    return Estimate(
        value=value, low=value * (1 - spread), high=value * (1 + spread), method="bootstrap"
    )


def _outcomes(requests: int, service: Service) -> dict[str, int]:
    failed = round(requests * service.failed)
    return {"o": requests - failed} | ({"5": failed - 3, "t": 3} if failed else {})


def _pair(number: int, service: Service) -> WindowPair:
    wobble = 1 + 0.03 * math.sin(number)
    return WindowPair(
        label=f"pair-{number + 1}",
        seed=1000 + number,
        reference_ms_p50=REFERENCE_MS,
        reference_ms_p95=REFERENCE_MS * 2.05,
        submission_ms_p50=REFERENCE_MS * service.slower * wobble,
        submission_ms_p95=REFERENCE_MS * service.slower * 2.1 * wobble,
        reference_foreign_cpu=0.01,
        submission_foreign_cpu=0.02,
        submission_idle_cpu=0.01,
        send_lag_ms_p99=0.2,
        void="others used 23% of the service's core" if number == 4 else None,
    )


def _tier(utilisation: float, rate_rps: float, service: Service) -> TierMeasurement:
    requests = round(rate_rps * 8)
    within = (
        requests - 2 if service.good else round(requests * (0.91 if utilisation < 0.6 else 0.4))
    )
    p50 = REFERENCE_MS * service.slower * (1 + 3 * utilisation)
    crowded = 1 if service.good or utilisation < 0.6 else 60
    return TierMeasurement(
        utilisation=utilisation,
        rate_rps=rate_rps,
        requests=requests,
        within_objective=within,
        verdict="pass" if service.good else "fail",
        latency_ms_p50=p50 * crowded,
        latency_ms_p95=p50 * 2.6 * crowded,
        latency_ms_p99=p50 * 3.4 * crowded,
        achieved_rps=rate_rps if crowded == 1 else 98.0,
        outcomes=_outcomes(requests, service),
    )


def _hdr(latencies_ms: list[float]) -> str:
    histogram = HdrHistogram(1, 120_000_000, 3)
    for value in latencies_ms:
        histogram.record_value(round(value * 1000))
    encoded: bytes = histogram.encode()
    return encoded.decode()


def _slices(rng: np.random.Generator, service: Service) -> tuple[LatencySlice, ...]:
    found = []
    for second in range(44):
        target = "reference" if second // 2 % 2 else "submission"
        median = REFERENCE_MS * (1 if target == "reference" else service.slower)
        sample = np.sort(_latencies(rng, median, 124))
        stall = 30 if target == "submission" and not service.good and second % 9 == 0 else 1
        found.append(
            LatencySlice(
                target=target,
                label=f"pair-{second // 4 + 1}",
                at_s=76.0 + second * 1.05,
                rate_rps=123.6,
                requests=124,
                latency_ms_p50=float(sample[61]),
                latency_ms_p95=float(sample[117]) * stall,
                latency_ms_p99=float(sample[122]) * stall,
                failed=0 if service.good else 7,
            )
        )
    return tuple(found)


def make_capacity(service: Service, **overrides: Any) -> CapacityMeasurement:
    facts: dict[str, Any] = {
        "throughput_ratio": _estimate(service.throughput, 0.01),
        "reference_rps": 203.0,
        "submission_rps": 203.0 * service.throughput,
        "cpu_ratio": _estimate(1 / service.throughput, 0.02),
        "reference_cpu_ms": 2.3,
        "submission_cpu_ms": 2.3 / service.throughput,
        "submission_correct": round(3248 * service.throughput),
        "outcomes": {"o": round(3248 * service.throughput)},
        "cost_per_million": 0.0231 / service.throughput,
        "reference_cost_per_million": 0.0231,
        "price_sheet": "aws-fargate-2026-04",
        "cpu_s": 7.6,
        "memory_gib_s": 1.9,
        "pairs": 16,
        "void_pairs": 0,
    }
    return CapacityMeasurement(**{**facts, **overrides})


def make_shutdown(service: Service, **overrides: Any) -> ShutdownMeasurement:
    facts: dict[str, Any] = {
        "answered_before": 20,
        "in_flight": 6,
        "in_flight_answered": 6 if service.good else 1,
        "exited": service.good,
        "exit_s": 0.8 if service.good else None,
        "exit_code": 0 if service.good else 137,
        "grace_s": 10,
        "late_errors": 0 if service.good else 2,
    }
    return ShutdownMeasurement(**{**facts, **overrides})


def make_operability(service: Service) -> OperabilityMeasurement:
    share = 1.0 if service.good else 0.0
    return OperabilityMeasurement(
        rules=(
            RuleResult(
                rule="non_root",
                title="Runs as an ordinary user",
                share=share,
                message=f"The image runs as {'10001' if service.good else 'root'}.",
            ),
            RuleResult(
                rule="dependencies_pinned",
                title="Dependencies are pinned",
                share=1.0 if service.good else 0.71,
                message="5 of 7 packages are pinned." if not service.good else "All are pinned.",
                findings=() if service.good else ("requirements.txt:3: numpy", "…:5: httpx>=0.2"),
            ),
        )
    )


def make_samples(service: Service) -> tuple[ResourceSample, ...]:
    found = []
    for tick in range(0, 1040, 2):
        at_s = 40 + tick / 10
        grown = 0 if service.good else 2.6 * tick / 10
        for target, base in (("submission", 121.0 + grown), ("reference", 118.0)):
            if target == "reference" and at_s < 72:
                continue
            busy = 0.32 + 0.05 * math.sin(tick / 7) + (0.45 if at_s > 120 else 0)
            found.append(ResourceSample(at_s=at_s, target=target, cpu_share=busy, memory_mib=base))
    return tuple(found)


def make_log(service: Service) -> str:
    if service.good:
        line = '{"level":"info","event":"scored","application_id":"A-%06d","ms":2.4}\n'
        return "".join(line % n for n in range(12))
    return (
        "INFO: scoring application A-000017 for Ada Marlow <ada.marlow@mail.example>\n"
        "<script>alert('log')</script> \x1b[31mERROR\x1b[0m in app: income is null\n"
        'Traceback (most recent call last):\n  File "app.py", line 88, in score\n'
        "TypeError: unsupported operand type(s) for /: 'NoneType' and 'int'\n"
    )
