"""Puts a claim together: which documents, in which language, how well scanned."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from claimgen import documents
from claimgen.claim import Claim, Document
from claimgen.documents import Desk
from claimgen.facts import FIELDS, Facts, draw_facts
from claimgen.noise import scanned
from claimgen.people import Contact, contact_of, draw_people
from claimgen.writing import Language, Text, spoilt

Noise = Literal["none", "light", "heavy"]
MAIN = {"form": documents.form, "letter": documents.letter, "email": documents.email}
NAMES = ("scan_{:03d}.txt", "IMG_{:04d}.txt", "attachment-{}.txt", "doc{:02d}.txt")


@dataclass(frozen=True, slots=True)
class Style:
    """How a claim is written.

    Attributes:
        main: Kind of the document in which the claimant speaks.
        language: Of that document; `second` that of the others.
        annex_pages: Pages of conditions, about 1,000 characters each; 0 for none.
    """

    main: str
    language: Language
    second: Language
    noise: Noise
    annex_pages: int
    has_note: bool

    @property
    def difficulty(self) -> int:
        """How many things make it hard to read."""
        return (
            (self.language == "de")
            + (self.main != "form")
            + {"none": 0, "light": 1, "heavy": 2}[self.noise]
            + (self.annex_pages > 4)
            + (self.second != self.language)
        )


@dataclass(frozen=True, slots=True)
class Author:
    """Everything a claim is drawn from. Its serial number belongs to it alone."""

    rng: random.Random
    serial: int
    prefix: str
    style: Style

    def claim(self, kind: str, flaws: Collection[str]) -> Claim:
        """A claim of that kind in which exactly the flaws hold."""
        people = draw_people(self.rng)
        facts = draw_facts(self.rng, kind, self.serial, people, flaws)
        contact = contact_of(facts.claimant, self.serial)
        return Claim(
            claim_id=f"{self.prefix}-{self.serial:08d}",
            received_on=self._received(facts),
            contact=contact,
            documents=self._documents(facts, contact),
            facts=facts,
            difficulty=self.style.difficulty,
        )

    def _received(self, facts: Facts) -> date:
        latest = max(facts.loss_date, facts.notice_date)
        return latest + timedelta(days=self.rng.randint(0, 4))

    def _documents(self, facts: Facts, contact: Contact) -> tuple[Document, ...]:
        style, rng = self.style, self.rng
        first = Desk(facts, contact, style.language, rng)
        others = Desk(facts, contact, style.second, rng)
        pages = [(style.main, first, MAIN[style.main](first))]
        if facts.invoiced_cents is not None:
            pages.append(("invoice", others, documents.invoice(others)))
        if facts.disputed_loss_date is not None or rng.random() < 0.55:
            pages.append(("report", others, documents.report(others)))
        if style.has_note:
            pages.append(("note", first, documents.note(first)))
        if style.annex_pages:
            pages.append(("annex", first, documents.annex(first, style.annex_pages)))
        rng.shuffle(pages)
        texts = self._through_the_scanner([page for _, _, page in pages])
        name = rng.choice(NAMES)
        return tuple(
            Document(f"D{n}", name.format(n), kind, desk.language, text)
            for n, ((kind, desk, _), text) in enumerate(zip(pages, texts, strict=True), 1)
        )

    def _through_the_scanner(self, texts: list[Text]) -> list[Text]:
        """Noise everywhere; of a field with a second mention, heavy noise may spoil the first."""
        texts = [scanned(text, self.style.noise, self.rng) for text in texts]
        if self.style.noise != "heavy":
            return texts
        count = {name: sum(m.field == name for t in texts for m in t.marks) for name in FIELDS}
        left = {name for name, number in count.items() if number > 1 and self.rng.random() < 0.5}
        for place, text in enumerate(texts):
            here = {mark.field for mark in text.marks} & left
            texts[place] = spoilt(text, here, self.rng)
            left -= here
        return texts
