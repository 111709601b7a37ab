"""Only plain files leave a repository nobody trusts, and every refusal says what to change."""

import hashlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from assay_sandbox.export import (
    ExportLimits,
    ExportRefused,
    ExportReport,
    export_commit,
    export_directory,
    tree_digest,
)

KIB = 1024


class Repository:
    """A real repository, filled through git's own object commands: no name is too bad."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "--quiet", "--initial-branch=main", str(path))

    def git(self, *words: str, given: bytes = b"") -> str:
        who = {"NAME": "A", "EMAIL": "a@example.org"}
        people = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()}
        done = subprocess.run(
            ["git", "-C", str(self.path.parent if words[0] == "init" else self.path), *words],
            input=given,
            capture_output=True,
            check=True,
            env={**people, "PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull},
        )
        return done.stdout.decode().strip()

    def blob(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", given=content)

    def tree(self, *entries: tuple[str, str, bytes]) -> str:
        """Entries are (mode, object id, name); unlike `mktree`, nothing is checked."""
        ordered = sorted(entries, key=lambda e: e[2] + (b"/" if e[0] == "40000" else b""))
        content = b"".join(
            mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, oid, name in ordered
        )
        words = ("hash-object", "-w", "-t", "tree", "--literally", "--stdin")
        return self.git(*words, given=content)

    def commit(self, tree: str) -> str:
        commit = self.git("commit-tree", tree, "-m", "work")
        self.git("update-ref", "refs/heads/main", commit)
        return commit


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def export(repository: Repository, tree: str, limits: ExportLimits | None = None) -> ExportReport:
    destination = repository.path.parent / "exported"
    return export_commit(
        repository.path / ".git", repository.commit(tree), destination, limits, deadline_s=10
    )


def refusal(repository: Repository, tree: str, limits: ExportLimits | None = None) -> str:
    with pytest.raises(ExportRefused) as refused:
        export(repository, tree, limits)
    assert not list(repository.path.parent.glob("exported/*"))
    return "\n".join(refused.value.problems)


def test_a_commit_becomes_plain_files_with_their_executable_bits(repository: Repository) -> None:
    inner = repository.tree(("100755", repository.blob(b"#!/bin/sh\n"), b"run.sh"))
    tree = repository.tree(
        ("100644", repository.blob(b"hello"), "grüße.txt".encode()), ("40000", inner, b"bin")
    )

    report = export(repository, tree)

    exported = repository.path.parent / "exported"
    assert (exported / "grüße.txt").read_bytes() == b"hello"
    assert (exported / "bin/run.sh").stat().st_mode & 0o777 == 0o755
    assert (report.files, report.bytes) == (2, 15)
    assert report.tree_sha256 == tree_digest(exported)


def test_the_digest_is_of_contents_names_and_modes_only(repository: Repository) -> None:
    report = export(repository, repository.tree(("100644", repository.blob(b"x"), b"a")))

    content = hashlib.sha256(b"x").hexdigest()
    assert report.tree_sha256 == hashlib.sha256(f"a\x00644\x00{content}\n".encode()).hexdigest()


def test_attributes_of_the_tree_have_no_effect(repository: Repository) -> None:
    attributes = b"app.py export-ignore\n*.txt filter=evil ident export-subst text eol=crlf\n"
    tree = repository.tree(
        ("100644", repository.blob(attributes), b".gitattributes"),
        ("100644", repository.blob(b"print()\n"), b"app.py"),
        ("100644", repository.blob(b"$Format:%H$ $Id$\n"), b"a.txt"),
    )
    repository.git("config", "filter.evil.smudge", "touch /tmp/assay-smudged")

    export(repository, tree)

    exported = repository.path.parent / "exported"
    assert (exported / "app.py").exists()
    assert (exported / "a.txt").read_bytes() == b"$Format:%H$ $Id$\n"


def test_pointers_to_a_large_file_store_are_named(repository: Repository) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"

    report = export(repository, repository.tree(("100644", repository.blob(pointer), b"model.bin")))

    assert report.large_file_pointers == ("model.bin",)


def test_symbolic_links_are_refused(repository: Repository) -> None:
    tree = repository.tree(("120000", repository.blob(b"/etc/passwd"), b"config"))

    assert "symbolic link" in refusal(repository, tree)


def test_submodules_are_refused(repository: Repository) -> None:
    assert "submodule" in refusal(repository, repository.tree(("160000", "1" * 40, b"library")))


def test_all_problems_are_told_at_once(repository: Repository) -> None:
    link = repository.blob(b"/etc/passwd")
    tree = repository.tree(("120000", link, b"a"), ("120000", link, b"b"), ("160000", link, b"c"))

    assert len(refusal(repository, tree).splitlines()) == 3


@pytest.mark.parametrize(
    "name",
    [
        b"..",
        b".git",
        b".GIT",
        b".git.",
        b"git~1",
        b"a\x1b[2Jb",
        b"a\nb",
        "\u202egnp.exe".encode(),
        "\u200b.git".encode(),
        b"\xff\xfe",
        b"a\\b",
        b"c:evil",
        b"n" * 201,
    ],
)
def test_forbidden_names_are_refused(repository: Repository, name: bytes) -> None:
    tree = repository.tree(("100644", repository.blob(b"x"), name))

    message = refusal(repository, tree)

    assert "name" in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("first", "second"),
    [(b"Dockerfile", b"dockerfile"), ("ﬁle".encode(), b"file"), (b"stra\xc3\x9fe", b"strasse")],
)
def test_names_that_collide_on_some_file_systems_are_refused(
    repository: Repository, first: bytes, second: bytes
) -> None:
    blob = repository.blob(b"x")
    tree = repository.tree(("100644", blob, first), ("100644", blob, second))

    assert "one name" in refusal(repository, tree)


def test_directories_that_collide_are_refused(repository: Repository) -> None:
    blob = repository.blob(b"x")
    one, two = (repository.tree(("100644", blob, name)) for name in (b"a", b"b"))

    assert "one name" in refusal(
        repository, repository.tree(("40000", one, b"App"), ("40000", two, b"app"))
    )


def test_a_git_bomb_is_refused_in_a_blink(repository: Repository) -> None:
    """Ten levels of ten references each: 10^10 files out of eleven objects."""
    mode, object_id = "100644", repository.blob(b"x")
    for _ in range(10):
        object_id = repository.tree(*((mode, object_id, b"d%d" % i) for i in range(10)))
        mode = "40000"
    started_s = time.monotonic()

    assert "more than 2000 files" in refusal(repository, object_id)
    assert time.monotonic() - started_s < 10


def test_a_bomb_of_directories_without_files_is_refused_too(repository: Repository) -> None:
    object_id = repository.tree()
    for _ in range(10):
        object_id = repository.tree(*(("40000", object_id, b"d%d" % i) for i in range(10)))
    started_s = time.monotonic()

    assert "files and directories" in refusal(repository, object_id)
    assert time.monotonic() - started_s < 10


def test_deep_trees_are_refused(repository: Repository) -> None:
    object_id, mode = repository.blob(b"x"), "100644"
    for _ in range(60):
        object_id, mode = repository.tree((mode, object_id, b"d")), "40000"

    assert "directories deep" in refusal(repository, object_id)


@pytest.mark.slow
def test_six_hundred_megabytes_of_zeros_are_refused_without_unpacking(
    repository: Repository,
) -> None:
    zeros = repository.path / "zeros"
    with zeros.open("wb") as file:
        file.truncate(600_000_000)
    blob = repository.git("hash-object", "-w", "zeros")
    started_s = time.monotonic()

    assert "572.2 MiB" in refusal(repository, repository.tree(("100644", blob, b"model.bin")))
    assert time.monotonic() - started_s < 2


def test_the_sizes_of_all_files_count_together(repository: Repository) -> None:
    blob = repository.blob(b"x" * KIB)
    tree = repository.tree(*(("100644", blob, b"%d" % i) for i in range(5)))

    assert "together" in refusal(repository, tree, ExportLimits(total_bytes=4 * KIB))


def test_a_missing_object_is_a_refusal_not_an_accident(repository: Repository) -> None:
    assert "cannot be read" in refusal(repository, repository.tree(("100644", "1" * 40, b"lost")))


@pytest.mark.parametrize("commit", ["1" * 40, "--upload-pack=x", "main:a", "no-such-branch"])
def test_what_is_no_commit_is_refused(repository: Repository, commit: str, tmp_path: Path) -> None:
    repository.commit(repository.tree(("100644", repository.blob(b"x"), b"a")))

    with pytest.raises(ExportRefused, match=r"no commit|cannot be read"):
        export_commit(repository.path / ".git", commit, tmp_path / "exported")


# ------------------------------------------------------------------------------ directories


def test_a_work_tree_gives_the_commit_and_names_what_is_not_in_it(
    repository: Repository, tmp_path: Path
) -> None:
    for name in ("kept.py", "changed.py", "deleted.py"):
        (repository.path / name).write_text("old")
    (repository.path / ".gitignore").write_text("ignored\n")
    repository.git("add", ".")
    repository.git("commit", "--quiet", "-m", "work")
    (repository.path / "changed.py").write_text("new")
    (repository.path / "deleted.py").unlink()
    for name in ("added.py", "ignored"):
        (repository.path / name).write_text("new")

    report = export_directory(repository.path, tmp_path / "exported")

    assert report.commit == repository.git("rev-parse", "HEAD")
    assert report.uncommitted == ("changed.py", "deleted.py", "added.py")
    assert (tmp_path / "exported/changed.py").read_text() == "old"


def test_looking_for_uncommitted_files_runs_no_filter_of_the_repository(
    repository: Repository, tmp_path: Path
) -> None:
    (repository.path / ".gitattributes").write_text("* filter=evil\n")
    (repository.path / "a.py").write_text("old")
    repository.git("add", ".")
    repository.git("commit", "--quiet", "-m", "work")
    ran = tmp_path / "ran"
    for name in ("filter.evil.clean", "filter.evil.process", "core.fsmonitor"):
        repository.git("config", name, f"touch {ran}")
    (repository.path / "a.py").write_text("new")

    assert export_directory(repository.path, tmp_path / "exported").uncommitted == ("a.py",)
    assert not ran.exists()


def test_a_plain_directory_gives_the_same_digest_as_the_commit(
    repository: Repository, tmp_path: Path
) -> None:
    inner = repository.tree(("100755", repository.blob(b"#!/bin/sh\n"), b"run.sh"))
    report = export(repository, repository.tree(("40000", inner, b"bin")))

    copied = export_directory(tmp_path / "exported", tmp_path / "copied")

    assert copied.tree_sha256 == report.tree_sha256
    assert (copied.commit, copied.uncommitted) == (None, ())


def test_links_and_pipes_of_a_plain_directory_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "link").symlink_to("/etc")
    os.mkfifo(source / "pipe")

    with pytest.raises(ExportRefused) as refused:
        export_directory(source, tmp_path / "exported")

    assert [problem.split("'")[1] for problem in refused.value.problems] == ["link", "pipe"]


def test_a_destination_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    source, destination = tmp_path / "source", tmp_path / "destination"
    for directory in (source, destination):
        directory.mkdir()
        (directory / "a").write_text(directory.name)

    with pytest.raises(FileExistsError):
        export_directory(source, destination)

    assert (destination / "a").read_text() == "destination"


def test_a_repository_that_borrows_from_another_is_refused(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit(repository.tree(("100644", repository.blob(b"of others"), b"secret.txt")))
    tree = tmp_path / "submitted"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {repository.path / '.git'}\n")
    with pytest.raises(ExportRefused, match="points to another place"):
        export_directory(tree, tmp_path / "out")


@pytest.mark.parametrize(
    "name", ["commondir", "objects/info/alternates", "objects/info/http-alternates"]
)
def test_objects_of_other_repositories_are_out_of_reach(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    repository.commit(repository.tree(("100644", repository.blob(b"a"), b"a.txt")))
    pointer = repository.path / ".git" / name
    pointer.parent.mkdir(exist_ok=True)
    pointer.write_text("/elsewhere\n")
    with pytest.raises(ExportRefused, match="takes objects from another repository"):
        export_directory(repository.path, tmp_path / "out")


def test_a_linked_object_store_is_refused(repository: Repository, tmp_path: Path) -> None:
    repository.commit(repository.tree(("100644", repository.blob(b"a"), b"a.txt")))
    objects = repository.path / ".git/objects"
    objects.rename(tmp_path / "elsewhere")
    objects.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ExportRefused, match=r"\.git/objects takes objects"):
        export_directory(repository.path, tmp_path / "out")
