"""Of two who change a position at once nobody writes over what they have not seen.

Pages send the mark of what the form showed back with it; programs send it as `If-Match`, which an
answer about a position gave them as its `ETag` (RFC 9110, 8.8.3 and 13.1.1).
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Response

from assay.db.tables import Position
from assay.web.errors import Stale

ANY = "*"
TAGGED = {"ETag": {"description": "Mark of what the position says.", "schema": {"type": "string"}}}
"""For the OpenAPI document."""


def mark_of(row: Position) -> str:
    """Changes whenever the position says something else."""
    said = (row.title, row.weights, row.time_box_s, row.release.value, row.keep_days)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Condition:
    """Under which a program changes a position.

    Attributes:
        marks: What it has seen, one of them; empty: whatever the position says.
    """

    marks: frozenset[str]
    response: Response

    def refuse_unseen(self, row: Position) -> None:
        """Refuse to write over what the program has not seen.

        Raises:
            Stale: the position says something else by now.
        """
        if self.marks and not self.marks & {mark_of(row), ANY}:
            raise Stale(
                "somebody else changed the position meanwhile: get it again, look at what it says "
                "now, and send your change with the new ETag"
            )

    def tell(self, row: Position) -> None:
        """Give the mark along with the answer."""
        self.response.headers["etag"] = f'"{mark_of(row)}"'


def a_condition(
    response: Response,
    if_match: Annotated[
        str,
        Header(
            max_length=400,
            description="The `ETag` of what you have seen: the position is changed only if it "
            "still says that. Left out: whatever it says.",
        ),
    ] = "",
) -> Condition:
    """What the header says: one tag, several, or `*`."""
    given = (one.strip().removeprefix("W/").strip('"') for one in if_match.split(","))
    return Condition(frozenset(one for one in given if one), response)


ACondition = Annotated[Condition, Depends(a_condition)]
