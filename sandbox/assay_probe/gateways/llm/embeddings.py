"""Vectors of texts: words and trigrams hashed into dimensions, so that alike texts lie close."""

import base64
import math
import struct
from dataclasses import dataclass
from typing import Any

from assay_probe.gateways.llm import chance, tokens
from assay_probe.gateways.llm.asking import model_name
from assay_probe.gateways.llm.errors import invalid
from assay_probe.gateways.llm.labelling import WORD

INPUTS_MOST = 256
TRIGRAM_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """A sound request; `dimensions` is None for the model's own."""

    model: str
    texts: tuple[str, ...]
    dimensions: int | None
    as_base64: bool
    user: str

    def prompt_tokens(self) -> int:
        """Tokens of all texts."""
        return sum(tokens.count(text) for text in self.texts)


def read_embedding(given: dict[str, Any]) -> EmbeddingRequest:
    """A request for embeddings.

    Raises:
        ApiError: 400 naming the parameter that is wrong.
    """
    texts = given.get("input")
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not 0 < len(texts) <= INPUTS_MOST:
        raise invalid(f"'input' must be text or a list of 1 to {INPUTS_MOST}.", "input")
    if not all(isinstance(text, str) and text for text in texts):
        raise invalid("'input' must hold texts that are not empty.", "input")
    dimensions, encoding = given.get("dimensions"), given.get("encoding_format", "float")
    if encoding not in ("float", "base64"):
        raise invalid("'encoding_format' must be float or base64.", "encoding_format")
    wrong = isinstance(dimensions, bool) or not isinstance(dimensions, int | None)
    if wrong or (dimensions is not None and dimensions < 1):
        raise invalid("'dimensions' must be a whole number above 0.", "dimensions")
    user = given.get("user")
    return EmbeddingRequest(
        model=model_name(given),
        texts=tuple(texts),
        dimensions=dimensions,
        as_base64=encoding == "base64",
        user=user if isinstance(user, str) else "",
    )


def vector(text: str, dimensions: int) -> list[float]:
    """A vector of length 1; of the same words in any order nearly the same."""
    sums = [0.0] * dimensions
    for word in WORD.findall(text.lower()) or [text]:
        _add(sums, word, 1.0)
        for begin in range(len(word) - 2):
            _add(sums, f"3:{word[begin : begin + 3]}", TRIGRAM_WEIGHT)
    length = math.sqrt(sum(x * x for x in sums)) or 1.0
    return [x / length for x in sums]


def encoded(values: list[float]) -> str:
    """Little-endian floats of four bytes, in base64."""
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def _add(sums: list[float], feature: str, weight: float) -> None:
    hashed = int(chance.digest(feature), 16)
    sums[hashed % len(sums)] += weight if hashed >> 63 else -weight
