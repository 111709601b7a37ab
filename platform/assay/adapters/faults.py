"""Errors of the sandbox become platform faults: the sandbox never blames a submission."""

import contextlib
from collections.abc import Iterator

from assay.domain.errors import PlatformFault
from assay_sandbox.errors import SandboxError


@contextlib.contextmanager
def ours(doing: str) -> Iterator[None]:
    """Translate a sandbox error into a `PlatformFault` that says what we were doing."""
    try:
        yield
    except SandboxError as error:
        raise PlatformFault(f"{doing}: {error}", remedy=error.remedy) from error
