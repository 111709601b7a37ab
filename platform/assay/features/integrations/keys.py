"""The secrets of endpoints: which there are of each kind, and who calls with one of them.

    signed       the signing secret, the one before it, until when that one signs
    slack        none: the address is the secret
    greenhouse   the key we made: Greenhouse calls with it, and is called with it
    ashby        the key we made, the key Ashby made for us
    lever        the signature token of Lever's webhook, the key Lever made for us

They are stored as they are, separated by blanks: what signs or calls has to be known.
"""

import base64
import binascii
import hmac
import re

from sqlmodel import Session, col, select

from assay.db.tables import Endpoint
from assay.domain.hiring import EndpointKind
from assay.kit.ids import new_token

KEY = re.compile(r"age_[0-9a-z]{40}")
"""What we give an ATS to call with. Greenhouse takes at most 170 characters."""


def new_key() -> str:
    """A key for an ATS to call us with."""
    return new_token("age")


def basic(key: str) -> str:
    """Value of `Authorization` with a key as the user, and no password."""
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


def key_in(authorization: str) -> str:
    """The key in a header that `basic` could have made; "" if there is none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return "" if password else user


def whose_key(session: Session, kind: EndpointKind, key: str) -> Endpoint | None:
    """The endpoint of this kind that calls with this key, if it is not switched off."""
    if not KEY.fullmatch(key):
        return None
    wanted = select(Endpoint).where(
        Endpoint.kind == kind,
        col(Endpoint.disabled_at).is_(None),
        col(Endpoint.secret).startswith(key, autoescape=True),
    )
    found = session.exec(wanted).first()
    own = found.secret.split()[0] if found else ""
    return found if hmac.compare_digest(own, key) else None


def outward_key(endpoint: Endpoint) -> str:
    """The key with which we call an ATS: the last of its secrets."""
    return endpoint.secret.split()[-1]


def inward_key(endpoint: Endpoint) -> str:
    """What an ATS proves itself with: the first of its secrets."""
    return endpoint.secret.split()[0]
