"""Who is served, what is remembered, what is put on record."""

import asyncio
import hashlib
import time
from collections import OrderedDict, deque
from typing import Any

from triage.exports import Exports
from triage.incoming import Claim, Refused
from triage.models import PICO, Models
from triage.reading import PROMPTS, Reading, confidence_of, read
from triage.rulebook import KINDS, LIMITS, payable_eur, reasons_of

VERSION = "1.0.0"
CLAIM_S = 8.5
AT_ONCE, ALTOGETHER = 40, 80
KEPT = 5_000
SURE = 0.75
RECENT = 150


class Office:
    """Decides each claim once, as many at a time as can be answered."""

    def __init__(self, models: Models, exports: Exports) -> None:
        self._models = models
        self._exports = exports
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._known: OrderedDict[str, tuple[str, asyncio.Task[dict[str, Any]]]] = OrderedDict()
        self.records: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._taken: OrderedDict[str, bool] = OrderedDict()
        self._whole: deque[bool] = deque(maxlen=RECENT)
        self._kinds: deque[str] = deque(maxlen=RECENT)
        self._overruled: deque[bool] = deque(maxlen=200)
        exports.gauge("claims_waiting", lambda: float(self._waiting))
        exports.gauge("answers_whole_share", lambda: _share(self._whole, RECENT))
        exports.gauge("categories_away", self._away)
        exports.gauge("adjusters_disagree_share", lambda: _share(self._overruled, 50))

    async def decide(self, claims: list[Claim]) -> list[dict[str, Any]]:
        """Decisions in their order, all or none.

        Raises:
            Refused: 409 for changed content, 429 for too many.
        """
        digests: dict[str, str] = {}
        for one in claims:
            before = self._known.get(one.claim_id, (digests.setdefault(one.claim_id, one.digest),))[0]
            if before != one.digest:
                raise Refused(409, "claim_changed", "claim_id")
        fresh = sum(claim_id not in self._known for claim_id in digests)
        if self._waiting + fresh > ALTOGETHER:
            self._exports.count("claims_turned_away_total", fresh)
            raise Refused(429, "busy")
        return list(await asyncio.gather(*(asyncio.shield(self._task(one)) for one in claims)))

    def labelled(self, claim_id: str, payable: bool) -> None:
        """What an adjuster found."""
        taken = self._taken.pop(claim_id, None)
        if taken is not None:
            self._overruled.append(taken != payable)

    def _task(self, claim: Claim) -> asyncio.Task[dict[str, Any]]:
        known = self._known.get(claim.claim_id)
        if known:
            return known[1]
        self._waiting += 1
        task = asyncio.create_task(self._in_turn(claim, time.monotonic() + CLAIM_S))
        task.add_done_callback(lambda done: self._over(claim.claim_id, done))
        self._known[claim.claim_id] = (claim.digest, task)
        if len(self._known) > KEPT and next(iter(self._known.values()))[1].done():
            self._known.popitem(last=False)
        return task

    def _over(self, claim_id: str, task: asyncio.Task[dict[str, Any]]) -> None:
        self._waiting -= 1
        if task.cancelled() or task.exception():
            self._known.pop(claim_id, None)

    async def _in_turn(self, claim: Claim, until: float) -> dict[str, Any]:
        async with self._turns:
            reading = await read(claim, self._models, until)
        decision = decision_of(claim, reading)
        self._file(claim, reading, decision)
        return decision

    def _file(self, claim: Claim, reading: Reading, decision: dict[str, Any]) -> None:
        self.records[claim.claim_id] = record_of(claim, reading, decision)
        while len(self.records) > KEPT:
            self.records.popitem(last=False)
        self._exports.count("decisions_total", decision=decision["decision"])
        if not reading.answered:
            return
        self._whole.append(not set(reading.doubts) - {"invoiced_eur", "category", "policy_number"})
        self._kinds.append(decision["category"])
        self._taken[claim.claim_id] = decision["decision"] == "auto"
        while len(self._taken) > KEPT:
            self._taken.popitem(last=False)

    def _away(self) -> float | None:
        """Half the sum of differences to equal shares: 0 as usual, 1 for something else entirely."""
        if len(self._kinds) < RECENT:
            return None
        usual = {kind: 1 / len(LIMITS) if kind in LIMITS else 0.0 for kind in KINDS}
        return sum(abs(self._kinds.count(kind) / RECENT - share) for kind, share in usual.items()) / 2


def decision_of(claim: Claim, reading: Reading) -> dict[str, Any]:
    """By the rules; without a reading a person decides and nothing is said."""
    facts, sure = reading.facts, confidence_of(reading)
    reasons = reasons_of(facts) if reading.answered else ["model_unavailable"]
    if reading.orders and reading.answered:
        reasons.append("suspected_manipulation")
    if not reasons and sure < SURE:
        reasons.append("low_confidence")
    model = next((one.model for one in reversed(reading.calls) if one.outcome == "ok"), "")
    return {
        "claim_id": claim.claim_id,
        "category": facts.category,
        "fields": facts.shown(),
        "payable_eur": payable_eur(facts),
        "decision": "human_review" if reasons else "auto",
        "confidence": sure,
        "reasons": reasons,
        "model": model if reading.answered else "",
        "audit_id": f"A-{claim.digest[:24]}",
    }


def record_of(claim: Claim, reading: Reading, decision: dict[str, Any]) -> dict[str, Any]:
    """Everything needed to see later why; places, no values."""
    told = ("audit_id", "claim_id", "decision", "category", "confidence", "reasons", "payable_eur")
    return {
        **{name: decision[name] for name in told},
        "documents": [
            {"document_id": name, "sha256": hashlib.sha256(text.encode()).hexdigest(), "characters": len(text)}
            for name, text in claim.texts.items()
        ],
        "fields": {
            name: [{"document_id": s.document_id, "start": s.start, "end": s.end} for s in spots]
            for name, spots in reading.places.items()
        },
        "prompt_version": PROMPTS,
        "service_version": VERSION,
        "calls": [call.told() for call in reading.calls],
        "cost_usd": sum(call.cost_pico for call in reading.calls) / PICO,
    }


def _share(values: deque[bool], least: int) -> float | None:
    return sum(values) / len(values) if len(values) >= least else None
