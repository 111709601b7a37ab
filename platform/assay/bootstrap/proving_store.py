"""Evidence of finished runs, under the cache directory, by the digest of what they depend on."""

import os
from pathlib import Path

from pydantic import ValidationError

from assay.bootstrap.files import write_whole
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

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, key: str) -> Evidence | None:
        """See `Store.get`."""
        try:
            return Evidence.model_validate_json(self._path(key).read_text())
        except (OSError, ValidationError):
            return None

    def put(self, key: str, evidence: bytes) -> None:
        """See `Store.put`."""
        self._directory.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(key), evidence.decode())

    def _path(self, key: str) -> Path:
        return self._directory / f"{key}.json"
