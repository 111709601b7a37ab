"""Whoever writes a hidden test finds on one page everything that it holds in its hands."""

import re
from pathlib import Path

import pytest

from assay_probe.contract_fixtures import Answer, Service
from assay_probe.contract_plugin import ContractPlugin
from assay_probe.reply import Reply
from assay_probe.steering import Dependency

PAGE = (Path(__file__).parents[2] / "docs" / "challenge-format.md").read_text()
OURS = {"forget"}
"""Of the service: what only the plugin asks."""


def section() -> str:
    found = re.search(r"^## Hidden tests$.*?(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert found, "challenge-format.md has no section `Hidden tests`"
    return found.group()


def named() -> set[str]:
    """First word of everything between backquotes: `post(path, ...)` names `post`."""
    return {word for word in re.findall(r"`\.?(\w+)[^`]*`", section())}


def public(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def fixtures() -> set[str]:
    marked = type(pytest.fixture(lambda: None))
    return {name for name, value in vars(ContractPlugin).items() if isinstance(value, marked)}


def test_every_fixture_is_there() -> None:
    assert {"service", "rows", "dependency"} <= fixtures()
    assert fixtures() - named() == set()


def test_all_that_an_answer_tells_is_there() -> None:
    answer = Answer(Reply(200, {}, b"{}", "", "", 0.0, 0.1))
    told = {*public(Answer), *vars(answer)}

    assert {"status", "headers", "body", "text", "json", "error", "elapsed_ms"} <= told
    assert told - named() == set()


@pytest.mark.parametrize("kind", [Service, Dependency])
def test_all_that_can_be_asked_for_is_there(kind: type) -> None:
    assert public(kind) - OURS - named() == set()
