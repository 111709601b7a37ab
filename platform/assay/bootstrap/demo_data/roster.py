"""Who is in a demo data set, and what demo reviewers say: written by people, in `roster.toml`."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assay.bootstrap.demo_data.note import MARK
from assay.bootstrap.files import problems_of
from assay.domain.errors import BadInput, Problem
from assay.domain.hiring import Verdict

ROSTER = "roster.toml"

Score = Annotated[int, Field(ge=1, le=4)]


class Part(BaseModel):
    """Base of every table: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoReview(Part):
    """What an invented reviewer thought."""

    by: str = Field(description="Name of the reviewer.")
    summary: str
    lines: dict[str, Score] = Field(description="Line of the review -> 1 to 4.")
    notes: dict[str, str] = Field({}, description="Line of the review -> a sentence.")


class DemoDecision(Part):
    """What was decided."""

    by: str = Field(description="Name of the reviewer.")
    verdict: Verdict
    reason: str


class DemoCandidate(Part):
    """Somebody invented, who hands in a known answer."""

    slug: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="Names their file.")
    name: str
    email: str
    answer: str = Field(description="As `assay grade --answer` takes it.")
    variant: int = Field(0, ge=0, description="Which starter they were given.")
    practice_runs: int = Field(0, ge=0, description="Evaluations before the sealed one.")
    notes: dict[str, str] = Field({}, description="Files they write besides: path -> text.")
    review: tuple[DemoReview, ...] = ()
    decision: DemoDecision | None = None

    @property
    def marked_name(self) -> str:
        """The name as it is shown."""
        return f"{self.name} {MARK}"


class Roster(Part):
    """Everybody, and the position they are in."""

    challenge: str = Field(description="Slug.")
    position: str = Field(description="Title of the position.")
    candidate: tuple[DemoCandidate, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _everybody_is_told_apart(self) -> "Roster":
        """One file, and one sitting, each."""
        for what in ("slug", "email"):
            all_of_them = [getattr(one, what) for one in self.candidate]
            twice = sorted({one for one in all_of_them if all_of_them.count(one) > 1})
            if twice:
                raise ValueError(f"two candidates have the {what} {', '.join(twice)}")
        return self

    @property
    def title(self) -> str:
        """The title as it is shown."""
        return f"{self.position} {MARK}"


def read_roster(directory: Path) -> Roster:
    """The roster of a data set.

    Raises:
        BadInput: there is none, or it is wrong; every problem is told.
    """
    path = directory / ROSTER
    try:
        return Roster.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput(
            Problem(f"cannot be read ({error.strerror}); a demo data set begins with one",
                    str(path))
        ) from error  # fmt: skip
    except tomllib.TOMLDecodeError as error:
        raise BadInput(Problem(f"is no TOML: {error}", str(path))) from error
    except ValidationError as error:
        raise BadInput(*problems_of(error, str(path))) from error
