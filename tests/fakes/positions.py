"""Positions of Alice's company, and candidates on their way through them."""

from dataclasses import replace
from typing import Any

from tests.fakes.evidence import make_evidence
from tests.fakes.sittings import House
from tests.fakes.web import Site

from assay.audit.ledger import Actor
from assay.db.standing import renew
from assay.db.tables import Assessment, Decision, Position, Review
from assay.domain.evidence import Evidence
from assay.domain.hiring import ReleasePolicy, Verdict
from assay.features.assessments import service as assessments
from assay.features.positions import service
from assay.features.positions.service import Terms
from assay.kit.ids import new_id

TERMS = Terms("ML engineer", {}, None, ReleasePolicy.BY_HAND, None)


def alice_of(house: House) -> Actor:
    return Actor(house.cast.alice.actor, house.cast.organisation_id)


def a_position(house: House, **changes: Any) -> Position:
    """An open one of Alice's."""
    with house.write() as session:
        return service.open_position(
            session,
            house.package.challenge,
            replace(TERMS, **changes),
            house.time,
            actor=alice_of(house),
            created_by=house.cast.alice.user_id,
        )


def invited_to(house: House, position: Position | None, name: str = "Dana") -> str:
    """Id of the assessment of somebody invited; the address is made from the name."""
    order = house.order(
        candidate_name=name,
        candidate_email=f"{name.lower().replace(' ', '.')}@example.com",
        position_id=position.id if position else None,
    )
    with house.write() as session:
        return assessments.invite(session, order, house.time).assessment_id


def started_in(house: House, position: Position | None, name: str = "Dana") -> str:
    assessment_id = invited_to(house, position, name)
    house.start(assessment_id)
    return assessment_id


def judged_in(
    site: Site, position: Position | None, name: str = "Dana", evidence: Evidence | None = None
) -> str:
    """Id of the assessment of somebody whose sealed result stands."""
    assessment_id = started_in(site.house, position, name)
    site.pushed(assessment_id)
    site.judge(site.sealed(assessment_id), evidence or make_evidence())
    return assessment_id


def reviewed(house: House, assessment_id: str, user_id: str, *, handed_in: bool = True) -> None:
    with house.write() as session:
        session.add(
            Review(
                id=new_id("rvw"),
                assessment_id=assessment_id,
                user_id=user_id,
                created_at=house.time,
                handed_in_at=house.time if handed_in else None,
            )
        )


def decided(house: House, assessment_id: str, verdict: Verdict = Verdict.ADVANCE) -> None:
    with house.write() as session:
        session.add(
            Decision(assessment_id=assessment_id, verdict=verdict, reason="so", at=house.time)
        )


def scored(house: House, assessment_id: str, score: float | None, **more: Any) -> None:
    """As if this had come out, without evaluating anything."""
    known = {"score": score, "weighted": score, "result_version": "1.0.0", "result_id": "evl_x"}
    with house.write() as session:
        row = session.get_one(Assessment, assessment_id)
        for name, value in (known | more).items():
            setattr(row, name, value)


def renewed(house: House, assessment_id: str) -> bool:
    with house.write() as session:
        return renew(session, assessment_id)
