"""`result.json` is strict JSON with a published schema, and keeps its promises to programs."""

import json
import math
import os
from pathlib import Path

import pytest
from tests.fakes.evidence import ended, make_evidence, make_poor_evidence, make_unbuilt_evidence

from assay.domain.judge import rescore
from assay.features.scorecards.result import Result, result_json
from assay.features.scorecards.schemas import evidence_schema, result_schema, write_schemas

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"
GOLDEN = Path(__file__).parent / "golden" / "result_of_a_poor_service.json"
RECORD = "ASSAY_RECORD" in os.environ


def strict(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")


@pytest.mark.parametrize("make", [make_evidence, make_poor_evidence, make_unbuilt_evidence])
def test_a_result_is_strict_json_and_reads_back(make: type) -> None:
    text = result_json(rescore(make()))

    json.loads(text, parse_constant=strict)
    assert Result.model_validate_json(text)


def test_an_infinite_value_is_null_and_told_in_words() -> None:
    result = json.loads(result_json(rescore(make_poor_evidence())))

    found = next(c for c in result["criteria"] if c["id"] == "shutdown_time")
    assert rescore(make_poor_evidence()).criteria[5].value == math.inf
    assert found["value"] is None
    assert "killed" in found["evidence"]


def test_the_total_can_be_recomputed_from_the_lines() -> None:
    result = Result.model_validate_json(result_json(rescore(make_poor_evidence())))

    earned = sum(c.points for c in result.criteria if c.points is not None)
    measured = sum(c.max for c in result.criteria if c.points is not None)
    assert result.total == pytest.approx(100 * earned / measured, abs=0.05)


def test_a_void_result_has_no_total() -> None:
    stages = ended("boot", "platform_fault", then="platform_fault")
    result = Result.model_validate_json(result_json(rescore(make_evidence(stages=stages))))

    assert (result.status, result.total, result.interval) == ("void", None, None)
    assert {u.id for u in result.unmeasured} >= {"boots", "honours_contract"}


def test_the_result_of_a_poor_service_is_what_it_was() -> None:
    text = result_json(rescore(make_poor_evidence()))
    if RECORD:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")

    assert text == GOLDEN.read_text(encoding="utf-8"), "set ASSAY_RECORD=1 if this is intended"


@pytest.mark.parametrize("name", ["evidence", "result"])
def test_the_published_schemas_are_fresh(name: str, tmp_path: Path) -> None:
    write_schemas(SCHEMAS if RECORD else tmp_path)
    fresh = (SCHEMAS if RECORD else tmp_path) / f"{name}.schema.json"

    published = (SCHEMAS / fresh.name).read_text(encoding="utf-8")
    assert published == fresh.read_text(encoding="utf-8"), "run this test with ASSAY_RECORD=1"


def test_the_schemas_refuse_fields_nobody_knows() -> None:
    assert evidence_schema()["additionalProperties"] is False
    assert result_schema()["additionalProperties"] is False


def test_the_evidence_schema_admits_infinity() -> None:
    value = evidence_schema()["$defs"]["Estimate"]["properties"]["value"]

    assert {"enum": ["Infinity", "-Infinity"]} in value["anyOf"]
