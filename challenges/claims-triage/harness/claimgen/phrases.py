"""What a language brings along: every choice of words that documents are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Lines = Sequence[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one language. `{names}` are filled in; those of fields are marked.

    Attributes:
        labels: By field, what a form calls it.
        opening, loss, party, amount, closing: Alternatives for the sentences of a letter.
        stories: By kind of claim, what happened; no other kind could read like it.
        invoice: The frame of an invoice, around `{items}`.
        works: By kind of claim, what an invoice charges for.
        reports: By kind of claim, who reports, and how such a report begins.
        clauses: Of the annexes: nothing in them is about any claim.
    """

    labels: Mapping[str, Lines]
    titles: Lines
    dateline: Lines
    opening: Lines
    loss: Lines
    stories: Mapping[str, Lines]
    party: Lines
    amount: Lines
    closing: Lines
    mail_heads: Lines
    invoice: Lines
    works: Mapping[str, Lines]
    reports: Mapping[str, str]
    report_party: Lines
    report_event: Lines
    notes: Lines
    clauses: Lines
    annex_title: str
    page: str
    towns: Lines
    streets: Lines
    firms: Lines
