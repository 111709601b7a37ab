"""Candidates whose repository is a real one, judged and studied as a worker does."""

from pathlib import Path

from tests.fakes.bundles import bundle_of, commit_of, git
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.positions import started_in
from tests.fakes.web import Site

from assay.adapters.submitted_work import BundledWork
from assay.db.artifacts import BUNDLE, put_artifact
from assay.features.scorecards.studies import study, unstudied

HOSTILE = "<script>alert(1)</script>"


def hand_in(site: Site, name: str, scratch: Path, text: str) -> str:
    """Id of the assessment of somebody who added `app.py` to the starter, in two commits."""
    tree = scratch / name
    tree.mkdir()
    commit_of(tree, {"base.py": "x = 1\n"})
    git(tree, "commit", "--allow-empty", "--quiet", f"--message={HOSTILE} by {name}")
    commit = commit_of(tree, {"app.py": text})
    assessment_id = started_in(site.house, None, name)
    site.pushed(assessment_id, commit)
    site.judge(site.sealed(assessment_id), make_poor_evidence())
    with site.house.write() as session:
        (subject,) = [
            s for s in unstudied(session, 50, site.house.time) if s.assessment_id == assessment_id
        ]
        put_artifact(session, subject.submission_id, BUNDLE, bundle_of(tree), site.house.time)
    study(site.house.database, BundledWork(), subject, site.house.time)
    return assessment_id
