"""Text without the person in it: exact occurrences of a name and an address are replaced. Pure.

It is no promise that a text names nobody: people write nicknames, and initials. What is found is
the name as it was typed, its words joined in the ways that programs join them, and in either
order; the address; and, if it has at least two words, what stands before its @. Escapes of HTML
and JSON are seen through.
"""

import re
from collections.abc import Iterator, Sequence

STAND_IN = "[candidate]"
BETWEEN = r"(?:[\W_]|&#?\w{1,8};|\\u[0-9a-fA-F]{4}){0,3}"
"""What may stand between the words of a name: nothing, signs, or a sign written as an escape."""
NOT_BEFORE, NOT_AFTER = r"(?<![^\W_])", r"(?![^\W_])"
"""No letter and no digit: "Erin" is not part of "Erinnerung"."""
LETTERS_MIN = 2
"""A name of one letter would be found everywhere."""


class Veil:
    """Hides one person. Without a name and an address it changes nothing."""

    def __init__(self, name: str = "", email: str = "", stand_in: str = STAND_IN) -> None:
        """`stand_in` is what is read instead; without quotes, so that JSON stays JSON."""
        patterns = list(_patterns(name.strip(), email.strip()))
        self._pattern = re.compile("|".join(patterns)) if patterns else None
        self._stand_in = stand_in

    def __call__(self, text: str) -> str:
        """The text without the person."""
        return self._pattern.sub(lambda _: self._stand_in, text) if self._pattern else text

    def file(self, content: bytes) -> bytes:
        """The same of a text file. What is no UTF-8 stays as it is."""
        if self._pattern is None:
            return content
        text = content.decode("utf-8", "surrogateescape")
        return self(text).encode("utf-8", "surrogateescape")


def _patterns(name: str, email: str) -> Iterator[str]:
    """The longest first: an address may hold the name."""
    if email:
        yield _whole(f"(?i:{_spelled(email)})")
    local = _words(email.partition("@")[0])
    words = _words(name)
    if len(local) > 1:
        yield _whole(_joined(local))
    if len(words) > 1:
        yield _whole(_joined(words))
        yield _whole(_joined([words[-1], *words[:-1]]))
    elif len(name) >= LETTERS_MIN:
        yield _whole(_spelled(name))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _joined(words: Sequence[str]) -> str:
    return f"(?i:{BETWEEN.join(map(_spelled, words))})"


def _whole(pattern: str) -> str:
    return f"{NOT_BEFORE}{pattern}{NOT_AFTER}"


def _spelled(text: str) -> str:
    """The text as it is, or with what is not ASCII written as JSON may write it."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    plain = re.escape(letter)
    if letter.isascii():
        return plain
    return f"(?:{plain}|{re.escape(_escaped(letter))})"


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be")
    pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs)


OPEN = Veil()
"""Hides nobody."""
