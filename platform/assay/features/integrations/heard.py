"""What applicant tracking systems send: read for what we need, and fit to be stored."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

WITHOUT_NUL = r"^[^\x00]*$"
"""PostgreSQL keeps no text with NUL in it."""
Told = Annotated[str, StringConstraints(pattern=WITHOUT_NUL)]
"""Text that is stored, or looked up, as it came."""


class Heard(BaseModel):
    """Base of what they send. They add fields when they like: what we do not know is let pass."""

    model_config = ConfigDict(extra="ignore", frozen=True)
