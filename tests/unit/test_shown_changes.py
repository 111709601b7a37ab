"""What a page shows of changes is bounded, and what is alike is shown before everything else."""

from assay.features.scorecards.changes import (
    PATCH_CHARS_MAX,
    PATCH_LINES_MAX,
    PATCHES_LINES_MAX,
    VERSION,
    ChangedFile,
    Changes,
    bounded,
)
from assay.web.side_by_side import AROUND, LINES_MAX, Side, side_by_side


def added(path: str, lines: int, text: str = "x") -> ChangedFile:
    patch = f"@@ -0,0 +1,{lines} @@\n" + "\n".join(f"+{text}" for _ in range(lines))
    return ChangedFile(path, "added", lines, 0, patch)


def test_a_file_of_very_many_short_lines_is_cut_and_says_so() -> None:
    (shown,) = bounded([added("a.py", 50_000, "")])

    assert len(shown.patch.split("\n")) == PATCH_LINES_MAX
    assert shown.left_out.startswith("only its beginning is shown")
    assert shown.added == 50_000


def test_a_file_of_long_lines_is_cut_at_the_end_of_one() -> None:
    (shown,) = bounded([added("a.py", 1000, "y" * 300)])

    assert PATCH_CHARS_MAX - 302 < len(shown.patch) <= PATCH_CHARS_MAX
    assert shown.patch.endswith("+" + "y" * 300)


def test_all_files_together_have_no_more_lines_than_a_page_can_hold() -> None:
    files = [added(f"{number:03}.py", 1500, "") for number in range(40)]
    binary = ChangedFile("z.bin", "added", None, None, "", "not shown: it is binary, 5 bytes")
    shown = bounded([*files, binary])

    assert sum(len(one.patch.split("\n")) for one in shown if one.patch) <= PATCHES_LINES_MAX
    assert shown[-2].left_out.startswith("not shown: what comes before")
    assert shown[-1] == binary


def test_what_fits_is_left_as_it_is() -> None:
    file = added("a.py", 20)

    assert bounded([file]) == [file]


def side_of(lines: int, spans: list[tuple[int, int]]) -> Side:
    changes = Changes(VERSION, [added("a.py", lines)], 0, (), 0)
    (pair,) = side_by_side([changes, None], ({"a.py": spans}, {}))
    assert pair.left
    return pair.left


def test_lines_in_common_are_shown_however_far_down_they_stand() -> None:
    side = side_of(1500, [(1200, 1210)])

    assert [line.number for line in side.lines] == list(range(1200 - AROUND, 1211 + AROUND))
    assert [line.number for line in side.lines if line.common] == list(range(1200, 1211))
    assert not side.left_out


def test_more_in_common_than_fits_is_said() -> None:
    side = side_of(1500, [(1, 1400)])

    assert len(side.lines) == LINES_MAX
    assert side.left_out
