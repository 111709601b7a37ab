"""What callers may send. Everything is checked here, so nothing behind it checks again."""

import hashlib
from datetime import date
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

MAX_BATCH = 20
MAX_DOCUMENTS = 20
MAX_CHARACTERS = 120_000

ClaimId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
DocumentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Short = Annotated[str, Field(max_length=300)]


class Message(BaseModel):
    """JSON types are taken as they are; unknown fields are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Contact(Message):
    """How to reach and pay the claimant: for the caller, never for us or for a model."""

    email: Short
    customer_number: Short
    account: Short


class Document(Message):
    """One document as text; which kind it is nobody knows."""

    document_id: DocumentId
    name: Short
    text: Annotated[str, Field(max_length=MAX_CHARACTERS)]


class Claim(Message):
    """A claim with its documents."""

    claim_id: ClaimId
    received_on: date
    contact: Contact = Field(repr=False)
    documents: tuple[Document, ...] = Field(min_length=1, max_length=MAX_DOCUMENTS)

    @model_validator(mode="after")
    def _documents_have_names_of_their_own(self) -> "Claim":
        if len({one.document_id for one in self.documents}) < len(self.documents):
            raise ValueError("two documents have the same document_id")
        if sum(len(one.text) for one in self.documents) > MAX_CHARACTERS:
            raise ValueError(f"the documents have more than {MAX_CHARACTERS} characters together")
        return self

    def digest(self) -> str:
        """SHA-256 of everything that was sent: the same claim has the same."""
        content = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()


class Batch(Message):
    """Claims to decide together, answered in the same order."""

    claims: tuple[Claim, ...] = Field(min_length=1, max_length=MAX_BATCH)


class Feedback(Message):
    """What an adjuster found, weeks later."""

    claim_id: ClaimId
    payable: bool
