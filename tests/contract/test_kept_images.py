"""What both engines promise about the images they keep (`assay_sandbox.kept_images.ImageStore`)."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.engines import ENGINES, MARKS, Stand

from assay_sandbox.conformance_lab import Lab
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import BuildSpec, Built

PYTHON = "python:3.11-slim"
BUILD_S = 120.0
SLEEP = "import time; time.sleep(60)"


@pytest.fixture(params=[pytest.param(n, marks=MARKS.get(n, ())) for n in ("docker", "plain")])
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    made = ENGINES[request.param]()
    yield made
    if isinstance(made.engine, DockerEngine):
        made.engine.close()


@pytest.fixture
def store(stand: Stand) -> Any:
    return stand.engine


@pytest.fixture
def prefix(store: Any) -> Iterator[str]:
    """Of the images of this test alone."""
    chosen = f"assay/tree-test-{secrets.token_hex(4)}"
    yield chosen
    for image in store.kept_images(chosen):
        store.discard_image(image.reference)


def build(stand: Stand, tag: str, context: Path) -> Built:
    context.mkdir(exist_ok=True)
    (context / "Dockerfile").write_text(f"FROM {PYTHON}\nCOPY Dockerfile /made-of\n")
    image = stand.image if stand.engine.name == "docker" else PYTHON
    spec = BuildSpec(run_id="0badcafe", context=context, tag=tag, base_images={PYTHON: image})
    outcome = stand.engine.build(spec, deadline_s=BUILD_S, on_log=lambda line: None)
    assert isinstance(outcome, Built)
    return outcome


def test_an_image_is_listed_until_it_is_discarded(
    stand: Stand, store: Any, prefix: str, tmp_path: Path
) -> None:
    began_s = time.time()
    build(stand, f"{prefix}:1", tmp_path / "context")
    (kept,) = store.kept_images(prefix)

    assert kept.reference == f"{prefix}:1"
    assert began_s - 2 < kept.used_s < time.time() + 2
    assert store.discard_image(kept.reference)
    assert store.kept_images(prefix) == ()
    assert store.discard_image(kept.reference)
    assert stand.engine.image(kept.reference) is None


def test_building_the_same_again_counts_as_a_use(
    stand: Stand, store: Any, prefix: str, tmp_path: Path
) -> None:
    first = build(stand, f"{prefix}:1", tmp_path / "context")
    (before,) = store.kept_images(prefix)
    time.sleep(1.1)
    second = build(stand, f"{prefix}:1", tmp_path / "context")
    (after,) = store.kept_images(prefix)

    assert not first.reused
    assert second.reused
    assert after.used_s >= before.used_s + 1


@pytest.mark.docker
def test_docker_keeps_an_image_that_a_container_uses(tmp_path: Path) -> None:
    stand = ENGINES["docker"]()
    store: Any = stand.engine
    tag = f"assay/tree-test-{secrets.token_hex(4)}:1"
    build(stand, tag, tmp_path / "context")
    container = Lab(stand.engine, tag, secrets.token_hex(4)).start(SLEEP)
    try:
        assert not store.discard_image(tag)
        assert stand.engine.image(tag)
    finally:
        container.remove()
    assert store.discard_image(tag)
    store.close()
