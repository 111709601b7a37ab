"""What is kept of a labelled answer: the places that are compared, and not all of a long text."""

from typing import Any

from assay_probe.labelled import within
from assay_probe.plans_generate import LabelledSpec

CHARACTERS_MAX = 500
"""Of one text; no truth is as long, so what was cut stays wrong."""
CUT = "…"

Json = Any


def pruned(answer: Json, spec: LabelledSpec) -> Json:
    """The same answer with nothing in it but what is compared."""
    said = within(answer, spec.fields)
    kept: Json = {}
    for name in spec.compare:
        _put(kept, f"{spec.fields}.{name}", _small(within(said, name)))
    for path in (spec.class_field, spec.decision, spec.confidence, spec.number):
        if path:
            _put(kept, path, _small(within(answer, path)))
    return kept


def _small(value: Json) -> Json:
    """A value that is short; of a list or an object, which are never right, only that it is one."""
    if isinstance(value, str) and len(value) > CHARACTERS_MAX:
        return value[:CHARACTERS_MAX] + CUT
    return type(value)() if isinstance(value, list | dict) else value


def _put(kept: Json, path: str, value: Json) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        kept = kept.setdefault(parent, {})
    kept[name] = value
