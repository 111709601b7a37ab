"""What an evaluation leaves on disk: evidence, result, report. Written whole or not at all."""

import errno
import lzma
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from assay.domain.errors import BadInput, Problem
from assay.domain.evidence import (
    EVIDENCE_FILE,
    LOG_FILE,
    REPORT_FILE,
    RESULT_FILE,
    Evidence,
)
from assay.domain.incidents import RECORDING_FILE, REPLAY_FILE
from assay.domain.scorecard import Scorecard
from assay.features.scorecards.report import render_report
from assay.features.scorecards.result import result_json

EVIDENCE, RESULT, REPORT, LOG = EVIDENCE_FILE, RESULT_FILE, REPORT_FILE, LOG_FILE
PACKED = ".json.xz"
"""How the name of evidence ends that a proof carries with it."""
OWN = (EVIDENCE, RESULT, REPORT, LOG)


def write_evidence(
    out: Path, evidence: Evidence, artifacts: Mapping[str, bytes]
) -> tuple[Path, ...]:
    """Write what was measured, before anything is made of it, replacing an earlier evaluation's.

    Args:
        out: Directory, made if need be.
        evidence: What was measured.
        artifacts: Further files, by name; those of an earlier evaluation go too.

    Raises:
        ValueError: a name is none of a file of its own in this directory; nothing is written.
    """
    _refuse_other_places(artifacts)
    out.mkdir(parents=True, exist_ok=True)
    for old in (RESULT, REPORT, REPLAY_FILE, RECORDING_FILE):
        (out / old).unlink(missing_ok=True)
    return (
        write_whole(out / EVIDENCE, evidence.model_dump_json(indent=1)),
        write_whole(out / LOG, evidence.service_log),
        *(write_whole(out / name, content.decode()) for name, content in artifacts.items()),
    )


def _refuse_other_places(names: Iterable[str]) -> None:
    for name in names:
        if not name or Path(name).name != name or name.startswith(".") or name in OWN:
            raise ValueError(f"an artifact cannot be called {name!r}; give it a plain, own name")


def write_judgement(out: Path, evidence: Evidence, scorecard: Scorecard) -> tuple[Path, ...]:
    """Write what the evidence is worth, beside it: for programs and for people."""
    found = judgement_files(evidence, scorecard, examples=True)
    return tuple(write_whole(out / name, text) for name, text in found.items())


def judgement_files(
    evidence: Evidence, scorecard: Scorecard, *, examples: bool = False
) -> dict[str, str]:
    """Name -> text of what the evidence is worth; `examples` as in `render_report`."""
    report = render_report(evidence, scorecard, examples=examples)
    return {RESULT: result_json(scorecard), REPORT: report}


def write_whole(path: Path, text: str) -> Path:
    """Replace a file in one step, so that a reader never sees half of it."""
    return write_whole_bytes(path, text.encode())


def write_whole_bytes(path: Path, content: bytes) -> Path:
    """Replace a file in one step, as `write_whole` does."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
    return path


def evidence_text(path: Path) -> str:
    """What stands in a file of evidence, unpacked if its name says that it is packed.

    Raises:
        OSError: there is no such file, or it is not whole.
    """
    content = path.read_bytes()
    if path.name.endswith(PACKED):
        try:
            content = lzma.decompress(content)
        except lzma.LZMAError as error:
            raise OSError(errno.EIO, "what is packed in it is damaged", str(path)) from error
    return content.decode(errors="replace")


def read_evidence(path: Path) -> Evidence:
    """Evidence from a file, packed or not, or from the directory that holds it.

    Raises:
        BadInput: there is no such file, or it is not evidence of a version we know.
    """
    found = path / EVIDENCE if path.is_dir() else path
    try:
        return Evidence.model_validate_json(evidence_text(found))
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); name an {EVIDENCE} or its directory"
        raise BadInput(Problem(reason, str(found))) from error
    except ValidationError as error:
        raise BadInput(*problems_of(error, str(found))) from error


def problems_of(error: ValidationError, file: str) -> list[Problem]:
    """What is wrong with a stored file, the first ten things of it."""
    return [
        Problem(f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}", file)
        for e in error.errors()[:10]
    ]
