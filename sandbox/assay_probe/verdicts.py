"""The outcome letter of a reply to a row, whatever kind of answer the challenge has."""

from typing import Any, Protocol

from assay_probe.checking import OK, outcome, parsed, tells_an_error
from assay_probe.labelled import MALFORMED, RIGHT, WRONG, has_number, letter_of
from assay_probe.plans_service import RequestSpec
from assay_probe.reply import Reply

ERROR = "e"


class Judgeable(Protocol):
    """A row, as far as an answer to it can be right or wrong."""

    @property
    def expected(self) -> float | None:
        """The right number, None if any will do."""

    @property
    def truth(self) -> Any:  # noqa: ANN401 - JSON is any
        """What a labelled answer should say, None for anything."""


def letter_for(reply: Reply, row: Judgeable, spec: RequestSpec) -> str:
    """The letter of `records` for the reply to a row."""
    if spec.labelled is None or reply.failure or reply.status != OK:
        return outcome(reply, spec.answer, row.expected, spec.tolerance)
    answer = parsed(reply.body)
    letter = letter_of(answer, row.truth, spec.labelled)
    if letter == MALFORMED and tells_an_error(reply.body, spec.labelled.decision):
        return ERROR
    if letter == RIGHT and not has_number(answer, row.expected, spec.labelled):
        return WRONG
    return letter
