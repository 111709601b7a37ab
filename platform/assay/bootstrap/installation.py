"""One installation put together: its database, its queue, its challenges, its repositories."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.adapters.dbos_jobs import DbosQueue, prepare
from assay.adapters.mail import FileOutbox
from assay.adapters.repositories import Repositories
from assay.bootstrap.settings import Settings, with_secret
from assay.db.migrate import upgrade
from assay.db.session import Database
from assay.domain.errors import BadInput, PlatformFault
from assay.toolkit.package import ChallengePackage, known_challenges, load_challenge
from assay.toolkit.variants import write_tree


@dataclass(frozen=True, slots=True)
class Installation:
    """What every process of an installation works with.

    Attributes:
        challenges: Slug -> package: what can be invited to.
    """

    settings: Settings
    secret_key: str
    database: Database
    queue: DbosQueue
    challenges: Mapping[str, ChallengePackage]
    repositories: Repositories


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """Open it, with its tables as this version wants them.

    Raises:
        BadInput: a challenge or a setting is wrong.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    challenges = challenges_in(settings.challenges)
    upgrade(settings.database_url)
    prepare(settings.database_url)
    database, queue = Database(settings.database_url), DbosQueue(settings.database_url)
    try:
        yield Installation(
            settings=settings,
            secret_key=with_secret(settings),
            database=database,
            queue=queue,
            challenges=challenges,
            repositories=Repositories(settings.repositories),
        )
    finally:
        queue.close()
        database.dispose()


def challenges_in(directory: Path) -> dict[str, ChallengePackage]:
    """Every challenge there, by its slug.

    Raises:
        BadInput: there is none, or one is wrong.
    """
    names = known_challenges(directory)
    if not names:
        raise BadInput(
            f"there is no challenge in {directory}; let ASSAY_CHALLENGES name a directory of some"
        )
    packages = [load_challenge(directory / name) for name in names]
    return {package.challenge.id: package for package in packages}


class StarterRepositories:
    """The `RepositoryMaker`: a repository whose only commit is the starter of a variant."""

    def __init__(
        self,
        repositories: Repositories,
        challenges: Mapping[str, ChallengePackage],
        outbox: FileOutbox | None = None,
    ) -> None:
        """`outbox`: where mails lie as files, if they do."""
        self._repositories, self._challenges = repositories, challenges
        self._outbox = outbox

    def make(self, assessment_id: str, challenge: str, variant: int) -> None:
        """See `RepositoryMaker`."""
        package = self._challenges.get(challenge)
        if package is None:
            raise PlatformFault(
                f"the challenge {challenge} is not on this host",
                remedy="put it back into the directory ASSAY_CHALLENGES names",
            )
        with tempfile.TemporaryDirectory(prefix="assay-starter-") as scratch:
            tree = Path(scratch, "tree")
            write_tree(package, "starter", tree, variant=variant, scratch=Path(scratch))
            self._repositories.create(assessment_id, tree)

    def delete(self, assessment_id: str) -> None:
        """See `RepositoryMaker`."""
        self._repositories.delete(assessment_id)
        if self._outbox:
            self._outbox.forget(assessment_id)


def starters(installation: Installation) -> StarterRepositories:
    """Those of an installation."""
    outbox = FileOutbox(installation.settings.outbox)
    return StarterRepositories(installation.repositories, installation.challenges, outbox)
