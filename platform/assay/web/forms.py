"""Text that people type: without what cannot be seen, stored or meant."""

from typing import Annotated

from fastapi import Form
from pydantic import AfterValidator, Field

LINE_MAX = 320
TEXT_MAX = 2000


def plain(text: str) -> str:
    """The text without control characters and halves of characters; ends trimmed."""
    kept = (c if c.isprintable() else " " for c in text)
    return "".join(kept).strip()


FormLine = Annotated[str, AfterValidator(plain), Field(max_length=LINE_MAX)]
"""A field of a form that is a model."""
Line = Annotated[str, AfterValidator(plain), Form(max_length=LINE_MAX)]
Words = Annotated[str, AfterValidator(plain), Form(max_length=TEXT_MAX)]
Secret = Annotated[str, Form(max_length=LINE_MAX)]
"""A password: every character counts."""
