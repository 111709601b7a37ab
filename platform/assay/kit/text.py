"""Text that came from outside, made fit to be stored."""


def storable(text: str) -> str:
    """The text with what cannot be written as UTF-8 (lone surrogates) made visible."""
    return text.encode("utf-8", "backslashreplace").decode()


def one_line(text: str, limit: int) -> str:
    """The text on one line without control characters, cut where it is longer than `limit`.

    Databases refuse NUL, and terminals obey the rest.
    """
    line = " ".join(storable(text).split())
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"
