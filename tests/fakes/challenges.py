"""Small valid challenges to evaluate in tests."""

from collections.abc import Mapping
from typing import Any

from assay.domain.challenge import Challenge
from assay.evaluation.material import Material, Row


def make_challenge(**overrides: Any) -> Challenge:
    """A challenge with every stage and one criterion of each area."""
    fields: dict[str, Any] = {
        "format": 1,
        "id": "toy",
        "version": "1.0.0",
        "title": "Toy",
        "summary": "A toy",
        "license": "Apache-2.0",
        "time_box": {"expected_hours": 1, "limit_hours": 2, "practice_runs": 3},
        "build": {"base_images": ["python:3.11-slim"], "wheelhouse": "wheelhouse.txt"},
        "contract": {
            "score": {"path": "/score", "answer": "score", "tolerance": 0.01},
            "batch": {
                "path": "/batch",
                "rows_field": "rows",
                "answers_field": "scores",
                "max_rows": 10,
            },
            "tests": "harness/test_contract.py",
            "rows": "harness/rows.jsonl",
            "personal_fields": ["person.name"],
        },
        "quality": {"holdout": "harness/holdout.jsonl"},
        "load": {
            "pairs": 4,
            "window_s": 1.0,
            "objective_ms": 50,
            "tiers": [{"utilisation": 0.5, "published_rps": 100, "duration_s": 3}],
        },
        "capacity": {"duet_s": 4, "prices": "aws-fargate-2026-04", "reference_cpu_ms": 2.0},
        "shutdown": {},
        "area": [{"id": "latency", "title": "Latency", "question": "Is it fast?"}],
        "criterion": [
            {
                "id": "latency_p95",
                "area": "latency",
                "title": "p95",
                "check": "latency_ratio",
                "settings": {"quantile": 0.95},
                "points": 100,
                "band": {"floor": 4, "target": 1.3, "scale": "log"},
                "advice": "Load the model once.",
            }
        ],
    }
    return Challenge.model_validate(fields | overrides)


def make_material(**overrides: Any) -> Material:
    """Ten rows to drive and ten labelled rows to judge by."""
    rows = tuple(
        Row(f"r{i}", {"id": f"r{i}", "person": {"name": f"Name{i} Surname{i}"}}, i / 10)
        for i in range(10)
    )
    holdout = tuple(Row(f"h{i}", {"id": f"h{i}"}, i / 10, int(i >= 5)) for i in range(10))
    harness = {"test_contract.py": b""}
    return Material(make_challenge(**overrides), "f" * 64, harness, rows, holdout, make_pool())


def make_pool(count: int = 60) -> tuple[Row, ...]:
    """Labelled rows to draw the traffic of a timeline from; the right answer goes by income."""
    return tuple(_pooled(i, 10_000 + i * 80_000 // count) for i in range(count))


def _pooled(number: int, income: int) -> Row:
    body = {
        "id": f"p{number}",
        "person": {"name": f"Name{number % 20} Surname{number % 20}"},
        "income": income,
        "age": 20 + number * 7 % 50,
    }
    return Row(f"p{number}", body, score_by_income(body), int(number % 3 == 0))


def score_by_income(body: Mapping[str, Any]) -> float:
    """What a service answers whose dependency knows everybody but "unknown-..." of even number."""
    income = body.get("income")
    known = 0.0 if income is None else min(1.0, income / 100_000)
    stranger = str(body.get("id", "")).startswith("unknown-") and int(body["age"]) % 2 == 0
    return round(known / 2 if stranger else known, 6)
