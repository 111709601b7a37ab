"""Sets of claims by seed: any claim of any set, without those before it; no two sets share one."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from claimgen.assembly import MAIN, Author, Noise, Style
from claimgen.attacks import FAMILIES, attacked
from claimgen.claim import Claim
from claimgen.facts import FLAWS, draw_flaws
from claimgen.products import NEW_TYPE, PRODUCTS
from claimgen.writing import Language

SETS = (
    *("contract", "quality", "load", "incidents", "attacks", "training", "rehearsal"),
    *("new_kind", "resent", "german"),
)
"""Each has room for `ROOM` claims; the order says where, so new ones come last. The second line
are those of incidents."""
ROOM_BITS, SERIAL_BITS = 21, 25
ROOM = 2**ROOM_BITS
LANGUAGES: tuple[Language, ...] = ("en", "de")
OVERRULED = 0.02
"""Share of the cases in which the adjuster finds otherwise than the rules, as people do."""


@dataclass(frozen=True, slots=True)
class Mix:
    """What a set is made of; shares are of claims.

    Attributes:
        longer: Times the usual number of pages of annexes.
    """

    german: float = 0.45
    flawed: float = 0.38
    light_noise: float = 0.25
    heavy_noise: float = 0.10
    long: float = 0.12
    longer: float = 1.0
    new_type: float = 0.0


USUAL = Mix()


@dataclass(frozen=True, slots=True)
class Series:
    """One set under one seed. Odd seeds make the hidden sets, even ones those that are public.

    Raises:
        ValueError: there is no such set.
    """

    seed: int
    name: str

    def __post_init__(self) -> None:
        if self.name not in SETS:
            raise ValueError(f"no set {self.name!r}; there are: {', '.join(SETS)}")

    @property
    def prefix(self) -> Literal["C", "P"]:
        """Claims that count are called C, those for practice P."""
        return "C" if self.seed % 2 else "P"

    def serial(self, index: int) -> int:
        """A number that no other claim of any set of this seed has, nor of another parity.

        Raises:
            ValueError: the set has no room for so many claims.
        """
        if not 0 <= index < ROOM:
            raise ValueError(f"index {index} is not from 0 to {ROOM - 1}")
        place = SETS.index(self.name) << ROOM_BITS | index
        factor, offset = (_number(f"{self.seed}/{word}") for word in ("factor", "offset"))
        permuted = (place * (factor | 1) + offset) % 2**SERIAL_BITS
        return 2 * permuted + self.seed % 2

    def rng(self, index: int, purpose: str) -> random.Random:
        """Chance for one claim and one purpose."""
        return random.Random(_number(f"{self.seed}/{self.name}/{index}/{purpose}"))


def claim_at(series: Series, index: int, mix: Mix = USUAL) -> Claim:
    """The claim at a place of a set."""
    rng = series.rng(index, "claim")
    kind = NEW_TYPE if rng.random() < mix.new_type else rng.choice(sorted(PRODUCTS))
    flaws = draw_flaws(rng, 0.0 if kind == NEW_TYPE else mix.flawed)
    author = Author(rng, series.serial(index), series.prefix, draw_style(rng, mix))
    return author.claim(kind, flaws)


def claims(series: Series, count: int, mix: Mix = USUAL) -> Iterator[Claim]:
    """The first claims of a set."""
    return (claim_at(series, index, mix) for index in range(count))


def twins(series: Series, index: int, mix: Mix = USUAL) -> tuple[Claim, Claim]:
    """Two claims alike in kind and style: one to be paid, one flawed and attacked.

    Every family has its turn; only who decides both rightly has understood either.
    """
    family = list(FAMILIES)[index % len(FAMILIES)]
    rng = series.rng(index, "twins")
    kind, style = rng.choice(sorted(PRODUCTS)), draw_style(rng, mix)
    flaw = rng.choice(FLAWS)
    calm = Author(rng, series.serial(2 * index), series.prefix, style).claim(kind, ())
    other = Author(rng, series.serial(2 * index + 1), series.prefix, style).claim(kind, {flaw})
    return calm, attacked(other, family, rng)


def draw_style(rng: random.Random, mix: Mix = USUAL) -> Style:
    """How a claim is written: nothing in it depends on what is claimed."""
    language: Language = "de" if rng.random() < mix.german else "en"
    foreign = rng.random() < 0.15
    return Style(
        main=rng.choice(sorted(MAIN)),
        language=language,
        second=LANGUAGES[language == "en"] if foreign else language,
        noise=_draw_noise(rng.random(), mix),
        annex_pages=_draw_pages(rng, mix),
        has_note=rng.random() < 0.3,
    )


def label_of(claim: Claim, seed: int) -> dict[str, Any]:
    """What the adjuster found weeks later: whether it was payable as claimed."""
    rng = random.Random(_number(f"{seed}/{claim.claim_id}/label"))
    payable = claim.truth()["decision"] == "auto"
    overruled = rng.random() < OVERRULED
    return {"claim_id": claim.claim_id, "payable": payable != overruled}


def _draw_pages(rng: random.Random, mix: Mix) -> int:
    if rng.random() < mix.long:
        return min(40, round(rng.randint(10, 40) * mix.longer))
    return min(40, round(rng.choice((0, 0, 0, 1, 2)) * mix.longer))


def _draw_noise(chance: float, mix: Mix) -> Noise:
    if chance < mix.heavy_noise:
        return "heavy"
    return "light" if chance < mix.heavy_noise + mix.light_noise else "none"


def _number(text: str) -> int:
    """The same number for the same text, on every machine and in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
