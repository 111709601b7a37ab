"""The whole journey without a browser: what `assay demo` does as a candidate."""

import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from sqlmodel import col, select

from assay.bootstrap.installation import Installation, StarterRepositories
from assay.bootstrap.inviting import Wish, invited
from assay.db.tables import Evaluation
from assay.domain.errors import PlatformFault
from assay.features.assessments.starting import start
from assay.kit.clock import utc_now
from assay.toolkit.variants import write_tree

COMMAND_S = 120
AUTHOR = {"GIT_AUTHOR_NAME": "Dana", "GIT_AUTHOR_EMAIL": "dana@example.org"}
COMMITTER = {"GIT_COMMITTER_NAME": "Dana", "GIT_COMMITTER_EMAIL": "dana@example.org"}
ASKPASS = '#!/bin/sh\nprintf "%s\\n" "$ASSAY_DEMO_TOKEN"\n'


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
    makers = StarterRepositories(installation.repositories, installation.challenges)
    access = start(installation.database, invitation.assessment_id, makers, utc_now)
    url = installation.settings.public_url
    return Sitting(
        assessment_id=invitation.assessment_id,
        page_url=url + invitation.path,
        clone_url=url.replace("://", "://candidate@", 1) + access.clone_url_path,
        token=access.token,
    )


def submit(installation: Installation, sitting: Sitting, wish: Wish, answer: str) -> None:
    """Clone, replace everything by a known answer, commit and push, as a candidate would.

    What git says, the platform's lines among it, goes to the terminal.

    Raises:
        PlatformFault: git failed.
    """
    with tempfile.TemporaryDirectory(prefix="assay-demo-") as scratch:
        clone = Path(scratch, "work")
        environment = _environment(Path(scratch), sitting.token)
        _git(environment, Path(scratch), "clone", "--quiet", sitting.clone_url, str(clone))
        _empty(clone)
        tree = Path(scratch, "answer")
        write_tree(installation.challenges[wish.challenge], answer, tree, scratch=Path(scratch))
        shutil.copytree(tree, clone, dirs_exist_ok=True)
        _git(environment, clone, "add", "--all")
        _git(environment, clone, "commit", "--quiet", "-m", "Make it fit for production")
        _git(environment, clone, "push", "--quiet", "origin", "main", seconds=None)


def last_evaluation(installation: Installation, assessment_id: str) -> Evaluation | None:
    """The newest of an assessment."""
    newest = (
        select(Evaluation)
        .where(Evaluation.assessment_id == assessment_id)
        .order_by(col(Evaluation.queued_at).desc())
    )
    with installation.database.read() as session:
        return session.exec(newest.limit(1)).first()


def _environment(scratch: Path, token: str) -> dict[str, str]:
    askpass = scratch / "askpass"
    askpass.write_text(ASKPASS)
    askpass.chmod(askpass.stat().st_mode | stat.S_IXUSR)
    own = {"GIT_ASKPASS": str(askpass), "GIT_TERMINAL_PROMPT": "0", "ASSAY_DEMO_TOKEN": token}
    nobody = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return {**os.environ, **own, **nobody, **AUTHOR, **COMMITTER}


def _git(
    environment: dict[str, str], directory: Path, *words: str, seconds: float | None = COMMAND_S
) -> None:
    done = subprocess.run(
        ["git", *words], cwd=directory, env=environment, check=False, timeout=seconds
    )
    if done.returncode:
        raise PlatformFault(f"git {words[0]} failed with exit code {done.returncode}")


def _empty(clone: Path) -> None:
    for path in clone.iterdir():
        if path.name == ".git":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
