"""What exists is documented, and what is documented exists."""

import json
import re
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from pydantic import BaseModel

from assay.cli.main import app
from assay.domain import challenge as challenge_format
from assay.domain import rubric as rubric_format
from assay.domain.challenge import StageName
from assay.domain.checks import CHECKS
from assay.features.scorecards.schemas import SCHEMAS
from assay_sandbox.doctor.checks import CHECKS as DOCTOR_CHECKS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text()


def commands(group: Any, prefix: str = "assay") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def all_commands() -> dict[str, Any]:
    return dict(commands(typer.main.get_command(app)))


def section(heading: str) -> str:
    """The part of docs/cli.md under the heading of one command."""
    parts = re.split(r"^## ", text("cli.md"), flags=re.MULTILINE)
    return next((part for part in parts if part.startswith(f"`{heading}")), "")


@pytest.mark.parametrize("command", all_commands())
def test_every_command_and_option_is_documented(command: str) -> None:
    words = section(command)
    options = [opt for p in all_commands()[command].params for opt in p.opts if opt[:1] == "-"]
    undocumented = [option for option in options if option != "--help" and option not in words]

    assert words
    assert undocumented == []


def test_no_command_is_documented_that_does_not_exist() -> None:
    documented = re.findall(r"^## `(assay [a-z -]*[a-z])", text("cli.md"), re.MULTILINE)

    assert set(documented) <= set(all_commands())


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_every_check_of_the_rubric_is_documented(check: str) -> None:
    assert f"`{check}`" in text("scoring.md")


@pytest.mark.parametrize("check", sorted(DOCTOR_CHECKS))
def test_every_check_of_the_doctor_is_documented(check: str) -> None:
    assert f"| {check.replace('_', ' ')} |" in text("operating.md")


@pytest.mark.parametrize("stage", get_args(StageName))
def test_every_stage_is_documented(stage: str) -> None:
    assert f"**{stage}**" in text("architecture.md")


def fields() -> Iterator[str]:
    for module in (challenge_format, rubric_format):
        for model in vars(module).values():
            if isinstance(model, type) and issubclass(model, BaseModel) and model is not BaseModel:
                yield from model.model_fields


@pytest.mark.parametrize("field", sorted(set(fields())))
def test_every_field_of_a_challenge_is_documented(field: str) -> None:
    assert f"`{field}`" in text("challenge-format.md")


def test_generated_parts_are_fresh() -> None:
    spec = spec_from_file_location("reference_tables", DOCS / "reference_tables.py")
    assert spec is not None
    assert spec.loader is not None
    tables = module_from_spec(spec)
    spec.loader.exec_module(tables)
    page = text("challenge-format.md")

    assert page == tables.challenge_page(page), "run: make docs"


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_published_schemas_are_fresh(name: str, schema: Any) -> None:
    published = json.loads((DOCS / "schemas" / f"{name}.schema.json").read_text())

    assert published == schema(), "run: make docs"


@pytest.mark.parametrize("page", sorted(p.relative_to(ROOT) for p in DOCS.rglob("*.md")), ids=str)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text())
    broken = [link for link in links if not (ROOT / page.parent / link).exists()]

    assert broken == []


def test_the_readme_links_every_page() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [p.name for p in DOCS.glob("*.md") if f"docs/{p.name}" not in readme]

    assert missing == []
