"""A terminal wide enough that no line of a command's table is broken."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from assay.cli.console import err, out


@contextmanager
def wide() -> Iterator[None]:
    """For as long as this lasts, whatever width an earlier test's consoles had."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        _new_consoles()
        yield
    _new_consoles()


def _new_consoles() -> None:
    """A console keeps the width it was made with."""
    out.cache_clear()
    err.cache_clear()
