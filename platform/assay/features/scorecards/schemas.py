"""JSON schemas of what evaluations and proofs leave behind, for whoever reads them."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from assay.domain.evidence import Evidence
from assay.features.scorecards.result import Result
from assay.toolkit.proving.proof import Proof


class _WithInfinity(GenerateJsonSchema):
    """Evidence keeps an infinite figure as the string "Infinity": JSON has no other way."""

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        """A number, or one of the two words for "without bound"."""
        return {"anyOf": [super().float_schema(schema), {"enum": ["Infinity", "-Infinity"]}]}


def evidence_schema() -> dict[str, Any]:
    """JSON schema of `evidence.json`."""
    return Evidence.model_json_schema(mode="serialization", schema_generator=_WithInfinity)


def result_schema() -> dict[str, Any]:
    """JSON schema of `result.json`."""
    return Result.model_json_schema(mode="serialization")


def proof_schema() -> dict[str, Any]:
    """JSON schema of `proof.json`."""
    return Proof.model_json_schema(mode="serialization", schema_generator=_WithInfinity)


SCHEMAS = {"evidence": evidence_schema, "result": result_schema, "proof": proof_schema}


def write_schemas(directory: Path) -> None:
    """Write every schema, as docs/schemas keeps them."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, schema in SCHEMAS.items():
        text = json.dumps(schema(), indent=2, sort_keys=True) + "\n"
        (directory / f"{name}.schema.json").write_text(text, encoding="utf-8")
