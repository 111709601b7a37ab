"""Making and revoking API keys, on record: what the page and the API share."""

from fastapi import Request

from assay.audit.ledger import record
from assay.audit.tags import Tag
from assay.auth.keys import KeyOrder, NewKey, create_key, revoke_key
from assay.auth.principal import Member, Staff
from assay.domain.permissions import Role
from assay.web.dependencies import actor_of
from assay.web.platform import Platform


def make_key(
    request: Request, platform: Platform, owner: Member, *, name: str, role: Role
) -> NewKey:
    """Make one. Who asks was found to be allowed to.

    Raises:
        BadInput: it has no name to know it by later.
    """
    order = KeyOrder(owner.organisation_id, name, role, created_by=owner.user_id)
    by, now = actor_of(request, owner), platform.now()
    with platform.database.write() as session:
        made = create_key(session, order, now)
        facts = {"role": role.value}
        record(session, Tag.KEY_CREATED, by=by, subject=made.id, now=now, details=facts)
    return made


def end_key(request: Request, platform: Platform, staff: Staff, key_id: str) -> None:
    """The key opens nothing any more. Who asks was found to be allowed to.

    Raises:
        NotFound: the organisation has no such key.
    """
    by, now = actor_of(request, staff), platform.now()
    with platform.database.write() as session:
        revoke_key(session, staff.organisation_id, key_id, now)
        record(session, Tag.KEY_REVOKED, by=by, subject=key_id, now=now)
