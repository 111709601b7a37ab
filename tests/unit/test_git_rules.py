"""A push is refused in words that say what to do, and everything wrong is said at once."""

from tests.fakes.git_gate import make_access

from assay.web.git.rules import (
    POINTER,
    TreeEntry,
    Update,
    could_be_pointer,
    entry_of,
    pointer_problem,
    refusal,
    tree_problems,
    update_problems,
)

OLD, NEW, NONE = "1" * 40, "2" * 40, "0" * 40


def update(ref: str = "refs/heads/main", new: str = NEW) -> Update:
    return Update(OLD, new, ref)


def entry(path: str, size: int = 10, mode: str = "100644", kind: str = "blob") -> TreeEntry:
    return TreeEntry(mode, kind, "3" * 40, size, path.encode())


def test_a_push_of_main_is_taken() -> None:
    assert update_problems([update()]) == []


def test_more_than_one_branch_is_too_many() -> None:
    (problem,) = update_problems([update(), update("refs/heads/other")])

    assert "2 branches" in problem
    assert "git push origin main" in problem


def test_another_branch_is_told_how_to_become_main() -> None:
    (problem,) = update_problems([update("refs/heads/feature/x")])

    assert "'feature/x'" in problem
    assert "git push origin HEAD:main" in problem


def test_tags_are_not_taken() -> None:
    (problem,) = update_problems([update("refs/tags/v1")])

    assert problem.startswith("tags are not taken")


def test_tags_that_came_along_are_told_how_to_stay_behind() -> None:
    (problem,) = update_problems([update(), update("refs/tags/v1")])

    assert "git push --no-follow-tags origin main" in problem


def test_main_cannot_be_deleted() -> None:
    (problem,) = update_problems([update(new=NONE)])

    assert "cannot be deleted" in problem


def test_a_record_of_a_tree_is_read_with_every_name() -> None:
    record = b"100644 blob " + b"a" * 40 + b"     123\tsome dir/na\tme\n.py"

    assert entry_of(record) == TreeEntry("100644", "blob", "a" * 40, 123, b"some dir/na\tme\n.py")


def test_a_directory_has_no_size() -> None:
    record = b"040000 tree " + b"a" * 40 + b"       -\tapp"

    assert entry_of(record).size == 0


def test_plain_files_are_taken() -> None:
    tree = [entry("app", kind="tree"), entry("app/main.py"), entry("run.sh", mode="100755")]

    assert tree_problems(tree, make_access()) == []


def test_everything_wrong_with_a_tree_is_said_at_once() -> None:
    tree = [
        entry("link", mode="120000"),
        entry("vendored", mode="160000", kind="commit"),
        entry("A.py"),
        entry("a.py"),
        entry("x\\y"),
        entry("big.bin", size=3_000_000),
    ]

    problems = tree_problems(tree, make_access(max_repository_bytes=2**20))

    assert ["symbolic link" in p for p in problems].count(True) == 1
    assert ["submodule" in p for p in problems].count(True) == 1
    assert ["are one name" in p for p in problems].count(True) == 1
    assert ["backslash" in p for p in problems].count(True) == 1
    assert "2.9 MiB together, and may have 1.0 MiB" in problems[-1]
    assert len(problems) == 5


def test_as_many_files_as_allowed_are_taken_and_not_one_more() -> None:
    files = [entry(f"f{n}") for n in range(11)]

    assert tree_problems(files[:10], make_access(max_files=10)) == []
    assert "more than 10 files" in tree_problems(files, make_access(max_files=10))[0]


def test_directories_without_end_are_refused() -> None:
    deep = entry("/".join(["d"] * 30), kind="tree")

    assert "directories deep" in tree_problems([deep], make_access())[0]


def test_a_pointer_to_a_large_file_is_no_file() -> None:
    pointer = entry("model.bin", size=130)

    assert could_be_pointer(pointer)
    assert "Git LFS pointer" in pointer_problem(pointer, POINTER + b"/spec/v1\noid sha256:1")[0]
    assert pointer_problem(pointer, b"weights") == []


def test_a_large_file_is_never_taken_for_a_pointer() -> None:
    assert not could_be_pointer(entry("model.bin", size=5000))


def test_a_hundred_problems_are_not_a_hundred_lines() -> None:
    lines = refusal([f"problem {n}" for n in range(100)])

    assert len(lines) == 12
    assert lines[-1] == "and 90 more of the kind"
