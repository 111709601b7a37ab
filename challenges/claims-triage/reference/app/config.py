"""Settings come from the environment, once, at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What differs between one deployment and another.

    Attributes:
        base_url: Of the model gateway, with or without `/v1`; empty means there is none.
        api_key: For the gateway. Never logged.
        attempt_s: Longest wait for one call; `claim_s` for everything about one claim.
        claim_budget_usd: Most that reading one claim may cost before a person is cheaper.
        in_work: Claims read at once; `waiting` more may queue, the rest is told to come back.
    """

    port: int = 8080
    base_url: str = ""
    api_key: str = ""
    small_model: str = "assay-small"
    large_model: str = "assay-large"
    attempt_s: float = 4.0
    claim_s: float = 9.0
    claim_budget_usd: float = 0.03
    daily_budget_usd: float = 35.0
    in_work: int = 48
    waiting: int = 48

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read PORT, OPENAI_BASE_URL, OPENAI_API_KEY, SMALL_MODEL, LARGE_MODEL, DAILY_BUDGET_USD."""
        return cls(
            port=int(environment.get("PORT", cls.port)),
            base_url=with_version(environment.get("OPENAI_BASE_URL", "")),
            api_key=environment.get("OPENAI_API_KEY", ""),
            small_model=environment.get("SMALL_MODEL", cls.small_model),
            large_model=environment.get("LARGE_MODEL", cls.large_model),
            daily_budget_usd=float(environment.get("DAILY_BUDGET_USD", cls.daily_budget_usd)),
        )


def with_version(url: str) -> str:
    """The URL that endpoints are appended to: clients of this API expect `/v1` in it."""
    url = url.rstrip("/")
    return url if not url or url.endswith("/v1") else f"{url}/v1"
