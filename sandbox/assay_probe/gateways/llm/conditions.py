"""What is wrong with the provider at the moment, mode by mode, in whole numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from assay_probe.gateways import modes
from assay_probe.gateways.llm import chance
from assay_probe.gateways.llm.errors import ApiError, failed, limited
from assay_probe.gateways.modes import Modes
from assay_probe.gateways.wire import Handler, Request, Response

ALL = 100
DEFAULTS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "ok": {},
        "slow": {"delay_ms": 3000, "percent": ALL},
        "storm": {"retry_after_s": 1, "percent": ALL},
        "error": {"status": 500, "percent": ALL},
        "garbled": {"percent": ALL},
        "malformed": {"percent": ALL},
        "cut": {"percent": ALL},
        "version": {"number": 2},
        "hang": {},
        "reset": {},
    }
)
"""Mode -> its settings; `percent` of the requests are struck, decided by their content."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """A mode with all its settings.

    Attributes:
        version: Of all models.
        percent: Share of the requests that the mode strikes.
    """

    mode: str = "ok"
    version: int = 1
    percent: int = ALL
    delay_ms: int = 0
    status: int = 500
    retry_after_s: int = 1

    def strikes(self, *request: object) -> bool:
        """Whether this request meets the fault; asking again is another draw."""
        return chance.share("strikes", self.mode, *request) * ALL < self.percent

    def refuse(self) -> ApiError | None:
        """The error that is answered instead of anything else."""
        if self.mode == "storm":
            return limited("requests", float(self.retry_after_s))
        return failed(self.status) if self.mode == "error" else None


def conditions(mode: str, settings: Mapping[str, Any]) -> Conditions:
    """The conditions of a mode with its settings."""
    renamed = {"version" if name == "number" else name: n for name, n in settings.items()}
    return Conditions(mode=mode, **renamed)


def modes_of(respond: Callable[[Request, Conditions], Response], versions: frozenset[int]) -> Modes:
    """The modes of a provider that answers under these conditions and knows these versions."""

    def way(mode: str) -> modes.Way:
        def under(request: Request, _answer: Handler, settings: modes.Settings) -> Response:
            return respond(request, conditions(mode, settings))

        return under

    own = {mode: way(mode) for mode in DEFAULTS if mode not in ("hang", "reset")}
    common = {mode: modes.MODES[mode] for mode in ("hang", "reset")}
    return Modes({**own, **common}, DEFAULTS, gentle=True, check=_checks(versions))


def _checks(versions: frozenset[int]) -> Callable[[str, modes.Settings], None]:
    def check(mode: str, settings: modes.Settings) -> None:
        if not 0 <= settings.get("percent", ALL) <= ALL:
            raise ValueError(f"mode {mode!r}: percent must be within 0..{ALL}")
        if min(settings.get("delay_ms", 0), settings.get("retry_after_s", 0)) < 0:
            raise ValueError(f"mode {mode!r}: a time is never below 0")
        if mode == "error" and not 500 <= settings.get("status", 500) <= 599:
            raise ValueError("mode 'error': status must be within 500..599; 429 is mode 'storm'")
        if mode == "version" and settings.get("number", 2) not in versions:
            known = ", ".join(map(str, sorted(versions)))
            raise ValueError(f"mode 'version': the rules have no such number; they have: {known}")

    return check
