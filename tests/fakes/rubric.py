"""A challenge with the rubric of a credit-scoring service: one criterion of every kind."""

from typing import Any

from assay.domain.challenge import Challenge

AREAS = [
    ("correctness", "Correctness", "Does it answer everything that can be asked, also nonsense?"),
    ("resilience", "Resilience", "Does it keep answering while something around it breaks?"),
    ("quality", "Model quality", "Are the answers those of the approved model?"),
    ("latency", "Latency", "Is it fast enough for someone waiting at a desk?"),
    ("efficiency", "Efficiency", "What does it cost to run at the volume we have?"),
    ("privacy", "Privacy", "Does it keep personal data to itself?"),
    ("operability", "Operability", "Can another team build, ship and operate it?"),
]

# id, area, title, check, settings, points, floor, target, scale, unit, advice
CRITERIA: list[tuple[Any, ...]] = [
    ("builds", "operability", "The image builds", "builds", {}, 0, 0, 1, "linear", "share",
     "The Dockerfile must build offline within the limits."),
    ("boots", "resilience", "The service starts", "boots", {}, 0, 0, 1, "linear", "share",
     "Answer 200 on /readyz within 30 seconds."),
    ("honours_contract", "correctness", "The service honours the contract", "contract_tests", {},
     0, 0.5, 0.9, "linear", "share", "Answer every endpoint with the fields it names."),
    ("input_validation", "correctness", "Invalid input is refused, politely", "contract_tests",
     {}, 7, 0.4, 1, "linear", "share", "Check every field before scoring; answer 422, never 500."),
    ("missing_values", "correctness", "Missing values are scored like in training",
     "contract_tests", {}, 8, 0.1, 1, "linear", "share", "Impute the way the training did."),
    ("dependency_failure", "resilience", "A failing bureau does not become our failure",
     "contract_tests", {}, 7, 0.2, 1, "linear", "share",
     "Give the bureau a short timeout and answer with the imputed income when it fails."),
    ("readiness", "resilience", "Ready means able to answer", "ready_truth", {}, 4, 0, 1,
     "linear", "share", "Say ready only once the model made a first prediction."),
    ("shutdown_in_flight", "resilience", "A deployment loses no request", "shutdown_in_flight",
     {}, 5, 0.5, 1, "linear", "share", "On SIGTERM finish what is in flight, then exit."),
    ("shutdown_time", "resilience", "It stops when asked", "shutdown_time", {}, 2, 12, 6,
     "linear", "s", "The process must receive SIGTERM itself."),
    ("model_agreement", "quality", "Answers agree with the approved model", "quality_agreement",
     {}, 9, 0.5, 0.995, "linear", "share", "Same units, categories, imputation and precision."),
    ("discrimination", "quality", "It tells good risks from bad ones", "quality_auc_gap", {}, 3,
     0.06, 0.005, "linear", "AUC", "Rank held-out applications as the approved model does."),
    ("latency_p95", "latency", "Slowest answers (p95), beside the reference", "latency_ratio",
     {"quantile": 0.95}, 8, 4, 1.3, "log", "x", "Find what makes some requests wait."),
    ("latency_p50", "latency", "Typical answer (p50), beside the reference", "latency_ratio",
     {"quantile": 0.5}, 3, 4, 1.3, "log", "x", "Find what every request pays for."),
    ("objective_share", "latency", "Requests within 50 ms at the published rates",
     "objective_share", {}, 5, 0.5, 0.97, "linear", "share", "Hold 95 % under 50 ms."),
    ("throughput", "efficiency", "Correct answers per second, beside the reference",
     "throughput_ratio", {}, 8, 0.2, 0.85, "log", "x", "Do less work per request: load once."),
    ("cost", "efficiency", "Cost per million correct answers, beside the reference",
     "cost_ratio", {}, 8, 5, 1.2, "log", "x", "Spend less CPU per correct answer."),
    ("memory_growth", "efficiency", "Memory stays where it is", "memory_growth", {}, 4, 1500,
     150, "linear", "KiB per 1000 requests", "What is kept between requests needs a limit."),
    ("no_personal_data", "privacy", "No personal data in the logs", "personal_data", {}, 6, 0.9,
     1, "linear", "share kept out", "Log the application id; never name or e-mail."),
    ("non_root", "operability", "Runs as an ordinary user", "operability", {"rule": "non_root"},
     4, 0, 1, "linear", "share", "Set a USER without privileges in the final stage."),
    ("dependencies_pinned", "operability", "Dependencies are pinned", "operability",
     {"rule": "dependencies_pinned"}, 5, 0.5, 1, "linear", "share", "Pin every package."),
    ("image_size", "operability", "The image holds what it needs", "image_size", {}, 4, 700, 400,
     "linear", "MiB above the base image", "Copy only what runs into the final stage."),
]  # fmt: skip


def make_challenge(**overrides: Any) -> Challenge:
    """The challenge; each override replaces one table."""
    return Challenge.model_validate(
        {
            "format": 1,
            "id": "credit-scoring",
            "version": "1.0.0",
            "title": "Credit scoring: take it to production",
            "summary": "A credit-risk model was put behind an HTTP service in a hurry.",
            "license": "MIT",
            "time_box": {"expected_hours": 4, "limit_hours": 72, "practice_runs": 10},
            "build": {"base_images": ["python:3.11-slim"], "wheelhouse": "wheelhouse.txt"},
            "contract": {
                "score": {"path": "/v1/score", "answer": "probability", "tolerance": 0.002},
                "batch": {
                    "path": "/v1/score/batch",
                    "rows_field": "applications",
                    "answers_field": "scores",
                    "max_rows": 500,
                },
                "tests": "harness/test_contract.py",
                "rows": "harness/rows.jsonl",
                "personal_fields": ["applicant.name", "applicant.email"],
            },
            "quality": {"holdout": "harness/holdout.jsonl"},
            "load": {
                "objective_ms": 50,
                "tiers": [
                    {"utilisation": 0.5, "published_rps": 200, "duration_s": 8},
                    {"utilisation": 0.75, "published_rps": 300, "duration_s": 8},
                ],
            },
            "capacity": {"prices": "aws-fargate-2026-04", "reference_cpu_ms": 2.0},
            "shutdown": {},
            "area": [{"id": i, "title": t, "question": q} for i, t, q in AREAS],
            "criterion": [criterion_table(*row) for row in CRITERIA],
            **overrides,
        }
    )


def criterion_table(*row: Any) -> dict[str, Any]:
    """One row of CRITERIA as a table of challenge.toml."""
    name, area, title, check, settings, points, floor, target, scale, unit, advice = row
    return {
        "id": name,
        "area": area,
        "title": title,
        "check": check,
        "settings": settings,
        "points": points,
        "gate": points == 0,
        "band": {"floor": floor, "target": target, "scale": scale},
        "unit": unit,
        "advice": advice,
    }
