"""The lines that people judge, beside the machine's score and never inside it. Pure.

What no measurement tells: whether decisions were good ones, and whether somebody else could take
over. Four steps, each in words, because two people who read the same words agree more often than
two who are asked for a number; an even count, so that nobody hides in the middle.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.domain.rubric import Id

LOWEST, HIGHEST = 1, 4
NOTE_MAX, SUMMARY_MAX = 1000, 4000
SUMMARY = "summary"
"""How the summary is named among what a review lacks; so no line is called that."""
FLAG = "flag:"
"""How the answer to a flag is named among the lines of a review: "flag:answers_by_id"."""


class ReviewLine(BaseModel):
    """One line that reviewers judge from 1 to 4."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id = Field(description="What stored reviews call it.")
    title: str = Field(description="The line as reviewers read it.")
    question: str = Field(description="What is asked about the submission.")
    anchors: tuple[str, str, str, str] = Field(description="What 1, 2, 3 and 4 mean, in words.")

    @model_validator(mode="after")
    def _is_not_the_summary(self) -> "ReviewLine":
        if self.id == SUMMARY:
            raise ValueError(f"every review has a {SUMMARY!r}; give the line another id")
        return self


DEFAULT_LINES: tuple[ReviewLine, ...] = (
    ReviewLine(
        id="design",
        title="Design decisions",
        question="Would you build on these decisions?",
        anchors=(
            "Choices cannot be told from accidents, or work against each other.",
            "Some choices fit the problem; others cost more than they bring.",
            "Choices fit the problem, and why they were made is written down or plain.",
            "As simple as the problem allows; alternatives are named, and why they were not taken.",
        ),
    ),
    ReviewLine(
        id="documentation",
        title="Documentation for whoever comes next",
        question="Could a colleague run and change this next Monday, without asking?",
        anchors=(
            "What is there misleads, or there is nothing.",
            "It says how to start the service, and little else.",
            "How to run, change and watch it is told, and what to do when an alert fires.",
            "It answers the questions one has in the order one has them, and nothing is padding.",
        ),
    ),
    ReviewLine(
        id="trade_offs",
        title="Trade-offs and judgement",
        question="Was the time spent on what matters most?",
        anchors=(
            "Effort went where it changed little, and what mattered was left.",
            "Some of what matters was seen; what was left out is not told.",
            "What matters was done first, and what was left out is told.",
            "Priorities follow risk and cost, with figures, and limits of the work are named.",
        ),
    ),
    ReviewLine(
        id="readiness",
        title="Operational readiness",
        question="Would you be on call for it?",
        anchors=(
            "Nobody would know that it failed, nor what to do.",
            "Failure would be seen, but finding the cause means reading all the code.",
            "Alerts, logs and runbook lead from the symptom to the remedy.",
            "It fails in small and foreseen ways, and whoever is woken knows what to do.",
        ),
    ),
)
"""What is asked where a challenge brings no lines of its own."""


def lines_for(own: tuple[ReviewLine, ...]) -> tuple[ReviewLine, ...]:
    """The lines of a challenge: its own `[[review]]`, else the default ones."""
    return own or DEFAULT_LINES


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one reviewer says about one line. `score`: 1..4; None: not yet, or of a flag."""

    score: int | None = None
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return self.score is None and not self.note


def problems_of(
    opinions: Mapping[str, Opinion], summary: str, lines: Iterable[ReviewLine]
) -> dict[str, str]:
    """What a review lacks that is to be handed in: line, or "summary" -> what to do."""
    found = {
        line.id: f"{line.title}: choose 1 to 4"
        for line in lines
        if opinions.get(line.id, Opinion()).score is None
    }
    if not summary.strip():
        found[SUMMARY] = "Summary: say in a sentence or two what decided it for you"
    return found
