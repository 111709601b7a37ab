"""Whatever a repository is configured to fetch from, exporting it reaches for nothing."""

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assay.adapters.git import TreeExporter
from assay.domain.challenge import ServiceLimits
from assay.domain.errors import CandidateFault
from assay.kit.deadline import Deadline
from assay_sandbox import git_objects

LIMITS = ServiceLimits(repository_mib=1, repository_files=10)
SECRET = "of somebody else\n"
OPEN_DOORS = {
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
    "protocol.file.allow": "always",
    "submodule.recurse": "true",
    "fetch.recurseSubmodules": "true",
}
"""What a repository can say of itself to have git fetch more freely."""


def git(directory: Path, *words: str, **environment: str) -> str:
    who = ["-c", "user.name=Dana", "-c", "user.email=dana@example.org"]
    done = subprocess.run(
        ["git", "-C", str(directory), *who, *words],
        capture_output=True,
        check=True,
        text=True,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **environment},
    )
    return done.stdout.strip()


def configure(tree: Path, settings: Mapping[str, str]) -> None:
    """As `git config` would one by one, which takes a process for each."""
    with (tree / ".git/config").open("a") as config:
        for name, value in settings.items():
            section, _, key = name.rpartition(".")
            top, _, rest = section.partition(".")
            title = f'[{top} "{rest}"]' if rest else f"[{top}]"
            config.write(f'{title}\n\t{key} = "{value}"\n')


@dataclass
class Trap:
    """Notices who fetches: a port, a program, and a store that holds what is missing.

    Attributes:
        ran: The file that exists once the program has run.
        store: A repository with the object that the submitted one lacks.
        port: Whoever connects to it is counted.
    """

    ran: Path
    store: Path
    port: int
    connected: list[bool] = field(default_factory=list)

    def sprung(self) -> bool:
        return self.ran.exists() or bool(self.connected)


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Trap]:
    store = tmp_path / "store"
    store.mkdir()
    git(store, "init", "--quiet")
    (store / "secret.txt").write_text(SECRET)
    git(store, "add", ".")
    git(store, "commit", "--quiet", "-m", "work")
    git(store, "config", "uploadpack.allowAnySHA1InWant", "true")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Trap(tmp_path / "ran", store, listening.getsockname()[1])
        thread = threading.Thread(target=count, args=(listening, made.connected))
        thread.start()
        yield made
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def count(listening: socket.socket, connected: list[bool]) -> None:
    with suppress(OSError):
        while True:
            with closing(listening.accept()[0]):
                connected.append(True)


def told(url: str, **settings: str) -> dict[str, str]:
    """The settings of a partial clone of `url`, and more ("_" for ".")."""
    return {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": url,
        "remote.origin.promisor": "true",
        "remote.origin.partialCloneFilter": "blob:none",
        **{name.replace("_", "."): value for name, value in settings.items()},
    }


BAITS: dict[str, Callable[[Trap], dict[str, str]]] = {
    "a program": lambda trap: told(f"ext::touch {trap.ran}"),
    "a web server": lambda trap: told(f"http://127.0.0.1:{trap.port}/x"),
    "a git server": lambda trap: told(f"git://127.0.0.1:{trap.port}/x"),
    "a shell's server": lambda trap: told("ssh://127.0.0.1/x", core_sshCommand=f"touch {trap.ran}"),
    "another name for it": lambda trap: (
        told("https://example.org/x")
        | {f"url.ext::touch {trap.ran}.insteadOf": "https://example.org/x"}
    ),
    "a directory": lambda trap: told(str(trap.store)),
    "a program beside a directory": lambda trap: told(
        str(trap.store), remote_origin_uploadpack=f"touch {trap.ran};git-upload-pack"
    ),
}


def submitted(trap: Trap, bait: str, directory: Path) -> Path:
    """A work tree whose commit has a file that is only in the trap."""
    directory.mkdir()
    git(directory, "init", "--quiet")
    (directory / "secret.txt").write_text(SECRET)
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "-m", "work")
    missing = blob_of(directory)
    configure(directory, OPEN_DOORS | BAITS[bait](trap))
    (directory / ".git/objects" / missing[:2] / missing[2:]).unlink()
    return directory


def blob_of(directory: Path) -> str:
    return git(directory, "rev-parse", "HEAD:secret.txt")


def refused(tree: Path, out: Path, commit: str | None = None) -> None:
    with pytest.raises(CandidateFault, match="cannot be read"):
        TreeExporter(tree, LIMITS, commit=commit).export(out, deadline=Deadline.after(20))
    assert not list(out.glob("*"))


@pytest.mark.parametrize("bait", sorted(BAITS.keys() - {"a directory"}))
def test_what_a_commit_lacks_is_never_fetched(trap: Trap, bait: str, tmp_path: Path) -> None:
    tree = submitted(trap, bait, tmp_path / "submitted")

    refused(tree, tmp_path / "out")
    refused(tree / ".git", tmp_path / "out", commit="HEAD")

    assert not trap.sprung()
    assert trap_works(trap, tree), "git itself would not have fetched either: nothing was tried"


def trap_works(trap: Trap, tree: Path, **environment: str) -> bool:
    """Whether git, left to itself or told so little, falls into it."""
    with suppress(subprocess.CalledProcessError):
        git(tree, "cat-file", "-p", blob_of(tree), **environment)
    return trap.sprung()


@pytest.mark.parametrize("bait", BAITS)
def test_a_git_without_a_switch_for_lazy_fetching_is_allowed_no_protocol(
    trap: Trap, bait: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(git_objects._ENVIRONMENT, "GIT_NO_LAZY_FETCH")

    refused(submitted(trap, bait, tmp_path / "submitted"), tmp_path / "out")

    assert not trap.sprung()


def test_the_switch_for_lazy_fetching_is_enough_where_git_has_it(
    trap: Trap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = submitted(trap, "a program", tmp_path / "submitted")
    if trap_works(trap, tree, GIT_NO_LAZY_FETCH="1"):
        pytest.skip("this git does not know GIT_NO_LAZY_FETCH")
    monkeypatch.delitem(git_objects._ENVIRONMENT, "GIT_ALLOW_PROTOCOL")

    refused(tree, tmp_path / "out")

    assert not trap.sprung()


def test_objects_in_another_directory_are_not_taken_from_there(trap: Trap, tmp_path: Path) -> None:
    """Were it fetched from, the tree would be complete, with a file its author may not read."""
    tree = submitted(trap, "a directory", tmp_path / "submitted")

    refused(tree, tmp_path / "out")

    assert git(tree, "cat-file", "-p", blob_of(tree)) == SECRET.strip()


def test_a_submodule_is_refused_and_its_address_left_alone(trap: Trap, tmp_path: Path) -> None:
    tree = tmp_path / "submitted"
    tree.mkdir()
    git(tree, "init", "--quiet")
    address = f"ext::touch {trap.ran}"
    (tree / ".gitmodules").write_text(f'[submodule "x"]\n\tpath = x\n\turl = {address}\n')
    git(tree, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},x")
    git(tree, "add", ".gitmodules")
    git(tree, "commit", "--quiet", "-m", "work")
    configure(tree, OPEN_DOORS | {"submodule.x.url": address})

    with pytest.raises(CandidateFault, match="submodule"):
        TreeExporter(tree, LIMITS).export(tmp_path / "out", deadline=Deadline.after(20))

    assert not trap.sprung()
    with suppress(subprocess.CalledProcessError):
        git(tree, "submodule", "update", "--init", GIT_ALLOW_PROTOCOL="ext")
    assert trap.sprung(), "git itself would not have fetched either: nothing was tried"
