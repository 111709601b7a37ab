"""No alert is asked for that nobody could raise."""

from collections.abc import Iterator

from assay.domain.timeline import RESET_MIN
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    for index, one in enumerate(draft.challenge.incident):
        longest = one.length_min + RESET_MIN
        if one.kind != "decoy" and one.observable == "none":
            yield draft.at(
                ("incident", index, "observable"),
                f"incident {one.id!r} can be noticed from nothing and yet accepts "
                f"{', '.join(one.accepts)}; say from what, or make it a decoy",
            )
        if one.budget_min > longest:
            yield draft.at(
                ("incident", index, "budget_min"),
                f"incident {one.id!r} gives {one.budget_min:g} minutes for an alert that should "
                f"be over after {longest:g}; allow at most length_min + {RESET_MIN:g}",
            )
        if one.locates and one.kind != "drift":
            yield draft.at(
                ("incident", index, "locates"),
                f"incident {one.id!r} is a {one.kind}, and only a drift has a feature to locate; "
                f"remove locates",
            )


RULE = essential("unnoticeable", "Alerts are asked for that somebody could raise.", _check)
