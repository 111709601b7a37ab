"""`assay gateway`: the language models of a challenge by themselves, for a prompt or a rule file.

Candidates have the public rules of their starter's practice kit, authors the hidden ones.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.adapters.own_gateway import Order
from assay.domain.challenge import Challenge, Dependency
from assay.domain.errors import BadInput, Problem
from assay.toolkit.files import SPEC
from assay.toolkit.lint.modes import METERED
from assay.toolkit.practice_kit import find_kit, read_kit
from assay.toolkit.reading import read_draft
from assay_probe.plans_llm import FRESH_KEYS

KEY = "sk-at-home"
"""Always the same, so that a service knows it when the gateway starts again in another mode."""
SETTING = re.compile(r"([a-z_]+)=(\d{1,9})")


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """What the user asked for.

    Attributes:
        directory: Of a challenge; else a repository with a practice kit, or a folder in it.
        port: None for the one that the challenge names, 0 for any that is free.
        mode: How the gateway behaves, with settings such as "percent=30".
        dependency: Which, where there are several.
    """

    directory: Path
    port: int | None = None
    mode: str = "ok"
    settings: Sequence[str] = ()
    dependency: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """What will be served, to whom.

    Attributes:
        key: To be let in; "" where the rule file has keys of its own.
    """

    dependency: Dependency
    order: Order
    key: str


def ready(request: GatewayRequest) -> Ready:
    """Find the models that are meant.

    Raises:
        BadInput: there is no challenge and no kit, it has no such models, or a setting is none.
    """
    challenge, harness = _given(request.directory)
    one = _chosen(challenge, request.dependency)
    key = KEY if one.key_environment else ""
    order = Order(
        data=str((harness / one.data).resolve()),
        settings={**one.settings, **({FRESH_KEYS: [key]} if key else {})},
        port=one.port if request.port is None else request.port,
        mode=request.mode,
        mode_settings=dict(map(_setting, request.settings)),
    )
    return Ready(one, order, key)


def _given(directory: Path) -> tuple[Challenge, Path]:
    """The challenge as its author or its candidates have it, and the folder of its data."""
    if (directory / SPEC).is_file():
        draft = read_draft(directory)
        return draft.challenge, draft.harness
    package = read_kit(find_kit(directory)).package
    return package.challenge, package.harness


def _chosen(challenge: Challenge, name: str) -> Dependency:
    models = {one.name: one for one in challenge.dependency if one.behaviour in METERED}
    if not models:
        raise BadInput(f"{challenge.id} asks no language models: nothing to serve")
    known = ", ".join(models)
    if name and name not in models:
        raise BadInput(f"no language models are called {name!r}; there are: {known}")
    if not name and len(models) > 1:
        raise BadInput(f"there are several language models; add --dependency, one of: {known}")
    return models[name or known]


def _setting(written: str) -> tuple[str, int]:
    found = SETTING.fullmatch(written)
    if not found:
        raise BadInput(Problem(f"{written!r} is no setting; write NAME=NUMBER, as percent=30"))
    return found[1], int(found[2])
