"""What callers may send, checked by hand. Nothing of what was sent is ever repeated."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CONTACT = ("email", "customer_number", "account")
SHORT, CHARACTERS, DOCUMENTS, BATCH = 300, 120_000, 20, 20


class Refused(Exception):
    """Which status, in which words, and which fields."""

    def __init__(self, status: int, kind: str, *fields: str) -> None:
        super().__init__(kind)
        self.status, self.kind, self.fields = status, kind, fields


@dataclass(frozen=True)
class Claim:
    """A claim as far as we need it. `texts` by document id, in the order sent."""

    claim_id: str
    texts: dict[str, str]
    digest: str


def parse(body: bytes) -> Any:
    """The JSON in a body.

    Raises:
        Refused: it is none.
    """
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(422, "not_json", "body") from error


def _no_number(_: str) -> Any:
    raise ValueError("JSON has no such number")


def claim_of(value: Any, where: str = "") -> Claim:
    """A claim that keeps the contract.

    Raises:
        Refused: 422 with every field that does not.
    """
    if not isinstance(value, dict):
        raise Refused(422, "invalid_input", where + "body")
    wrong = [name for name, holds in _checks(value) if not holds]
    if wrong:
        raise Refused(422, "invalid_input", *(where + name for name in wrong))
    seen = {name: value[name] for name in ("claim_id", "received_on", "contact", "documents")}
    digest = hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
    texts = {one["document_id"]: one["text"] for one in value["documents"]}
    return Claim(value["claim_id"], texts, digest)


def claims_of(value: Any) -> list[Claim]:
    """All claims of a batch.

    Raises:
        Refused: 413 for too many, 422 with the place of those that are wrong.
    """
    many = value.get("claims") if isinstance(value, dict) else None
    if not isinstance(many, list) or not many:
        raise Refused(422, "invalid_input", "claims")
    if len(many) > BATCH:
        raise Refused(413, "too_many_claims", "claims")
    return [claim_of(one, f"claims.{place}.") for place, one in enumerate(many)]


def label_of(value: Any) -> tuple[str, bool]:
    """What an adjuster found.

    Raises:
        Refused: it is no feedback.
    """
    if not isinstance(value, dict) or not _is_id(value.get("claim_id")):
        raise Refused(422, "invalid_input", "claim_id")
    if not isinstance(value.get("payable"), bool):
        raise Refused(422, "invalid_input", "payable")
    return value["claim_id"], value["payable"]


def _checks(value: dict[str, Any]) -> list[tuple[str, bool]]:
    contact = value.get("contact")
    return [
        ("claim_id", _is_id(value.get("claim_id"))),
        ("received_on", _is_day(value.get("received_on"))),
        ("contact", isinstance(contact, dict) and all(_is_short(contact.get(n)) for n in CONTACT)),
        ("documents", _are_documents(value.get("documents"))),
    ]


def _are_documents(value: Any) -> bool:
    if not isinstance(value, list) or not 1 <= len(value) <= DOCUMENTS:
        return False
    if not all(isinstance(one, dict) and _is_document(one) for one in value):
        return False
    ids = {one["document_id"] for one in value}
    return len(ids) == len(value) and sum(len(one["text"]) for one in value) <= CHARACTERS


def _is_document(one: dict[str, Any]) -> bool:
    return _is_id(one.get("document_id")) and _is_short(one.get("name")) and isinstance(one.get("text"), str)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= SHORT


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
