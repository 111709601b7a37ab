"""What a git client asks over HTTP, and the answers that need no git."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl

from starlette.responses import PlainTextResponse
from starlette.types import Scope

Service = Literal["git-upload-pack", "git-receive-pack"]
USER = "candidate"

_ADDRESS = re.compile(
    r"/(?P<repository>[a-z0-9][a-z0-9_-]{0,63})\.git"
    r"/(?P<file>info/refs|git-upload-pack|git-receive-pack)"
)
_SERVICES: Mapping[str, Service] = {
    "git-upload-pack": "git-upload-pack",
    "git-receive-pack": "git-receive-pack",
}


@dataclass(frozen=True, slots=True)
class GitRequest:
    """One request of the smart protocol.

    Attributes:
        repository: Name without ".git".
        file: What is asked for inside of it.
        service: Fetching or pushing; `info/refs` names it in the query.
        token: Password of Basic auth, "" if there is none. The user name says nothing.
        content_length: None if the client sends chunks.
        client: Address it came from.
    """

    repository: str
    file: str
    service: Service
    method: str
    headers: Mapping[str, str]
    token: str
    content_length: int | None
    client: str

    @property
    def pushes(self) -> bool:
        """Whether it needs leave to write."""
        return self.service == "git-receive-pack"

    @property
    def carries_push(self) -> bool:
        """Whether the push itself comes with it."""
        return self.pushes and self.method == "POST"


def git_request(scope: Scope) -> GitRequest | None:
    """The request, or None if no git client speaks like that."""
    found = _ADDRESS.fullmatch(path_within(scope))
    if found is None:
        return None
    service = _service(scope["method"], found["file"], scope["query_string"].decode("latin1"))
    headers = {k.decode("latin1").lower(): v.decode("latin1") for k, v in scope["headers"]}
    length = headers.get("content-length")
    if service is None or (length is not None and not length.isdecimal()):
        return None
    return GitRequest(
        repository=found["repository"],
        file=found["file"],
        service=service,
        method=scope["method"],
        headers=headers,
        token=_token(headers.get("authorization", "")),
        content_length=None if length is None else int(length),
        client=(scope.get("client") or ("",))[0],
    )


def path_within(scope: Scope) -> str:
    """The path below the place where the application is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _service(method: str, file: str, query: str) -> Service | None:
    if file != "info/refs":
        return _SERVICES[file] if method == "POST" and not query else None
    asked = parse_qsl(query)
    if method != "GET" or len(asked) != 1 or asked[0][0] != "service":
        return None
    return _SERVICES.get(asked[0][1])


def _token(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        said = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return said.partition(":")[2]


def no_git() -> PlainTextResponse:
    """Somebody opened the address in a browser, or made one up."""
    return PlainTextResponse(
        "There is nothing to see here. This is the address of a git repository:\n"
        "clone it with `git clone`; the page of your assessment shows the command.\n",
        404,
    )


def who_are_you() -> PlainTextResponse:
    """Git asks without a token first; this makes it ask the person."""
    return PlainTextResponse(
        f"The token does not open this repository. The user name is {USER!r}, the password\n"
        "the git token on the page of your assessment; there you can also have a new one.\n",
        401,
        {"WWW-Authenticate": 'Basic realm="Assay", charset="UTF-8"'},
    )


def wait(seconds: float) -> PlainTextResponse:
    """Too many wrong tokens."""
    whole = int(seconds) + 1
    return PlainTextResponse(
        f"Too many wrong tokens. Wait {whole} s, then try again with the token of your page.\n",
        429,
        {"Retry-After": str(whole)},
    )


def forbidden(reason: str) -> PlainTextResponse:
    """The token is right, and this is not allowed."""
    return PlainTextResponse(f"{reason or 'You may not do this with this repository.'}\n", 403)


def busy() -> PlainTextResponse:
    """Too many at once."""
    return PlainTextResponse(
        "Too many pushes are under way just now. Push again in a minute.\n",
        503,
        {"Retry-After": "60"},
    )


def our_fault() -> PlainTextResponse:
    """Nobody could say what the token opens."""
    return PlainTextResponse(
        "The platform cannot answer just now (our fault, not yours). Nothing was changed;\n"
        "try again in a minute.\n",
        503,
        {"Retry-After": "60"},
    )


def request_too_large() -> PlainTextResponse:
    """No git client sends so much."""
    return PlainTextResponse("The request is too large.\n", 413)
