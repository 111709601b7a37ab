"""Ten thousand candidates and two hundred thousand evaluations: how long a team's pages take.

Fills SQLite and PostgreSQL with the same crowd: positions, the largest with some four thousand
candidates, reviews and decisions. Then every page of a hiring team is asked for through the whole
application, in turn for many candidates. CANDIDATES and EVALUATIONS make a smaller run.
"""

import itertools
import os
import random
from collections.abc import Sequence
from pathlib import Path

from sqlmodel import col, func, select
from tests.benchmarks.visits import Visit, compared, page, tell
from tests.fakes.crowds import Crowd
from tests.fakes.evaluators import good_evidence
from tests.fakes.web import Site

from assay.bootstrap.judging import judge_evidence
from assay.db.tables import Assessment, Position
from assay.domain.evidence import EVIDENCE_FILE, RESULT_FILE
from assay.domain.lifecycle import AssessmentState

CANDIDATES = int(os.environ.get("CANDIDATES", "10000"))
EVALUATIONS = int(os.environ.get("EVALUATIONS", "200000"))
P95_MAX_MS = 200.0
SAMPLE = 40
"""So many candidates, and groups of them, are visited in turn."""


def a_crowd(site: Site) -> Crowd:
    """Practice evaluations leave a row, sealed ones their files too."""
    cast = site.house.cast
    return Crowd(
        organisation_ids=(cast.organisation_id, cast.other_organisation_id),
        stages=("build", "load"),
        files={
            EVIDENCE_FILE: good_evidence(),
            RESULT_FILE: judge_evidence(good_evidence()).files[RESULT_FILE],
        },
        assessments=CANDIDATES,
        submissions=EVALUATIONS,
        busiest=200,
        events=1,
        with_files=0,
        positions=8,
        reviewers=(cast.alice.user_id, cast.bob.user_id),
    )


def visits(site: Site, directory: Path) -> Sequence[Visit]:
    """The pages of an owner, the lists first; then what is different for a reviewer."""
    position = _largest(site)
    return [
        *_lists(site, position),
        *_candidates(site, position),
        *_together(site, position),
        *_for_reviewers(site, position),
    ]


def _lists(site: Site, position: str) -> list[Visit]:
    alice, program = site.of(site.house.cast.alice), site.calls()
    here = f"/hiring/positions/{position}"
    middle = _place(site, position, 0.5)
    orders = ["oldest", "best", "lowest"]
    return [
        page("positions", alice, ["/hiring"]),
        page("pipeline: first page", alice, [here]),
        page("pipeline: in the middle", alice, [f"{here}?after={middle}"]),
        page("pipeline: other orders", alice, [f"{here}?order={one}" for one in orders]),
        page("pipeline: filtered", alice, [f"{here}?stage=judged&least=80", f"{here}?flags=yes"]),
        page("pipeline: search", alice, [f"{here}?q=dana{number}" for number in range(1, 400, 9)]),
        page("API: candidates", program, [f"/api/v1/positions/{position}/candidates"]),
    ]


def _candidates(site: Site, position: str) -> list[Visit]:
    alice, ids = site.of(site.house.cast.alice), _sample(site, position)
    here = "/hiring/assessments"
    return [
        page("one candidate", alice, [f"{here}/{one}" for one in ids]),
        page("scorecard", alice, [f"{here}/{one}/scorecard" for one in ids]),
        page("review", alice, [f"{here}/{one}/review" for one in ids]),
    ]


def _together(site: Site, position: str) -> list[Visit]:
    """Two to five side by side, the reviews of all, the ledger."""
    alice, ids = site.of(site.house.cast.alice), itertools.cycle(_sample(site, position))
    groups = [list(itertools.islice(ids, size)) for size in (2, 3, 5, 5, 4, 5)]
    asked = [
        f"/hiring/compare?position={position}&" + "&".join(f"ids={one}" for one in group)
        for group in groups
    ]
    return [
        page("compare", alice, asked),
        page("fairness", alice, [f"/hiring/positions/{position}/fairness"]),
        page("audit log", alice, ["/hiring/audit"]),
    ]


def _for_reviewers(site: Site, position: str) -> list[Visit]:
    """Half of the names are hidden, and the queue has an order of its own."""
    bob = site.of(site.house.cast.bob)
    return [
        page("pipeline: reviewer", bob, [f"/hiring/positions/{position}"]),
        page("queue: reviewer", bob, ["/hiring/reviews"]),
    ]


def _largest(site: Site) -> str:
    """The position with most candidates."""
    with site.house.read() as session:
        wanted = (
            select(Assessment.position_id)
            .join(Position, col(Position.id) == col(Assessment.position_id))
            .group_by(col(Assessment.position_id))
            .order_by(func.count().desc())
        )
        return session.exec(wanted.limit(1)).one() or ""


def _sample(site: Site, position: str) -> list[str]:
    """Some whose result stands."""
    with site.house.read() as session:
        wanted = select(Assessment.id).where(
            Assessment.position_id == position, Assessment.state == AssessmentState.FINISHED
        )
        ids = sorted(session.exec(wanted).all())
    return random.Random(7).sample(ids, min(SAMPLE, len(ids)))  # noqa: S311  (no secret)


def _place(site: Site, position: str, share: float) -> str:
    """Who stands at that share of the list, the newest first."""
    with site.house.read() as session:
        wanted = select(Assessment.id).where(Assessment.position_id == position)
        ids = session.exec(wanted.order_by(col(Assessment.invited_at).desc())).all()
    return ids[round(share * (len(ids) - 1))]


def main() -> int:
    """Measure, publish, and judge."""
    about = f"{CANDIDATES} candidates, {EVALUATIONS} evaluations, two companies, 8 positions."
    is_full = CANDIDATES >= 10_000 and EVALUATIONS >= 200_000
    return tell("pages", compared(a_crowd, visits), about, P95_MAX_MS, is_full=is_full)


if __name__ == "__main__":
    raise SystemExit(main())
