"""What in a conversation asks, and what is asked about.

Text between a pair of tags, in fences of backticks, in triple quotes or between BEGIN and END
lines is data, unless the tag's name says that it instructs. Without any of these the user's
messages are data where a system or developer message holds the task, and else all but
their first paragraph.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assay_probe.gateways.llm.asking import ChatRequest

TAG = re.compile(r"<(/?)([A-Za-z][\w-]{0,40})(?:\s[^<>]{0,200})?>")
FENCE = re.compile(r'```\w{0,20}|"""')
LINE = re.compile(r"^[-=#*]{3,20}[ \t]{0,4}(BEGIN|END)\b([^\n]{0,80})$", re.MULTILINE)

TASKED = re.compile(
    r"\b(?:task|extract|classif|categor|label|summar|decide|judge|return|answer|reply|respond|json|"
    r"fields?|read|find|use|call|triage|which|extrahier|klassifi|ordne|fass|entscheid|antwort|lies|"
    r"gib|finde)",
    re.IGNORECASE,
)
"""A message that gives a task, and not only a manner."""

INSTRUCTING = {
    "instruction", "instructions", "task", "rules", "rule", "fields", "field", "labels", "label",
    "schema", "format", "output", "output_format", "example", "examples", "question", "guidelines",
}  # fmt: skip
"""Names of tags that stand around instructions rather than data."""

WARNED = re.compile(
    r"(?:untrusted|never (?:obey|follow|act on|execute)"
    r"|(?:do not|don't|must not) (?:obey|follow|act on|execute)[^.\n]{0,60}"
    r"(?:instruction|command|request|order)"
    r"|ignore (?:any |all )?(?:instructions?|commands?|requests?)[^.\n]{0,30} "
    r"(?:in|inside|within|from)\b"
    r"|(?:is|are|as) (?:only |just |purely )?data\b[^.\n]{0,20}(?:not|never) instructions"
    r"|befolge (?:keine|niemals)|anweisungen (?:in|aus) [^.\n]{0,40}(?:nicht|ignorier))",
    re.IGNORECASE,
)
"""A prompt that says that what is in documents is no instruction."""


@dataclass(frozen=True, slots=True)
class Part:
    """Text that somebody else may have written.

    Attributes:
        delimited: Whether delimiters stand around it.
        is_data: Whether it is asked about; what stands behind a closing delimiter is not.
    """

    text: str
    delimited: bool
    is_data: bool = True


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation taken apart.

    Attributes:
        system: The messages of system and developer, as they are.
        instructions: All text that asks.
        data: All text that is asked about.
        untrusted: Where instructions may have been smuggled in: data, and what stands behind
            its delimiters.
        apart: Whether the task is in another role than the data.
        warned: Whether the prompt says that documents hold no instructions.
    """

    system: str
    instructions: str
    data: str
    untrusted: tuple[Part, ...]
    apart: bool
    warned: bool


def take_apart(request: ChatRequest) -> Prompt:
    """The parts of a request's messages."""
    system = request.by("system", "developer")
    apart = TASKED.search(system) is not None
    asking, parts = [system], []
    for message in request.messages:
        if message.role == "user":
            outside, found = _split(message.text, apart)
            asking.append(outside)
            parts += found
        elif message.role == "tool":
            parts.append(Part(message.text, delimited=True))
    instructions = "\n".join(text for text in asking if text)
    data = "\n\n".join(part.text for part in parts if part.is_data)
    warned = WARNED.search(instructions) is not None
    return Prompt(system, instructions, data, tuple(parts), apart, warned)


def _split(text: str, apart: bool) -> tuple[str, list[Part]]:
    """What of a user's message asks, and the parts that may hold data."""
    blocks = list(_blocks(text))
    if not blocks:
        if apart:
            return "", [Part(text, delimited=False)]
        first, _, rest = text.partition("\n\n")
        return first, [Part(rest or first, delimited=False)]
    outside, parts, at = [], [], 0
    for begin, end, inner in blocks:
        outside.append(text[at:begin])
        if at and text[at:begin].strip():
            parts.append(Part(text[at:begin], delimited=False, is_data=False))
        parts.append(Part(inner, delimited=True))
        at = end
    if text[at:].strip():
        parts.append(Part(text[at:], delimited=False, is_data=False))
    return "\n".join([*outside, text[at:]]), parts


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Begin, end and inner text of everything that stands between delimiters, outermost only."""
    end = 0
    for block in sorted([*_tags(text), *_fences(text), *_lines(text)]):
        if block[0] >= end:
            yield block
            end = block[1]


def _tags(text: str) -> Iterator[tuple[int, int, str]]:
    tags = list(TAG.finditer(text))
    last = {tag[2].lower(): tag.start() for tag in tags if tag[1]}
    opened: re.Match[str] | None = None
    for tag in tags:
        closes, name = tag[1] == "/", tag[2].lower()
        if opened is None and not closes and name not in INSTRUCTING:
            opened = tag if last.get(name, -1) > tag.start() else None
        elif opened is not None and closes and name == opened[2].lower():
            yield opened.start(), tag.end(), text[opened.end() : tag.start()]
            opened = None


def _fences(text: str) -> Iterator[tuple[int, int, str]]:
    opened: re.Match[str] | None = None
    for fence in FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[0][0] == opened[0][0]:
            if not opened[0].endswith("json"):  # an example of the answer
                yield opened.start(), fence.end(), text[opened.end() : fence.start()]
            opened = None


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """What stands between BEGIN and END with the same words behind them."""
    opened: re.Match[str] | None = None
    for line in LINE.finditer(text):
        if line[1] == "BEGIN" and opened is None:
            opened = line
        elif line[1] == "END" and opened is not None and line[2] == opened[2]:
            yield opened.start(), line.end(), text[opened.end() : line.start()]
            opened = None
