"""What a dependency does on the timeline is something that it can do."""

from collections.abc import Iterator

from assay.domain.challenge import Dependency
from assay.domain.timeline import IncidentSpec
from assay.evaluation.incidents.traffic import DEPENDENCY
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.modes import BOUNDS, MODES, version_numbers
from assay.toolkit.lint.rule import essential

OWN = ("name", "mode")
"""Settings of the injector; the others are those of the mode."""


def _check(draft: Draft) -> Iterator[Found]:
    known = {one.name: one for one in draft.challenge.dependency}
    for index, one in enumerate(draft.challenge.incident):
        dependency = known.get(str(one.settings.get("name")))
        if one.injector != DEPENDENCY or dependency is None or dependency.behaviour not in MODES:
            continue
        for told in _problems(draft, one, dependency):
            yield draft.at(("incident", index, "settings"), f"incident {one.id!r}: {told}")


def _problems(draft: Draft, one: IncidentSpec, dependency: Dependency) -> Iterator[str]:
    modes, mode = MODES[dependency.behaviour], str(one.settings.get("mode"))
    if mode not in modes:
        yield f"{dependency.name!r} has no mode {mode!r}; use one of: {', '.join(sorted(modes))}"
        return
    for name, value in one.settings.items():
        if name in OWN:
            continue
        if name not in modes[mode]:
            allowed = ", ".join(modes[mode]) or "none"
            yield f"mode {mode!r} has no setting {name!r}; it has: {allowed}"
        elif isinstance(value, bool) or not isinstance(value, int):
            yield f"settings.{name} is {value!r}; write a whole number"
        elif not BOUNDS[name][0] <= value <= BOUNDS[name][1]:
            least, most = BOUNDS[name]
            yield f"settings.{name} is {value}; write {least} to {most}"
    if mode == "version":
        yield from _wrong_version(draft, one, dependency)


def _wrong_version(draft: Draft, one: IncidentSpec, dependency: Dependency) -> Iterator[str]:
    known, number = version_numbers(draft.harness, dependency), one.settings.get("number", 2)
    if known and number not in known:
        told = ", ".join(map(str, sorted(known)))
        yield f"{dependency.data!r} has no version {number!r}; use one of: {told}"


RULE = essential("dependency-mode", "Dependencies only do on the timeline what they can.", _check)
