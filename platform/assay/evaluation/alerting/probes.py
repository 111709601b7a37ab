"""Questions asked of a recording besides the alerts: one expression at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """A PromQL expression and the instant it is asked at.

    Attributes:
        at_s: Virtual seconds since the first scrape slot, a multiple of `VIRTUAL_SCRAPE_S`.
    """

    expr: str
    at_s: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of an answer. `labels` are sorted; a scalar has none."""

    labels: tuple[tuple[str, str], ...]
    value: float

    def label(self, name: str) -> str:
        """Value of a label, "" without it, as Prometheus has it."""
        return dict(self.labels).get(name, "")


Answers = Mapping[Probe, tuple[Sample, ...]]
"""Probe -> its samples; a probe that failed or found nothing has an empty answer."""
