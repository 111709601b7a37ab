"""`python maker.py '{...}'`: the process in which a challenge's own module makes rows.

It is ended from outside when its time or its output is over. Whatever it prints is lost: on
standard output are only lines `["set", row]`, and `{"problem": words}` if it fails. Standard
library only, and nothing of ours: the module must not find more here than it declares.
"""

import importlib
import json
import os
import resource
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

MIB = 1024 * 1024
FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "ctypes",
)
"""Audit events: rows come from the seed alone, not from anything outside of this process."""
WORDS = 400

Json = Any
Make = Callable[[int, str, int, Json], Iterable[Json]]


class NotPureError(Exception):
    """The module reached for something outside of this process."""


def main(argument: str) -> int:
    """Exit status 0 if every set was made."""
    spec = json.loads(argument)
    out = _own_output()
    try:
        _limit(spec["memory_mib"])
        make = _function(Path(spec["module"]))
        sys.addaudithook(_refuse)
        _write(out, make, spec)
    except BaseException as problem:  # noqa: BLE001 - whatever it is, its words are what we are for
        out.write(json.dumps({"problem": words_of(problem)}) + "\n")
        out.flush()
        return 1
    out.flush()
    return 0


def _own_output() -> IO[str]:
    """What was standard output; prints of the module now go nowhere."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return out


def _limit(memory_mib: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mib * MIB, memory_mib * MIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _function(path: Path) -> Make:
    """The module's `make`.

    Raises:
        AttributeError: it has none.
        ImportError: it cannot be loaded; packages from elsewhere are not there.
    """
    sys.path.insert(0, str(path.parent))
    module = importlib.import_module(path.stem)
    found: Make = module.make
    return found


def _write(out: IO[str], make: Make, spec: Json) -> None:
    for one in spec["sets"]:
        for row in make(spec["seed"], one["name"], one["count"], one["settings"]):
            out.write(json.dumps([one["name"], row], allow_nan=False, separators=(",", ":")) + "\n")


def _refuse(event: str, arguments: tuple[Json, ...]) -> None:
    writes = event == "open" and bool(int(arguments[2] or 0) & os.O_ACCMODE)
    if writes or event.startswith(FORBIDDEN):
        raise NotPureError(f"rows come from the seed alone, and this reaches outside: {event}")


def words_of(problem: BaseException) -> str:
    """Where it happened and what, in one line."""
    frames = traceback.extract_tb(problem.__traceback__)
    own = [one for one in frames if Path(one.filename) != Path(__file__)]
    where = f"{Path(own[-1].filename).name}, line {own[-1].lineno}: " if own else ""
    said = " ".join(str(problem).split())
    return f"{where}{type(problem).__name__}{': ' + said if said else ''}"[:WORDS]


if __name__ == "__main__":
    os._exit(main(sys.argv[1]))
