"""An incident that is never drawn is dead text."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.draws import draws
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    drawn = {draw.group for _, _, draw in draws(draft)}
    for index, one in enumerate(draft.challenge.incident):
        if draft.challenge.incidents and one.group not in drawn:
            yield draft.at(
                ("incident", index, "group"),
                f"incident {one.id!r} is in group {one.group!r}, which is never drawn; draw it, "
                f"or use one of: {', '.join(sorted(drawn))}",
            )


RULE = essential("never-drawn", "Every group of incidents is drawn from.", _check)
