"""From a claim to a decision: read, ask, check, doubt, decide by rules, take note."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app import logs, metrics
from app.audit import Archive, Record, audit_id, record_of
from app.config import Settings
from app.doubt import SURE_ENOUGH, Doubt, doubt_of
from app.gateway import Ask, Call, Gateway
from app.grounding import NOTHING, Grounded, ground
from app.prices import PICO_PER_USD, Usage, cost_pico
from app.prompts import ANSWER_TOKENS_MAX, VERSION, messages_for
from app.reading import Mention, event_dates, mentions_in
from app.rules import REASONS, Fields, payable_cents, reasons_against
from app.schemas import Claim
from app.selecting import Selection, select
from app.watch import Watch

CHARACTERS_PER_TOKEN = 3
"""On the safe side: the gateway counts about one token for four to five characters."""

Decision = dict[str, Any]


@dataclass(slots=True)
class Case:
    """A claim on the desk, and what has been found out so far."""

    claim: Claim
    selection: Selection
    mentions: Sequence[Mention]
    deadline: float
    found: Grounded = NOTHING
    doubt: Doubt = field(default_factory=lambda: Doubt(()))
    answered: bool = False
    escalated: bool = False
    calls: list[Call] = field(default_factory=list)

    @property
    def spent_pico(self) -> int:
        """What reading it has cost."""
        return sum(call.cost_pico for call in self.calls)


class Triage:
    """Decides claims, one at a time each; knows nothing of who else is waiting."""

    def __init__(self, settings: Settings, gateway: Gateway, archive: Archive, watch: Watch) -> None:
        self._settings = settings
        self._gateway = gateway
        self._archive = archive
        self._watch = watch

    async def decide(self, claim: Claim, taken_s: float) -> Decision:
        """The decision on a claim; without a model in time, that of a person.

        Args:
            taken_s: When it was taken in: waiting for a turn is part of the time it may take.
        """
        case = Case(
            claim,
            select(claim.documents),
            mentions_in(claim.documents),
            taken_s + self._settings.claim_s,
        )
        await self._read(case, self._settings.small_model)
        if self._may_ask_more(case):
            await self._read_again(case)
        decision = _decision(case)
        self._take_note(case, decision)
        return decision

    async def _read(self, case: Case, model: str) -> Grounded | None:
        """Ask a model and keep what the documents bear out; None without an answer."""
        key = f"{case.claim.digest()[:40]}-{VERSION}-{model}"
        ask = Ask(model, messages_for(case.selection.shown, key[:16]), key, case.deadline)
        reply = await self._gateway.ask(ask)
        case.calls += reply.calls
        if reply.answer is None:
            return None
        found = ground(reply.answer, case.claim.documents, case.mentions)
        case.found, case.doubt = found, doubt_of(found, case.mentions)
        case.answered = True
        return found

    async def _read_again(self, case: Case) -> None:
        """The larger model; what it says counts if it leaves less doubt."""
        first, doubt, answered = case.found, case.doubt, case.answered
        better = await self._read(case, self._settings.large_model)
        case.escalated = better is not None
        if better is None:
            return
        more = {"escalated": 1, "models_differ": int(answered and better.fields != first.fields)}
        if answered and doubt.weight < case.doubt.weight:
            case.found, case.doubt = first, doubt
        case.doubt = case.doubt.with_more(**more)

    def _may_ask_more(self, case: Case) -> bool:
        """Whether a second opinion is wanted, in time, and within what a claim may cost."""
        if case.answered and not case.doubt.worth_asking():
            return False
        prompt = sum(len(text) for _, text in case.selection.shown) // CHARACTERS_PER_TOKEN
        most = cost_pico(self._settings.large_model, Usage(prompt, 0, ANSWER_TOKENS_MAX))
        in_budget = case.spent_pico + most <= self._settings.claim_budget_usd * PICO_PER_USD
        return in_budget and time.monotonic() < case.deadline - 1.0

    def _take_note(self, case: Case, decision: Decision) -> None:
        record: Record = record_of(case.claim, decision, case.found.evidence, case.calls)
        self._archive.add(record)
        logs.info("decided", **record)
        metrics.count_decision(decision, case.spent_pico)
        self._watch.decided(
            decision, whole=case.answered and not case.found.dropped, escalated=case.escalated
        )


def _decision(case: Case) -> Decision:
    if not case.answered:
        return _handed_on(case.claim)
    found, confidence = case.found, case.doubt.confidence
    fields = found.fields
    reasons = reasons_against(found.category, fields, _disputed(fields, case.mentions))
    if case.selection.suspicious:
        reasons.append("suspected_manipulation")
    if not reasons and confidence < SURE_ENOUGH:
        reasons.append("low_confidence")
    payable = payable_cents(found.category, fields)
    return {
        "claim_id": case.claim.claim_id,
        "category": found.category,
        "fields": _shown(fields),
        "payable_eur": None if payable is None else payable / 100,
        "decision": "human_review" if reasons else "auto",
        "confidence": confidence,
        "reasons": [reason for reason in REASONS if reason in reasons],
        "model": next((c.model for c in reversed(case.calls) if c.outcome == "ok"), ""),
        "audit_id": audit_id(case.claim),
    }


def _handed_on(claim: Claim) -> Decision:
    """Nobody has read it: say nothing about it, and let a person do it."""
    return {
        "claim_id": claim.claim_id,
        "category": "other",
        "fields": _shown(Fields()),
        "payable_eur": None,
        "decision": "human_review",
        "confidence": 0.0,
        "reasons": ["model_unavailable"],
        "model": "",
        "audit_id": audit_id(claim),
    }


def _disputed(fields: Fields, mentions: Sequence[Mention]) -> bool:
    """Whether documents call different days the day of the event."""
    told = event_dates(mentions)
    known = {fields.loss_date.isoformat()} if fields.loss_date else set()
    return len(told | known) > 1 if told else False


def _shown(fields: Fields) -> dict[str, Any]:
    def eur(cents: int | None) -> float | None:
        return None if cents is None else cents / 100

    return {
        "policy_number": fields.policy_number,
        "loss_date": fields.loss_date.isoformat() if fields.loss_date else None,
        "notice_date": fields.notice_date.isoformat() if fields.notice_date else None,
        "claimed_eur": eur(fields.claimed_cents),
        "invoiced_eur": eur(fields.invoiced_cents),
        "claimant": fields.claimant,
        "counterparty": fields.counterparty,
    }
