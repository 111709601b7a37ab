"""JSON schemas of the files an author writes, for editors and other programs."""

import json
from pathlib import Path
from typing import Any

from assay.domain.challenge import FORMAT, Challenge
from assay.toolkit.expectation import Expectation


def challenge_schema() -> dict[str, Any]:
    """JSON schema of `challenge.toml`."""
    schema = Challenge.model_json_schema(mode="validation")
    return {**schema, "title": f"challenge.toml, format {FORMAT}"}


def expectation_schema() -> dict[str, Any]:
    """JSON schema of `expect.toml`."""
    return {**Expectation.model_json_schema(mode="validation"), "title": "expect.toml"}


SCHEMAS = {"challenge": challenge_schema, "expectation": expectation_schema}
"""Name of the published file -> its schema."""


def write_schemas(directory: Path) -> None:
    """Write them, as docs/schemas keeps them."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, schema in SCHEMAS.items():
        text = json.dumps(schema(), indent=2, sort_keys=True) + "\n"
        (directory / f"{name}.schema.json").write_text(text, encoding="utf-8")
