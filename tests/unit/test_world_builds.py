"""How an evaluation treats a tree: whose layers may be used again, and whose users run it."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.challenges import make_challenge
from tests.fakes.world import HOST

from assay.adapters.images import Images
from assay.adapters.world import SandboxWorld
from assay.bootstrap.evaluating import uid_of
from assay.bootstrap.grading import GradeRequest
from assay.kit.deadline import Deadline
from assay_sandbox.docker_profile import TRUSTED_UID
from assay_sandbox.engine import BuildFailed, BuildFailure, BuildOutcome, BuildSpec, LogSink
from assay_sandbox.environment import CoreLayout, Environment
from assay_sandbox.limits import Limits

IMAGES = Images({"python:3.11-slim": "assay/python:1"}, None, "assay/probe:1")


@dataclass
class Refusing:
    """An engine that remembers what it was to build, and builds nothing."""

    specs: list[BuildSpec] = field(default_factory=list)
    prints: tuple[str, ...] = ()

    def build(self, spec: BuildSpec, *, deadline_s: float, on_log: LogSink) -> BuildOutcome:
        assert 0 < deadline_s <= 60
        self.specs.append(spec)
        for line in self.prints:
            on_log(line)
        return BuildFailed(BuildFailure.COMMAND, "RUN failed", "", 1.0)


def world_on(engine: Refusing, *, reuse_layers: bool = False) -> SandboxWorld:
    layout = CoreLayout((1,), (0,))
    environment = Environment(engine, "run1", layout, Limits(), "assay/probe:1", 20_000)  # type: ignore[arg-type]
    return SandboxWorld(
        engine=engine,  # type: ignore[arg-type]
        environment=environment,
        challenge=make_challenge(),
        harness={},
        images=IMAGES,
        host=HOST,
        reuse_layers=reuse_layers,
    )


def build(world: SandboxWorld, target: str | None = None) -> list[str]:
    """Build a tree; what was heard of the log meanwhile."""
    heard: list[str] = []
    world.build(
        Path("/tree"),
        tree_sha256="0" * 64,
        target=target,
        deadline=Deadline.after(60),
        on_log=heard.append,
    )
    return heard


def specs_of(*, reuse_layers: bool) -> list[BuildSpec]:
    """What is asked of the engine for the service, and for the stage with its tests."""
    engine = Refusing()
    world = world_on(engine, reuse_layers=reuse_layers)
    for target in (None, "test"):
        build(world, target)
    return engine.specs


def test_no_build_of_a_foreign_tree_uses_layers_again_not_even_its_tests() -> None:
    service, tests = specs_of(reuse_layers=False)

    assert (service.target, tests.target) == (None, "test")
    assert (service.use_cache, tests.use_cache) == (False, False)


def test_trees_we_made_are_built_from_layers_that_are_there() -> None:
    assert [spec.use_cache for spec in specs_of(reuse_layers=True)] == [True, True]


def test_the_image_with_the_tests_is_not_taken_for_the_service() -> None:
    service, tests = specs_of(reuse_layers=False)

    assert service.tag != tests.tag


def test_what_a_build_prints_is_handed_on() -> None:
    prints = ("Step 1", "no such file: requirements.txt")

    assert build(world_on(Refusing(prints=prints))) == list(prints)


def asked_for(submission: Path | None, answer: str | None) -> GradeRequest:
    return GradeRequest(
        challenge=Path("/challenge"),
        submission=submission,
        answer=answer,
        sandbox="docker",
        seed=1,
        only=(),
        out=Path("/out"),
    )


@pytest.mark.parametrize(
    ("submission", "answer", "ours"),
    [
        (Path("/somebody/elses"), None, False),
        (Path("/somebody/elses"), "reference", False),
        (None, "reference", True),
        (None, "fault:runs_as_root", True),
    ],
)
def test_a_tree_that_was_handed_in_is_foreign_and_an_answer_is_ours(
    submission: Path | None, answer: str | None, ours: bool
) -> None:
    assert asked_for(submission, answer).tree_is_ours is ours


RUNS = st.integers(0, 2**32 - 1).map("{:08x}".format)


@given(RUNS)
def test_the_users_of_a_run_are_nobody_of_this_machine(run_id: str) -> None:
    """Users of the system and people have smaller numbers."""
    submission, reference = uid_of(run_id), uid_of(run_id) + 1

    assert 20_000 <= submission < reference < 40_000
    assert TRUSTED_UID not in (submission, reference)


def test_no_runs_submission_is_the_user_of_anothers_reference() -> None:
    submissions = {uid_of(f"{number:08x}") for number in range(20_000)}

    assert len(submissions) == 10_000, "all there are: two runs seldom have the same"
    assert not submissions & {uid + 1 for uid in submissions}
