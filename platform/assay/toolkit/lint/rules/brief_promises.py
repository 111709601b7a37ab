"""The brief states every figure a service is measured by, as challenge.toml has it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assay.domain.challenge import Challenge
from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import BRIEF
from assay.toolkit.lint.prose import Prose
from assay.toolkit.lint.rowfiles import rows_of
from assay.toolkit.lint.rule import Rule, Severity

MS_PER_S = 1000
OTHER_UNITS = {"ms": (("s", 1 / MS_PER_S),), "s": (("ms", MS_PER_S), ("min", 1 / 60))}
"""Unit -> units in which the same may be said, and the factor."""
BANDS = re.compile(r"<!-- bands -->.*?<!-- end bands -->", re.DOTALL)
"""A figure of a band is no promise, though it may be the same."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A figure that candidates must know.

    Attributes:
        unit: One of `prose.UNITS`, or "" where the number alone is told from others.
    """

    place: Location
    what: str
    value: float
    unit: str = ""


def _check(draft: Draft) -> Iterator[Found]:
    if draft.brief is None:
        return
    prose = Prose.of(BANDS.sub("", draft.brief))
    for one in promises(draft.challenge):
        if not _said(prose, one):
            told = f"{one.value:g} {one.unit}".strip()
            yield draft.at(
                one.place,
                f"the brief never says {told!r}, which is {one.what}; state it in {BRIEF}, or "
                f"correct the figure here",
            )
    yield from _untold_fields(draft, draft.brief)


def _untold_fields(draft: Draft, brief: str) -> Iterator[Found]:
    """Whoever is not told of a field refuses it, or does without, and cannot know better."""
    for place, names in _fields(draft):
        for name in sorted(names):
            if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", brief):
                yield draft.at(
                    place,
                    f"the brief never names {name!r}, a field of what is sent or answered; put it "
                    f"into the contract in {BRIEF}, or leave it out here",
                )


def _fields(draft: Draft) -> Iterator[tuple[Location, set[str]]]:
    """Where fields are named, and their names."""
    contract = draft.challenge.contract
    rows = draft.root / contract.rows
    if rows.is_file():
        yield ("contract", "rows"), {name for row in rows_of(rows) for name in keys_in(row.body)}
    yield ("contract", "score", "answer"), set(filter(None, contract.score.answer.split(".")))
    for field in ("rows_field", "answers_field"):
        yield ("contract", "batch", field), {getattr(contract.batch, field)}


def keys_in(value: object) -> Iterator[str]:
    """Names of the fields of a JSON value, at any depth."""
    if isinstance(value, dict):
        yield from value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from keys_in(one)


def promises(challenge: Challenge) -> tuple[Promise, ...]:
    """Every figure outside the generated tables that a service is measured by."""
    return (*_contract(challenge), *_load(challenge), *_incidents(challenge))


def _contract(challenge: Challenge) -> Iterator[Promise]:
    contract = challenge.contract
    yield Promise(("contract", "port"), "the port", contract.port)
    if contract.score.answer:
        yield Promise(
            ("contract", "score", "tolerance"),
            "how far an answer may be off",
            contract.score.tolerance,
        )
    yield Promise(("contract", "batch", "max_rows"), "the largest batch", contract.batch.max_rows)
    yield Promise(("limits", "boot_s"), "the time to be ready", challenge.limits.boot_s, "s")
    if challenge.shutdown:
        grace = challenge.shutdown.grace_s
        yield Promise(("shutdown", "grace_s"), "the time to stop", grace, "s")


def _load(challenge: Challenge) -> Iterator[Promise]:
    load = challenge.load
    if load is None:
        return
    yield Promise(("load", "objective_ms"), "the latency objective", load.objective_ms, "ms")
    share = 100 * load.objective_quantile
    yield Promise(("load", "objective_quantile"), "the share within the objective", share, "%")
    for index, tier in enumerate(load.tiers):
        place = ("load", "tiers", index, "published_rps")
        yield Promise(place, "a rate the objective is checked at", tier.published_rps, "rps")


def _incidents(challenge: Challenge) -> Iterator[Promise]:
    rules = challenge.incidents
    if rules is None:
        return
    yield Promise(("incidents", "rate_rps"), "the rate of traffic", rules.rate_rps, "rps")
    yield Promise(("incidents", "warmup_min"), "the warm-up", rules.warmup_min, "min")
    if rules.feedback:
        place = ("incidents", "feedback", "delay_min")
        yield Promise(place, "how late labels are", rules.feedback.delay_min, "min")


def _said(prose: Prose, promise: Promise) -> bool:
    value = round(promise.value, 9)
    if prose.says(value, promise.unit):
        return True
    return any(
        prose.says(round(value * factor, 9), unit)
        for unit, factor in OTHER_UNITS.get(promise.unit, ())
    )


RULE = Rule(
    "brief-promises", Severity.ERROR, "The brief states what a service is measured by.", _check
)
