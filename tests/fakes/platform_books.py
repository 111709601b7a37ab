"""The books of a site after the harm: what git accepted, and what became of each push."""

import subprocess
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from sqlmodel import select
from tests.fakes.leftovers import left_of
from tests.fakes.platform_site import Candidate, Site, seen

from assay.adapters.push_ledger import LOG
from assay.adapters.repositories import Repositories
from assay.audit.tags import Tag
from assay.bootstrap.installation import Installation
from assay.db.base import Row
from assay.db.tables import AuditEntry, Evaluation, Mail, Submission
from assay.domain.lifecycle import ENDED, EvaluationState, Lane

CLEAN_S = 90.0


def accepted_by_git(repositories: Repositories, assessment_id: str) -> list[str]:
    """The commits the branch has stood at since the starter, newest first."""
    repository = repositories.path(assessment_id)
    log = repository / LOG
    moves = [line.split()[:2] for line in log.read_text().splitlines()] if log.exists() else []
    came_from = {new: old for old, new in moves}
    at, found = git(repository, "rev-parse", "main"), list[str]()
    while at in came_from:
        found.append(at)
        at = came_from.pop(at)
    assert at == git(repository, "rev-list", "--max-parents=0", "main"), "the log has a gap"
    return found


def git(repository: object, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(repository), *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def rows(installation: Installation, table: type[Row]) -> list[Row]:
    return seen(installation, lambda session: list(session.exec(select(table))))


def settled(installation: Installation) -> bool:
    """Whether every evaluation has ended."""
    return all(row.state in ENDED for row in rows(installation, Evaluation))


def recorded(installation: Installation, candidates: Iterable[Candidate]) -> bool:
    """Whether the platform knows of every commit that git accepted."""
    known = {row.commit_sha for row in rows(installation, Submission)}
    ids = [candidate.sitting.assessment_id for candidate in candidates]
    return all(known.issuperset(accepted_by_git(installation.repositories, one)) for one in ids)


def check_pushes(installation: Installation, candidates: Iterable[Candidate]) -> int:
    """Every commit that git accepted is recorded, once, in order; how many there are."""
    pushed: dict[str, list[str]] = {}
    for row in sorted(rows(installation, Submission), key=lambda row: row.number):
        pushed.setdefault(row.assessment_id, []).append(row.commit_sha)
    total = 0
    for candidate in candidates:
        assessment_id = candidate.sitting.assessment_id
        known = pushed.get(assessment_id, [])
        accepted = accepted_by_git(installation.repositories, assessment_id)
        assert known == accepted[::-1]
        assert candidate.accepted <= set(known)
        total += len(known)
    return total


def check_evaluations(installation: Installation, suspects: Collection[str] = ()) -> Counter[str]:
    """Each submission has one practice evaluation that ended once; how many ended how.

    All pushes are good answers: whatever is judged has full marks, unless it is a suspect.
    """
    evaluations = [r for r in rows(installation, Evaluation) if r.lane is Lane.PRACTICE]
    submissions = {row.id for row in rows(installation, Submission)}
    judged = Counter(
        row.subject for row in rows(installation, AuditEntry) if row.action == Tag.JUDGED
    )
    letters = [row.id for row in rows(installation, Mail)]

    assert Counter(row.submission_id for row in evaluations) == Counter(submissions)
    for row in evaluations:
        was_judged = row.state is EvaluationState.JUDGED
        assert row.state in ENDED, row
        assert judged[row.id] == was_judged, row
        if was_judged and row.id not in suspects:
            assert (row.score, row.complete) == (100.0, True), row
        if row.state is EvaluationState.PLATFORM_FAULT:
            assert [name for name in letters if f":fault:{row.id}:" in name], row
            assert row.message
    return Counter(row.state.value for row in evaluations)


def check_sealed(
    installation: Installation, candidates: Iterable[Candidate], suspects: Collection[str] = ()
) -> Counter[str]:
    """Who finished has one sealed evaluation, of the last push; how many ended how.

    One more may have been superseded: a push that git took before Finish, and was heard of later.
    """
    sealed = [r for r in rows(installation, Evaluation) if r.lane is Lane.SEALED]
    counting = [r for r in sealed if r.state is not EvaluationState.SUPERSEDED]
    finished = {one.sitting.assessment_id for one in candidates if one.finished}
    last: dict[str, str] = {}
    for row in sorted(rows(installation, Submission), key=lambda row: row.number):
        last[row.assessment_id] = row.id

    assert sorted(row.assessment_id for row in counting) == sorted(finished)
    for row in counting:
        assert row.submission_id == last[row.assessment_id], row
        assert row.state in (EvaluationState.JUDGED, EvaluationState.PLATFORM_FAULT), row
        if row.state is EvaluationState.JUDGED and row.id not in suspects:
            assert (row.score, row.complete) == (100.0, True), row
    return Counter(row.state.value for row in counting)


def check_nothing_is_left(site: Site, names: Sequence[str]) -> None:
    """No process, container, network or directory of any run; to be asked when all has stopped."""
    assert site.runs
    end_s = time.monotonic() + CLEAN_S
    while found := left(site, names):
        assert time.monotonic() < end_s, found
        time.sleep(0.5)


def left(site: Site, names: Sequence[str]) -> list[str]:
    found = [f"{pid} {words}" for pid, words in site.processes().items()]
    found += [str(path) for name in names for path in site.home(name).glob("runs/*")]
    engines = sorted(set(site.engines.values()))
    return found + [thing for run in site.runs for thing in left_of(run, *engines)]
