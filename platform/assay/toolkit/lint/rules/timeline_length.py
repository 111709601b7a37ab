"""The longest timeline that can be drawn fits into its profile, and leaves quiet."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.draws import longest_min, profiles
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    for rules, name, minutes, table in profiles(draft):
        lengths = longest_min(draft, table)
        needed = rules.warmup_min + sum(lengths) + rules.gap_min * len(lengths)
        if needed > minutes:
            yield draft.at(
                ("incidents", name),
                f"the longest timeline needs {needed:g} virtual minutes (warm-up, incidents, a "
                f"gap after each) and has {minutes:g}; draw fewer, or make them shorter",
            )
        quiet = 1 - sum(lengths) / (minutes - rules.warmup_min) if minutes > rules.warmup_min else 0
        if quiet < rules.quiet_share:
            yield draft.at(
                ("incidents", name),
                f"the longest timeline leaves {quiet:.0%} quiet and {rules.quiet_share:.0%} is "
                f"asked for; draw fewer, or make them shorter",
            )


RULE = essential("timeline-length", "The longest timeline fits, and leaves quiet.", _check)
