"""The format of what is told about metered dependencies in `challenge.toml`."""

from pydantic import Field

from assay.domain.timeline import Part


class ToldCost(Part):
    """Where the service says what a request cost it, to be held against the meter."""

    path: str = Field(
        pattern=r"^/[^\s]*\{id\}[^\s]*$",
        description="GET path on the service; `{id}` stands for the id of a request.",
    )
    id_field: str = Field(description="Request field that holds the id; dots descend.")
    field: str = Field(description="Field of the answer with the dollars; dots descend.")
