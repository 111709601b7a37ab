"""The cache of prompts' beginnings: what has been read before costs less.

As providers do it: beginnings of at least 1 024 tokens, in steps of 128, by key and model. The
oldest are forgotten when there are too many; time forgets nothing, so that a bill depends
on requests alone.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from assay_probe.gateways.llm.tokens import PIECE

LEAST = 1024
STEP = 128
BLOCKS_MOST = 4096


@dataclass(slots=True)
class Prefixes:
    """Beginnings that were seen, by their hashes."""

    _known: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def cached(self, owner: str, text: str, tokens: int) -> int:
        """Tokens of a prompt's beginning that were seen before; from now on all of it was.

        Args:
            owner: Key and model: nobody profits from what others sent.
            text: All of the prompt.
            tokens: Of the prompt, the most that can be cached.
        """
        if tokens < LEAST:
            return 0
        found = 0
        for length, block in _blocks(owner, text):
            if block in self._known and LEAST <= length <= tokens:
                found = length
            self._known[block] = None
            self._known.move_to_end(block)
        while len(self._known) > BLOCKS_MOST:
            self._known.popitem(last=False)
        return found


def _blocks(owner: str, text: str) -> Iterator[tuple[int, bytes]]:
    """Length in tokens and hash of every beginning."""
    state = hashlib.blake2b(owner.encode("utf-8", "surrogatepass"), digest_size=12)
    before = 0
    for number, match in enumerate(PIECE.finditer(text), 1):
        if number % STEP == 0:
            state.update(text[before : match.end()].encode("utf-8", "surrogatepass"))
            before = match.end()
            yield number, state.copy().digest()
