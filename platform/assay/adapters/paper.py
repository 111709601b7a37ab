"""Pages as PDF, by WeasyPrint in a process of its own: bounded in time and memory, without network.

WeasyPrint is an extra (`pip install 'assay[pdf]'`) and needs libraries of the system. Without it a
page can still be printed by any browser.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from assay.domain.errors import PlatformFault

RENDER_S = 30.0
"""A scorecard takes two to four seconds, most of them for the import."""
WAIT_S = 20.0
"""One at a time: evaluations may be measured on this machine. So long others wait."""
PDF = b"%PDF-"
LAST_WORDS = 300
LIBRARIES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
"""Debian's packages that WeasyPrint loads."""
INSTALL = f"pip install 'assay[pdf]' and, as root, apt-get install {' '.join(LIBRARIES)}"
OTHERWISE = "Or print the page with your browser: it can save what it prints as PDF."
PROGRAM = ("-P", "-m", "assay.adapters.paper_child")

WAITING_MAX = 3
"""Who waits for a PDF holds a thread of the pages; there are forty."""

_turn = threading.BoundedSemaphore(1)
_bench = threading.BoundedSemaphore(1 + WAITING_MAX)


def why_no_pdf() -> str:
    """Why no PDF can be made here, and what to do; "" if it is worth a try."""
    if find_spec("weasyprint") is None:
        return f"PDFs are not set up on this installation. To have them: {INSTALL}. {OTHERWISE}"
    return ""


def pdf_of(html: str, *, limit_s: float = RENDER_S) -> bytes:
    """The page as PDF, within `limit_s`. It must need nothing beside itself: nothing is fetched.

    Raises:
        PlatformFault: it could not be made, or not in time.
    """
    if why := why_no_pdf():
        raise PlatformFault(why)
    with _seat(_bench, 0.0), _seat(_turn, WAIT_S):
        return _rendered(html.encode(), limit_s)


@contextmanager
def _seat(places: threading.Semaphore, wait_s: float) -> Iterator[None]:
    if not places.acquire(timeout=wait_s):
        raise PlatformFault("too many PDFs are being made at the moment; try again in a minute")
    try:
        yield
    finally:
        places.release()


def _rendered(page: bytes, limit_s: float) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, *PROGRAM],
            input=page,
            capture_output=True,
            env=_environment(),
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PlatformFault(f"the PDF took longer than {limit_s:g} s. {OTHERWISE}") from error
    if done.returncode or not done.stdout.startswith(PDF):
        said = done.stderr.decode(errors="replace").strip()[-LAST_WORDS:]
        raise PlatformFault(
            f"the PDF could not be made. {OTHERWISE} For the operator: {INSTALL}; it said: {said}"
        )
    return done.stdout


def _environment() -> dict[str, str]:
    """No secrets: what is laid out was partly written by strangers."""
    kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}
    return {**kept, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
