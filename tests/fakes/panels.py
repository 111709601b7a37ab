"""A position whose candidates are judged, and people who review them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.fakes.evidence import make_evidence
from tests.fakes.web import Site

from assay.audit.ledger import Actor
from assay.auth.principal import Member
from assay.db.tables import Position
from assay.domain.evidence import Evidence
from assay.domain.hiring import ReleasePolicy
from assay.domain.human_rubric import DEFAULT_LINES, Opinion
from assay.features.assessments import service as assessments
from assay.features.reviews import service as reviews
from assay.features.reviews.service import Desk, Draft
from assay.kit.ids import new_id

NAME, EMAIL = "Erin Example", "erin.example@example.com"
SUMMARY = "Sound work throughout."


@dataclass
class Panel:
    """One position of Alice's company."""

    site: Site
    position_id: str

    def judged(self, evidence: Evidence | None = None, name: str = NAME, email: str = EMAIL) -> str:
        """Id of an assessment whose sealed result stands."""
        house = self.site.house
        order = house.order(
            candidate_name=name,
            candidate_email=email,
            position_id=self.position_id or None,
            invited_by=house.cast.alice.user_id,
        )
        with house.write() as session:
            made = assessments.invite(session, order, house.time)
        house.start(made.assessment_id)
        house.push(made.assessment_id)
        self.site.judge(self.site.sealed(made.assessment_id), evidence or make_evidence())
        return made.assessment_id

    def desk(self, assessment_id: str, member: Member) -> Desk:
        actor = Actor(member.actor, member.organisation_id)
        return Desk(assessment_id, member.user_id, actor)

    def draft(self, assessment_id: str, member: Member, **scores: int) -> None:
        """What a member has written so far."""
        said = {name: Opinion(score) for name, score in scores.items()}
        desk = self.desk(assessment_id, member)
        with self.site.house.write() as session:
            reviews.save(session, desk, Draft(said, SUMMARY), self.site.house.time)

    def reviewed(
        self,
        assessment_id: str,
        member: Member,
        score: int = 3,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """A member hands in a review with the same score on every line."""
        said = {line.id: Opinion(score) for line in DEFAULT_LINES}
        said |= {name: Opinion(said.get(name, Opinion()).score, note)
                 for name, note in (notes or {}).items()}  # fmt: skip
        desk = self.desk(assessment_id, member)
        self.site.house.later(minutes=1)
        with self.site.house.write() as session:
            reviews.save(session, desk, Draft(said, SUMMARY), self.site.house.time)
            missing = reviews.hand_in(session, desk, DEFAULT_LINES, self.site.house.time)
        assert missing == {}


def a_panel(site: Site, title: str = "ML engineer") -> Panel:
    """A position that is open."""
    house = site.house
    row = Position(
        id=new_id("pos"),
        organisation_id=house.cast.organisation_id,
        title=title,
        challenge=house.package.challenge.id,
        release=ReleasePolicy.BY_HAND,
        created_at=house.time,
    )
    with house.write() as session:
        session.add(row)
    return Panel(site, row.id)
