"""The histogram can show whether the objective is held."""

from app.metrics import LATENCY


def test_the_objective_of_50_ms_is_a_bucket_bound():
    bounds = LATENCY._kwargs["buckets"]
    assert 0.05 in bounds
    assert sum(bound < 0.05 for bound in bounds) >= 3
