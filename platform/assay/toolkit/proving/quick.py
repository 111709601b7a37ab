"""Which mutants a quick proof takes: few and cheap ones that touch every area of the rubric."""

from collections.abc import Iterator

from assay.domain.challenge import Challenge, Fault, StageName
from assay.evaluation.plan import stages_of
from assay.toolkit.lint.traits import TRAITS
from assay.toolkit.proving.estimate import Durations, seconds_for
from assay.toolkit.variants import all_faults


def quick_mutants(challenge: Challenge) -> Iterator[tuple[str, tuple[StageName, ...]]]:
    """Fault and stages of each mutant: the cheapest first that touch an area nobody has yet.

    Greedy set cover: the most areas not touched yet for a second of evaluation.
    """
    open_areas = {area.id for area in challenge.area}
    faults = {one.fault.id: one.fault for one in all_faults(challenge)}
    while open_areas:
        worth = {name: _worth(challenge, fault, open_areas) for name, fault in faults.items()}
        best = max(worth, key=lambda name: worth[name], default="")
        if not best or not worth[best]:
            return
        yield best, stages_for(challenge, faults[best])
        open_areas -= areas_shown(challenge, faults[best])


def stages_for(challenge: Challenge, fault: Fault) -> tuple[StageName, ...]:
    """The stages that show a fault."""
    return stages_of(challenge, (fault.measured_by,))


def areas_shown(challenge: Challenge, fault: Fault) -> set[str]:
    """Areas of the criteria it names, of those that its stages measure."""
    stages = stages_for(challenge, fault)
    return {
        criterion.area
        for criterion in challenge.criterion
        if criterion.id in fault.costs and set(TRAITS[criterion.check].stages) & set(stages)
    }


def _worth(challenge: Challenge, fault: Fault, open_areas: set[str]) -> float:
    """Areas won for a second."""
    won = len(areas_shown(challenge, fault) & open_areas)
    return won / seconds_for([stages_for(challenge, fault)], Durations(), jobs=1)
