"""Small valid challenges to evaluate in tests."""

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
    return Material(make_challenge(**overrides), "f" * 64, {"test_contract.py": b""}, rows, holdout)
