"""A receiver can tell that a message is ours, also while the secret changes."""

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.webhook_stand_in import verified

from assay.features.integrations.signing import (
    BOTH_SIGN_FOR,
    changed,
    headers,
    new_secret,
    signature,
    valid_secrets,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NOW_S = NOW.timestamp()
BODY = '{"type":"assessment.judged","name":"Grüße"}'
PAGE = Path(__file__).parents[2] / "docs" / "integrations.md"


def test_a_known_message_has_its_known_signature() -> None:
    """The example that the Standard Webhooks specification gives."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_sent_is_accepted_by_its_receiver() -> None:
    secret = new_secret()

    assert verified(secret, headers(secret, "evt_1", BODY, NOW), BODY.encode(), NOW_S)


@pytest.mark.parametrize(
    "changes",
    [{"webhook-id": "evt_2"}, {"webhook-timestamp": str(int(NOW_S) + 1)}],
    ids=["id", "time"],
)
def test_a_signature_covers_id_and_time(changes: dict[str, str]) -> None:
    secret = new_secret()
    sent = headers(secret, "evt_1", BODY, NOW)

    assert not verified(secret, sent | changes, BODY.encode(), NOW_S)


def test_a_signature_covers_the_body_and_is_of_one_secret() -> None:
    secret = new_secret()
    sent = headers(secret, "evt_1", BODY, NOW)

    assert not verified(secret, sent, BODY.replace("judged", "deleted").encode(), NOW_S)
    assert not verified(new_secret(), sent, BODY.encode(), NOW_S)


def test_no_two_secrets_are_alike_and_each_has_192_bits() -> None:
    one, other = new_secret(), new_secret()

    assert one != other
    assert len(base64.b64decode(one.removeprefix("whsec_"))) == 24


def test_for_a_day_after_a_change_both_secrets_sign() -> None:
    old, new = new_secret(), new_secret()
    stored = changed(old, new, NOW)
    sent = headers(stored, "evt_1", BODY, NOW)

    assert verified(old, sent, BODY.encode(), NOW_S)
    assert verified(new, sent, BODY.encode(), NOW_S)
    assert valid_secrets(stored, NOW + BOTH_SIGN_FOR - timedelta(seconds=1)) == [new, old]
    assert valid_secrets(stored, NOW + BOTH_SIGN_FOR) == [new]


def test_changed_twice_in_a_day_the_first_secret_signs_no_more() -> None:
    first, second, third = new_secret(), new_secret(), new_secret()
    stored = changed(changed(first, second, NOW), third, NOW)

    assert valid_secrets(stored, NOW) == [third, second]
    assert len(stored) <= 200, "the column holds them"


def documented() -> Any:
    """The function that the documentation offers to receivers."""
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    place: dict[str, Any] = {}
    exec(snippet, place)  # noqa: S102 - our own page
    return place["is_from_assay"]


def test_the_snippet_of_the_documentation_accepts_what_is_ours_and_nothing_else() -> None:
    is_from_assay, secret = documented(), new_secret()
    sent = headers(changed(new_secret(), secret, NOW), "evt_1", BODY, NOW)
    body = BODY.encode()

    assert is_from_assay(secret, sent, body, NOW_S)
    assert is_from_assay(secret, sent, body, NOW_S + 299)
    assert not is_from_assay(secret, sent, body, NOW_S + 301), "an old one is a repeat"
    assert not is_from_assay(secret, sent, body + b" ", NOW_S)
    assert not is_from_assay(new_secret(), sent, body, NOW_S)
    assert not is_from_assay(secret, sent | {"webhook-signature": "v1,AAAA"}, body, NOW_S)
