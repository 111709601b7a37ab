"""Where the files under `sandbox/policies` are, from a checkout and from an installed package."""

import json
from functools import cache
from pathlib import Path

from assay_sandbox.errors import EngineFault

_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE.parent / "policies", _HERE / "policies")


@cache
def seccomp_profile() -> str:
    """Our system-call allow-list as one line of JSON, as the engine wants it.

    Raises:
        EngineFault: the file is not part of this installation.
    """
    for place in _PLACES:
        path = place / "seccomp.json"
        if path.is_file():
            return json.dumps(json.loads(path.read_text()), separators=(",", ":"))
    raise EngineFault(
        f"seccomp.json is in none of {', '.join(map(str, _PLACES))}",
        remedy="reinstall Assay: untrusted code is never run without it",
    )
