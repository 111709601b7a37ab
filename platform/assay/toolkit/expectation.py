"""What a known answer must score: the `expect.toml` beside it."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from assay.domain.challenge import Part, StageName
from assay.domain.errors import BadInput, Problem
from assay.domain.scorecard import FlagKind
from assay.kit.tomlfile import TomlError, read_toml
from assay.toolkit.files import EXPECTATION
from assay.toolkit.spec_problems import problems_of

FULL = 100
UNFLAGGED_MAX = 40
"""A rejected answer that raises no flag earns no more: nobody would be warned of it."""
AnswerKind = Literal["accepted", "partial", "rejected"]
"""Folders of `answers/`: good, half done, and what must not be mistaken for good."""


class Expectation(Part):
    """One `expect.toml`."""

    about: str = Field(min_length=1, description="What the answer is, in a sentence or two.")
    score_min: float = Field(ge=0, le=FULL, description="Least total it may get.")
    score_max: float = Field(ge=0, le=FULL, description="Highest total it may get.")
    flags: tuple[FlagKind, ...] = Field(
        (), description="Kinds of flags the scorecard must raise for a human."
    )
    caught_by: StageName | None = Field(
        None, description="The stage that shows what is wrong; a quick proof runs no further."
    )

    @model_validator(mode="after")
    def _must_be_possible(self) -> "Expectation":
        if self.score_min > self.score_max:
            raise ValueError("score_min is above score_max; no answer can score that")
        return self


def read_expectation(answer: Path) -> Expectation:
    """The expectation in the directory of a known answer.

    Raises:
        BadInput: it is missing or wrong; with file and line.
    """
    path = answer / EXPECTATION
    try:
        toml = read_toml(path)
        return Expectation.model_validate(toml.data)
    except TomlError as error:
        problem = Problem(f"{error.message}; correct the TOML syntax", str(path), error.line)
        raise BadInput(problem) from error
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror}", str(path))) from error
    except ValidationError as error:
        raise BadInput(*problems_of(error, Expectation, toml, str(path))) from error


def kind_of(answer: str) -> str:
    """The folder of a known answer named `kind/name`."""
    return answer.partition("/")[0]
