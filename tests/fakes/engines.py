"""The engines that must keep the contract, each with an image that has a `python3`."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.fakes.local_engines import image_with_python, local_engine, needs_bubblewrap

from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import Engine
from assay_sandbox.images import ensure_base


@dataclass(frozen=True, slots=True)
class Stand:
    """An engine ready to be tried, and what to run on it."""

    engine: Engine
    image: str


def docker_stand() -> Stand:
    engine = DockerEngine().connect()
    return Stand(engine, ensure_base(engine.client, "python", lambda line: None))


def bubblewrap_stand() -> Stand:
    return Stand(local_engine("bubblewrap"), image_with_python("bubblewrap"))


def plain_stand() -> Stand:
    return Stand(local_engine("plain"), image_with_python("plain"))


ENGINES: dict[str, Callable[[], Stand]] = {
    "docker": docker_stand,
    "bubblewrap": bubblewrap_stand,
    "plain": plain_stand,
}

MARKS: dict[str, tuple[pytest.MarkDecorator, ...]] = {
    "docker": (pytest.mark.docker,),
    "bubblewrap": (needs_bubblewrap,),
}


def engine_parameters() -> list[object]:
    """One parameter for each engine, with the marks its tests need."""
    return [pytest.param(name, marks=MARKS.get(name, ())) for name in ENGINES]
