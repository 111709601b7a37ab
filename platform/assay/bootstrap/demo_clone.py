"""A candidate's working copy: the real git client, over HTTP, under the candidate's name."""

import os
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.domain.errors import PlatformFault

COMMAND_S = 120
ASKPASS = '#!/bin/sh\nprintf "%s\\n" "$ASSAY_DEMO_TOKEN"\n'


@dataclass(frozen=True, slots=True)
class Author:
    """Whose name the commits bear."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Clone:
    """A working copy. What git says, the platform's lines among it, goes to the terminal.

    Attributes:
        environment: Of every command: who commits, and the password.
    """

    directory: Path
    environment: dict[str, str]

    @classmethod
    def of(cls, url: str, token: str, author: Author, scratch: Path) -> "Clone":
        """Clone into `scratch/work`.

        Raises:
            PlatformFault: git failed.
        """
        made = cls(scratch / "work", _environment(scratch, token, author))
        made._git(scratch, "clone", "--quiet", url, str(made.directory))
        return made

    def commit(self, message: str, paths: Sequence[str] = (".",)) -> None:
        """Commit what is in these paths, ignored files too.

        Raises:
            PlatformFault: git failed, or there is nothing new.
        """
        self._git(self.directory, "add", "--all", "--force", "--", *paths)
        self._git(self.directory, "commit", "--quiet", "-m", message)

    def push(self, *options: str) -> None:
        """Push, however long the answer takes.

        Raises:
            PlatformFault: git failed.
        """
        words = ("push", "--quiet", *options, "origin", "main")
        self._git(self.directory, *words, seconds=None)

    def _git(self, directory: Path, *words: str, seconds: float | None = COMMAND_S) -> None:
        done = subprocess.run(
            ["git", *words], cwd=directory, env=self.environment, check=False, timeout=seconds
        )
        if done.returncode:
            raise PlatformFault(
                f"git {words[0]} failed with exit code {done.returncode}",
                remedy="what git said is above",
            )


def _environment(scratch: Path, token: str, author: Author) -> dict[str, str]:
    askpass = scratch / "askpass"
    askpass.write_text(ASKPASS)
    askpass.chmod(askpass.stat().st_mode | stat.S_IXUSR)
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", author.name), ("EMAIL", author.email))
    }
    own = {"GIT_ASKPASS": str(askpass), "GIT_TERMINAL_PROMPT": "0", "ASSAY_DEMO_TOKEN": token}
    nobody = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    return {**os.environ, **own, **nobody, **who}
