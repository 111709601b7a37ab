"""Text that came from outside, made fit to be stored."""


def storable(text: str) -> str:
    """The text with what cannot be written as UTF-8 (lone surrogates) made visible."""
    return text.encode("utf-8", "backslashreplace").decode()


def plain_lines(text: str) -> str:
    """The lines of a text as a person typed them, with one kind of line end; ends trimmed.

    What is not seen, or cannot be stored, is a space.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c.isprintable() or c == "\n" else " " for c in lines).strip()


def one_line(text: str, limit: int) -> str:
    """The text on one line without control characters, cut where it is longer than `limit`.

    Databases refuse NUL, and terminals obey the rest.
    """
    line = " ".join(storable(text).split())
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"
