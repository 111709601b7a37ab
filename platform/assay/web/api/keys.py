"""API keys, for owners."""

from fastapi import APIRouter, Request, Response

from assay.auth.keys import keys_of
from assay.auth.principal import Member, require
from assay.domain.errors import Forbidden
from assay.domain.permissions import Action
from assay.web.api import PREFIX, answers
from assay.web.api.answers import refusals
from assay.web.api.schemas import KeyIn, KeysOut, NewKeyOut
from assay.web.dependencies import ACaller, RowId, ThePlatform
from assay.web.keys import end_key, make_key

router = APIRouter(prefix=f"{PREFIX}/keys", tags=["keys"])


@router.get("", operation_id="listKeys", responses=refusals())
def list_keys(platform: ThePlatform, caller: ACaller) -> KeysOut:
    """The keys of the organisation, also revoked ones."""
    staff = require(caller, Action.MANAGE_KEYS)
    with platform.database.read() as session:
        return KeysOut(keys=[answers.key(row) for row in keys_of(session, staff.organisation_id)])


@router.post("", operation_id="createKey", status_code=201, responses=refusals(413))
def create(request: Request, platform: ThePlatform, caller: ACaller, wanted: KeyIn) -> NewKeyOut:
    """Make a key. Only a signed-in owner can: a key makes no keys."""
    require(caller, Action.MANAGE_KEYS)
    if not isinstance(caller, Member):
        raise Forbidden("only a signed-in owner makes keys; sign in with a browser")
    made = make_key(request, platform, caller, name=wanted.name, role=wanted.role)
    return NewKeyOut(id=made.id, token=made.token)


@router.delete("/{key_id}", operation_id="revokeKey", status_code=204, responses=refusals(404))
def delete_key(request: Request, platform: ThePlatform, caller: ACaller, key_id: RowId) -> Response:
    """The key opens nothing any more."""
    end_key(request, platform, require(caller, Action.MANAGE_KEYS), key_id)
    return Response(status_code=204)
