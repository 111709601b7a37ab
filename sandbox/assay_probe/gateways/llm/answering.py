"""From a request to what the model says: one reading of it, by rules, the same every time."""

import json
import re
from dataclasses import dataclass
from typing import Any

from assay_probe.gateways.llm import chance, labelling
from assay_probe.gateways.llm.asking import ChatRequest, Tool
from assay_probe.gateways.llm.extraction import Document
from assay_probe.gateways.llm.filling import Filling
from assay_probe.gateways.llm.injection import Attack, attacks, obeyed
from assay_probe.gateways.llm.mind import Mind
from assay_probe.gateways.llm.prompt import Prompt
from assay_probe.gateways.llm.task import Wanted, from_schema, from_words, loose_choices

CLASSIFIES = re.compile(r"classif|categor|\blabel\b|which of|einordn|klassifizier", re.IGNORECASE)
JUDGES = re.compile(
    r"\byes or no\b|\byes/no\b|\bja oder nein\b|\btrue or false\b|^(?:is|are|does|do|did|has|was) ",
    re.IGNORECASE | re.MULTILINE,
)
SUMS_UP = re.compile(r"summar|zusammenfass|\bgist\b|tl;dr", re.IGNORECASE)
EXTRACTS = re.compile(r"extract|\bfind\b|\bfields?\b|json|extrahier|\bfelder\b", re.IGNORECASE)
SPEAKS_JSON = re.compile("json", re.IGNORECASE)
HELP = "I can extract fields, choose labels, answer yes or no, and summarise. You wrote: "
SECRET_CHARACTERS = 2000
TOOL_WORDS = 2

Json = Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function the model asks for, its arguments as JSON."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says.

    Attributes:
        obeyed: Wordings of the attacks that it obeyed, for the meter.
    """

    text: str
    calls: tuple[ToolCall, ...] = ()
    obeyed: tuple[str, ...] = ()


def say(request: ChatRequest, prompt: Prompt, mind: Mind) -> Said:
    """The answer to a request, before limits of length are applied."""
    found = attacks(prompt, mind.rules)
    heard = obeyed(found, prompt, mind.profile, mind.rules.seed, mind.version)
    wordings = tuple(attack.wording for attack in heard)
    calls = _calls(request, prompt, mind, heard)
    if calls:
        return Said("", calls, wordings)
    return Said(_text(request, prompt, mind, heard), (), wordings)


def _filling(prompt: Prompt, mind: Mind, heard: list[Attack]) -> Filling:
    document = Document.of(prompt.data, mind.profile.attention_tokens)
    return Filling(mind, document, prompt.instructions, heard)


def _text(request: ChatRequest, prompt: Prompt, mind: Mind, heard: list[Attack]) -> str:
    secret = prompt.system if any(attack.wording == "reveal" for attack in heard) else ""
    filling = _filling(prompt, mind, heard)
    if request.form.kind == "json_schema":
        made = filling.fill(from_schema(request.form.schema))
        return _dumped(_told(made, secret))
    asked = prompt.instructions
    wanted = from_words(asked)
    if request.form.kind == "json_object" or (wanted.inner and SPEAKS_JSON.search(asked)):
        text = _dumped(_told(filling.fill(wanted), secret))
        return text if request.form.kind == "json_object" else _perhaps_wrapped(text, mind)
    return _plain(asked, wanted, filling) + (f"\n\n{secret[:SECRET_CHARACTERS]}" if secret else "")


def _plain(asked: str, wanted: Wanted, filling: Filling) -> str:
    """The answer to a task in plain words."""
    labels = loose_choices(asked) if CLASSIFIES.search(asked) else ()
    if labels:
        return str(filling.fill(Wanted("label", "label", labels, asked)))
    if SUMS_UP.search(asked):
        return labelling.gist(filling.document.text)
    if JUDGES.search(asked):
        return "yes" if filling.fill(Wanted("answer", "boolean", about=asked)) else "no"
    if wanted.inner and EXTRACTS.search(asked):
        made = filling.fill(wanted)
        return "\n".join(f"{name}: {_line(value)}" for name, value in made.items())
    return HELP + labelling.gist(filling.document.text or asked)


def _line(value: Json) -> str:
    return value if isinstance(value, str) else _dumped(value)


def _dumped(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _told(made: Json, secret: str) -> Json:
    """An object whose first free text gives the secret away, where there is one to give."""
    if not secret or not isinstance(made, dict):
        return made
    free = [name for name, value in made.items() if isinstance(value, str) or value is None]
    named = [name for name in free if re.search(r"reason|summary|note|explan|rational", name)]
    return {**made, (named or free)[0]: secret[:SECRET_CHARACTERS]} if free else made


def _perhaps_wrapped(text: str, mind: Mind) -> str:
    """JSON in prose and a fence, as models without an enforced form like to send it."""
    if chance.share(mind.rules.seed, mind.version, "wrap", text) < mind.profile.malformed:
        return f"Sure, here it is:\n```json\n{text}\n```"
    return text


# ----------------------------------------------------------------------------- tools


def _calls(
    request: ChatRequest, prompt: Prompt, mind: Mind, heard: list[Attack]
) -> tuple[ToolCall, ...]:
    """The functions the model asks for; none once it has seen what they answered."""
    if request.tool_choice == "none" or not request.tools:
        return ()
    chosen = _forced(request)
    if not chosen and request.messages[-1].role != "tool":
        chosen = [t for t in request.tools if _ordered(t, heard) or _fits(t, request, prompt)]
    if not request.parallel:
        chosen = chosen[:1]
    return tuple(
        ToolCall(tool.name, _dumped(_filling(prompt, mind, heard).fill(_arguments(tool))))
        for tool in chosen
    )


def _forced(request: ChatRequest) -> list[Tool]:
    if request.tool_choice == "required":
        text = request.by("user").lower()
        return [max(request.tools, key=lambda tool: _overlap(tool, text))]
    return [tool for tool in request.tools if tool.name == request.tool_choice]


def _fits(tool: Tool, request: ChatRequest, prompt: Prompt) -> bool:
    """Whether the request calls for a tool by its name, or by words of its description."""
    if tool.name.lower() in prompt.instructions.lower():
        return True
    return _overlap(tool, request.by("user").lower()) >= TOOL_WORDS


def _overlap(tool: Tool, lowered: str) -> int:
    there = set(labelling.WORD.findall(lowered))
    described = f"{tool.name.replace('_', ' ')} {tool.description}".lower()
    words = {w for w in labelling.WORD.findall(described) if len(w) >= labelling.SHORTEST_WORD}
    return len((words - labelling.STOP_WORDS) & there)


def _ordered(tool: Tool, heard: list[Attack]) -> bool:
    return any(tool.name.lower() in attack.sentence.lower() for attack in heard)


def _arguments(tool: Tool) -> Wanted:
    wanted = from_schema(tool.parameters)
    return wanted if wanted.kind == "object" else Wanted("", "object")
