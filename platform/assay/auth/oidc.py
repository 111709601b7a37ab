"""Signing in with the company's own accounts: OpenID Connect, authorization code with PKCE.

`begin` sends the browser to the provider; what must be remembered until it comes back travels in
a signed cookie (`seal`, `unseal`). `finish` says who came back. Accounts are not made here: only
who has one, under an address that the provider vouches for, is let in.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.sync_app import OAuth2Mixin
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.httpx_client import OAuth2Client
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc.errors import JoseError

from assay.domain.errors import Forbidden, PlatformFault

DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "openid email profile"
LASTS_S = 600
"""How long somebody may take at the provider."""
TIMEOUT_S = 10.0
CLOCKS_APART_S = 60
AGAIN = "begin anew on the sign-in page"


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in on its way: what must come back, and what proves that it is ours."""

    state: str
    nonce: str
    code_verifier: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came back, as the provider vouches."""

    subject: str
    email: str
    name: str


class OidcClient:
    """One provider. Its description is fetched when the first person signs in."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """`transport` is for tests; None is the network."""
        self.issuer = issuer.rstrip("/")
        own: dict[str, Any] = {} if transport is None else {"transport": transport}
        self._provider = _Provider(
            framework=None,
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=self.issuer + DISCOVERY,
            client_kwargs={
                "scope": SCOPE,
                "code_challenge_method": "S256",
                "timeout": TIMEOUT_S,
                **own,
            },
        )

    def begin(self, redirect_uri: str) -> tuple[str, Pending]:
        """Where to send the browser, and what to remember.

        Raises:
            PlatformFault: the provider cannot be reached, or is not the one that was configured.
        """
        with self._told():
            self._check_issuer(self._provider.load_server_metadata())
            made = self._provider.create_authorization_url(redirect_uri)
        return made["url"], Pending(
            made["state"], made["nonce"], made["code_verifier"], redirect_uri
        )

    def finish(self, pending: Pending, answer: Mapping[str, str]) -> Identity:
        """Who came back.

        Args:
            pending: What `begin` gave.
            answer: Query of the address that the provider sent the browser to.

        Raises:
            Forbidden: the answer is not to this sign-in, or vouches for nobody.
            PlatformFault: the provider cannot be reached.
        """
        if answer.get("state") != pending.state:
            raise Forbidden(f"this answer belongs to another sign-in; {AGAIN}")
        if "code" not in answer:
            reason = answer.get("error_description") or answer.get("error") or "no reason given"
            raise Forbidden(f"the provider refused the sign-in ({reason[:200]}); {AGAIN}")
        with self._told():
            self._check_issuer(self._provider.load_server_metadata())
            token = self._provider.fetch_access_token(
                pending.redirect_uri, code=answer["code"], code_verifier=pending.code_verifier
            )
            claims = self._provider.parse_id_token(token, pending.nonce, leeway=CLOCKS_APART_S)
        return _identity(claims or {})

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong with the provider, in words."""
        try:
            yield
        except (AuthlibBaseError, JoseError) as error:
            raise Forbidden(f"the provider's answer is not valid ({error}); {AGAIN}") from error
        except (httpx2.HTTPError, ValueError, KeyError, RuntimeError) as error:
            raise PlatformFault(
                f"the sign-in provider {self.issuer} gave no usable answer ({error})",
                remedy="try again later, sign in by a link, or check ASSAY_OIDC_ISSUER",
            ) from error

    def _check_issuer(self, metadata: Mapping[str, Any]) -> None:
        """Another's description would let another's accounts in."""
        if str(metadata.get("issuer", "")).rstrip("/") != self.issuer:
            raise ValueError(f"it calls itself {metadata.get('issuer')!r}")


class _Provider(OAuth2Mixin, OpenIDMixin):  # type: ignore[misc]  # the library has no types
    client_cls = OAuth2Client


def seal(pending: Pending, secret_key: str) -> str:
    """For the cookie: readable by whoever has the browser, but not to be forged."""
    return _serializer(secret_key).dumps(asdict(pending))


def unseal(cookie: str, secret_key: str) -> Pending:
    """From the cookie.

    Raises:
        Forbidden: it is none of ours, or too old.
    """
    try:
        return Pending(**_serializer(secret_key).loads(cookie, max_age=LASTS_S))
    except (BadData, TypeError) as error:
        raise Forbidden(f"this sign-in was not begun here, or took too long; {AGAIN}") from error


def _serializer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="assay-oidc")


def _identity(claims: Mapping[str, Any]) -> Identity:
    email = str(claims.get("email") or "").strip().lower()
    if not email or claims.get("email_verified") is not True:
        raise Forbidden(
            "the provider does not vouch for your e-mail address (claim email_verified); "
            "sign in by a link, or ask whoever runs the provider"
        )
    return Identity(str(claims["sub"]), email, str(claims.get("name") or ""))
