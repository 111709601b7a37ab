"""What an address says after the "?": filters and order of a pipeline."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from assay.domain.hiring import Stage
from assay.features.positions.pipeline import PAGE
from assay.features.positions.wanted import SEARCH_MAX, Decided, Flagged, Order, Wanted
from assay.web.dependencies import ID_PATTERN


def _nothing(value: object) -> object:
    """An empty field of a form says nothing."""
    return None if value == "" else value


Empty = BeforeValidator(_nothing)
Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Score = Annotated[Points | None, Empty]
AnId = Annotated[Annotated[str, StringConstraints(pattern=ID_PATTERN)] | None, Empty]


class Filters(BaseModel):
    """Who is shown, and in which order."""

    stage: Annotated[Stage | None, Empty] = None
    least: Score = Field(None, description="Least score by the weights of the position.")
    most: Score = Field(None, description="Largest score.")
    flags: Annotated[Flagged | None, Empty] = None
    reviewer: AnId = Field(None, description="Id of a user who reviews.")
    decision: Annotated[Decided | None, Empty] = None
    q: str = Field("", max_length=SEARCH_MAX, description="Part of name or address, or the number.")
    order: Annotated[Order | None, Empty] = None

    def wanted(self) -> Wanted:
        """The same, as the pipeline takes it."""
        return Wanted(
            stage=self.stage,
            least=self.least,
            most=self.most,
            flags=self.flags,
            reviewer=self.reviewer or "",
            decision=self.decision,
            search=self.q,
            order=self.order or Order.NEWEST,
        )


class PageFilters(Filters):
    """The same, and where the page begins."""

    after: AnId = Field(None, description="Id of the last one of the page before.")


class ApiFilters(PageFilters):
    """The same, and how long it is."""

    limit: int = Field(PAGE, ge=1, le=200)


AFilter = Annotated[Filters, Query()]
APageFilter = Annotated[PageFilters, Query()]
AnApiFilter = Annotated[ApiFilters, Query()]
