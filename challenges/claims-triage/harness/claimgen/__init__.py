"""Claims with their documents and their truth, made from a seed; standard library only."""

from claimgen.making import make

__all__ = ["make"]
