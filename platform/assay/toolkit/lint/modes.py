"""What each kind of stand-in can do, as its control port takes it.

The probe has the same tables and checks again; a test holds the two together. They are not
imported, because that brings gevent along.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from assay.domain.challenge import Dependency

Settings = tuple[str, ...]

LOOKUP: Mapping[str, Settings] = {
    "ok": (),
    "slow": ("delay_ms",),
    "hang": (),
    "error": ("status",),
    "garbled": (),
    "reset": (),
    "down": (),
}
LLM: Mapping[str, Settings] = {
    "ok": (),
    "slow": ("delay_ms", "percent"),
    "storm": ("retry_after_s", "percent"),
    "error": ("status", "percent"),
    "garbled": ("percent",),
    "malformed": ("percent",),
    "cut": ("percent",),
    "version": ("number",),
    "hang": (),
    "reset": (),
    "down": (),
}
MODES: Mapping[str, Mapping[str, Settings]] = {"lookup": LOOKUP, "llm": LLM}
"""Behaviour -> mode -> its settings."""

BOUNDS = {
    "delay_ms": (0, 600_000),
    "percent": (0, 100),
    "retry_after_s": (0, 3_600),
    "status": (500, 599),
    "number": (1, 1_000),
}
"""Setting -> least and most."""

METERED = ("llm",)
"""Behaviours that count what they are asked, and know keys."""

FIRST_VERSION, USUAL_VERSIONS = 1, (1, 2)


def version_numbers(harness: Path, dependency: Dependency) -> frozenset[int]:
    """Versions that a rule file has; empty if it cannot be read, which other rules tell."""
    try:
        written = json.loads((harness / dependency.data).read_text())
    except (OSError, ValueError):
        return frozenset()
    told = dependency.settings.get("versions", _of(written))
    if told is None:
        return frozenset(USUAL_VERSIONS)
    if not isinstance(told, list):
        return frozenset()
    numbers = {one.get("number") for one in told if isinstance(one, dict)}
    return frozenset({FIRST_VERSION, *(n for n in numbers if isinstance(n, int))})


def _of(written: object) -> object:
    return written.get("versions") if isinstance(written, dict) else []
