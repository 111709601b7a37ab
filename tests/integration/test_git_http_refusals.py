"""What is not taken is refused in words, and the repository stays as it was."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.git_gate import REPOSITORY, TOKEN, FakeGate, make_access
from tests.fakes.git_site import Clone, Site, make_app, make_starter, remote_lines, serving

from assay.web.git.limits import GitLimits

REFUSED = "▸ This push is refused, and nothing was changed:"
MIB = 2**20


@pytest.fixture
def gate() -> FakeGate:
    gate = FakeGate()
    gate.accesses[REPOSITORY, TOKEN] = make_access(
        max_files=50,
        max_push_bytes=2 * MIB,
        max_repository_bytes=3 * MIB,
        protected=["data/", "Dockerfile"],
    )
    return gate


@pytest.fixture
def site(gate: FakeGate, tmp_path: Path) -> Iterator[Site]:
    app = make_app(tmp_path / "home", gate, GitLimits(history_times=2))
    app.git.repositories.create(REPOSITORY, make_starter(tmp_path / "starter"))
    with serving(app) as site:
        yield site


@pytest.fixture
def work(site: Site, tmp_path: Path) -> Clone:
    return Clone.of(site.url(), tmp_path / "clones")


def refused(site: Site, gate: FakeGate, work: Clone, *words: str) -> str:
    """Push, see that nothing changed, and give what was said, in one line."""
    before, known = site.repositories.head(REPOSITORY), len(gate.pushes)
    done = work.push(*words)
    lines = remote_lines(done)

    assert done.returncode != 0
    assert lines[0] == REFUSED
    assert site.repositories.head(REPOSITORY) == before
    assert len(gate.pushes) == known
    return " ".join(line.strip() for line in lines[1:])


def noise(size: int) -> bytes:
    return os.urandom(size)


def test_another_branch(site: Site, gate: FakeGate, work: Clone) -> None:
    work.commit({"a.py": "1"})

    assert "git push origin HEAD:main" in refused(site, gate, work, "origin", "HEAD:feature")


def test_more_than_one_branch(site: Site, gate: FakeGate, work: Clone) -> None:
    work.commit({"a.py": "1"})

    said = refused(site, gate, work, "origin", "HEAD:main", "HEAD:feature")
    assert "2 branches" in said


def test_a_tag(site: Site, gate: FakeGate, work: Clone) -> None:
    work.said("tag", "v1")

    assert "tags are not taken" in refused(site, gate, work, "origin", "v1")


def test_deletion(site: Site, gate: FakeGate, work: Clone) -> None:
    assert "cannot be deleted" in refused(site, gate, work, "origin", ":main")


def test_a_force_push(site: Site, gate: FakeGate, work: Clone) -> None:
    work.commit({"a.py": "1"})
    assert work.push().returncode == 0
    work.said("commit", "--quiet", "--amend", "-m", "rewritten")

    said = refused(site, gate, work, "--force", "origin", "main")
    assert "every push is kept" in said


def test_a_symbolic_link(site: Site, gate: FakeGate, work: Clone) -> None:
    (work.path / "passwords").symlink_to("/etc/passwd")
    work.commit({})

    assert "'passwords' is a symbolic link" in refused(site, gate, work)


def test_a_submodule(site: Site, gate: FakeGate, work: Clone) -> None:
    head = work.said("rev-parse", "HEAD")
    work.said("update-index", "--add", "--cacheinfo", f"160000,{head},vendored")
    work.said("commit", "--quiet", "-m", "Add a submodule")

    assert "'vendored' is a submodule" in refused(site, gate, work)


def test_a_pointer_to_a_large_file(site: Site, gate: FakeGate, work: Clone) -> None:
    pointer = f"version https://git-lfs/spec/v1\noid sha256:{'0' * 64}\nsize 9000000\n"
    work.commit({"a.txt": "a", "model.bin": pointer, "z.txt": "z" * 300})

    said = refused(site, gate, work)
    assert "'model.bin' is a Git LFS pointer" in said
    assert "a.txt" not in said


def test_changes_to_what_belongs_to_the_challenge(site: Site, gate: FakeGate, work: Clone) -> None:
    start = work.said("rev-parse", "HEAD")
    work.commit({"data/rows.csv": "a,b\n9,9\n", "data/more.csv": "x"})

    said = refused(site, gate, work)
    assert "'data/rows.csv' belongs to the challenge" in said
    assert "'data/more.csv' belongs to the challenge" in said
    assert f"git checkout {start[:12]} -- 'data/rows.csv'" in said


def test_what_was_brought_back_is_taken(gate: FakeGate, work: Clone) -> None:
    start = work.said("rev-parse", "HEAD")
    work.commit({"data/rows.csv": "a,b\n9,9\n"})
    work.said("checkout", start, "--", "data/rows.csv")
    work.commit({"a.py": "1"})

    assert work.push().returncode == 0
    assert len(gate.pushes) == 1


def test_too_many_files(site: Site, gate: FakeGate, work: Clone) -> None:
    work.commit({f"cache/{n}.txt": str(n) for n in range(60)})

    assert "more than 50 files" in refused(site, gate, work)


def test_files_too_large_together(site: Site, gate: FakeGate, work: Clone) -> None:
    work.commit({"zeros.bin": b"\0" * (5 * MIB)})

    assert "5.0 MiB together, and may have 3.0 MiB" in refused(site, gate, work)


def test_a_push_too_large(site: Site, gate: FakeGate, work: Clone) -> None:
    work.commit({"model.bin": noise(3 * MIB)})

    assert "it has more than 2.0 MiB" in refused(site, gate, work)


def test_a_push_too_large_in_chunks(site: Site, gate: FakeGate, work: Clone) -> None:
    work.said("config", "http.postBuffer", "65536")
    work.commit({"model.bin": noise(6 * MIB)})

    assert "it has more than 2.0 MiB" in refused(site, gate, work)


def test_a_history_that_grows_without_end(site: Site, gate: FakeGate, work: Clone) -> None:
    for _ in range(3):
        work.commit({"model.bin": noise(3 * MIB // 2)})
        assert work.push().returncode == 0
    work.commit({"model.bin": noise(7 * MIB // 4)})

    assert "the repository with its history would have" in refused(site, gate, work)


def test_a_bomb_of_ten_billion_files_in_a_dozen_objects(
    site: Site, gate: FakeGate, work: Clone
) -> None:
    commit = bomb(work, levels=10)

    assert "more than 50 files" in refused(site, gate, work, "origin", f"{commit}:main")


def test_a_bomb_of_directories_alone(site: Site, gate: FakeGate, work: Clone) -> None:
    commit = bomb(work, levels=10, leaf=("040000", "tree", made_tree(work, "")))

    assert "more than 50 files" in refused(site, gate, work, "origin", f"{commit}:main")


def test_a_file_that_claims_to_be_gits_own(site: Site, work: Clone) -> None:
    blob = hashed(work, b"[core]\n")
    tree = made_tree(work, f"100644 blob {blob}\tconfig\n")
    top = hashed_tree(work, b"40000 .git\0" + bytes.fromhex(tree))
    commit = work.said("commit-tree", top, "-p", "HEAD", "-m", "evil")
    before = site.repositories.head(REPOSITORY)
    done = work.push("origin", f"{commit}:main")

    assert done.returncode != 0
    assert site.repositories.head(REPOSITORY) == before


def test_after_a_refusal_the_next_push_is_taken_and_nothing_is_left_behind(
    site: Site, gate: FakeGate, work: Clone
) -> None:
    work.commit({"model.bin": noise(3 * MIB)})
    refused(site, gate, work)
    work.said("reset", "--quiet", "--hard", "origin/main")
    work.commit({"a.py": "1"})

    assert work.push().returncode == 0
    objects = site.repositories.path(REPOSITORY) / "objects"
    assert list(objects.glob("tmp_*")) == []


def bomb(work: Clone, levels: int, leaf: tuple[str, str, str] | None = None) -> str:
    mode, kind, object_id = leaf or ("100644", "blob", hashed(work, b"boom"))
    for _ in range(levels):
        rows = "".join(f"{mode} {kind} {object_id}\td{n}\n" for n in range(10))
        mode, kind, object_id = "040000", "tree", made_tree(work, rows)
    return work.said("commit-tree", object_id, "-p", "HEAD", "-m", "boom")


def hashed(work: Clone, content: bytes) -> str:
    return work.git("hash-object", "-w", "--stdin", given=content).stdout.strip()


def made_tree(work: Clone, rows: str) -> str:
    return work.git("mktree", given=rows.encode()).stdout.strip()


def hashed_tree(work: Clone, content: bytes) -> str:
    source = work.path / ".git" / "raw-tree"
    source.write_bytes(content)
    return work.said("hash-object", "-w", "-t", "tree", "--literally", str(source))
