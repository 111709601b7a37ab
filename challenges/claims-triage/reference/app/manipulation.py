"""Text that speaks to a machine. It is cut out before a model reads, and a person is told.

This is the second line of defence: the first is that no model decides anything here.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
LATIN = str.maketrans("аеорсхуіАВЕКМНОРСТХ", "aeopcxyiABEKMHOPCTX")
SPACED = re.compile(r"(?:\S ){12,}\S")
BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
SPEAKS_TO_MACHINES = re.compile(
    "|".join(
        (
            r"\b(ignore|disregard|forget|ignoriere|vergiss)\b.{0,60}\b(instruct|told|rules|anweisung|gesagt)",
            r"\b(new|neue) (instructions|anweisungen)\b.{0,12}\b(for|to|an)\b",
            r"\b(rules above|obigen regeln)\b",
            r"\b(automated system|automatisches system)\b",
            r"\bsystem ?(:|message|prompt)|<\|?system|\[inst\]|<<sys>>",
            r"\bdecision\b.{0,12}\bauto\b|\bdecided auto\b|\bauto zu entscheiden",
            r"\b(set|setze|output|gib immer)\b.{0,12}\bconfidence\b|\bconfidence 1\b",
            r"\b(the|der|dem|an die|liebe|dear|to the) (ai|ki|assistent|assistant)\b|\b(ki|ai):",
            r"\b(language model|sprachmodell)\b",
            r"\b(approve|genehmige|mark|markiere)\b.{0,20}\b(this claim|diesen (schaden|antrag))",
            r"\bskip every check\b|\büberspringe jede prüfung\b",
            r"\b(api[- ]?(key|schlüssel)|openai_api_key|environment variables|umgebungsvariablen)\b",
            r"\bbase64",
            r"\b(call the function|rufe jetzt die funktion)\b",
            r"\b(previous claims|last claimant|zuvor bearbeiteten|letzten antragstellers)\b",
            r"\b(json output|json-ausgabe|model output|ausgabe des modells|as your answer|als deine antwort)\b",
            r"^\s*(user|assistant):",
            r"ten thousand times|zehntausendmal|(1 to|1 bis) 50000",
            r"</documents?>|end of data",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)


def plain(text: str) -> str:
    """As a reader sees it: nothing invisible, no letters that only look Latin."""
    return unicodedata.normalize("NFKC", text.translate(INVISIBLE)).translate(LATIN)


def is_suspicious(paragraph: str) -> bool:
    """Whether something in it is meant for a machine, however it is dressed up."""
    return any(SPEAKS_TO_MACHINES.search(reading) for reading in _readings(plain(paragraph)))


def split(text: str) -> tuple[list[str], int]:
    """The paragraphs of a text that may be shown to a model, and how many may not.

    An attack may run over several paragraphs: what stands between two suspicious ones goes too.
    """
    paragraphs = re.split(r"\n{2,}", plain(text))
    bad = [place for place, one in enumerate(paragraphs) if is_suspicious(one)]
    if not bad:
        return paragraphs, 0
    cut = {n for n in range(bad[0], bad[-1] + 1) if bad[-1] - bad[0] <= 3 or n in bad}
    return [one for n, one in enumerate(paragraphs) if n not in cut], len(cut)


def _readings(text: str) -> Iterator[str]:
    yield text
    for spaced in SPACED.findall(text):
        yield spaced.replace(" ", "").replace("_", " ")
    for encoded in BASE64.findall(text):
        try:
            yield base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
