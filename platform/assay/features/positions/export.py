"""The pipeline as a table for spreadsheets and as JSON. What is hidden in the rows stays hidden."""

import json
from collections.abc import Iterable
from datetime import datetime

from assay.features.positions.rows import Candidate
from assay.kit.sheets import spreadsheet

COLUMNS = (
    "number",
    "candidate",
    "email",
    "stage",
    "score",
    "weighted_score",
    "weighted_low",
    "weighted_high",
    "percentile",
    "percentile_of",
    "flags",
    "reviewers",
    "decision",
    "pushes",
    "invited_at",
    "started_at",
    "finished_at",
    "released_at",
    "last_activity_at",
    "challenge",
    "challenge_version",
    "assessment_id",
    "complete",
    "weighted_with_overrides",
)
"""In this order. A column is never renamed; new ones come at the end."""

Cell = str | int | float | None


def candidates_csv(rows: Iterable[Candidate]) -> str:
    """CSV that spreadsheets read; no cell of it is run as a formula."""
    told = (_told(row) for row in rows)
    return spreadsheet([COLUMNS, *([one[name] for name in COLUMNS] for one in told)])


def candidates_json(rows: Iterable[Candidate]) -> str:
    """A JSON array of objects with the same names; what is unknown is null."""
    return json.dumps([_told(row) for row in rows], indent=1, ensure_ascii=False) + "\n"


def _told(row: Candidate) -> dict[str, Cell]:
    low, high = row.interval or (None, None)
    rank = row.rank.percentile
    return {
        "number": row.number or None,
        "candidate": row.called,
        "email": row.email or None,
        "stage": row.stage.value,
        "score": row.score,
        "weighted_score": row.weighted,
        "weighted_low": low,
        "weighted_high": high,
        "percentile": None if rank is None else round(rank, 1),
        "percentile_of": row.rank.n or None,
        "flags": row.flags,
        "reviewers": "; ".join(one.name for one in row.reviewers) or None,
        "decision": row.decision.value if row.decision else None,
        "pushes": row.pushes,
        "invited_at": _instant(row.invited_at),
        "started_at": _instant(row.started_at),
        "finished_at": _instant(row.finished_at),
        "released_at": _instant(row.released_at),
        "last_activity_at": _instant(row.last_at),
        "challenge": row.challenge,
        "challenge_version": row.result_version or None,
        "assessment_id": row.id,
        "complete": row.is_complete,
        "weighted_with_overrides": row.with_people,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
