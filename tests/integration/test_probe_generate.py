"""A challenge's module makes rows in a process of its own: pure, bounded, heard in its words."""

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.probe_runs import run_plan

from assay_probe.plan import GeneratePlan, RowSet
from assay_probe.records import GeneratedRecord, RowsRecord

LETTERS = (Path(__file__).parents[1] / "fakes/letters_maker.py").read_text()
MIB = 1024 * 1024
Row = dict[str, Any]


def made(
    folder: Path, text: str, *, count: int = 3, name: str = "rows.py", **changes: Any
) -> tuple[str, list[Row]]:
    """What a module says went wrong, and its rows."""
    path = folder / "harness" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    limits = {"deadline_s": 20.0, "memory_mib": 256, "output_bytes": MIB, "body_bytes": 1000}
    plan = GeneratePlan(
        harness="harness",
        module=name.partition("/")[0],
        seed=7,
        sets=[RowSet("load", count, {"long": 0.5})],
        **{**limits, **changes},
    )
    run = run_plan(plan, folder)
    ended = run.one(GeneratedRecord)
    rows = [row for record in run.of(RowsRecord) for row in record.rows]
    assert not (ended.problem and rows), "rows that were not all made are none"
    return ended.problem, rows


def one(body: str) -> str:
    """A module whose `make` is one line."""
    return f"def make(seed, set, count, settings):\n    {body}\n"


def test_rows_come_as_they_were_made_and_in_their_order(tmp_path: Path) -> None:
    text = one(
        "return [{'id': f'{set}-{seed}-{n}', 'body': settings, 'expected': None, 'label': 1}"
        " for n in range(count)]"
    )
    problem, rows = made(tmp_path, text)

    assert problem == ""
    assert [row["id"] for row in rows] == ["load-7-0", "load-7-1", "load-7-2"]
    assert rows[0]["body"] == {"long": 0.5}


def test_the_same_seed_makes_the_same_rows(tmp_path: Path) -> None:
    first, again = (made(tmp_path, LETTERS, count=200, name=n) for n in ("a.py", "b.py"))

    assert first == again
    assert len(first[1]) == 200


def test_the_order_of_sets_is_no_chance(tmp_path: Path) -> None:
    text = one("return [{'id': ''.join({'ab', 'cd', 'ef', 'gh', 'ij', 'kl'}), 'body': {}}]")

    assert made(tmp_path, text, count=1) == made(tmp_path, text, count=1)


def test_a_package_may_have_several_files(tmp_path: Path) -> None:
    folder = tmp_path / "harness/maker"
    folder.mkdir(parents=True)
    (folder / "parts.py").write_text("def row(n):\n    return {'id': str(n), 'body': {}}")
    text = "from maker.parts import row\n" + one("return map(row, range(count))")

    assert made(tmp_path, text, name="maker/__init__.py")[0] == ""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return [{'id': 'a', 'body': {}}]", "set 'load' has 1 rows where 3 were asked"),
        ("return [{'id': 'a', 'body': {}}] * 3", "id 'a' is another row's, too"),
        ("return [{'id': str(n), 'body': n} for n in range(3)]", "row 1: has no body"),
        ("return [{'id': '', 'body': {}}] * 3", "row 1: has no id"),
        ("return [3] * 3", "row 1: is no object"),
        (
            "return [{'id': str(n), 'body': {}, 'expected': 'x'} for n in range(3)]",
            "neither a number nor null",
        ),
        (
            "return [{'id': str(n), 'body': {'x': 'y' * 2000}} for n in range(3)]",
            "has a body of 2,008 bytes; 1,000 are the most",
        ),
        ("raise KeyError('no such town')", "rows.py, line 2: KeyError: 'no such town'"),
        ("return [{'id': 'a', 'body': {'x': float('nan')}}]", "ValueError"),
        ("return [{'id': 'a', 'body': {'x': seed.__class__}}]", "not JSON serializable"),
        ("import numpy", "ModuleNotFoundError: No module named 'numpy'"),
        ("import assay_probe", "ModuleNotFoundError"),
        ("import socket; socket.socket()", "NotPureError"),
        ("import subprocess; subprocess.run(['true'])", "NotPureError"),
        ("open('somewhere', 'w')", "NotPureError"),
        ("raise SystemExit(0)", "SystemExit"),
    ],
)
def test_what_goes_wrong_is_told_and_no_row_is_used(body: str, told: str, tmp_path: Path) -> None:
    problem, rows = made(tmp_path, one(body))

    assert told in problem
    assert rows == []


def test_a_module_without_make_is_told(tmp_path: Path) -> None:
    assert "AttributeError" in made(tmp_path, "x = 1\n")[0]
    assert "SyntaxError" in made(tmp_path, "def make(:\n", name="b.py")[0]


def test_what_it_prints_is_no_row(tmp_path: Path) -> None:
    text = "print('[\"load\", 3]')\n" + one("return [{'id': str(n), 'body': {}} for n in range(3)]")

    assert made(tmp_path, text)[0] == ""


def test_making_rows_ends_when_its_time_is_over(tmp_path: Path) -> None:
    problem, _ = made(tmp_path, one("import time; time.sleep(60)"), deadline_s=1.0)

    assert "not done after 1 s" in problem


def test_rows_without_end_are_cut_off(tmp_path: Path) -> None:
    text = one("return ({'id': str(n), 'body': {'x': 'y' * 500}} for n in iter(int, 1))")
    problem, _ = made(tmp_path, text, output_bytes=100_000)

    assert "longer than 100,000 bytes" in problem


def test_memory_has_a_limit(tmp_path: Path) -> None:
    problem, _ = made(tmp_path, one("x = b'x' * (2 << 30)"), memory_mib=256)

    assert "MemoryError" in problem


def test_a_process_that_ends_without_a_word_is_told(tmp_path: Path) -> None:
    problem, _ = made(tmp_path, one("import os; os.abort()"))

    assert "without a word" in problem


def test_a_large_set_comes_whole(tmp_path: Path) -> None:
    problem, rows = made(tmp_path, LETTERS, count=2000)

    assert problem == ""
    assert len({row["id"] for row in rows}) == 2000
