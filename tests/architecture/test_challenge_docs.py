"""The format of a challenge is documented by its models, and the rules by their pages."""

import json
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from assay.domain.challenge import FORMAT, Challenge
from assay.toolkit.expectation import Expectation
from assay.toolkit.lint.registry import RULES
from assay.toolkit.schemas import SCHEMAS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    found = spec_from_file_location("reference_tables", DOCS / "reference_tables.py")
    assert found is not None
    assert found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and all that its fields are made of."""
    yield model
    for info in model.model_fields.values():
        for inner in (info.annotation, *arguments(info.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from models(inner)


def arguments(annotation: Any) -> Iterator[Any]:
    for one in get_args(annotation):
        yield one
        yield from arguments(one)


TABLES = sorted({*models(Challenge), *models(Expectation)}, key=lambda one: one.__name__)


@pytest.mark.parametrize("model", TABLES, ids=lambda one: one.__name__)
def test_no_field_is_without_a_sentence(model: type[BaseModel]) -> None:
    silent = [name for name, info in model.model_fields.items() if not info.description]

    assert silent == []
    assert (model.__doc__ or "").strip().endswith(".")


def test_every_table_is_looked_at() -> None:
    assert len(TABLES) > 25
    assert [one.model_config.get("extra") for one in TABLES] == ["forbid"] * len(TABLES)


@pytest.mark.parametrize("model", TABLES, ids=lambda one: one.__name__)
def test_every_sentence_is_on_the_page(model: type[BaseModel]) -> None:
    page = (DOCS / "challenge-format.md").read_text()

    told = [info.description.replace("|", "\\|") for info in model.model_fields.values()]
    assert [sentence for sentence in told if sentence not in page] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_of_what_authors_write_are_fresh(name: str) -> None:
    published = json.loads((DOCS / "schemas" / f"{name}.schema.json").read_text())

    assert published == SCHEMAS[name](), "run: make docs"


def test_the_schema_says_which_format_it_is_of() -> None:
    schema = SCHEMAS["challenge"]()

    assert schema["title"] == f"challenge.toml, format {FORMAT}"
    assert schema["properties"]["format"]["const"] == FORMAT


@pytest.mark.parametrize("rule", RULES)
def test_the_head_of_a_rules_page_is_fresh(rule: str, tables: ModuleType) -> None:
    page = (DOCS / "lint" / f"{rule}.md").read_text()

    assert page == tables.rule_page(page, RULES[rule]), "run: make docs"
    assert RULES[rule].title in page


def test_the_list_of_rules_is_fresh(tables: ModuleType) -> None:
    page = (DOCS / "lint" / "README.md").read_text()

    assert page == tables.rules_page(page), "run: make docs"
    assert all(f"({rule}.md)" in page for rule in RULES)
