"""What of a claim a model is shown: pages of conditions cost money and say nothing about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.manipulation import split
from app.reading import AMOUNT, POLICY
from app.schemas import Document

SHORT = 2_500
CHARACTERS_MAX = 6_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Documents as a model sees them, and what was kept from it.

    Attributes:
        shown: (document id, text) in the order sent.
        suspicious: Paragraphs that speak to a machine, cut out.
        left_out: Characters that were not worth their price.
    """

    shown: tuple[tuple[str, str], ...]
    suspicious: int
    left_out: int


def select(documents: Sequence[Document]) -> Selection:
    """Short documents whole, of long ones the paragraphs that can be about the claim."""
    shown, suspicious = [], 0
    for document in documents:
        paragraphs, bad = split(document.text)
        suspicious += bad
        text = "\n\n".join(paragraphs)
        if len(text) > SHORT:
            text = "\n\n".join(_worth_reading(paragraphs))
        shown.append((document.document_id, text))
    fitting = _fitting(shown)
    left_out = sum(len(d.text) for d in documents) - sum(len(text) for _, text in fitting)
    return Selection(tuple(fitting), suspicious, max(0, left_out))


def _worth_reading(paragraphs: Sequence[str]) -> list[str]:
    """The beginning, and what names a policy with its neighbours or sums something up."""
    wanted = {0}
    for place, text in enumerate(paragraphs):
        if POLICY.search(text):
            wanted |= {place - 1, place, place + 1, place + 2}
        elif len(AMOUNT.findall(text)) > 1:
            wanted |= {place - 1, place}
    return [text for place, text in enumerate(paragraphs) if place in wanted]


def _fitting(shown: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Shortest first until the limit is reached; the last one that fits only partly is cut."""
    left, fitting = CHARACTERS_MAX, []
    for document_id, text in sorted(shown, key=lambda one: len(one[1])):
        if left <= 0:
            break
        fitting.append((document_id, text[:left]))
        left -= len(text)
    order = [document_id for document_id, _ in shown]
    return sorted(fitting, key=lambda one: order.index(one[0]))
