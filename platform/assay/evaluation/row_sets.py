"""Which rows the challenge's own module is asked for, and from which seed.

The seed is the evaluation's own, so the parity that tells practice from what counts reaches the
module (`halves`), and the same evaluation has the same rows wherever it is taken up again.
"""

from assay.domain.challenge import Challenge
from assay.domain.generated import BODY_BYTES_MAX, Generator
from assay.evaluation.incidents.generated import GENERATED, rows_wanted, settings_of
from assay_probe.plan import GeneratePlan, RowSet

MIB = 1024 * 1024


def generate_plan(challenge: Challenge, seed: int) -> GeneratePlan | None:
    """What a probe is asked for, None where rows are in files."""
    rules = challenge.generator
    if rules is None:
        return None
    return GeneratePlan(
        harness="harness",
        module=rules.module.removeprefix("harness/"),
        seed=seed,
        sets=[
            RowSet(name, count, dict(rules.settings.get(name, {})))
            for name, count in wanted(challenge, rules).items()
        ]
        + incident_sets(challenge),
        deadline_s=rules.deadline_s,
        memory_mib=rules.memory_mib,
        output_bytes=rules.rows_mib * MIB,
        body_bytes=BODY_BYTES_MAX,
    )


def wanted(challenge: Challenge, rules: Generator) -> dict[str, int]:
    """Set -> rows; of attacks two for each pair."""
    return {**rules.sets, **{one.set: 2 * one.pairs for one in challenge.attacks}}


def incident_sets(challenge: Challenge) -> list[RowSet]:
    """Sets of the incidents whose rows are made, of all that can be drawn."""
    rate_rps = challenge.incidents.rate_rps if challenge.incidents else 0.0
    return [
        RowSet(settings_of(one).set, rows_wanted(one, rate_rps), dict(settings_of(one).mix))
        for one in challenge.incident
        if one.injector == GENERATED
    ]
