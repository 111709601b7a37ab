"""Text that came from outside, made fit to be stored."""


def storable(text: str) -> str:
    """The text with what cannot be written as UTF-8 (lone surrogates) made visible."""
    return text.encode("utf-8", "backslashreplace").decode()
