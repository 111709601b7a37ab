"""Records demo candidates: real clones, commits and pushes, and what real evaluations left.

Everything is looked up in the installation first, so a recording that was cut off goes on where
it stood.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from sqlmodel import col, select

from assay.bootstrap.demo import begin, clone_url
from assay.bootstrap.demo_clone import Author, Clone
from assay.bootstrap.demo_data.dataset import Dataset, Entry
from assay.bootstrap.demo_data.extraction import package_of
from assay.bootstrap.demo_data.roster import DemoCandidate
from assay.bootstrap.demo_data.steps import carry_out, files_of, steps
from assay.bootstrap.first_start import demo_organisation, seed
from assay.bootstrap.installation import Installation
from assay.db.results import counting_evaluation
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import BadInput, PlatformFault
from assay.domain.lifecycle import ENDED, AssessmentState, EvaluationState
from assay.features.assessments.orders import InvitationOrder, offer_of
from assay.features.assessments.service import finish, invite, new_git_token
from assay.features.submissions.service import retry
from assay.kit.clock import utc_now
from assay.kit.ids import new_id
from assay.toolkit.package import ChallengePackage
from assay.toolkit.variants import write_tree

STARTER = "starter"
Say = Callable[[str], None]
Wait = Callable[[float], None]
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records one candidate after the other into a data set.

    Attributes:
        installation: Its pages and a worker are up.
        dataset: What is in it already is not looked at: whoever is recorded again sits again.
        say: Tells a person how it goes.
        wait: Lets seconds pass.
    """

    installation: Installation
    dataset: Dataset
    say: Say
    wait: Wait

    def record(self, candidate: DemoCandidate) -> Dataset:
        """All of it; the data set as it is then.

        Raises:
            BadInput: there is no such challenge or answer.
            PlatformFault: git failed, or the evaluation did.
        """
        assessment_id = self.hand_in(candidate)
        self.judged(assessment_id)
        return self.keep(candidate, assessment_id)

    def hand_in(self, candidate: DemoCandidate) -> str:
        """Invite, start, clone, commit, push and finish; the id of the assessment.

        Raises:
            BadInput: there is no such challenge or answer.
            PlatformFault: git failed.
        """
        package = self._package(self.dataset.roster.challenge)
        sitting = self._known(candidate, package) or self._invited(candidate, package)
        if sitting.state is AssessmentState.INVITED:
            self.say(f"{candidate.slug}: invited, presses Start")
            begin(self.installation, sitting.id)
        if sitting.state in (AssessmentState.INVITED, AssessmentState.STARTED):
            self._push(candidate, package, sitting.id)
            with self.installation.database.write() as session:
                finish(session, self.installation.queue, sitting.id, utc_now())
            self.say(f"{candidate.slug}: has pressed Finish")
        return sitting.id

    def judged(self, assessment_id: str) -> None:
        """Wait until the sealed evaluation has its result; one that failed before is tried again.

        Raises:
            PlatformFault: it failed now, or there is none.
        """
        self._try_again(assessment_id)
        told = ""
        while True:
            row = self._counting(assessment_id)
            if row.state is EvaluationState.JUDGED:
                self.say(f"  judged: {row.score}")
                return
            if row.state in ENDED:
                raise PlatformFault(
                    f"the evaluation {row.id} is {row.state.value}: {row.message}",
                    remedy="mend what it names, then give the command again: it goes on here",
                )
            if (now := f"  {row.state.value} {row.stage}".rstrip()) != told:
                self.say(now)
                told = now
            self.wait(LOOK_S)

    def keep(self, candidate: DemoCandidate, assessment_id: str) -> Dataset:
        """Write what came of it into the data set."""
        with self.installation.database.read() as session:
            package = package_of(session, candidate.slug, assessment_id)
        entry = Entry(
            slug=candidate.slug,
            assessment_id=assessment_id,
            recorded_at=utc_now(),
            assay=version("assay"),
            machine=_machine(),
        )
        return self.dataset.write(package, entry, new_id("pos"))

    # --------------------------------------------------------------------------------- the parts

    def _package(self, challenge: str) -> ChallengePackage:
        package = self.installation.challenges.get(challenge)
        if package is None:
            there = ", ".join(sorted(self.installation.challenges))
            raise BadInput(f"there is no challenge {challenge!r}; there are: {there}")
        return package

    def _known(self, candidate: DemoCandidate, package: ChallengePackage) -> Assessment | None:
        """The sitting an earlier run has begun, of the challenge as it is now."""
        manifest = self.dataset.manifest
        done = [one.assessment_id for one in manifest.entries] if manifest else []
        wanted = select(Assessment).where(
            Assessment.candidate_email == candidate.email,
            Assessment.challenge_sha256 == package.digest,
            Assessment.variant == candidate.variant,
            col(Assessment.id).not_in(done),
        )
        with self.installation.database.read() as session:
            return session.exec(wanted.order_by(col(Assessment.invited_at).desc())).first()

    def _invited(self, candidate: DemoCandidate, package: ChallengePackage) -> Assessment:
        offer = replace(offer_of(package), practice_runs=candidate.practice_runs)
        with self.installation.database.write() as session:
            seed(session, utc_now())
            order = InvitationOrder(
                organisation_id=demo_organisation(session),
                offer=offer,
                candidate_email=candidate.email,
                candidate_name=candidate.marked_name,
                public_url=self.installation.settings.public_url,
                variant=candidate.variant,
                unproven=True,
            )
            made = invite(session, order, utc_now())
            return session.get_one(Assessment, made.assessment_id)

    def _push(
        self, candidate: DemoCandidate, package: ChallengePackage, assessment_id: str
    ) -> None:
        with self.installation.database.write() as session:
            access = new_git_token(session, assessment_id, utc_now())
        with tempfile.TemporaryDirectory(prefix="assay-demo-") as name:
            scratch, author = Path(name), Author(candidate.name, candidate.email)
            url = clone_url(self.installation, access)
            clone = Clone.of(url, access.token, author, scratch)
            target = _target(candidate, package, clone.directory, scratch)
            for step in steps(clone.directory, target):
                self.say(f"{candidate.slug}: {step.message}")
                carry_out(step, clone.directory, target)
                clone.commit(step.message, step.paths)
                clone.push("-o", "nowait")
                self._practised(assessment_id)

    def _practised(self, assessment_id: str) -> None:
        """Wait until nothing of this candidate waits or runs."""
        still_open = [state for state in EvaluationState if state not in ENDED]
        wanted = select(Evaluation.id).where(
            Evaluation.assessment_id == assessment_id, col(Evaluation.state).in_(still_open)
        )
        while True:
            with self.installation.database.read() as session:
                if session.exec(wanted.limit(1)).first() is None:
                    return
            self.wait(LOOK_S)

    def _counting(self, assessment_id: str) -> Evaluation:
        with self.installation.database.read() as session:
            row = counting_evaluation(session, assessment_id)
        if row is None:
            raise PlatformFault(
                f"nothing of {assessment_id} was sealed",
                remedy="remove the home of the recording, and record anew",
            )
        return row

    def _try_again(self, assessment_id: str) -> None:
        row = self._counting(assessment_id)
        if row.state is EvaluationState.PLATFORM_FAULT:
            with self.installation.database.write() as session:
                retry(session, self.installation.queue, row.id, utc_now())


def _target(
    candidate: DemoCandidate, package: ChallengePackage, clone: Path, scratch: Path
) -> Mapping[str, Path]:
    """Path -> file of what the candidate ends with."""
    tree, notes = scratch / "answer", scratch / "notes"
    if candidate.answer == STARTER:  # what was given; the notes are all that is added
        tree = clone
    else:
        write_tree(package, candidate.answer, tree, scratch=scratch)
    for path, text in candidate.notes.items():
        (notes / path).parent.mkdir(parents=True, exist_ok=True)
        (notes / path).write_text(text, encoding="utf-8")
    found = {path: tree / path for path in files_of(tree)}
    return found | {path: notes / path for path in candidate.notes}


def _machine() -> str:
    about = os.uname()
    return f"{os.cpu_count()} cores, {about.sysname} {about.release}, {about.machine}"
