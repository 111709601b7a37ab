"""Files that an evaluation left: which there are for whom, and how they are sent."""

from collections.abc import Collection
from pathlib import PurePosixPath

from starlette.responses import Response

from assay.domain.evidence import EVIDENCE_FILE, LOG_FILE, REPORT_FILE, RESULT_FILE
from assay.domain.incidents import RECORDING_FILE, REPLAY_FILE
from assay.web.headers import FILE_POLICY

TEAM_FILES = (REPORT_FILE, RESULT_FILE, EVIDENCE_FILE, REPLAY_FILE, RECORDING_FILE, LOG_FILE)
"""Those a hiring team may have."""
CANDIDATE_FILES = (REPORT_FILE, REPLAY_FILE, RECORDING_FILE)
"""Those a candidate may have."""
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".yml": "application/yaml; charset=utf-8",
    ".log": "text/plain; charset=utf-8",
}
"""How the name of a stored file ends -> what it is."""


def for_team(names: Collection[str]) -> list[str]:
    """Of the files of an evaluation, those a team may have, in the order they are offered."""
    return [name for name in TEAM_FILES if name in names]


def file_response(name: str, content: bytes) -> Response:
    """A stored file. It may hold what a submission printed, so it can do nothing."""
    headers = {"content-security-policy": FILE_POLICY}
    kind = KINDS[PurePosixPath(name).suffix]
    if name != REPORT_FILE:
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(content, media_type=kind, headers=headers)
