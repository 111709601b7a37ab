"""Filling a disk from outside goes one step at a time, follows nothing, and spares real disks."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay_sandbox.docker_call import Until
from assay_sandbox.faults.disk_fill import DiskFill, memory_devices, open_step_by_step

MOUNTINFO = """\
640 502 0:61 / / ro,relatime - overlay overlay ro,lowerdir=/l
641 640 0:64 / /proc rw,nosuid - proc proc rw
655 640 0:75 / /tmp rw,nosuid,nodev,noexec master:4 - tmpfs tmpfs rw,size=65536k
656 640 8:1 /tmpfs /tmpfs\\040-\\040tmpfs rw shared:1 - ext4 /dev/sda1 rw
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    handle = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
    yield handle
    os.close(handle)


def test_only_memory_file_systems_are_told_from_the_mounts() -> None:
    assert memory_devices(MOUNTINFO) == {os.makedev(0, 75)}


def test_a_directory_is_found_step_by_step(root: int, tmp_path: Path) -> None:
    (tmp_path / "data/deep").mkdir(parents=True)

    found = open_step_by_step(root, "/data/deep")

    assert os.fstat(found).st_ino == (tmp_path / "data/deep").stat().st_ino
    os.close(found)


@pytest.mark.parametrize("place", ["/link", "/link/deep", "/link/../link", "/../etc", "/file"])
def test_nothing_that_leads_elsewhere_is_followed(root: int, tmp_path: Path, place: str) -> None:
    (tmp_path / "data/deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to("data")
    (tmp_path / "file").touch()
    before = len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(OSError, match=r"link|leads up|file|Not a directory"):
        open_step_by_step(root, place)

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_real_disk_is_never_filled() -> None:
    fill = DiskFill((str(Path(__file__).parent),))

    with pytest.raises(OSError, match="not a memory file system"):
        fill.fill(os.getpid(), lambda: True, Until.after(5))


def test_nothing_is_written_once_the_process_is_another_one() -> None:
    assert not DiskFill(("/no/such/place",)).fill(os.getpid(), lambda: False, Until.after(5))
