"""API keys, for owners."""

from fastapi import APIRouter, Request, Response

from assay.audit.ledger import record
from assay.audit.tags import Tag
from assay.auth.keys import KeyOrder, create_key, keys_of, revoke_key
from assay.auth.principal import Member, require
from assay.domain.errors import Forbidden
from assay.domain.permissions import Action
from assay.web.api import PREFIX, answers
from assay.web.api.answers import refusals
from assay.web.api.schemas import KeyIn, KeysOut, NewKeyOut
from assay.web.dependencies import ACaller, RowId, ThePlatform, actor_of

router = APIRouter(prefix=f"{PREFIX}/keys", tags=["keys"])


@router.get("", operation_id="listKeys", responses=refusals())
def list_keys(platform: ThePlatform, caller: ACaller) -> KeysOut:
    """The keys of the organisation, also revoked ones."""
    staff = require(caller, Action.MANAGE_KEYS)
    with platform.database.read() as session:
        return KeysOut(keys=[answers.key(row) for row in keys_of(session, staff.organisation_id)])


@router.post("", operation_id="createKey", status_code=201, responses=refusals(413))
def make_key(request: Request, platform: ThePlatform, caller: ACaller, wanted: KeyIn) -> NewKeyOut:
    """Make a key. Only a signed-in owner can: a key makes no keys."""
    require(caller, Action.MANAGE_KEYS)
    if not isinstance(caller, Member):
        raise Forbidden("only a signed-in owner makes keys; sign in with a browser")
    order = KeyOrder(caller.organisation_id, wanted.name, wanted.role, created_by=caller.user_id)
    with platform.database.write() as session:
        made = create_key(session, order, platform.now())
        by, now, facts = actor_of(request, caller), platform.now(), {"role": wanted.role.value}
        record(session, Tag.KEY_CREATED, by=by, subject=made.id, now=now, details=facts)
    return NewKeyOut(id=made.id, token=made.token)


@router.delete("/{key_id}", operation_id="revokeKey", status_code=204, responses=refusals(404))
def delete_key(request: Request, platform: ThePlatform, caller: ACaller, key_id: RowId) -> Response:
    """The key opens nothing any more."""
    staff = require(caller, Action.MANAGE_KEYS)
    with platform.database.write() as session:
        revoke_key(session, staff.organisation_id, key_id, platform.now())
        by = actor_of(request, caller)
        record(session, Tag.KEY_REVOKED, by=by, subject=key_id, now=platform.now())
    return Response(status_code=204)
