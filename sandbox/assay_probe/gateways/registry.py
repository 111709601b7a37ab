"""Every behaviour a stand-in can have. A new one is one class and one line here."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from assay_probe.gateways.llm.gateway import LanguageModels
from assay_probe.gateways.lookup import Lookup
from assay_probe.gateways.wire import Handler

BEHAVIOURS: dict[str, Callable[[Path, Mapping[str, Any]], Handler]] = {
    "lookup": Lookup,
    "llm": LanguageModels,
}
