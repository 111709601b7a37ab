"""What a build leaves written on its image, so that a later call can tell the same story."""

import base64
import zlib
from collections.abc import Mapping

from assay_sandbox.build_plan import MARKER_LABEL

TAG = "assay.tag"
SECONDS = "assay.build-s"
LOG = "assay.build-log"
BASE = "assay.base"
BASE_BYTES = "assay.base-bytes"
LOG_CHARS = 16_000


def describe(
    *, tag: str, build_s: float, log: str, base: str | None, base_bytes: int | None
) -> dict[str, str]:
    """The labels of a finished image; set at the very end, they win over the Dockerfile's."""
    labels = {
        TAG: tag,
        SECONDS: f"{build_s:.3f}",
        LOG: base64.b64encode(zlib.compress(_shortened(log).encode())).decode(),
        MARKER_LABEL: "",
        BASE: base or "",
    }
    return labels if base_bytes is None else {**labels, BASE_BYTES: str(base_bytes)}


def build_s(labels: Mapping[str, str]) -> float:
    """Seconds of the original build."""
    return float(labels[SECONDS])


def log(labels: Mapping[str, str]) -> str:
    """Head and tail of the original build's log."""
    return zlib.decompress(base64.b64decode(labels[LOG])).decode()


def base_mib(labels: Mapping[str, str]) -> float | None:
    """Size of the base image in MiB, or None if the image is not one we built."""
    size = labels.get(BASE_BYTES, "")
    return int(size) / (1024 * 1024) if size.isdigit() else None


def _shortened(text: str) -> str:
    if len(text) <= LOG_CHARS:
        return text
    half = LOG_CHARS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"
