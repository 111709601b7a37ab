"""Taking an endpoint away: with its secrets, and with all that was ever sent there."""

from datetime import datetime

from sqlmodel import Session, col, delete

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.states import locked
from assay.db.tables import AtsOrder, Delivery, Endpoint
from assay.features.integrations.endpoints import own_endpoint


def remove(
    session: Session, organisation_id: str, endpoint_id: str, now: datetime, *, actor: Actor
) -> None:
    """Nothing of it stays but the ledger. What waits is not sent; assessments are not touched.

    Raises:
        NotFound: the organisation has no such endpoint.
    """
    own_endpoint(session, organisation_id, endpoint_id)
    row = locked(session, Endpoint, endpoint_id)
    for table in (Delivery, AtsOrder):
        session.exec(delete(table).where(col(table.endpoint_id) == endpoint_id))
    facts = {"kind": row.kind.value}
    record(session, Tag.ENDPOINT_REMOVED, by=actor, subject=endpoint_id, now=now, details=facts)
    session.delete(row)
