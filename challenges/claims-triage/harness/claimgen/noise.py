"""What scanning does to a page: letters become others that look like them. Lengths stay."""

import random

from claimgen.writing import Text

LOOKS_LIKE = str.maketrans("oOlIeasSBcunt1508", "00Il" + "coz58e" + "vur" + "lSOB")
RATES = {"none": 0.0, "light": 0.004, "heavy": 0.02}
"""Share of the characters that are looked at; about half of them have a double."""


def scanned(text: Text, level: str, rng: random.Random) -> Text:
    """The page after a scanner of that quality. What states a field is left alone."""
    count = int(len(text.text) * RATES[level])
    if not count:
        return text
    letters = list(text.text)
    kept = {i for mark in text.marks for i in range(mark.start, mark.end)}
    for place in rng.choices(range(len(letters)), k=count):
        if place not in kept:
            letters[place] = letters[place].translate(LOOKS_LIKE)
    return Text("".join(letters), text.marks)
