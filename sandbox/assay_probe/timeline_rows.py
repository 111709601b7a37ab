"""Rows of a timeline: what is asked, which answers are right, and which label follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assay_probe.arrivals import fresh_string
from assay_probe.checking import outcome
from assay_probe.client import Client
from assay_probe.guises import GUISES, guise_of
from assay_probe.plan import RequestSpec
from assay_probe.reply import Reply
from assay_probe.rows import read_lines, row_of
from assay_probe.verdicts import letter_for

SAMPLE = fresh_string(0)
"""As long as every fresh string, so that a request can be made beforehand around it."""
REFUSED = {"4": "o", "o": "w", "h": "w"}
"""What becomes of the letter of an answer to a row that only a refusal is right for."""

Json = Any


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One row, its request made but for the fresh string.

    Attributes:
        heads: The bytes before the body, for each of `GUISES`.
        start, end: The body before and after the fresh string; without one, `end` is None.
        expected: The right answer, None if any number will do.
        fallback: An answer that is right as well, None without one.
        refuse: Only a 4xx is right.
        truth: What a labelled answer should say, None for anything.
        label: What its late label says, None without one.
        label_id: What the label is sent under; None for the fresh string.
    """

    id: str
    heads: Mapping[str, bytes]
    start: bytes
    end: bytes | None
    expected: float | None
    fallback: float | None
    refuse: bool
    label: bool | None
    label_id: Json
    truth: Json = None

    def request(self, fresh: str) -> bytes:
        """The bytes of one request, with a string never sent before if the plan wants one."""
        head = self.heads[guise_of(fresh).name]
        if self.end is None:
            return head + self.start
        return b"".join((head, self.start, fresh.encode(), self.end))


def read_timeline_rows(
    path: str, spec: RequestSpec, client: Client, id_field: str = ""
) -> list[TimelineRow]:
    """All rows of one file.

    A drift may have renamed fields: a row without the one that `spec.unique` names is sent as
    it is, and one without `id_field` gets no label.

    Args:
        path: The file.
        spec: How a row becomes a request.
        client: Makes it.
        id_field: Field of the body under which labels are sent, "" for none.

    Raises:
        ValueError: a line is not a row, or there is none; the message names the line.
    """
    heads = Heads(spec, client)
    return read_lines(path, lambda fields: _row(fields, spec, heads, id_field))


class Heads:
    """The bytes before a body of some length in every guise; rows of one length share them."""

    def __init__(self, spec: RequestSpec, client: Client) -> None:
        self._spec, self._client = spec, client
        self._of_length: dict[int, dict[str, bytes]] = {}

    def of(self, length: int) -> Mapping[str, bytes]:
        """Guise -> bytes, for a body of so many bytes."""
        if length not in self._of_length:
            self._of_length[length] = {
                guise.name: self._client.head(
                    self._spec.method, self._spec.path, length, guise=guise
                )
                for guise in GUISES
            }
        return self._of_length[length]


def judged(reply: Reply, row: TimelineRow, spec: RequestSpec) -> tuple[str, bool]:
    """The letter of `records` for a reply, and whether only the fallback answer made it right."""
    if row.refuse:
        letter = letter_for(reply, replace(row, expected=None, truth=None), spec)
        return REFUSED.get(letter, letter), False
    letter = letter_for(reply, row, spec)
    if letter == "w" and row.fallback is not None and spec.labelled is None:
        letter = outcome(reply, spec.answer, row.fallback, spec.tolerance)
        return letter, letter == "o"
    return letter, False


def _row(fields: Mapping[str, Json], spec: RequestSpec, heads: Heads, id_field: str) -> TimelineRow:
    body = fields["body"]
    if not isinstance(body, Mapping):
        raise TypeError(f"body is no object: {body!r}")
    label, label_id = fields.get("label"), body.get(id_field)
    row = row_of(fields, spec.unique if _holds(body, spec.unique) else "")
    return TimelineRow(
        id=row.id,
        heads=heads.of(len(row.body(SAMPLE))),
        start=row.before,
        end=row.after,
        expected=row.expected,
        fallback=fields.get("fallback"),
        refuse=bool(fields.get("refuse")),
        label=None if label is None or label_id is None else bool(label),
        label_id=None if id_field == spec.unique else label_id,
        truth=fields.get("truth"),
    )


def _holds(body: Json, path: str) -> bool:
    for name in path.split("."):
        if not isinstance(body, Mapping) or name not in body:
            return False
        body = body[name]
    return True
