"""What must hold of a challenge besides the attribution of its faults. Each check is pure."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from assay.domain.scoring import rounded
from assay.toolkit.expectation import UNFLAGGED_MAX, kind_of
from assay.toolkit.lint.traits import TRAITS
from assay.toolkit.proving.proof import CheckResult
from assay.toolkit.proving.repeatability import Spread, total_noise
from assay.toolkit.proving.runs import REFERENCE, Outcome, Results, Wanted

REFERENCE_MIN = 95
"""The healthy service is near full marks, or candidates cannot reach them either."""
STARTER_MAX = 40
"""The broken service is far from them, or there is nothing to do."""
LOSSES, SEEN = 3, 160
"""Lines that are named where the reference falls short, and characters of what was seen."""
DEVIATION_MAX = 1.0
"""Points of the reference's total between runs: the same submission, the same score."""


def check_measured(results: Results) -> CheckResult:
    """Every run of the plan was measured, and every line of the reference whose stage ran."""
    unseen = [
        f"{wanted.shown}: {outcome.fault}"
        for wanted, outcome in results.runs.items()
        if outcome.fault
    ]
    unseen += [
        f"{REFERENCE}: {name} was not measured: {line.evidence}"
        for name, line in results.reference.lines.items()
        if line.fraction is None and due(results, results.reference, name)
    ]
    unseen += _without_score(results)
    return CheckResult(
        id="measured",
        title="Every run could be measured",
        unseen=tuple(unseen),
        notes=tuple(_other_images(results)),
    )


def _without_score(results: Results) -> Iterator[str]:
    """Runs that are compared by their score alone, and have none: nothing would be compared."""
    compared = ("reference", "starter", "pair")
    for wanted, outcome in results.runs.items():
        if results.full and wanted.kind in compared and outcome.card and outcome.total is None:
            missing = [name for name, line in outcome.lines.items() if line.fraction is None]
            yield f"{wanted.shown} has no complete score: {', '.join(missing)} not measured"


def _other_images(results: Results) -> Iterator[str]:
    """Runs beside other images than the reference's: made anew, or on another machine."""
    images = results.reference.images
    for wanted, outcome in results.runs.items():
        others = [role for role in images if outcome.images.get(role, images[role]) != images[role]]
        if others:
            yield f"{wanted.shown} was measured with another image: {', '.join(others)}"


def due(results: Results, outcome: Outcome, name: str) -> bool:
    """Whether a run must have measured a criterion: in a full proof all, else what its stages do.

    A stage that ran to its end and measured nothing is no stage that was left out: hidden tests
    that cannot be loaded look like it, and a proof without them shows nothing.
    """
    criterion = next(one for one in results.challenge.criterion if one.id == name)
    trait = TRAITS.get(criterion.check)
    return results.full or bool(trait and outcome.done.intersection(trait.stages))


def check_separation(results: Results) -> CheckResult:
    """Reference near full marks, starters far from them, known answers in their order."""
    problems = [*_near_full_marks(results), *_far_from_full_marks(results), *_in_order(results)]
    starters = list(results.of("starter"))
    unseen = []
    if results.full and not starters:
        unseen.append("there is no starter: plant a fault")
    return CheckResult(
        id="separation",
        title=f"The reference earns {REFERENCE_MIN} or more, every starter {STARTER_MAX} or less, "
        f"and partial answers stand between",
        problems=tuple(problems),
        unseen=tuple(unseen),
        notes=() if starters else ("no starter was run",),
    )


def _near_full_marks(results: Results) -> Iterator[str]:
    for wanted, outcome in results.of("reference", repeats=True):
        total = outcome.total
        if total is not None and total < REFERENCE_MIN:
            yield (
                f"{wanted.shown} earns {rounded(total)}, less than {REFERENCE_MIN}: "
                f"{_lost(outcome)}"
            )


def _lost(outcome: Outcome) -> str:
    """What a run did not earn, most first, and what was seen."""
    open_points = {
        line: line.max - line.points
        for line in outcome.lines.values()
        if line.points is not None and line.points < line.max
    }
    dearest = sorted(open_points, key=lambda line: open_points[line], reverse=True)[:LOSSES]
    said = [f"-{rounded(open_points[x])} {x.id} ({_first(x.evidence)})" for x in dearest]
    gates = [x for x in outcome.lines.values() if not x.max and x.fraction not in (None, 1)]
    return "; ".join([*(f"gate {x.id} ({_first(x.evidence)})" for x in gates), *said])


def _first(evidence: str) -> str:
    """What was seen, short: without the full stop, and cut."""
    text = " ".join(evidence.split()).removesuffix(".")
    return text if len(text) <= SEEN else text[: SEEN - 1] + "…"


def _far_from_full_marks(results: Results) -> Iterator[str]:
    for wanted, outcome in results.of("starter", repeats=True):
        total = outcome.total
        if total is not None and total > STARTER_MAX:
            yield (
                f"{wanted.shown} earns {rounded(total)}, more than {STARTER_MAX}; plant another "
                f"fault, or give the criteria of its faults more points"
            )


def _in_order(results: Results) -> Iterator[str]:
    starters = _totals(results, "starter")
    partial = _totals(results, "partial")
    accepted = _totals(results, "accepted")
    for low, high in ((starters, partial), (partial, accepted), (starters, accepted)):
        for worse, (_, less) in low.items():
            for better, (more, _) in high.items():
                if less >= more:
                    yield f"{worse} earns {rounded(less)}, {better} only {rounded(more)}"


def _totals(results: Results, kind: str) -> dict[str, tuple[Fraction, Fraction]]:
    """Scores of the starters, or of the known answers of a kind: least and most."""
    runs = results.of("starter") if kind == "starter" else _answers(results, kind)
    known = (one for one in runs if results.full or one[1].total is not None)
    return {wanted.name: both for wanted, outcome in known if (both := outcome.bounds) is not None}


def _answers(results: Results, kind: str) -> Iterator[tuple[Wanted, Outcome]]:
    return (one for one in results.of("answer") if kind_of(one[0].name) == kind)


# ------------------------------------------------------------------------------- known answers


def check_answers(results: Results) -> CheckResult:
    """Every known answer scores what it must, and is flagged as it must."""
    problems: list[str] = []
    unseen: list[str] = []
    if results.reference.flags:
        problems.append(_undue(REFERENCE, results.reference.flags))
    for wanted, outcome in results.of("answer"):
        problems += _beside_expectation(results, wanted, outcome)
        if results.full and not _is_settled(results, wanted, outcome):
            unseen.append(f"{wanted.name} has no complete score, and it matters what is missing")
    return CheckResult(
        id="answers",
        title="Every known answer scores what its expect.toml says, and is flagged as it says, "
        "the reference not at all",
        problems=tuple(problems),
        unseen=tuple(unseen),
        notes=() if any(True for _ in results.of("answer")) else ("no known answer was run",),
    )


def _is_settled(results: Results, wanted: Wanted, outcome: Outcome) -> bool:
    """Whether the score is known, or as expected whatever the lines without a measurement are.

    A service can leave nothing to measure: one that pays little for what is repeated need not tell
    of a caller who repeats everything.
    """
    if outcome.total is not None:
        return True
    if outcome.bounds is None:
        return False
    expected = results.expectations[wanted.name]
    least, most = outcome.bounds
    return Fraction(str(expected.score_min)) <= least and most <= Fraction(str(expected.score_max))


def _beside_expectation(results: Results, wanted: Wanted, outcome: Outcome) -> Iterator[str]:
    expected = results.expectations[wanted.name]
    whole = outcome.total is not None or not expected.flags  # a flag need not cost a point
    total = outcome.card.total if outcome.card and whole else None
    if total is not None and total > Fraction(str(expected.score_max)):
        yield f"{wanted.name} earns {rounded(total)}, more than {expected.score_max:g}"
    if outcome.total is not None and outcome.total < Fraction(str(expected.score_min)):
        yield f"{wanted.name} earns {rounded(outcome.total)}, less than {expected.score_min:g}"
    missing = [flag for flag in expected.flags if flag not in outcome.flags]
    if outcome.card and missing:
        yield f"{wanted.name} is not flagged: {', '.join(missing)}"
    if kind_of(wanted.name) == "rejected" and not outcome.flags and results.full:
        yield from _cheat_that_pays(wanted, outcome)
    undue = [flag for flag in outcome.flags if flag not in expected.flags]
    if undue and kind_of(wanted.name) != "rejected":
        yield _undue(wanted.name, undue)


def _cheat_that_pays(wanted: Wanted, outcome: Outcome) -> Iterator[str]:
    """Whatever its `expect.toml` allows: nobody would be warned of such an answer."""
    if outcome.bounds is not None and outcome.bounds[1] > UNFLAGGED_MAX:
        yield (
            f"{wanted.name} earns {rounded(outcome.bounds[1])} and is not flagged: a rejected "
            f"answer earns {UNFLAGGED_MAX} or less, or a person is told"
        )


def _undue(name: str, flags: Sequence[str]) -> str:
    return f"{name} is flagged, and has done nothing wrong: {', '.join(flags)}"


def check_empty(results: Results) -> CheckResult:
    """An empty repository is a known answer: no crash of ours, no point."""
    problems = []
    for wanted, outcome in results.of("empty"):
        total = outcome.card.total if outcome.card else None
        ended = [stage for stage in outcome.stages if stage.status == "candidate_fault"]
        if outcome.card and (total != 0 or not ended):
            told = "no score" if total is None else f"{rounded(total)} points"
            problems.append(f"{wanted.name}: {told}, and no stage says that nothing is there")
    asked = any(True for _ in results.of("empty"))
    return CheckResult(
        id="empty",
        title="An empty repository scores 0, by a failure that is the submission's",
        problems=tuple(problems),
        notes=() if asked else ("it was not run",),
    )


# ------------------------------------------------------------------------- order and repetition


def check_ordering(results: Results) -> CheckResult:
    """A mutant never outscores the reference; two faults never outscore one of them."""
    noise = total_noise(results)
    singles = {wanted.name: outcome.total for wanted, outcome in results.of("mutant")}
    problems = [
        *_above_reference(results, noise),
        *(
            f"{wanted.name} earns {rounded(outcome.total)}, {one} alone only {rounded(alone)}"
            for wanted, outcome in results.of("pair")
            for one in wanted.name.split(" + ")
            if outcome.total is not None
            and (alone := singles.get(one)) is not None
            and outcome.total > alone + Fraction(noise)
        ),
    ]
    return CheckResult(
        id="ordering",
        title="No mutant outscores the reference, and two faults never outscore one of them",
        problems=tuple(problems),
        notes=(f"differences below {noise:.2f} points are noise",),
    )


def _above_reference(results: Results, noise: float) -> Iterator[str]:
    best = results.reference.total
    for wanted, outcome in (*results.of("mutant"), *results.of("pair")):
        total = outcome.total
        if best is not None and total is not None and total > best + Fraction(noise):
            yield f"{wanted.name} earns {rounded(total)}, the reference {rounded(best)}"


def check_repeats(
    results: Results, spread: Mapping[str, Spread], deviation: float | None
) -> CheckResult:
    """The same submission gets the same score."""
    problems: list[str] = []
    unseen: list[str] = []
    notes: list[str] = []
    if deviation is not None and deviation > DEVIATION_MAX:
        problems.append(
            f"the reference's score moves by {deviation:.2f} points (standard deviation) between "
            f"runs, more than {DEVIATION_MAX:g}"
        )
    for name, one in spread.items():
        line = results.reference.lines[name]
        if one.detectable is not None and line.max and one.detectable > line.max:
            notes.append(
                f"{name}: a single run shows a loss only from {one.detectable:.1f} points on, and "
                f"it has {line.max}"
            )
    if deviation is None:
        (unseen if results.full else notes).append("nothing was repeated; say --repeat 3")
    return CheckResult(
        id="repeatability",
        title="The same submission gets the same score",
        problems=tuple(problems),
        unseen=tuple(unseen),
        notes=tuple(notes),
    )
