"""Fields that challenge.toml names are in the rows that are sent."""

from collections.abc import Iterator

from assay.domain.errors import BadInput
from assay.evaluation.drifts.injectors import INJECTORS, drift_of
from assay.evaluation.material import Row, field_value
from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rowfiles import rows_of
from assay.toolkit.lint.rule import Rule, Severity

Rows = tuple[Row, ...]


def _check(draft: Draft) -> Iterator[Found]:
    name = draft.challenge.contract.rows or _public(draft)
    rows = _read(draft, name)
    for place, field in _named(draft) if rows else ():
        if all(field_value(row.body, field) is None for row in rows):
            fields = ", ".join(sorted(rows[0].body))
            yield draft.at(
                place, f"no row of {name} has a field {field!r}; correct it (a row has: {fields})"
            )
    yield from _drifts(draft)


def _named(draft: Draft) -> Iterator[tuple[Location, str]]:
    contract, incidents = draft.challenge.contract, draft.challenge.incidents
    if contract.score.unique:
        yield ("contract", "score", "unique"), contract.score.unique
    for index, field in enumerate(contract.personal_fields):
        yield ("contract", "personal_fields", index), field
    for index, field in enumerate(contract.canaries):
        yield ("contract", "canaries", index), field
    if incidents and incidents.feedback:
        yield ("incidents", "feedback", "id_field"), incidents.feedback.id_field


def _drifts(draft: Draft) -> Iterator[Found]:
    """Otherwise told only when a seed draws the incident."""
    rules = draft.challenge.incidents
    pool = _read(draft, rules.rows or _public(draft)) if rules else ()
    for index, one in enumerate(draft.challenge.incident):
        if one.injector not in INJECTORS or not pool:
            continue
        try:
            told = list(drift_of(one).problems(pool))
        except BadInput:
            continue  # rule injector tells
        for problem in told:
            yield draft.at(
                ("incident", index, "settings"), f"incident {one.id!r}: {problem}; correct it"
            )


def _public(draft: Draft) -> str:
    """The rows of the practice kit: what is made anew for every evaluation is like them."""
    kit = draft.challenge.practice.kit
    return kit.rows if kit else ""


def _read(draft: Draft, name: str) -> Rows:
    path = draft.root / name
    return rows_of(path) if path.is_file() else ()


RULE = Rule("unknown-field", Severity.ERROR, "Fields that are named are in the rows.", _check)
