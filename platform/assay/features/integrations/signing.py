"""How a receiver knows that a message is ours: the scheme of Standard Webhooks.

The signature covers id, time and body: `base64(HMAC-SHA256(secret, "id.timestamp.body"))`. For a
day after a secret was changed both sign, so that a receiver can change over without a gap.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

PREFIX = "whsec_"
BYTES = 24
"""192 bits, the least that Standard Webhooks asks for."""
BOTH_SIGN_FOR = timedelta(hours=24)
VERSION = "v1"


def new_secret() -> str:
    """A secret, as a receiver is told it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def changed(stored: str, new: str, now: datetime) -> str:
    """What is stored once `new` takes the place of the secret so far.

    Words: the secret, the one before it, and the second of the epoch until which that one signs.
    """
    return f"{new} {stored.split()[0]} {(now + BOTH_SIGN_FOR).timestamp():.0f}"


def valid_secrets(stored: str, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    match stored.split():
        case [secret, before, until] if now < datetime.fromtimestamp(int(until), UTC):
            return [secret, before]
        case words:
            return words[:1]


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """One signature, with its version."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(digest).decode()}"


def headers(stored: str, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """What goes with a message: its id, the time of this try, and a signature of each secret."""
    timestamp = int(now.timestamp())
    each = (signature(one, message_id, timestamp, body) for one in valid_secrets(stored, now))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(each),
    }
