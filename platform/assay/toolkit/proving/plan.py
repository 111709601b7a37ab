"""Which evaluations a proof needs, decided completely before anything starts."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assay.domain.challenge import Challenge, StageName
from assay.domain.errors import BadInput
from assay.evaluation.plan import stages_of
from assay.kit.chance import derived_seed
from assay.toolkit.expectation import Expectation, kind_of
from assay.toolkit.proving.covering import covering_variants
from assay.toolkit.proving.estimate import Durations, seconds_for
from assay.toolkit.proving.quick import quick_mutants
from assay.toolkit.proving.room import TIMELINE, sharing_of
from assay.toolkit.proving.runs import EMPTY, REFERENCE, Kind, Wanted
from assay.toolkit.variants import FAULT, all_faults

Scope = Literal["full", "quick", "partial"]
"""`partial`: what was chosen by name. Only a full proof can be published."""

REPEATS = 3
PAIRS = 3
"""Pairs of faults that are sampled."""
QUICK_S = 15 * 60 * 0.8
"""What a quick proof may be expected to take, so that it ends within 15 minutes: runs that wait for
each other take a sixth more than all of their stages together."""
DEAR: frozenset[StageName] = frozenset({"load", "capacity", TIMELINE})
"""Stages that a quick proof runs only where nothing else shows what it looks for."""
GROUPS: dict[str, Kind] = {
    "starters": "starter",
    "mutants": "mutant",
    "pairs": "pair",
    "answers": "answer",
}
"""Words for `--only` besides names."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the author asked for.

    Attributes:
        only: Names of runs or words of `GROUPS`; empty for all.
        repeat: So many evaluations of the reference and of the first starter.
        jobs: Evaluations under way at once.
    """

    quick: bool = False
    only: tuple[str, ...] = ()
    repeat: int = REPEATS
    seed: int = 0
    jobs: int = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be run, in this order.

    Attributes:
        left_out: Names of runs that a quick proof has no time for.
    """

    runs: tuple[Wanted, ...]
    scope: Scope
    left_out: tuple[str, ...] = ()


def plan_of(
    challenge: Challenge, expectations: Mapping[str, Expectation], options: Options
) -> Plan:
    """The plan of a proof.

    Args:
        challenge: What is proven.
        expectations: Known answers by `kind/name`.
        options: What the author asked for.

    Raises:
        BadInput: a name of `only` is no run.
    """
    if options.quick:
        return _quick(challenge, expectations, options.jobs)
    runs = tuple(_all(challenge, expectations, options))
    if options.only:
        return Plan(_chosen(runs, options.only), "partial")
    return Plan(runs, "full")


def _all(challenge: Challenge, expectations: Iterable[str], options: Options) -> Iterator[Wanted]:
    """Every run of a full proof, with every stage, what tells most first."""
    stages = stages_of(challenge)
    reference = Wanted("reference", REFERENCE, REFERENCE, stages)
    starters = [starter_run(stages, number) for number in covering_variants(challenge)]
    yield from (reference, *starters[:1])
    for one in all_faults(challenge):
        yield mutant_run(stages, one.fault.id)
    yield from (answer_run(stages, name) for name in expectations)
    yield empty_run(stages)
    yield from starters[1:]
    for again in range(1, options.repeat):
        yield from (replace(one, again=again) for one in (reference, *starters[:1]))
    yield from _pairs(challenge, stages, options.seed)


def starter_run(stages: tuple[StageName, ...], variant: int) -> Wanted:
    """A starter."""
    return Wanted("starter", f"starter {variant}", "starter", stages, variant)


def mutant_run(stages: tuple[StageName, ...], fault: str) -> Wanted:
    """The reference with one planted fault."""
    return Wanted("mutant", fault, f"{FAULT}{fault}", stages)


def answer_run(stages: tuple[StageName, ...], name: str) -> Wanted:
    """A known answer."""
    return Wanted("answer", name, name, stages)


def empty_run(stages: tuple[StageName, ...]) -> Wanted:
    """A commit without files: a known answer of every challenge."""
    return Wanted("empty", EMPTY, "", stages)


def _pairs(challenge: Challenge, stages: tuple[StageName, ...], seed: int) -> Iterator[Wanted]:
    """Some pairs of faults of different slots, the same for the same seed."""
    pairs = [
        (one.fault.id, other.fault.id)
        for one, other in itertools.combinations(all_faults(challenge), 2)
        if one.slot != other.slot
    ]
    drawn = sorted(pairs, key=lambda pair: derived_seed(seed, "pair", *pair))
    for one, other in drawn[:PAIRS]:
        yield Wanted("pair", f"{one} + {other}", f"{FAULT}{one}+{other}", stages)


def _chosen(runs: Sequence[Wanted], only: Sequence[str]) -> tuple[Wanted, ...]:
    """What was asked for, and the reference, which is the first of all."""
    known = {word for one in runs for word in _words(one)}
    unknown = [name for name in only if name not in known]
    if unknown:
        there = ", ".join([*GROUPS, *dict.fromkeys(one.name for one in runs)])
        raise BadInput(*(f"a proof has no run {name!r}; it has: {there}" for name in unknown))
    wanted = set(only)
    return tuple(one for one in runs if one == runs[0] or wanted & _words(one))


def _words(one: Wanted) -> set[str]:
    """Whatever names a run in `--only`."""
    groups = {word for word, kind in GROUPS.items() if kind == one.kind}
    return {one.name, one.name.split("/")[-1], *groups}


# -------------------------------------------------------------------------------- the quick one


def _quick(challenge: Challenge, expectations: Mapping[str, Expectation], jobs: int) -> Plan:
    """Starter, reference, a mutant for each area, cheats: each no further than it needs.

    Timelines cost four minutes each, load and capacity nearly two in which nothing else runs.
    The reference has them, and so have the mutants of areas that nothing else shows. The
    starter does without; cheats that only they catch are taken while time is left.
    """
    whole = stages_of(challenge)
    cheap = tuple(stage for stage in whole if stage not in DEAR)
    must = [
        Wanted("reference", REFERENCE, REFERENCE, whole),
        *(mutant_run(stages, fault) for fault, stages in quick_mutants(challenge)),
        starter_run(cheap, 0),
        empty_run(cheap),
    ]
    cheats = sorted(_cheats(challenge, expectations), key=lambda one: _cost(one, jobs))
    runs, left_out = _fitting(must, cheats, jobs)
    return Plan(tuple(_in_good_order(runs)), "quick", tuple(left_out))


def _cheats(challenge: Challenge, expectations: Mapping[str, Expectation]) -> Iterator[Wanted]:
    for name, expected in expectations.items():
        if kind_of(name) == "rejected":
            last = (expected.caught_by,) if expected.caught_by else ()
            yield answer_run(needed(challenge, *last), name)


def needed(challenge: Challenge, *last: StageName) -> tuple[StageName, ...]:
    """The stages up to what is looked for, with the contract, which is a gate; all if none."""
    return stages_of(challenge, ("contract", *last) if last else ())


def _cost(one: Wanted, jobs: int) -> tuple[float, str]:
    """What one more such run adds where so many are under way."""
    return seconds_for([one.reached] * jobs, Durations(), jobs=jobs) / jobs, one.name


def _fitting(
    must: Sequence[Wanted], cheats: Sequence[Wanted], jobs: int
) -> tuple[list[Wanted], list[str]]:
    """What must be, with as many cheats as there is time for; and the names of the others."""
    runs, left_out = list(must), []
    for one in cheats:
        stages = [run.reached for run in (*runs, one)]
        if seconds_for(stages, Durations(), jobs=jobs) <= QUICK_S:
            runs.append(one)
        else:
            left_out.append(one.name)
    return runs, left_out


def _in_good_order(runs: Iterable[Wanted]) -> list[Wanted]:
    """Timelines first; beside them what measures no time; then what is to be measured alone."""

    def place(one: Wanted) -> int:
        alone = any(sharing_of(stage) == "alone" for stage in one.reached)
        return 0 if TIMELINE in one.stages else 2 if alone else 1

    return sorted(runs, key=place)
