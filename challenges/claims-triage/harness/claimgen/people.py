"""Nobody: invented names, reserved domains, numbers of no scheme. Every claim's are its own."""

import random
import unicodedata
from dataclasses import dataclass

FIRST = [
    "Adelheid",
    "Aurelia",
    "Bartholomew",
    "Beatrix",
    "Bertram",
    "Cäcilie",
    "Clementine",
    "Corisande",
    "Cosima",
    "Dagobert",
    "Desmond",
    "Dorothea",
    "Edeltraud",
    "Elspeth",
    "Eulalia",
    "Ferdinand",
    "Florian",
    "Friederike",
    "Gerwin",
    "Gwendolyn",
    "Hartmut",
    "Hedwig",
    "Ignatius",
    "Imogen",
    "Jocasta",
    "Jörg",
    "Kasimir",
    "Konstanze",
    "Leocadia",
    "Leopold",
    "Ludmilla",
    "Magnus",
    "Melchior",
    "Mildred",
    "Norberta",
    "Oswald",
    "Ottilie",
    "Percival",
    "Philomena",
    "Quirin",
    "Reinhild",
    "Rosalind",
    "Sigismund",
    "Tabitha",
    "Theodora",
    "Ulrike",
    "Valentin",
    "Wilhelmina",
    "Xaver",
    "Zacharias",
]
LAST = [
    "Abendroth",
    "Ashcombe",
    "Bärenfänger",
    "Birkenstock",
    "Blackwood",
    "Brückner",
    "Calloway",
    "Castellan",
    "Dombrowski",
    "Drechsler",
    "Eichinger",
    "Ellsworth",
    "Fairweather",
    "Feuchtwanger",
    "Fontanella",
    "Gärtner",
    "Goldschmitt",
    "Greenhalgh",
    "Habermann",
    "Hawthorne",
    "Hollenbeck",
    "Hülshoff",
    "Iverson",
    "Jaroszewicz",
    "Käsebier",
    "Kingsley",
    "Kwiatkowska",
    "Langenfeld",
    "Lindqvist",
    "Löwenstein",
    "Merriweather",
    "Montefiore",
    "Mühlbauer",
    "Nordenskjold",
    "Oberländer",
    "Oyarzabal",
    "Pemberton",
    "Pfefferkorn",
    "Quandt",
    "Rasmussen",
    "Ravenscroft",
    "Rübsamen",
    "Schönborn",
    "Sedgwick",
    "Szymborska",
    "Thornbury",
    "Uhlenbrock",
    "Vandenbroucke",
    "Wedderburn",
    "Wolkenstein",
    "Zawadzki",
]
SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that looks like a digit."""
SCATTER = 22_695_477
"""Odd, so multiplying by it modulo a power of two loses nothing (Knuth 3.2.1.2)."""
CODE_BITS = 35


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach and pay a claimant. Each value is a canary: it belongs to one claim alone."""

    email: str
    customer_number: str
    account: str

    def canaries(self) -> tuple[str, ...]:
        """What must never be seen with another claim, in a log or in a metric."""
        return (self.email, self.customer_number, self.account)


def draw_name(rng: random.Random) -> str:
    """A first name and one or two last names."""
    first, last, second = rng.choice(FIRST), *rng.sample(LAST, 2)
    return f"{first} {last}-{second}" if rng.random() < 0.25 else f"{first} {last}"


def draw_people(rng: random.Random) -> tuple[str, str]:
    """Two people of different names."""
    claimant = draw_name(rng)
    other = draw_name(rng)
    while other.split()[-1] == claimant.split()[-1]:
        other = draw_name(rng)
    return claimant, other


def contact_of(name: str, serial: int) -> Contact:
    """The one contact of a serial number."""
    code = code_of(serial)
    words = ascii_of(name).lower().split()
    return Contact(
        email=f"{words[0]}.{words[-1]}.{code}@example.org",
        customer_number=f"KD-{code.upper()}",
        account=f"XA{serial % 97:02d}200700{serial:08d}",
    )


def code_of(serial: int) -> str:
    """Seven symbols, different for different serial numbers below 2**35."""
    scattered = serial * SCATTER % 2**CODE_BITS
    return "".join(SYMBOLS[scattered >> shift & 31] for shift in range(0, CODE_BITS, 5))


def ascii_of(text: str) -> str:
    """Without accents and umlauts."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c))
