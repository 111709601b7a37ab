"""Which addresses we may send to. Pure: what a name stands for is looked at when it is sent.

An address is taken apart once, here, and sent to as it was taken apart: two readings of one text
are how a check is passed by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from assay.domain.errors import BadInput

LONGEST = 2000
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Address:
    """An address, taken apart.

    Attributes:
        host: Name or number, lower case, without brackets.
        target: Path and query.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """As the header Host names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def address_of(url: str, *, plain: bool = False) -> Address:
    """Take an address apart. `plain`: whether http is good enough, on networks of one's own.

    Raises:
        BadInput: it is none that we send to.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>'):
        raise BadInput(
            f"an address has at most {LONGEST} plain characters, no blank and no backslash; "
            f"write other characters as %XX"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadInput(f"{url!r} is no address ({error})") from error
    schemes = ("https", "http") if plain else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise BadInput(
            f"begin the address with {' or '.join(f'{s}://' for s in schemes)} and a host"
        )
    if "@" in parts.netloc:
        raise BadInput("leave user name and password out of the address")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, parts.hostname, port or PORTS[parts.scheme], target)


def may_call_back(url: str, hosts: Sequence[str], *, plain: bool = False) -> bool:
    """Whether an address that a vendor gave us is the vendor's own.

    Args:
        url: The address.
        hosts: "name" is that host, "*.name" every host below it; with ":port" at that port, else
            at that of the scheme.
        plain: See `address_of`.
    """
    try:
        address = address_of(url, plain=plain)
    except BadInput:
        return False
    return any(_fits(address, pattern.lower()) for pattern in hosts)


def shown(url: str) -> str:
    """Where an address leads, without what may be a secret in it: its host; "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _fits(address: Address, pattern: str) -> bool:
    name, _, port = pattern.partition(":")
    if address.port != (int(port) if port.isdecimal() else PORTS[address.scheme]):
        return False
    return address.host.endswith(name[1:]) if name.startswith("*.") else address.host == name
