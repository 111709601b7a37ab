"""Evidence of finished runs, by the digest of what they depend on.

Under the cache directory, for every proof of this machine; and beside a full proof, packed, so that
it travels with the challenge: whoever doubts a cell can read what was seen, the proof can be judged
anew without hours of measuring, and one that was interrupted goes on on another machine.
"""

import lzma
import os
from collections.abc import Collection
from pathlib import Path

from pydantic import ValidationError

from assay.bootstrap.files import PACKED, evidence_text, write_whole, write_whole_bytes
from assay.domain.evidence import Evidence
from assay_sandbox.image_cache import cache_directory

PROOFS = "proofs"


def proofs_directory() -> Path:
    """Where the runs of all challenges are kept; made if missing."""
    directory = cache_directory(os.environ) / PROOFS
    directory.mkdir(parents=True, exist_ok=True)
    return directory


class RunStore:
    """The `Store` of proving: a file for each run."""

    def __init__(self, directory: Path, beside: Path) -> None:
        """Nothing is read or made yet.

        Args:
            directory: Of this machine; what is put goes there.
            beside: Of the challenge's full proof, `KEY.json.xz` each; may be missing.
        """
        self._directory, self._beside = directory, beside
        self._known: dict[str, Evidence] = {}

    def get(self, key: str) -> Evidence | None:
        """See `Store.get`. A file is read once: a proof looks before it begins and when it does."""
        if key not in self._known and (found := self._read(key)) is not None:
            self._known[key] = found
        return self._known.get(key)

    def _read(self, key: str) -> Evidence | None:
        for path in (self._path(key), self._packed(key)):
            try:
                return Evidence.model_validate_json(evidence_text(path))
            except (OSError, ValidationError):
                continue
        return None

    def put(self, key: str, evidence: bytes) -> None:
        """See `Store.put`."""
        self._directory.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(key), evidence.decode())
        self._known.pop(key, None)

    def pack(self, keys: Collection[str]) -> None:
        """Leave beside the proof what is kept of these runs, and nothing of any other."""
        for old in self._beside.glob(f"*{PACKED}"):
            if old.name.removesuffix(PACKED) not in keys:
                old.unlink()
        for key in keys:
            kept, packed = self._path(key), self._packed(key)
            if kept.is_file() and not packed.exists():
                self._beside.mkdir(parents=True, exist_ok=True)
                write_whole_bytes(packed, lzma.compress(kept.read_bytes()))

    def _path(self, key: str) -> Path:
        return self._directory / f"{key}.json"

    def _packed(self, key: str) -> Path:
        return self._beside / f"{key}{PACKED}"
