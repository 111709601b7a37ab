"""BRIEF.md as a page: headings that can be linked to, no HTML of its own, links that say where."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
"""The marks of generated tables: for authors only."""
WIDE_BEGINS = frozenset({"table_open", "fence", "code_block"})
WIDE_ENDS = frozenset({"table_close", "fence", "code_block"})
ALIGNED = re.compile(r"text-align:\s*(left|center|right)")


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the contents."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief to place on a page.

    Attributes:
        title: Its first heading.
        html: The rest.
    """

    title: str
    html: Markup
    contents: Sequence[Heading]


@lru_cache(maxsize=64)
def brief_of(text: str) -> Brief:
    """The brief as HTML. What looks like HTML in it is shown as text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")
    tokens = parser.parse(COMMENT.sub("", text))
    title, tokens = _without_title(tokens)
    contents = _anchored(tokens)
    _made_strict(tokens)
    html = parser.renderer.render(_scrolling(tokens), parser.options, {})
    return Brief(title, Markup(html), contents)  # noqa: S704 - made by the renderer, HTML is off


def _without_title(tokens: list[Token]) -> tuple[str, list[Token]]:
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[1].content, tokens[3:]
    return "", tokens


def _anchored(tokens: list[Token]) -> list[Heading]:
    """Give every heading an anchor of its own; returns the contents."""
    found: list[Heading] = []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            plain = "".join(part.content for part in inline.children or ())
            anchor = _free(_slug(plain), {heading.anchor for heading in found})
            opening.attrSet("id", anchor)
            found.append(Heading(int(opening.tag[1]), anchor, plain))
    return found


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"


def _free(anchor: str, taken: set[str]) -> str:
    numbered = (f"{anchor}-{number}" for number in range(2, len(taken) + 3))
    return next(a for a in (anchor, *numbered) if a not in taken)


def _made_strict(tokens: list[Token]) -> None:
    """No inline style, which the policy forbids; links tell no other site where they were."""
    for token in tokens:
        aligned = ALIGNED.search(str(token.attrGet("style") or ""))
        token.attrs.pop("style", None)
        if aligned and aligned.group(1) == "right":
            token.attrJoin("class", "right")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noreferrer noopener")


def _scrolling(tokens: list[Token]) -> list[Token]:
    """Each wide thing in a box of its own that scrolls, also by key; the page never does."""
    boxed: list[Token] = []
    for token in tokens:
        if token.type in WIDE_BEGINS:
            attributes: dict[str, str | int | float] = {"class": "scroll", "tabindex": "0"}
            boxed.append(Token("box_open", "div", 1, attrs=attributes, block=True))
        boxed.append(token)
        if token.type in WIDE_ENDS:
            boxed.append(Token("box_close", "div", -1, block=True))
    return boxed
