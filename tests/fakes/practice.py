"""A practice kit for the small challenges of tests."""

from pathlib import Path

TABLE = """
[practice.kit]
tests = "practice/test_contract.py"
rows = "practice/rows.jsonl"
"""
PUBLIC_TESTS = '''\
"""What the brief says, once."""

import pytest


@pytest.mark.criterion("right")
def test_it_doubles(service, rows):
    """Two times x is the score of x."""
    for row in rows:
        answer = service.post("/score", json=row["body"]).json()
        assert answer["score"] == row["expected"]
'''
PUBLIC_ROW = '{"id": "public", "body": {"x": 21}, "expected": 42}\n'


def add_kit(package: Path, more: str = "") -> Path:
    """Give a challenge on disk a practice kit; `more` are further lines of its table."""
    spec = package / "challenge.toml"
    spec.write_text(spec.read_text() + TABLE + more)
    (package / "practice").mkdir()
    (package / "practice/test_contract.py").write_text(PUBLIC_TESTS)
    (package / "practice/rows.jsonl").write_text(PUBLIC_ROW)
    return package
