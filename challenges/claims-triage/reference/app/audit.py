"""The record of a decision: what was read, by what, at what price, and where it stands."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from app.gateway import Call
from app.grounding import Place
from app.prices import PICO_PER_USD
from app.prompts import VERSION
from app.schemas import Claim

SERVICE_VERSION = "1.0.0"
KEPT = 5_000

Record = dict[str, Any]


def record_of(
    claim: Claim,
    decision: Mapping[str, Any],
    evidence: Mapping[str, Sequence[Place]],
    calls: Sequence[Call],
) -> Record:
    """Everything needed to see later why; no personal value, only where it stands."""
    return {
        "audit_id": audit_id(claim),
        "claim_id": claim.claim_id,
        "decision": decision["decision"],
        "category": decision["category"],
        "confidence": decision["confidence"],
        "reasons": decision["reasons"],
        "payable_eur": decision["payable_eur"],
        "documents": [
            {"document_id": one.document_id, "sha256": _sha256(one.text), "characters": len(one.text)}
            for one in claim.documents
        ],
        "fields": {
            name: [{"document_id": p.document_id, "start": p.start, "end": p.end} for p in places]
            for name, places in evidence.items()
        },
        "prompt_version": VERSION,
        "service_version": SERVICE_VERSION,
        "calls": [_told(call) for call in calls],
        "cost_usd": sum(call.cost_pico for call in calls) / PICO_PER_USD,
    }


def audit_id(claim: Claim) -> str:
    """The same for the same claim with the same content."""
    return f"A-{_sha256(claim.claim_id + claim.digest())[:24]}"


class Archive:
    """The latest records; the log keeps them all."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._records: OrderedDict[str, Record] = OrderedDict()

    def add(self, record: Record) -> None:
        """Keep a record, forgetting the oldest."""
        self._records[record["claim_id"]] = record
        while len(self._records) > self._kept:
            self._records.popitem(last=False)

    def of(self, claim_id: str) -> Record | None:
        """The record of a claim, None if we never decided it or no longer know."""
        return self._records.get(claim_id)


def _told(call: Call) -> Record:
    return {
        "model": call.model,
        "outcome": call.outcome,
        "request_id": call.request_id,
        "fingerprint": call.fingerprint,
        "prompt_tokens": call.usage.prompt,
        "cached_tokens": call.usage.cached,
        "completion_tokens": call.usage.answer,
        "cost_usd": call.cost_pico / PICO_PER_USD,
        "latency_ms": call.latency_ms,
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
