"""A scorecard to read and to print: what counts of one candidate, without logs and files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from assay.db.overrides import overrides_of, standing
from assay.db.results import judged_evaluation
from assay.db.standing import total_of, with_people
from assay.db.tables import Assessment, Organisation, Position
from assay.domain.stored_result import StoredArea, StoredGate
from assay.domain.veil import OPEN, Veil
from assay.domain.weights import Weights, weights_of
from assay.features.documents.stored import counting_result


@dataclass(frozen=True, slots=True)
class CardLine:
    """A criterion.

    Attributes:
        overridden: Whether a person decided that it earns something else; the figures here are
            as they were measured.
    """

    line: StoredGate
    evidence: str
    advice: str
    overridden: bool


@dataclass(frozen=True, slots=True)
class CardArea:
    """An area with its lines. `factor`: on its points, by the weights of the position."""

    area: StoredArea
    lines: Sequence[CardLine]
    factor: float


@dataclass(frozen=True, slots=True)
class Card:
    """Everything on the page.

    Attributes:
        who: The candidate's name, or what stands for it.
        email: "" if it is not to be shown.
        measured_at: When the evaluation that counts ended.
        total, interval: By the weights of the position, as its list of candidates shows it; None
            if void. What people decided otherwise changes neither.
        unweighted: The total by the challenge's own weights.
        overridden: About how many lines people decided otherwise.
        decided: The total with that; None if there is none, or they decided nothing otherwise.
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
    unweighted: float | None
    overridden: int
    decided: float | None
    areas: Sequence[CardArea]
    gates: Sequence[CardLine]
    findings: Sequence[tuple[str, str]]

    @property
    def weighs(self) -> bool:
        """Whether the position weighs areas differently."""
        return any(one.factor != 1 for one in self.areas)


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
    weights: Weights = weights_of(position.weights) if position else {}
    total = total_of(session, row, counts.evaluation)
    people = with_people(session, [row]).get(row.id)

    def shown(lines: Sequence[StoredGate]) -> list[CardLine]:
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
        total=total.total if total else None,
        interval=total.interval if total else None,
        unweighted=result.total,
        overridden=len(changed),
        decided=people.total if people else None,
        areas=[
            CardArea(area, shown(result.lines_of(area.id)), float(weights.get(area.id, 1)))
            for area in result.areas
        ],
        gates=shown(result.gates),
        findings=[(finding.kind, veil(finding.text)) for finding in result.findings],
    )


def stand_in(row: Assessment) -> str:
    """What stands for the name of a candidate who is not named."""
    return f"Candidate {row.number}" if row.number else "A candidate"


def has_result(session: Session, assessment_id: str) -> bool:
    """Whether there is a card; a result without a score has one, too."""
    return judged_evaluation(session, assessment_id) is not None
