"""An incident can be done: told before anything starts, and not only where a seed draws it."""

from collections.abc import Iterator

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentSpec
from assay.evaluation.drifts.injectors import INJECTORS, drift_of
from assay.evaluation.incidents.generated import GENERATED
from assay.evaluation.incidents.traffic import DEPENDENCY, SERVICE_FAULTS, SURGE
from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential

KNOWN = sorted({*INJECTORS, *SERVICE_FAULTS, DEPENDENCY, SURGE, GENERATED})


def _check(draft: Draft) -> Iterator[Found]:
    for index, one in enumerate(draft.challenge.incident):
        place = ("incident", index)
        if one.injector not in KNOWN:
            yield draft.at(
                (*place, "injector"),
                f"incident {one.id!r}: no injector is called {one.injector!r}; use one of: "
                f"{', '.join(KNOWN)}",
            )
        if one.injector in INJECTORS:
            yield from (draft.at(place, told) for told in _wrong_settings(one))
        if one.injector == DEPENDENCY:
            yield from _wrong_dependency(draft, place, one)


def _wrong_settings(incident: IncidentSpec) -> list[str]:
    try:
        drift_of(incident)
    except BadInput as refusal:
        return [problem.message for problem in refusal.problems]
    return []


def _wrong_dependency(draft: Draft, place: Location, one: IncidentSpec) -> Iterator[Found]:
    names = [dependency.name for dependency in draft.challenge.dependency]
    if one.settings.get("name") not in names:
        yield draft.at(
            (*place, "settings"),
            f"incident {one.id!r}: settings.name is {one.settings.get('name')!r}; the "
            f"dependencies are: {', '.join(names) or 'none'}",
        )


RULE = essential("injector", "Every incident can be done with the settings it has.", _check)
