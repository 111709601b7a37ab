"""Every timeline has a decoy: without one, an alert that always fires looks good."""

from collections.abc import Iterator

from assay.domain.timeline import Draw
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.draws import draw_tables, group_of
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    for name, table in draw_tables(draft):
        if not sum(_certain_decoys(draft, draw) for draw in table):
            yield draft.at(
                ("incidents", name),
                "a timeline could have no decoy, and alerts that always fire would not be told; "
                'draw from a group of which all incidents have kind = "decoy"',
            )


def _certain_decoys(draft: Draft, draw: Draw) -> int:
    others = [one for one in group_of(draft, draw.group) if one.kind != "decoy"]
    return max(0, draw.count - len(others))


RULE = essential("no-decoy", "Every timeline that can be drawn has a decoy.", _check)
