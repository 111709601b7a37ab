"""What must hold between `[incidents]`, the catalogue of `[[incident]]` and the rubric."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from assay.domain.errors import BadInput, Problem
from assay.domain.timeline import RESET_MIN, Draw, IncidentRules, IncidentSpec
from assay.evaluation.drifts.injectors import INJECTORS, drift_of
from assay.evaluation.incidents.traffic import DEPENDENCY, SERVICE_FAULTS, SURGE
from assay.toolkit.draft import Draft, Rule

NAMING_GROUPS = ("alerts_score",)
NAMING_INJECTORS = ("outage_answers",)
"""Checks whose settings name groups of incidents, and injectors."""


def _the_catalogue_has_its_table(draft: Draft) -> Iterator[Problem]:
    if draft.challenge.incident and draft.challenge.incidents is None:
        yield draft.at(
            ("incident",),
            "there are [[incident]] tables and no [incidents] table that draws them; add it",
        )


def _draws_can_be_made(draft: Draft) -> Iterator[Problem]:
    for name, index, draw in _draws(draft):
        group = _group(draft, draw.group)
        if len(group) < draw.count:
            known = ", ".join(sorted({one.group for one in draft.challenge.incident})) or "none"
            yield draft.at(
                ("incidents", name, index),
                f"{draw.count} of group {draw.group!r} are drawn and it has {len(group)}; add "
                f"[[incident]] tables or draw fewer (the groups are: {known})",
            )


def _a_group_is_drawn_once(draft: Draft) -> Iterator[Problem]:
    for name, draws in _draw_tables(draft):
        for group, times in Counter(draw.group for draw in draws).items():
            if times > 1:
                yield draft.at(
                    ("incidents", name),
                    f"group {group!r} is drawn {times} times, which could draw one incident "
                    f"twice; write one draw with the sum of the counts",
                )


def _every_group_is_drawn(draft: Draft) -> Iterator[Problem]:
    drawn = {draw.group for _, _, draw in _draws(draft)}
    for index, one in enumerate(draft.challenge.incident):
        if draft.challenge.incidents and one.group not in drawn:
            yield draft.at(
                ("incident", index, "group"),
                f"incident {one.id!r} is in group {one.group!r}, which is never drawn; draw it, "
                f"or use one of: {', '.join(sorted(drawn))}",
            )


def _there_is_always_a_decoy(draft: Draft) -> Iterator[Problem]:
    for name, draws in _draw_tables(draft):
        certain = 0
        for draw in draws:
            others = [one for one in _group(draft, draw.group) if one.kind != "decoy"]
            certain += max(0, draw.count - len(others))
        if not certain:
            yield draft.at(
                ("incidents", name),
                "a timeline could have no decoy, and alerts that always fire would not be told; "
                'draw from a group of which all incidents have kind = "decoy"',
            )


def _timelines_fit(draft: Draft) -> Iterator[Problem]:
    """Even if the longest incidents of every group are drawn."""
    for rules, name, minutes, draws in _profiles(draft):
        lengths = _longest(draft, draws)
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


def _incidents_can_be_done(draft: Draft) -> Iterator[Problem]:
    """Told before anything starts, and not only where a seed draws the incident."""
    known = sorted({*INJECTORS, *SERVICE_FAULTS, DEPENDENCY, SURGE})
    names = [one.name for one in draft.challenge.dependency]
    for index, one in enumerate(draft.challenge.incident):
        if one.injector not in known:
            yield draft.at(
                ("incident", index, "injector"),
                f"incident {one.id!r}: no injector is called {one.injector!r}; use one of: "
                f"{', '.join(known)}",
            )
        if one.injector in INJECTORS:
            yield from (draft.at(("incident", index), told) for told in _wrong_settings(one))
        if one.injector == DEPENDENCY and one.settings.get("name") not in names:
            yield draft.at(
                ("incident", index, "settings"),
                f"incident {one.id!r}: settings.name is {one.settings.get('name')!r}; the "
                f"dependencies are: {', '.join(names) or 'none'}",
            )


def _wrong_settings(incident: IncidentSpec) -> list[str]:
    try:
        drift_of(incident)
    except BadInput as refusal:
        return [problem.message for problem in refusal.problems]
    return []


def _incidents_can_be_noticed(draft: Draft) -> Iterator[Problem]:
    """No alert is asked for that nobody could raise."""
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


def _late_labels_are_sent(draft: Draft) -> Iterator[Problem]:
    rules = draft.challenge.incidents
    for index, one in enumerate(draft.challenge.incident):
        if rules is None or one.observable != "labels":
            continue
        if rules.feedback is None:
            yield draft.at(
                ("incident", index, "observable"),
                f"incident {one.id!r} can be noticed from labels alone and none are sent; add "
                f"[incidents.feedback]",
            )
        elif one.budget_min <= rules.feedback.delay_min:
            yield draft.at(
                ("incident", index, "budget_min"),
                f"incident {one.id!r} has a budget of {one.budget_min:g} minutes and the first "
                f"label comes after {rules.feedback.delay_min:g}; allow more",
            )


def _criteria_name_what_is_done(draft: Draft) -> Iterator[Problem]:
    groups = {one.group for one in draft.challenge.incident}
    injectors = {one.injector for one in draft.challenge.incident}
    for index, criterion in enumerate(draft.challenge.criterion):
        if criterion.check in NAMING_GROUPS:
            yield from _unknown(draft, index, "groups", groups)
        if criterion.check in NAMING_INJECTORS:
            yield from _unknown(draft, index, "injectors", injectors)


def _unknown(draft: Draft, index: int, setting: str, known: set[str]) -> Iterator[Problem]:
    criterion = draft.challenge.criterion[index]
    named = criterion.settings.get(setting, [])
    unknown = [one for one in named if one not in known] if isinstance(named, list) else [named]
    if unknown:
        yield draft.at(
            ("criterion", index, "settings"),
            f"criterion {criterion.id!r} has settings.{setting} with "
            f"{', '.join(map(repr, unknown))}; write a list of: {', '.join(sorted(known))}",
        )


def _profiles(
    draft: Draft,
) -> Iterator[tuple[IncidentRules, str, float, tuple[Draw, ...]]]:
    """Rules, name of the table of draws, virtual minutes and draws of both profiles.

    The thorough one draws what the standard one does unless it has draws of its own.
    """
    rules = draft.challenge.incidents
    if rules is not None:
        yield rules, "draw", rules.standard_min, rules.draw
        own = "thorough_draw" if rules.thorough_draw else "draw"
        yield rules, own, rules.thorough_min, rules.thorough_draw or rules.draw


def _draw_tables(draft: Draft) -> list[tuple[str, tuple[Draw, ...]]]:
    """Name and draws of every table of draws, each once."""
    return list(dict.fromkeys((name, draws) for _, name, _, draws in _profiles(draft)))


def _draws(draft: Draft) -> Iterator[tuple[str, int, Draw]]:
    """Name of the table, position in it, and draw."""
    for name, draws in _draw_tables(draft):
        yield from ((name, index, draw) for index, draw in enumerate(draws))


def _group(draft: Draft, group: str) -> list[IncidentSpec]:
    return [one for one in draft.challenge.incident if one.group == group]


def _longest(draft: Draft, draws: Sequence[Draw]) -> list[float]:
    """Lengths of the longest incidents that a profile could draw, virtual minutes."""
    lengths = (
        sorted((one.length_min for one in _group(draft, draw.group)), reverse=True)[: draw.count]
        for draw in draws
    )
    return list(chain.from_iterable(lengths))


RULES: tuple[Rule, ...] = (
    _the_catalogue_has_its_table,
    _draws_can_be_made,
    _a_group_is_drawn_once,
    _every_group_is_drawn,
    _there_is_always_a_decoy,
    _timelines_fit,
    _incidents_can_be_done,
    _incidents_can_be_noticed,
    _late_labels_are_sent,
    _criteria_name_what_is_done,
)
