"""Alice's company with candidates in every state, for whoever looks at its pages.

Charlie's company has nobody in it: what Charlie sees is how pages look when they are empty.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.fakes.bundles import bundle_of, commit_of, git
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.ground import Ground
from tests.fakes.incidents import make_incidents, with_incidents
from tests.fakes.web import Site

from assay.adapters.submitted_work import BundledWork
from assay.auth.links import new_link_for
from assay.bootstrap.demo_data.note import DemoNote, write_note
from assay.db.artifacts import BUNDLE, put_artifact
from assay.db.tables import Assessment, Decision, Evaluation, Review, ShareLink
from assay.domain.evidence import Evidence
from assay.domain.hiring import Verdict
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import service as assessments
from assay.features.scorecards.studies import Subject, study
from assay.kit.ids import new_id, new_token, sha256_of

MANY = 52
"""Candidates of the busy position: more than a page shows."""
LONG = "Wilhelmina-Alexandrina Papadopoulou-Featherstonehaugh"
"""A name that does not fit on a phone."""


GIVEN = "".join(f"def given_{number}(x):\n    return x + {number}\n\n" for number in range(20))
COPIED = "".join(
    f"def mended_{number}(rows):\n    return [row.value * {number} for row in rows if row.ok]\n\n"
    for number in range(20)
)
"""What two of them added alike."""


@dataclass(frozen=True)
class Work:
    """A push."""

    commit: str
    bundle: bytes


@dataclass
class Company:
    """Ids of what there is.

    Attributes:
        directory: For the repositories of those who pushed.
        ids: Word of a walk -> id: "good", "poor", "running", "invited", "revoked", "asks", ...
    """

    site: Site
    directory: Path
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def ground(self) -> Ground:
        return Ground(self.site)

    def fill(self) -> None:
        """Everything."""
        self._positions()
        self._judged("good", with_incidents(make_incidents()))
        self._judged("poor", with_incidents(make_incidents("poor")))
        self._judged("bare", make_poor_evidence())
        self._decide()
        self._unfinished()
        self._many()
        self._around()

    def _positions(self) -> None:
        for word in ("busy", "single", "nobody"):
            self.ids[word] = self.ground.position()

    def _judged(self, word: str, evidence: Evidence) -> None:
        """Practised, handed in and judged."""
        site = self.site
        assessment_id = self._started(word)
        site.judge(site.pushed(assessment_id), make_poor_evidence())
        work = self._work(word)
        site.judge(site.pushed(assessment_id, work.commit), evidence)
        sealed = site.sealed(assessment_id)
        site.judge(sealed, evidence)
        self.ids[f"{word}-run"] = sealed
        self._keep(word, sealed, work)

    def _work(self, word: str) -> Work:
        """What was pushed: a repository as the server keeps it."""
        folder = self.directory / word
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
        (folder / "service.py").write_text(GIVEN)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message=Start")
        commit = commit_of(folder, {"service.py": GIVEN + COPIED, "NOTES.md": f"By {word}.\n"})
        return Work(commit, bundle_of(folder, "HEAD", "main"))

    def _keep(self, word: str, sealed: str, work: Work) -> None:
        """Store it, and study it as a worker does."""
        house = self.site.house
        with house.write() as session:
            run = session.get_one(Evaluation, sealed)
            put_artifact(session, run.submission_id, BUNDLE, work.bundle, house.time)
        self.ids[f"{word}-push"] = run.submission_id
        subject = Subject(run.submission_id, run.assessment_id, work.commit)
        study(house.database, BundledWork(), subject, house.time)

    def _started(self, word: str, position: str = "busy") -> str:
        assessment_id = self.site.house.started()
        self._name(assessment_id, word, position)
        return assessment_id

    def _name(self, assessment_id: str, word: str, position: str) -> None:
        self.ids[word] = assessment_id
        with self.site.house.write() as session:
            row = session.get_one(Assessment, assessment_id)
            row.candidate_name = f"{word.capitalize()} {LONG}"
            row.position_id, row.number = self.ids[position], len(self.ids)

    def _decide(self) -> None:
        cast, now = self.site.house.cast, self.site.house.time
        lines = (
            '{"design": {"score": 3, "note": "Plain."}, "documentation": {"score": 2, "note": ""},'
            ' "trade_offs": {"score": 4, "note": ""}, "readiness": {"score": 1, "note": ""}}'
        )
        made: list[Any] = [
            Review(
                id=new_id("rev"), assessment_id=self.ids["good"], user_id=one.user_id, lines=lines,
                summary="I would build on it.", created_at=now, handed_in_at=now,
            )
            for one in (cast.alice, cast.bob)
        ]  # fmt: skip
        made.append(
            Decision(
                assessment_id=self.ids["good"], verdict=Verdict.ADVANCE, reason="Good enough.",
                user_id=cast.alice.user_id, at=now,
            )
        )  # fmt: skip
        with self.site.house.write() as session:
            session.add_all(made)

    def _unfinished(self) -> None:
        site, house = self.site, self.site.house
        running = self._started("running", "single")
        site.begin(site.pushed(running), "load")
        invited = house.invite().assessment_id
        self._name(invited, "invited", "busy")
        revoked = self._started("revoked")
        with house.write() as session:
            assessments.revoke(session, house.jobs, revoked, "the position was filled", house.time)
            row = session.get_one(Assessment, self.ids["poor"])
            row.deletion_asked_at = house.time
        regraded = self._started("regraded")
        site.pushed(regraded)
        self.ids["regraded-run"] = site.regraded(regraded)

    def _many(self) -> None:
        """More than fit on one page."""
        house = self.site.house
        with house.write() as session:
            for number in range(MANY):
                made = assessments.invite(session, house.order(), house.time)
                row = session.get_one(Assessment, made.assessment_id)
                row.candidate_name, row.position_id = f"Number {number}", self.ids["busy"]
                row.number = 100 + number
                if number % 7 == 0:
                    row.state = AssessmentState.EXPIRED
                row.invited_at -= timedelta(hours=number + 1)

    def _around(self) -> None:
        """A link that opens a scorecard, one that signs in, an endpoint, the mark of demo data."""
        house, token = self.site.house, new_token("shr")
        subject = self.ground.subject("/hiring/integrations/{endpoint_id}")
        self.ids |= {name: subject[name] for name in ("endpoint_id", "delivery_id")}
        with house.write() as session:
            session.add(
                ShareLink(
                    id=new_id("shl"),
                    assessment_id=self.ids["good"],
                    token_sha256=sha256_of(token),
                    anonymous=True,
                    created_by=house.cast.alice.user_id,
                    created_at=house.time,
                    expires_at=house.time + timedelta(days=7),
                )
            )
            self.ids["link"] = new_link_for(session, house.cast.alice.user_id, house.time)
            note = DemoNote(
                position_id=self.ids["busy"],
                recorded_at=house.time,
                assay="0.1.0",
                command="assay demo-data record",
            )
            write_note(session, house.cast.organisation_id, note, house.time)
        self.ids["share"] = token
