"""One document of each kind, from facts and the words of a language."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from claimgen.english import ENGLISH
from claimgen.facts import FIELDS, Facts
from claimgen.german import GERMAN
from claimgen.people import Contact
from claimgen.phrases import Phrases
from claimgen.writing import Language, Text, render, write_amount, write_date, written

LANGUAGES: Mapping[Language, Phrases] = {"en": ENGLISH, "de": GERMAN}
NET_SHARE = 100 / 119
PAGE_CLAUSES = 12


@dataclass(frozen=True, slots=True)
class Desk:
    """Who writes: the facts, the claimant's data, a language and chance."""

    facts: Facts
    contact: Contact
    language: Language
    rng: random.Random

    @property
    def words(self) -> Phrases:
        """The words of the language."""
        return LANGUAGES[self.language]

    def fill(self, template: str, **more: str) -> Text:
        """The template with facts, the claimant's data and invented surroundings."""
        return render(template, {**self._around(), **self._facts(), **more})

    def _facts(self) -> dict[str, str]:
        return written(self.facts, self.language, self.rng)

    def _around(self) -> dict[str, str]:
        rng, words = self.rng, self.words
        other = self.facts.notice_date - timedelta(days=rng.randint(200, 1500))
        return {
            "email": self.contact.email,
            "customer_number": self.contact.customer_number,
            "account": self.contact.account,
            "town": rng.choice(words.towns),
            "street": rng.choice(words.streets),
            "firm": rng.choice(words.firms),
            "firm_street": rng.choice(words.streets),
            "other_date": write_date(other, self.language, rng),
            "other_amount": write_amount(rng.randint(20, 900) * 500, self.language, rng),
        }


def form(desk: Desk) -> Text:
    """Labels and values, in some order, with the story in a box."""
    rng, words, facts = desk.rng, desk.words, desk.facts
    names = [name for name in FIELDS if name != "invoiced_eur"]
    if facts.counterparty is None:
        names.remove("counterparty")
    rng.shuffle(names)
    between = rng.choice((": ", " ......... ", ":\n    "))
    rows = [f"{rng.choice(words.labels[name])}{between}{{{name}}}" for name in names]
    rows.insert(rng.randrange(len(rows)), f"IBAN{between}{{account}}")
    story = rng.choice(words.stories[facts.kind])
    return desk.fill("\n".join([f"{rng.choice(words.titles)}\n", *rows, "", story]))


def letter(desk: Desk) -> Text:
    """A date, a few paragraphs, a name below."""
    return desk.fill("\n\n".join([desk.rng.choice(desk.words.dateline), *_said(desk)]))


def email(desk: Desk) -> Text:
    """A head and the same sentences as a letter."""
    return desk.fill("\n\n".join([desk.rng.choice(desk.words.mail_heads), *_said(desk)]))


def _said(desk: Desk) -> list[str]:
    rng, words = desk.rng, desk.words
    told = [rng.choice(words.loss) + " " + rng.choice(words.stories[desk.facts.kind])]
    if desk.facts.counterparty is not None:
        told.append(rng.choice(words.party))
    told.append(rng.choice(words.amount))
    rng.shuffle(told)
    return [rng.choice(words.opening), *told, rng.choice(words.closing)]


def invoice(desk: Desk) -> Text:
    """What it cost: lines, a sum without tax, and the total. Facts without one have none."""
    rng, facts = desk.rng, desk.facts
    total = facts.invoiced_cents
    if total is None:
        raise ValueError("no invoice was sent with this claim")
    net = round(total * NET_SHARE)
    told = max(facts.loss_date, facts.notice_date)
    issued = max(facts.loss_date, told - timedelta(days=rng.randint(0, 2)))
    return desk.fill(
        rng.choice(desk.words.invoice),
        items=_items(desk, net),
        net=write_amount(net, desk.language, rng),
        vat=write_amount(total - net, desk.language, rng),
        invoice_number=f"R{rng.randrange(10**6):06d}",
        invoice_date=write_date(issued, desk.language, rng),
    )


def _items(desk: Desk, net_cents: int) -> str:
    works = desk.words.works[desk.facts.kind]
    chosen = desk.rng.sample(works, desk.rng.randint(2, len(works)))
    cuts = sorted(desk.rng.randrange(1, net_cents) for _ in chosen[1:])
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, net_cents], strict=True)]
    return "\n".join(
        f"{number}. {work:<28} {write_amount(part, desk.language, desk.rng):>12}"
        for number, (work, part) in enumerate(zip(chosen, parts, strict=True), 1)
    )


def report(desk: Desk) -> Text:
    """What somebody else saw; of another day if the facts are disputed."""
    rng, words, facts = desk.rng, desk.words, desk.facts
    event = rng.choice(words.report_event)
    if facts.disputed_loss_date is not None:
        event = event.replace("{loss_date}", "{disputed_date}")
    parts = [words.reports[facts.kind], event]
    if facts.counterparty is not None:
        parts.append(rng.choice(words.report_party))
    return desk.fill("\n\n".join([*parts, rng.choice(words.stories[facts.kind])]))


def note(desk: Desk) -> Text:
    """Correspondence that settles nothing."""
    return desk.fill(desk.rng.choice(desk.words.notes))


def annex(desk: Desk, pages: int) -> Text:
    """Pages of conditions. They state no field of any claim."""
    rng, words = desk.rng, desk.words
    parts = [words.annex_title]
    for page in range(1, pages + 1):
        clauses = rng.choices(words.clauses, k=PAGE_CLAUSES)
        parts += [f"{page}.{n} {clause}" for n, clause in enumerate(clauses, 1)]
        parts.append(words.page.replace("{number}", str(page)))
    return desk.fill("\n\n".join(parts))
