"""operability: rules over the tree and the image, and the submission's own tests."""

from assay.domain.measurements import OperabilityMeasurement, RuleResult
from assay.evaluation.rules import TREE_RULES
from assay.evaluation.rules.tree import Tree
from assay.evaluation.run import Run

ROOT_USERS = {"", "0", "root"}
OWN_TESTS_S = 180.0
LOG_LINES = 15


def operability(run: Run) -> None:
    """Answer every operability rule."""
    tree = Tree.read(run.tree)
    results = [rule(tree) for rule in TREE_RULES.values()]
    run.facts["operability"] = OperabilityMeasurement(
        rules=(*results, _non_root(run), _own_tests(run))
    )


def _non_root(run: Run) -> RuleResult:
    user = run.facts["build"].user or ""
    is_root = user.split(":")[0] in ROOT_USERS
    return RuleResult(
        rule="non_root",
        title="The image runs as a user without privileges",
        share=0.0 if is_root else 1.0,
        message="the image runs as root" if is_root else f"the image runs as {user!r}",
        findings=("Dockerfile: no USER, or USER root, in the last stage",) if is_root else (),
    )


def _own_tests(run: Run) -> RuleResult:
    stage = run.material.challenge.build.test_stage
    run.say(f"the submission's own tests (Dockerfile stage {stage!r})")
    fact = run.build(stage, seconds=OWN_TESTS_S).measurement
    return RuleResult(
        rule="own_tests",
        title=f"The Dockerfile has a stage {stage!r} that runs the tests, and they pass",
        share=1.0 if fact.built else 0.0,
        message=f"the stage {stage!r} passed" if fact.built else fact.message,
        findings=tuple(fact.log.splitlines()[-LOG_LINES:]) if not fact.built else (),
    )
