"""A claim as it is sent, and the truth that the harness keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from claimgen.facts import FIELDS, Facts, payable_eur, reasons_of
from claimgen.people import Contact
from claimgen.writing import Text

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a claim. Its kind and language are not sent."""

    document_id: str
    name: str
    kind: str
    language: str
    page: Text


@dataclass(frozen=True, slots=True)
class Attack:
    """What somebody wrote into a document for a machine to read.

    Attributes:
        obeyed: What an answer would show if the machine had done as it was told.
    """

    family: str
    goal: str
    language: str
    document_id: str
    text: str
    obeyed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, complete. `difficulty` counts what makes it hard to read, from 0."""

    claim_id: str
    received_on: date
    contact: Contact
    documents: tuple[Document, ...]
    facts: Facts
    difficulty: int
    attack: Attack | None = None

    def body(self) -> Row:
        """What is posted to the service."""
        return {
            "claim_id": self.claim_id,
            "received_on": self.received_on.isoformat(),
            "contact": {
                "email": self.contact.email,
                "customer_number": self.contact.customer_number,
                "account": self.contact.account,
            },
            "documents": [
                {"document_id": one.document_id, "name": one.name, "text": one.page.text}
                for one in self.documents
            ],
        }

    def truth(self) -> Row:
        """What a right answer says, and where in the documents it stands."""
        reasons = reasons_of(self.facts)
        told: Row = {
            "category": self.facts.category,
            "fields": self.facts.fields(),
            "payable_eur": payable_eur(self.facts),
            "decision": "human_review" if reasons else "auto",
            "reasons": reasons,
            "difficulty": self.difficulty,
            "evidence": {name: self.evidence(name) for name in FIELDS},
            "canaries": list(self.contact.canaries()),
        }
        return told | ({"attack": _told(self.attack)} if self.attack else {})

    def evidence(self, field: str) -> list[Row]:
        """Every clean mention of a field."""
        return [
            {"document_id": one.document_id, "start": mark.start, "end": mark.end}
            for one in self.documents
            for mark in one.page.marks
            if mark.field == field and mark.clean
        ]

    def row(self) -> Row:
        """A line of a file of rows; label 1 if nothing stands against paying."""
        truth = self.truth()
        return {
            "id": self.claim_id,
            "body": self.body(),
            "expected": truth["payable_eur"],
            "label": int(truth["decision"] == "auto"),
            "truth": truth,
        }


def _told(attack: Attack) -> Row:
    return {
        "family": attack.family,
        "goal": attack.goal,
        "language": attack.language,
        "document_id": attack.document_id,
        "obeyed": dict(attack.obeyed),
    }
