"""Text without the person in it: occurrences of a name and an address are replaced. Pure.

It is no promise that a text names nobody: people write nicknames, and initials. What is found is
the name as it was typed, its words joined in the ways that programs join them, in either order,
with a number after them as in names of accounts; the name also without what stands in brackets in
it ("Erin Example (referred)"); letters with marks also as they are written without ("Jürgen" as
"Juergen" and "Jurgen"); the address, with and without what stands behind a +, and spelled out for
people ("erin at example dot com"); and, if it has at least two words, what stands before its @.
Escapes of HTML, JSON, addresses and terminals are seen through.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

STAND_IN = "[candidate]"
ESCAPE = r"&#?\w{1,8};|\\u[0-9a-fA-F]{4}|\\[nrtbf\"]|%[0-9a-fA-F]{2}"
BETWEEN = rf"(?:{ESCAPE}|[^\w\"]|_){{0,3}}"
"""What may stand between the words of a name: nothing, signs, or a sign written as an escape. No
quote by itself: it may be the end of a text in JSON."""
NOT_BEFORE = "(?:" + "|".join(
    (
        r"(?<![^\W_])",
        r"(?<=\\[nrtbf])",
        r"(?<=\\u[0-9a-fA-F]{4})",
        r"(?<=%[0-9a-fA-F]{2})",
        *(rf"(?<=[\[;]{figures}m)" for figures in (r"\d", r"\d\d", r"\d\d\d")),
    )
) + ")"  # fmt: skip
"""No letter and no digit ("Erin" is not part of "Erinnerung") but the end of an escape: of a line
in JSON, of a blank in an address, of a colour in a log."""
NOT_AFTER = r"(?![^\W_])"
NUMBER = r"\d{0,4}"
"""What accounts add to a name that is taken."""
AT = r"\s{0,2}(?:@|%40|&#(?:64|x40);|&commat;|\\u0040|[\[({<]?\bat\b[\])}>]?)\s{0,2}"
DOT = r"(?:\.|\s{0,2}[\[({<]?\bdot\b[\])}>]?\s{0,2})"
"""How the @ and the dots of an address are written for people, and not for programs."""
REMARK = re.compile(r"[(\[{][^)\]}]*[)\]}]")
"""What is said of a person beside their name."""
LETTERS_MIN = 2
"""A name of one letter would be found everywhere."""
DIGRAPHS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae",
            "œ": "oe", "þ": "th"}  # fmt: skip
STROKES = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i"}
"""Letters that lose nothing by which Unicode could tell what is left of them."""


class Veil:
    """Hides one person. Without a name and an address it changes nothing."""

    def __init__(self, name: str = "", email: str = "", stand_in: str = STAND_IN) -> None:
        """`stand_in` is what is read instead; without quotes, so that JSON stays JSON."""
        found = list(_patterns(_composed(name), _composed(email)))
        self._pattern = re.compile(_whole(found)) if found else None
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


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What a person may be called. `first`: the letter that it begins with."""

    first: str
    pattern: str


def _patterns(name: str, email: str) -> Iterator[_Pattern]:
    """The longest first: an address may hold the name."""
    before, _, host = email.partition("@")
    account = before.partition("+")[0]
    for one in dict.fromkeys((before, account)):
        if one:
            yield _Pattern(one[0], _address(one, host))
    local = _words(account)
    if len(local) > 1:
        yield _joined(local)
    for called in dict.fromkeys((name, " ".join(REMARK.sub(" ", name).split()))):
        yield from _names(called)


def _names(name: str) -> Iterator[_Pattern]:
    words = _words(name)
    if len(words) > 1:
        yield _joined(words)
        yield _joined([words[-1], *words[:-1]])
    elif len(name) >= LETTERS_MIN:
        yield _Pattern(name[0], _spelled(name))


def _whole(found: Sequence[_Pattern]) -> str:
    """Any of them, and not within a word. First letters come first: most of a text has others."""
    firsts = {way[0] for one in found for way in _ways(one.first)}
    begins = "".join(sorted(map(re.escape, {case for one in firsts for case in _cases(one)})))
    every = "|".join(one.pattern for one in found)
    return f"(?=[{begins}]){NOT_BEFORE}(?:{every}){NOT_AFTER}"


def _composed(text: str) -> str:
    """As people type it: a letter and its mark in one."""
    return unicodedata.normalize("NFC", text.strip())


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _address(before: str, host: str) -> str:
    parts = DOT.join(map(_spelled, host.split(".")))
    return f"(?i:{_spelled(before)}{AT + parts if host else ''})"


def _joined(words: Sequence[str]) -> _Pattern:
    together = BETWEEN.join(map(_spelled, words))
    return _Pattern(words[0][0], f"(?i:{together}){NUMBER}")


def _spelled(text: str) -> str:
    """The text as it is; what is not ASCII also in the other ways in which it is written."""
    return "".join(re.escape(one) if one.isascii() else _letter(one) for one in text)


def _letter(letter: str) -> str:
    """A group that never gives back what it took: a long name must not make a search slow."""
    longest_first = sorted(_ways(letter), key=lambda way: (-len(way), way))
    return f"(?>{'|'.join(map(re.escape, longest_first))})"


def _ways(letter: str) -> set[str]:
    """How a letter is written: as it is, with its mark apart, without it, and as an escape."""
    if letter.isascii():
        return {letter}
    small, apart = letter.lower(), unicodedata.normalize("NFD", letter)
    bare = "".join(one for one in apart if not unicodedata.combining(one))
    known = {DIGRAPHS.get(small, ""), STROKES.get(small, "")}
    written = {one if letter == small else one.capitalize() for one in known}
    escapes = {_escaped(one) for one in _cases(letter)}
    escapes |= {"".join(one if one.isascii() else _escaped(one) for one in apart)}
    return ({letter, apart, bare} | written | escapes) - {""}


def _cases(letter: str) -> set[str]:
    return {case for case in (letter, letter.lower(), letter.upper()) if len(case) == 1}


def _escaped(letters: str) -> str:
    units = letters.encode("utf-16-be")
    pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs)


OPEN = Veil()
"""Hides nobody."""
