"""The mark of an organisation that shows demo data: what its pages say about it.

Kept as a file of the organisation, so that a page reads it by one key.
"""

from datetime import datetime

from pydantic import BaseModel
from sqlmodel import Session, select

from assay.db.artifacts import get_artifact, put_artifact
from assay.db.tables import Artifact, Assessment

NAME = "demo-data.json"
MARK = "(demo)"
"""Stands behind every invented name, and so wherever a name is shown, printed or exported."""


class DemoNote(BaseModel):
    """Where the demo data of an organisation comes from."""

    position_id: str
    recorded_at: datetime
    assay: str
    command: str

    @property
    def words(self) -> str:
        """As every page of the organisation says it."""
        return (
            f"Demo data: everybody marked {MARK} is invented, and what they pushed was measured "
            f"for real. Recorded on {self.recorded_at:%d %B %Y} with version {self.assay}; "
            f"record anew: {self.command}"
        )

    @property
    def of_one(self) -> str:
        """As a page about one candidate says it, also where no name stands and to strangers."""
        return (
            "Demo data: this candidate is invented, and what they pushed was measured for real. "
            f"Recorded on {self.recorded_at:%d %B %Y} with version {self.assay}."
        )


def write_note(session: Session, organisation_id: str, note: DemoNote, now: datetime) -> None:
    """Mark an organisation; the mark of an earlier data set is replaced."""
    put_artifact(session, organisation_id, NAME, note.model_dump_json().encode(), now)


def demo_note(session: Session, organisation_id: str) -> DemoNote | None:
    """The mark of an organisation; None if it shows no demo data, or all of it was deleted."""
    there = select(Artifact.name).where(Artifact.owner_id == organisation_id, Artifact.name == NAME)
    if session.exec(there).first() is None:
        return None
    note = DemoNote.model_validate_json(get_artifact(session, organisation_id, NAME))
    left = select(Assessment.id).where(Assessment.position_id == note.position_id)
    return note if session.exec(left.limit(1)).first() else None


def words_about(session: Session, row: Assessment) -> str:
    """What is said about a candidate who is invented; "" about anybody else."""
    if not row.candidate_name.endswith(MARK):
        return ""
    note = demo_note(session, row.organisation_id)
    return note.of_one if note else ""
