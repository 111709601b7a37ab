"""As many incidents of a group are drawn as there are, or fewer."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.draws import draws, group_of
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    known = ", ".join(sorted({one.group for one in draft.challenge.incident})) or "none"
    for name, index, draw in draws(draft):
        there = len(group_of(draft, draw.group))
        if there < draw.count:
            yield draft.at(
                ("incidents", name, index),
                f"{draw.count} of group {draw.group!r} are drawn and it has {there}; add "
                f"[[incident]] tables or draw fewer (the groups are: {known})",
            )


RULE = essential("draw-count", "A group has as many incidents as are drawn from it.", _check)
