"""A scorecard to read and to print: what counts of one candidate, without logs and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from assay.db.overrides import overrides_of, standing
from assay.db.results import counting_evaluation
from assay.db.tables import Assessment, Organisation, Position
from assay.domain.veil import OPEN, Veil
from assay.features.documents.stored import StoredArea, StoredLine, counting_result, lines_of


@dataclass(frozen=True, slots=True)
class CardLine:
    """A criterion.

    Attributes:
        overridden: Whether a person decided that it earns something else; the figures here are
            as they were measured.
    """

    line: StoredLine
    evidence: str
    advice: str
    overridden: bool


@dataclass(frozen=True, slots=True)
class CardArea:
    """An area with its lines."""

    area: StoredArea
    lines: Sequence[CardLine]


@dataclass(frozen=True, slots=True)
class Card:
    """Everything on the page.

    Attributes:
        who: The candidate's name, or what stands for it.
        email: "" if it is not to be shown.
        measured_at: When the evaluation that counts ended.
        gates: Lines that multiply the whole score.
        findings: Kind and words: strengths, problems, cautions.
    """

    who: str
    email: str
    company: str
    position: str
    challenge: str
    challenge_version: str
    measured_at: datetime | None
    evaluation_id: str
    status: str
    total: float | None
    interval: tuple[float, float] | None
    areas: Sequence[CardArea]
    gates: Sequence[CardLine]
    findings: Sequence[tuple[str, str]]


def card_of(session: Session, row: Assessment, title: str, *, anonymous: bool) -> Card:
    """The card of an assessment.

    Args:
        session: To read in.
        row: The assessment.
        title: Of the challenge.
        anonymous: Without name and address, also where a measurement quotes them.

    Raises:
        NotFound: there is no result yet.
    """
    counts = counting_result(session, row.id)
    result, version = counts.result, counts.evaluation.challenge_version
    veil = Veil(row.candidate_name, row.candidate_email) if anonymous else OPEN
    changed = set(standing(overrides_of(session, counts.evaluation.id)))
    company = session.get(Organisation, row.organisation_id)
    position = session.get(Position, row.position_id) if row.position_id else None

    def shown(lines: Sequence[StoredLine]) -> list[CardLine]:
        return [CardLine(o, veil(o.evidence), veil(o.advice), o.id in changed) for o in lines]

    return Card(
        who=stand_in(row) if anonymous else row.candidate_name or row.candidate_email,
        email="" if anonymous else row.candidate_email,
        company=company.name if company else "",
        position=position.title if position else "",
        challenge=title,
        challenge_version=version or row.challenge_version,
        measured_at=counts.evaluation.ended_at,
        evaluation_id=counts.evaluation.id,
        status=result.status,
        total=result.total,
        interval=result.interval,
        areas=[CardArea(area, shown(lines_of(result, area.id))) for area in result.areas],
        gates=shown(result.gates),
        findings=[(finding.kind, veil(finding.text)) for finding in result.findings],
    )


def stand_in(row: Assessment) -> str:
    """What stands for the name of a candidate who is not named."""
    return f"Candidate {row.number}" if row.number else "A candidate"


def has_result(session: Session, assessment_id: str) -> bool:
    """Whether there is a card."""
    counts = counting_evaluation(session, assessment_id)
    return counts is not None and counts.score is not None
