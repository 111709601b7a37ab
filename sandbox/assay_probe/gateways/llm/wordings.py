"""What instructions look like that stand in documents, in English and German."""

import re

RULES = r"(?:instructions?|rules?|prompts?|guidelines?|directives?|anweisungen|regeln|vorgaben)"
SECRETS = "|".join((
    r"system[- ]?(?:prompt|message|nachricht)",
    rf"(?:your|deine[nr]?) {RULES}",
    r"\w{0,20}api[- _]?(?:key|schlüssel)",
    r"secrets?",
    r"environment variables|umgebungsvariablen",
    r"everything above|alles über",
    r"(?:previous|last|other|zuvor|letzten) (?:[a-z]+ )?(?:claim|customer|schäden|antrag)",
))  # fmt: skip
MACHINE = (
    r"(?:ai|llm|language model|assistant|automated system|chat ?bot|ki|sprachmodell|assistent"
    r"|automatisches system)"
)
SHALL = (
    r"(?:must|shall|should|has to|is to|will|please|you are|set|approve|accept|mark|output"
    r"|muss|soll|bitte|du bist|setze|genehmig\w*|bewillig\w*|gibt|markier\w*)"
)
APPROVAL = r"(?:approv|accept|genehmig|bewillig|output)"

SPELLED: dict[str, tuple[str, ...]] = {
    "reveal": (
        r"\b(?:reveal|print|repeat|show|output|disclose|quote|list|write|put)\b"
        rf"[^.\n]{{0,60}}\b(?:{SECRETS})",
        rf"\b(?:wiederhole|zeige?|nenne|schreibe?|gib)\b[^.\n]{{0,60}}\b(?:{SECRETS})",
    ),
    "tool": (
        r"\b(?:call|invoke|use|execute|run|rufe?|nutze)\b[^.\n]{0,40}"
        r"\b(?:tool|function|funktion|werkzeug|plugin|api)\b",
        r"\b(?:call|invoke|execute) `?[a-z]+_[a-z_]+",
    ),
    "override": (
        r"\b(?:ignore|disregard|forget|override|bypass|ignoriere|vergiss|missachte)\b"
        rf"[^.\n]{{0,60}}\b(?:{RULES}\b|you were told|dir [^.\n]{{0,30}}gesagt)",
        rf"\b{RULES}\b[^.\n]{{0,30}}\b(?:no longer apply|gelten nicht mehr)",
        rf"^\W{{0,6}}(?:new|neue) {RULES}\b",
    ),
    "authority": (
        r"^\W{0,6}(?:system|admin(?:istrator)?|developer|assistant|operator)\s?"
        r"(?:message|note|override|prompt|notice)?\s?[:>\])]",
        r"^\W{0,6}system message\b",
        r"<\|\w{2,12}\|?>|\[INST\]|<<SYS>>",
        rf"\b{MACHINE}\s?:",
        r"\b(?:note|message|attention|hinweis|achtung|dear|liebe)\b"
        rf"[^.\n]{{0,20}}\b{MACHINE}\b",
        rf"\b{MACHINE}\b[^.\n]{{0,60}}\b{SHALL}\b",
        rf"\b{SHALL}\b[^.\n]{{0,60}}\b{MACHINE}\b",
    ),
    "demand": (
        r"\b(?:set|mark|treat|classify|label|rate|change|setze|markiere|ordne)\b"
        r"[^.\n]{0,60}\b(?:as|to|als|auf)\b",
        r"\b(?:answer|respond|reply|output|return|copy|antworte|gib|übernimm)\b"
        r"[^.\n]{0,60}\b(?:with|only|as|mit|nur|als)\b",
        r"\b(?:you must|please|always|must be|should be|bitte|immer)\b"
        rf"[^.\n]{{0,60}}\b{APPROVAL}",
        r"^\W{0,6}(?:approve|accept|genehmige|bewillige) ",
        r"\b(?:correct|expected|richtige|erwartete)\b"
        r"[^.\n]{0,20}\b(?:output|ausgabe|answer|antwort)",
        r"\b(?:skip|überspringe)\b[^.\n]{0,20}\b(?:checks?|review|prüfung)",
        r"\bmust be (?:decided|paid)\b|\bzu entscheiden\b",
        r"\bto be output\b|\bauszugeben\b",
        r"\{\s{0,4}\"\w{1,40}\"\s{0,4}:",
    ),
}

PATTERNS = {
    wording: re.compile("|".join(spelled), re.IGNORECASE) for wording, spelled in SPELLED.items()
}
"""Wording -> its sentences; the most specific comes first."""
