"""Attack twins can be made, are sent, and earn points."""

from collections.abc import Iterator

from assay.domain.generated import SETS
from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential

CHECK = "attack_twins"


def _check(draft: Draft) -> Iterator[Found]:
    challenge = draft.challenge
    judged = [one for one in challenge.criterion if one.check == CHECK]
    if judged and not challenge.attacks:
        place: Location = ("criterion", challenge.criterion.index(judged[0]), "check")
        told = f"criterion {judged[0].id!r} judges twins, and there are none; add [[attacks]]"
        yield draft.at(place, told)
    names = [one.set for one in challenge.attacks]
    for index, attacks in enumerate(challenge.attacks):
        place = ("attacks", index)
        for told in _missing(draft):
            yield draft.at(place, told)
        if attacks.set in SETS or attacks.set in names[:index]:
            told = f"set {attacks.set!r} is another's already; give this one a name of its own"
            yield draft.at((*place, "set"), told)
        if not judged:
            yield draft.at(
                place, f"no criterion has check {CHECK!r}, so these cost time and earn nothing"
            )


def _missing(draft: Draft) -> Iterator[str]:
    challenge = draft.challenge
    if challenge.generator is None:
        yield "twins are made by a module; add [generator]"
    if challenge.contract.answers is None:
        yield "twins are judged by what they decide; add [contract.answers]"
    if challenge.quality is None:
        yield "the quality stage sends twins; add [quality]"


RULE = essential("attacks", "Twins with an attack can be made, sent and judged.", _check)
