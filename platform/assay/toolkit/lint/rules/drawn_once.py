"""One draw per group: two of them could draw one incident twice."""

from collections import Counter
from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.draws import draw_tables
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    for name, table in draw_tables(draft):
        for group, times in Counter(draw.group for draw in table).items():
            if times > 1:
                yield draft.at(
                    ("incidents", name),
                    f"group {group!r} is drawn {times} times, which could draw one incident "
                    f"twice; write one draw with the sum of the counts",
                )


RULE = essential("drawn-once", "A table of draws names a group once.", _check)
