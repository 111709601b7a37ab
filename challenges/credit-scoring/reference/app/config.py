"""Settings come from the environment, once, at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between one deployment and another.

    Attributes:
        port: Port to listen on.
        model_path: The file that `train.py` wrote.
        bureau_url: Base URL of the income bureau; empty means there is none.
        bureau_timeout_s: Longest wait for one answer of the bureau.
    """

    port: int = 8080
    model_path: Path = HERE / "model" / "model.joblib"
    bureau_url: str = ""
    bureau_timeout_s: float = 0.25

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read PORT, MODEL_PATH, BUREAU_URL and BUREAU_TIMEOUT_MS."""
        return cls(
            port=int(environment.get("PORT", cls.port)),
            model_path=Path(environment.get("MODEL_PATH", HERE / "model" / "model.joblib")),
            bureau_url=environment.get("BUREAU_URL", "").rstrip("/"),
            bureau_timeout_s=float(environment.get("BUREAU_TIMEOUT_MS", "250")) / 1000,
        )
