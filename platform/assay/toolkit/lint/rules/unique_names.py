"""No two tables of a kind have one name."""

from collections import Counter
from collections.abc import Iterator

from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    for kind, named in _tables(draft).items():
        times = Counter(name for name, _ in named)
        for name in sorted(name for name in times if times[name] > 1):
            last = [place for other, place in named if other == name][-1]
            yield draft.at(last, f"there are two {kind} tables named {name!r}; rename one")


def _tables(draft: Draft) -> dict[str, list[tuple[str, Location]]]:
    """Kind of table -> names and places."""
    challenge = draft.challenge
    return {
        "area": [(one.id, ("area", n)) for n, one in enumerate(challenge.area)],
        "criterion": [(one.id, ("criterion", n)) for n, one in enumerate(challenge.criterion)],
        "review": [(one.id, ("review", n)) for n, one in enumerate(challenge.review)],
        "slot": [(one.id, ("slot", n)) for n, one in enumerate(challenge.slot)],
        "dependency": [(one.name, ("dependency", n)) for n, one in enumerate(challenge.dependency)],
        "question": [(one.id, ("question", n)) for n, one in enumerate(challenge.question)],
        "incident": [(one.id, ("incident", n)) for n, one in enumerate(challenge.incident)],
        "fault": [(fault.id, place) for place, _, fault, _ in draft.planted()],
    }


RULE = essential(
    "unique-names", "Names of tables are unique; those of faults over all slots.", _check
)
