"""Signing in with the company's own accounts."""

import time
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.fakes.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    ISSUER,
    OidcProvider,
    another_key,
)

from assay.auth.oidc import Identity, OidcClient, Pending, seal, unseal
from assay.domain.errors import Forbidden, PlatformFault

BACK = "https://assay.example.com/hiring/oidc"
SECRET_KEY = "k" * 32


@pytest.fixture(scope="module")
def published() -> OidcProvider:
    """Its key takes a while to make."""
    return OidcProvider()


@pytest.fixture
def provider(published: OidcProvider) -> OidcProvider:
    return OidcProvider(key=published.key)


def client_of(provider: OidcProvider) -> OidcClient:
    return OidcClient(ISSUER, CLIENT_ID, CLIENT_SECRET, transport=provider.transport)


def sign_in(provider: OidcProvider, changes: Mapping[str, str] | None = None) -> Identity:
    client = client_of(provider)
    url, pending = client.begin(BACK)
    return client.finish(pending, provider.visit(url) | dict(changes or {}))


def test_who_signs_in_there_is_known_here(provider: OidcProvider) -> None:
    assert sign_in(provider) == Identity("1234", "alice@example.com", "Alice")


def test_a_sign_in_survives_its_way_through_the_browser(provider: OidcProvider) -> None:
    client = client_of(provider)
    url, pending = client.begin(BACK)
    cookie = seal(pending, SECRET_KEY)

    assert unseal(cookie, SECRET_KEY) == pending
    assert client_of(provider).finish(unseal(cookie, SECRET_KEY), provider.visit(url)).name


def test_the_browser_is_sent_to_the_provider_with_a_challenge_and_never_the_verifier(
    provider: OidcProvider,
) -> None:
    url, pending = client_of(provider).begin(BACK)
    query = parse_qs(urlsplit(url).query)

    assert url.startswith(f"{ISSUER}/authorize?")
    assert query["redirect_uri"] == [BACK]
    assert query["code_challenge_method"] == ["S256"]
    assert "openid" in query["scope"][0]
    assert pending.code_verifier not in url
    assert CLIENT_SECRET not in url


def test_no_two_sign_ins_are_alike(provider: OidcProvider) -> None:
    client = client_of(provider)
    (_, one), (_, other) = client.begin(BACK), client.begin(BACK)

    assert one.state != other.state
    assert one.nonce != other.nonce
    assert one.code_verifier != other.code_verifier


@pytest.mark.parametrize(
    "changes",
    [{"state": "of another"}, {"state": ""}, {"code": "stolen"}],
    ids=["another state", "no state", "another code"],
)
def test_an_answer_to_another_sign_in_is_refused(
    provider: OidcProvider, changes: dict[str, str]
) -> None:
    with pytest.raises(Forbidden, match="begin anew"):
        sign_in(provider, changes)


def test_a_refusal_of_the_provider_is_passed_on(provider: OidcProvider) -> None:
    client = client_of(provider)
    _, pending = client.begin(BACK)
    answer = {"state": pending.state, "error": "access_denied"}

    with pytest.raises(Forbidden, match="access_denied"):
        client.finish(pending, answer)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another"},
        {"aud": "another program"},
        {"iss": "https://evil.example.com"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
    ],
    ids=["nonce", "audience", "issuer", "expired", "endless"],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    provider: OidcProvider, claims: dict[str, object]
) -> None:
    provider.claims = claims

    with pytest.raises(Forbidden, match="not valid"):
        sign_in(provider)


def test_a_token_that_another_signed_is_refused(provider: OidcProvider) -> None:
    provider.published, provider.key = provider.key, another_key()

    with pytest.raises(Forbidden, match="not valid"):
        sign_in(provider)


def test_a_code_is_worth_nothing_without_its_verifier(provider: OidcProvider) -> None:
    client = client_of(provider)
    url, pending = client.begin(BACK)
    answer = provider.visit(url)
    thief = Pending(pending.state, pending.nonce, "guess" * 10, pending.redirect_uri)

    with pytest.raises(Forbidden, match="not valid"):
        client.finish(thief, answer)


@pytest.mark.parametrize(
    "claims", [{"email_verified": False}, {"email_verified": None}, {"email": ""}, {"email": None}]
)
def test_an_address_that_nobody_vouches_for_lets_nobody_in(
    provider: OidcProvider, claims: dict[str, object]
) -> None:
    provider.claims = claims

    with pytest.raises(Forbidden, match="vouch"):
        sign_in(provider)


def test_a_provider_that_calls_itself_otherwise_is_not_trusted(provider: OidcProvider) -> None:
    provider.issuer = "https://evil.example.com"

    with pytest.raises(PlatformFault, match=r"evil\.example\.com"):
        sign_in(provider)


def test_a_provider_out_of_order_is_told_and_tried_again_the_next_time(
    provider: OidcProvider,
) -> None:
    client = client_of(provider)
    provider.status = 503
    with pytest.raises(PlatformFault, match="no usable answer"):
        client.begin(BACK)

    provider.status = 200
    assert client.begin(BACK)[0].startswith(ISSUER)


def test_a_forged_cookie_is_refused(provider: OidcProvider) -> None:
    _, pending = client_of(provider).begin(BACK)
    forged = seal(pending, "another key of thirty-two letters")

    for cookie in (forged, "", "x.y.z", forged[:-3]):
        with pytest.raises(Forbidden, match="begin anew"):
            unseal(cookie, SECRET_KEY)
