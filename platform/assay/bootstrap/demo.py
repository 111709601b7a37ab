"""The whole journey without a browser: what `assay demo` does as a candidate."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from sqlmodel import col, select

from assay.bootstrap.demo_clone import Author, Clone
from assay.bootstrap.installation import Installation, starters
from assay.bootstrap.inviting import Wish, invited
from assay.db.tables import Evaluation
from assay.features.assessments.orders import GitAccess
from assay.features.assessments.starting import start
from assay.kit.clock import utc_now
from assay.toolkit.variants import write_tree

DANA = Author("Dana", "dana@example.org")


@dataclass(frozen=True, slots=True)
class Sitting:
    """A candidate who has pressed Start.

    Attributes:
        page_url: Of the invitation; it opens the candidate's page.
        clone_url: Of the repository, with the user's name.
        token: The password.
    """

    assessment_id: str
    page_url: str
    clone_url: str
    token: str


def sit(installation: Installation, wish: Wish) -> Sitting:
    """Invite somebody and start at once. A demonstration asks for no proof of the challenge."""
    invitation = invited(installation, replace(wish, unproven=True))
    access = begin(installation, invitation.assessment_id)
    return Sitting(
        assessment_id=invitation.assessment_id,
        page_url=installation.settings.public_url + invitation.path,
        clone_url=clone_url(installation, access),
        token=access.token,
    )


def begin(installation: Installation, assessment_id: str) -> GitAccess:
    """Press Start."""
    return start(installation.database, assessment_id, starters(installation), utc_now)


def clone_url(installation: Installation, access: GitAccess) -> str:
    """Of a repository, with the user's name."""
    named = installation.settings.public_url.replace("://", "://candidate@", 1)
    return named + access.clone_url_path


def submit(installation: Installation, sitting: Sitting, wish: Wish, answer: str) -> None:
    """Clone, replace everything by a known answer, commit and push, as a candidate would.

    What git says, the platform's lines among it, goes to the terminal.

    Raises:
        PlatformFault: git failed.
    """
    with tempfile.TemporaryDirectory(prefix="assay-demo-") as scratch:
        clone = Clone.of(sitting.clone_url, sitting.token, DANA, Path(scratch))
        _empty(clone.directory)
        tree = Path(scratch, "answer")
        write_tree(installation.challenges[wish.challenge], answer, tree, scratch=Path(scratch))
        shutil.copytree(tree, clone.directory, dirs_exist_ok=True)
        clone.commit("Make it fit for production")
        clone.push()


def last_evaluation(installation: Installation, assessment_id: str) -> Evaluation | None:
    """The newest of an assessment."""
    newest = (
        select(Evaluation)
        .where(Evaluation.assessment_id == assessment_id)
        .order_by(col(Evaluation.queued_at).desc())
    )
    with installation.database.read() as session:
        return session.exec(newest.limit(1)).first()


def _empty(clone: Path) -> None:
    for path in clone.iterdir():
        if path.name == ".git":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
