"""The kernel's counters, from directories laid out as cgroup v1 and v2 lay them out."""

import os
import time
from pathlib import Path, PurePosixPath

import pytest

from assay_sandbox import cgroups
from assay_sandbox.cgroups import Cgroup, UsageReader

BOX = PurePosixPath("/assay/run1/box")


def write(directory: Path, files: dict[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text)


@pytest.fixture
def v2(tmp_path: Path) -> Path:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    write(
        tmp_path / "assay/run1/box",
        {
            "cpu.stat": "usage_usec 2500000\nuser_usec 1\nnr_throttled 3\nthrottled_usec 40000\n",
            "memory.stat": "anon 1048576\nfile 999\n",
            "memory.current": "5000000\n",
            "memory.peak": "7000000\n",
            "memory.events": "low 0\nhigh 0\nmax 9\noom 1\noom_kill 2\n",
            "pids.current": "4\n",
            "cpu.weight": "100\n",
        },
    )
    return tmp_path


@pytest.fixture
def v1(tmp_path: Path) -> Path:
    write(tmp_path / "cpuacct/assay/run1/box", {"cpuacct.usage": "1500000000\n"})
    write(
        tmp_path / "cpu/assay/run1/box",
        {"cpu.stat": "nr_periods 9\nthrottled_time 250000000\n", "cpu.shares": "1024\n"},
    )
    write(
        tmp_path / "memory/assay/run1/box",
        {
            "memory.stat": "cache 5\nrss 100\ntotal_rss 2097152\n",
            "memory.max_usage_in_bytes": "3000000\n",
            "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        },
    )
    write(tmp_path / "pids/assay/run1/box", {"pids.current": "6\n"})
    return tmp_path


def box(root: Path) -> Cgroup:
    group = cgroups.group_at(BOX, root)
    assert group is not None
    return group


def test_version_2_counters_are_read_in_seconds_and_bytes(v2: Path) -> None:
    counters = cgroups.read_counters(box(v2))

    assert counters == cgroups.Counters(2.5, 1048576, 7000000, 4, 2, 0.04)


def test_version_1_counters_are_read_in_seconds_and_bytes(v1: Path) -> None:
    counters = cgroups.read_counters(box(v1))

    assert counters == cgroups.Counters(1.5, 2097152, 3000000, 6, 1, 0.25)


def test_without_a_peak_file_the_current_charge_stands_in(v2: Path) -> None:
    (v2 / "assay/run1/box/memory.peak").unlink()

    assert cgroups.read_counters(box(v2)).memory_peak_bytes == 5000000


def test_without_control_groups_there_is_no_group(tmp_path: Path) -> None:
    assert cgroups.version_at(tmp_path) is None
    assert cgroups.group_at(BOX, tmp_path) is None


@pytest.mark.parametrize(
    ("version", "lines"),
    [
        ("v2", "0::/assay/run1/box\n"),
        (
            "v1",
            "4:memory:/assay/run1/box\n3:cpu,cpuacct:/assay/run1/box\n2:pids:/assay/run1/box\n0::/\n",
        ),
    ],
)
def test_a_process_leads_to_its_group(
    version: str, lines: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root: Path = request.getfixturevalue(version)
    write(tmp_path / "proc/77", {"cgroup": lines})

    assert cgroups.group_of(77, root, tmp_path / "proc") == box(root)
    assert cgroups.group_of(78, root, tmp_path / "proc") is None


def test_counters_survive_the_group(v2: Path) -> None:
    reader = UsageReader(box(v2), None)
    before = reader.read()
    for file in (v2 / "assay/run1/box").iterdir():
        file.unlink()

    assert reader.read() == before
    assert before is not None


def test_the_outer_group_tells_what_was_used_after_the_last_look(v2: Path) -> None:
    write(v2 / "assay/run1/box/inner", {})
    for file in (v2 / "assay/run1/box").glob("*.*"):
        write(v2 / "assay/run1/box/inner", {file.name: file.read_text()})
    inner = cgroups.group_at(BOX / "inner", v2)
    reader = UsageReader(inner, box(v2))
    reader.read()
    for file in (v2 / "assay/run1/box/inner").iterdir():
        file.unlink()
    (v2 / "assay/run1/box/cpu.stat").write_text("usage_usec 9000000\n")

    usage = reader.read()

    assert usage is not None
    assert usage.cpu_s == 9.0
    assert usage.oom_kills == 2


def test_a_counter_never_shrinks(v2: Path) -> None:
    reader = UsageReader(box(v2), None)
    reader.read()
    (v2 / "assay/run1/box/cpu.stat").write_text("usage_usec 1\n")

    usage = reader.read()

    assert usage is not None
    assert usage.cpu_s == 2.5


def test_what_was_never_readable_is_none(v2: Path) -> None:
    assert UsageReader(cgroups.group_at(PurePosixPath("/nowhere"), v2), None).read() is None
    assert UsageReader(None, None).read() is None


def test_weight_is_raised_on_every_group_above_up_to_the_top(v2: Path) -> None:
    inner = cgroups.group_at(BOX / "inner", v2)
    assert inner is not None

    raised = cgroups.raise_weight(inner, 262_144, top="assay")

    assert raised
    for place in ("assay", "assay/run1", "assay/run1/box"):
        assert (v2 / place / "cpu.weight").read_text() == "10000"
    assert not (v2 / "cpu.weight").exists()


def test_version_1_takes_shares_as_they_are(v1: Path) -> None:
    inner = cgroups.group_at(BOX / "inner", v1)
    assert inner is not None

    assert cgroups.raise_weight(inner, 2048, top="assay")
    assert (v1 / "cpu/assay/run1/box/cpu.shares").read_text() == "2048"


def test_a_light_container_does_not_take_weight_from_its_neighbours(v2: Path) -> None:
    inner = cgroups.group_at(BOX / "inner", v2)
    assert inner is not None
    cgroups.raise_weight(inner, 262_144, top="assay")

    cgroups.raise_weight(inner, 2, top="assay")

    assert (v2 / "assay/cpu.weight").read_text() == "10000"
    assert (v2 / "assay/run1/cpu.weight").read_text() == "10000"
    assert (v2 / "assay/run1/box/cpu.weight").read_text() == "1"


def test_no_weight_is_raised_outside_of_our_top_group(v2: Path) -> None:
    elsewhere = cgroups.group_at(PurePosixPath("/docker/abc"), v2)
    assert elsewhere is not None

    assert not cgroups.raise_weight(elsewhere, 262_144, top="assay")


@pytest.mark.parametrize(("shares", "weight"), [(2, 1), (1024, 39), (262_144, 10_000)])
def test_shares_become_weights_by_the_runtimes_formula(shares: int, weight: int) -> None:
    assert cgroups.weight_of(shares) == weight


@pytest.mark.parametrize(
    ("age_s", "process", "found"), [(7200, "", True), (60, "", False), (7200, "4711\n", False)]
)
def test_a_group_is_forgotten_if_it_is_old_and_no_process_is_in_it(
    tmp_path: Path, age_s: float, process: str, found: bool
) -> None:
    for tree in ("cpu", "cpuacct", "memory", "pids"):
        write(tmp_path / tree / "assay/run1", {"cgroup.procs": ""})
        write(tmp_path / tree / "assay/run1/box", {"cgroup.procs": process})
        then = time.time() - age_s
        os.utime(tmp_path / tree / "assay/run1", (then, then))

    names = cgroups.forgotten(PurePosixPath("/assay"), tmp_path)
    assert names == (("run1",) if found else ())


def test_empty_groups_are_removed_from_every_controller(tmp_path: Path) -> None:
    for tree in ("cpu", "cpuacct", "memory", "pids", "blkio"):
        (tmp_path / tree / "assay/run1/box").mkdir(parents=True)

    assert cgroups.remove_groups(PurePosixPath("/assay/run1"), tmp_path)
    assert [p for p in tmp_path.rglob("run1")] == []
    assert not cgroups.remove_groups(PurePosixPath("/assay/run1"), tmp_path)
