"""What hidden tests hold in their hands to see money: the meter of a dependency."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from assay_probe.spending import Entry, Spent, spent
from assay_probe.steering import Dependencies, Dependency

SETTLE_STEP_S, SETTLE_S = 0.05, 1.0
"""A request is on the meter when it has ended, which may be just after the service has answered."""
NO_RECORDS = 10**12

T = TypeVar("T")


class Meter:
    """The meter of one dependency. Requests that are still under way are not on it."""

    def __init__(self, dependency: Dependency) -> None:
        self._dependency = dependency

    def mark(self) -> int:
        """Where the meter stands, for `since`."""
        return self._total()

    def since(self, mark: int) -> Spent:
        """What was asked after a mark, once nothing more arrives.

        Its attributes: `calls`, `answered`, `refused`, `failed`, `questions`, `extra_calls`,
        `prompt_tokens`, `cached_tokens`, `completion_tokens`, `tokens`, `dollars`.
        """
        return spent(self.records(mark))

    def of(self, call: Callable[[], T]) -> tuple[T, Spent]:
        """What a call gives back, and what was asked meanwhile: of one request, if it sends one."""
        mark = self.mark()
        result = call()
        return result, self.since(mark)

    def records(self, mark: int = 0) -> list[Entry]:
        """Every request after a mark, oldest first: the fields stand in docs/llm-gateway.md."""
        self._settle()
        found: list[Entry] = self._dependency.metered(mark)["records"]
        return found

    def system_prompts(self) -> list[str]:
        """The first different system messages that it was sent."""
        found: list[str] = self._dependency.metered(NO_RECORDS)["system_prompts"]
        return found

    def _total(self) -> int:
        told: dict[str, Any] = self._dependency.metered(NO_RECORDS)["totals"]
        return int(told["all"]["requests"])

    def _settle(self) -> None:
        """Wait until two looks see the same, or long enough."""
        until_s, before = time.monotonic() + SETTLE_S, -1
        while (now := self._total()) != before and time.monotonic() < until_s:
            before = now
            time.sleep(SETTLE_STEP_S)

    def __repr__(self) -> str:
        return "<meter>"


class Meters:
    """`meter(name)`: the meters of a plan's stand-ins."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    def __call__(self, name: str) -> Meter:
        """The meter of a stand-in.

        Raises:
            StandInFault: the plan has none of this name; and later, if it has no meter.
        """
        return Meter(self._dependencies(name))

    def __repr__(self) -> str:
        return "<meter>"
