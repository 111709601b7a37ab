"""From the results of all runs to the proof. The same results always give the same verdicts."""

import statistics
from collections.abc import Mapping

from assay.toolkit.proving.attribution import check_attribution, matrix_of
from assay.toolkit.proving.budget import check_budget
from assay.toolkit.proving.checks import (
    check_answers,
    check_empty,
    check_measured,
    check_ordering,
    check_repeats,
    check_separation,
)
from assay.toolkit.proving.hardness import check_variants, variants_of
from assay.toolkit.proving.margins import check_margins, margins_of
from assay.toolkit.proving.plan import Scope
from assay.toolkit.proving.proof import CriterionLine, Proof, RunLine, Stamp, worst
from assay.toolkit.proving.repeatability import Spread, spreads
from assay.toolkit.proving.runs import REFERENCE, Outcome, Results, Wanted

DIGITS = 3


def proof_of(results: Results, scope: Scope, stamp: Stamp) -> Proof:
    """Judge all runs together."""
    spread = spreads(results)
    matrix, margins = matrix_of(results, spread), margins_of(results)
    found = variants_of(results)
    checks = (
        check_measured(results),
        check_separation(results),
        check_attribution(results, matrix),
        check_answers(results),
        check_empty(results),
        check_ordering(results),
        check_repeats(results, spread, _deviation(results)),
        check_variants(found, results.challenge, matrix),
        check_budget(results),
        check_margins(margins),
    )
    challenge = results.challenge
    return Proof(
        challenge=challenge.id,
        version=challenge.version,
        title=challenge.title,
        scope=scope,
        verdict=worst(tuple(check.verdict for check in checks)),
        checks=checks,
        runs=tuple(_run(results, *one) for one in results.runs.items()),
        criteria=_criteria(results, spread),
        matrix=matrix,
        margins=margins,
        variants=found,
        evaluations_s=round(sum({o.key: o.seconds for o in results.runs.values()}.values()), 1),
        left_out=tuple(results.left_out),
        stamp=stamp,
    )


def _deviation(results: Results) -> float | None:
    """Standard deviation of the reference's total."""
    totals = [outcome.total for outcome in results.repeats_of(REFERENCE)]
    known = [float(total) for total in totals if total is not None]
    return statistics.stdev(known) if len(known) > 1 else None


def _run(results: Results, wanted: Wanted, outcome: Outcome) -> RunLine:
    expected = results.expectations.get(wanted.name)
    ran = {s.stage: s.seconds for s in outcome.stages if s.seconds}
    return RunLine(
        name=wanted.name,
        kind=wanted.kind,
        again=wanted.again,
        key=outcome.key,
        total=None if outcome.total is None else round(float(outcome.total), DIGITS),
        bounds=_bounds(outcome) if results.full else None,
        points={
            name: None if line.points is None else round(float(line.points), DIGITS)
            for name, line in outcome.lines.items()
            if line.max
        },
        stages_s=ran,
        seconds=round(outcome.seconds, 1),
        flags=outcome.flags,
        expected=(expected.score_min, expected.score_max) if expected else None,
        fault=outcome.fault,
    )


def _bounds(outcome: Outcome) -> tuple[float, float] | None:
    """Where a total lies that could not be told."""
    if outcome.total is not None or outcome.bounds is None:
        return None
    least, most = outcome.bounds
    return round(float(least), DIGITS), round(float(most), DIGITS)


def _criteria(results: Results, spread: Mapping[str, Spread]) -> tuple[CriterionLine, ...]:
    return tuple(
        CriterionLine(
            id=line.id,
            title=line.title,
            area=line.area,
            max=line.max,
            noise=round(spread[line.id].noise, DIGITS),
            deviation_reference=_rounded(spread[line.id].reference),
            deviation_starter=_rounded(spread[line.id].starter),
            detectable=_rounded(spread[line.id].detectable),
        )
        for line in results.reference.lines.values()
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
