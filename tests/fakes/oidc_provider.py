"""A provider of sign-ins that speaks OpenID Connect, in memory. It checks PKCE as a real one."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

ISSUER = "https://login.example.com"
CLIENT_ID, CLIENT_SECRET = "assay", "of the client"


@dataclass
class OidcProvider:
    """Signs in one person. `claims` overrides what it says of them."""

    claims: dict[str, Any] = field(default_factory=dict)
    issuer: str = ISSUER
    key: RSAKey = field(default_factory=lambda: _key("one"))
    published: RSAKey | None = None
    status: int = 200
    _challenge: str = ""
    _nonce: str = ""

    @property
    def transport(self) -> httpx2.MockTransport:
        """What a client connects to instead of the network."""
        return httpx2.MockTransport(self._answer)

    def visit(self, url: str) -> dict[str, str]:
        """A browser comes, signs in and is sent back: the query it comes back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT_ID
        self._challenge, self._nonce = query["code_challenge"], query["nonce"]
        return {"code": "one-time", "state": query["state"]}

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if self.status != 200:
            return httpx2.Response(self.status, text="out of order")
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx2.Response(200, json=self._metadata())
            case "/keys":
                shown = (self.published or self.key).as_dict(private=False)
                return httpx2.Response(200, json={"keys": [shown]})
            case "/token":
                return self._token(request)
            case _:
                return httpx2.Response(404)

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != self._challenge or form.get("code") != "one-time":
            return httpx2.Response(400, json={"error": "invalid_grant"})
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, self._claims(), self.key)
        body = {"access_token": "a", "token_type": "Bearer", "id_token": token}
        return httpx2.Response(200, content=json.dumps(body), headers=JSON)

    def _claims(self) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": "1234",
            "email": "Alice@Example.com",
            "email_verified": True,
            "name": "Alice",
            "nonce": self._nonce,
            "iat": now,
            "exp": now + 60,
        } | self.claims


JSON = {"Content-Type": "application/json"}


def _key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": kid, "use": "sig", "alg": "RS256"})


def another_key() -> RSAKey:
    """A key that the provider never published, under the same name."""
    return _key("one")
