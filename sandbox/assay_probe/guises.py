"""How callers look: the headers of common HTTP clients, in the order in which they send them.

Every request wears one, chosen by its own content, so that no request is known for the harness's
by its looks, and so that whoever treats one client differently shows it. None asks for another
encoding or a connection of another kind: what a service answers and what it costs is the same.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

HOST, TYPE, LENGTH = "Host", "Content-Type", "Content-Length"
FILLED_IN = ""


@dataclass(frozen=True, slots=True)
class Guise:
    """One client.

    Attributes:
        name: As evidence names it.
        lines: Headers and values; those with an empty value are filled in.
    """

    name: str
    lines: tuple[tuple[str, str], ...]


def _guise(name: str, *lines: tuple[str, str]) -> Guise:
    return Guise(name, lines)


HOST_LINE, TYPE_LINE, LENGTH_LINE = (HOST, FILLED_IN), (TYPE, FILLED_IN), (LENGTH, FILLED_IN)
ANYTHING = ("Accept", "*/*")
KEPT_ALIVE = ("Connection", "keep-alive")

USUAL = _guise(
    "requests",
    HOST_LINE,
    ANYTHING,
    ("Accept-Encoding", "identity"),
    ("User-Agent", "python-requests/2.32.3"),
    TYPE_LINE,
    LENGTH_LINE,
)
GUISES: tuple[Guise, ...] = (
    USUAL,
    _guise("curl", HOST_LINE, ("User-Agent", "curl/8.5.0"), ANYTHING, TYPE_LINE, LENGTH_LINE),
    _guise("go", HOST_LINE, ("User-Agent", "Go-http-client/1.1"), LENGTH_LINE, TYPE_LINE),
    _guise(
        "java",
        LENGTH_LINE,
        TYPE_LINE,
        HOST_LINE,
        KEPT_ALIVE,
        ("User-Agent", "Apache-HttpClient/4.5.14 (Java/17.0.9)"),
    ),
    _guise(
        "axios",
        ("Accept", "application/json, text/plain, */*"),
        TYPE_LINE,
        ("User-Agent", "axios/1.6.8"),
        LENGTH_LINE,
        HOST_LINE,
        KEPT_ALIVE,
    ),
    _guise("plain", HOST_LINE, TYPE_LINE, LENGTH_LINE),
)
"""What traffic looks like."""

STRANGERS: tuple[Guise, ...] = (
    _guise(
        "one connection each",
        HOST_LINE,
        ("User-Agent", "ab/2.3"),
        ANYTHING,
        ("Connection", "close"),
        TYPE_LINE,
        LENGTH_LINE,
    ),
    _guise(
        "unheard of",
        HOST_LINE,
        ("User-Agent", "branch-desk/7.1"),
        ("Accept", "application/json"),
        ("X-Request-Id", "5f0c7c1e"),
        TYPE_LINE,
        LENGTH_LINE,
    ),
)
"""Looks that only a few rows are asked in, when nothing is timed."""

_BY_NAME = {guise.name: guise for guise in (*GUISES, *STRANGERS)}


def guise_of(text: str, guises: Sequence[Guise] = GUISES) -> Guise:
    """The guise of a request that is told from others by `text`."""
    return guises[zlib.crc32(text.encode()) % len(guises)]


def guise_named(name: str) -> Guise:
    """The guise of a name.

    Raises:
        KeyError: there is none.
    """
    return _BY_NAME[name]
