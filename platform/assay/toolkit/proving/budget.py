"""Whether good answers have room: time limits that a valid solution meets with ease."""

from collections.abc import Iterator

from assay.domain.challenge import Challenge
from assay.toolkit.expectation import kind_of
from assay.toolkit.proving.proof import CheckResult
from assay.toolkit.proving.runs import Outcome, Results

ROOM = 0.5
"""A good answer takes at most this share of a limit: a candidate's machine or luck may be worse."""
EVALUATION_S = 360.0
"""What a candidate who pushes should wait at most: six minutes."""


def check_budget(results: Results) -> CheckResult:
    """Reference and accepted answers stay well below every limit."""
    problems, notes = [], []
    for wanted, outcome in results.runs.items():
        good = wanted.kind == "reference" or kind_of(wanted.name) == "accepted"
        if good and not wanted.again:
            problems += [f"{wanted.name}: {told}" for told in _tight(results.challenge, outcome)]
            if not outcome.built:
                notes.append(f"{wanted.name}: its image was there, so its build took no time")
            if outcome.seconds > EVALUATION_S:
                took = f"{outcome.seconds / 60:.1f} minutes"
                notes.append(f"{wanted.name}: its evaluation takes {took}, more than six")
    return CheckResult(
        id="budget",
        title="Good answers take at most half of every limit",
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _tight(challenge: Challenge, outcome: Outcome) -> Iterator[str]:
    """The limits are those of the submission: the stage that boots also makes its surroundings."""
    build_s = sum(stage.seconds for stage in outcome.stages if stage.stage == "build")
    times = {
        "build": (build_s, challenge.limits.build_s),
        "boot": (outcome.ready_s or 0.0, challenge.limits.boot_s),
    }
    for what, (took_s, limit_s) in times.items():
        if took_s > ROOM * limit_s:
            yield f"{what} takes {took_s:.0f} s of the {limit_s:.0f} s allowed"
