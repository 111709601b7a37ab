"""Counters of a container that is started again go on from where they stood."""

from pathlib import Path, PurePosixPath

import pytest

from assay_sandbox.cgroups import Cgroup, UsageReader, group_at, unreclaimable_bytes

MIB = 1024 * 1024


def a_group(root: Path, name: str, *, cpu_s: float, oom_kills: int = 0) -> Cgroup:
    """A group of version 2 with 100 MiB, 60 of which are cached files."""
    (root / "cgroup.controllers").touch()
    home = root / name
    home.mkdir(exist_ok=True)
    (home / "cpu.stat").write_text(f"usage_usec {int(cpu_s * 1e6)}\nthrottled_usec 500000\n")
    (home / "memory.stat").write_text(
        f"anon {30 * MIB}\nshmem {10 * MIB}\nactive_file {40 * MIB}\ninactive_file {20 * MIB}\n"
    )
    (home / "memory.current").write_text(str(100 * MIB))
    (home / "memory.events").write_text(f"oom_kill {oom_kills}\n")
    (home / "pids.current").write_text("3")
    found = group_at(PurePosixPath("/", name), root)
    assert found is not None
    return found


def test_a_new_life_is_added_to_the_one_before(tmp_path: Path) -> None:
    reader = UsageReader(a_group(tmp_path, "first", cpu_s=2.0, oom_kills=1), None)
    first = reader.read()

    reader.move_to(a_group(tmp_path, "second", cpu_s=0.5), None)
    second = reader.read()

    assert first is not None
    assert second is not None
    assert (first.cpu_s, first.oom_kills, first.throttled_s) == (2.0, 1, 0.5)
    assert (second.cpu_s, second.oom_kills, second.throttled_s) == (2.5, 1, 1.0)


def test_a_group_around_both_lives_is_not_counted_twice(tmp_path: Path) -> None:
    outer = a_group(tmp_path, "outer", cpu_s=2.1)
    reader = UsageReader(a_group(tmp_path, "first", cpu_s=2.0), outer)
    reader.read()

    a_group(tmp_path, "outer", cpu_s=2.6)
    reader.move_to(a_group(tmp_path, "second", cpu_s=0.5), outer)
    usage = reader.read()

    assert usage is not None
    assert usage.cpu_s == pytest.approx(2.6)


def test_memory_that_cannot_be_taken_back_is_all_but_cached_files(tmp_path: Path) -> None:
    assert unreclaimable_bytes(a_group(tmp_path, "one", cpu_s=1.0)) == 40 * MIB


def test_a_group_that_is_gone_holds_nothing_that_could_be_told(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()

    assert (
        UsageReader(group_at(PurePosixPath("/gone"), tmp_path), None).unreclaimable_bytes() is None
    )
