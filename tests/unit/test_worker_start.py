"""How a worker's container starts: its place, its cores, its control groups."""

import os
import signal
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

START = Path(__file__).parents[2] / "deploy" / "worker" / "start.py"


def loaded() -> ModuleType:
    spec = spec_from_file_location("worker_start", START)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


start = loaded()
HERE = tuple(sorted(os.sched_getaffinity(0)))
EIGHT = tuple(range(8))


def test_two_workers_have_no_core_in_common() -> None:
    first, second = (start.share_of(EIGHT, number, 2) for number in (1, 2))

    assert (first, second) == ((0, 1, 2, 3), (4, 5, 6, 7))


def test_a_single_worker_has_every_core() -> None:
    assert start.share_of((0, 1), 1, 1) == (0, 1)


@pytest.mark.parametrize(("number", "workers"), [(1, 5), (3, 2)])
def test_workers_that_do_not_fit_share(number: int, workers: int) -> None:
    assert start.share_of(EIGHT, number, workers) == EIGHT


def test_workers_that_share_are_told_what_it_costs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = start.Place(1, (tmp_path / "lock").open("a"))
    start.cores_of(place, {"ASSAY_WORKERS": str(len(HERE))})
    place.lock.close()

    assert "disturb each other" in capsys.readouterr().err


def test_a_worker_alone_is_told_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = start.Place(1, (tmp_path / "lock").open("a"))

    assert start.cores_of(place, {}) == HERE
    assert capsys.readouterr().err == ""
    place.lock.close()


@pytest.mark.parametrize(
    ("words", "cores"),
    [(str(HERE[0]), HERE[:1]), (f"{HERE[0]}-{HERE[-1]}", HERE), (",".join(map(str, HERE)), HERE)],
)
def test_cores_are_named_as_other_tools_name_them(words: str, cores: tuple[int, ...]) -> None:
    assert start.cores_in(words) == cores


@pytest.mark.parametrize("words", ["all", "0-", "3-1", "4000", ""])
def test_cores_that_are_none_are_refused(words: str) -> None:
    with pytest.raises(start.Refused, match="ASSAY_WORKER_CORES"):
        start.cores_in(words)


@pytest.mark.parametrize("given", ["0", "-1", "two"])
def test_a_number_of_workers_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(start.Refused, match="ASSAY_WORKERS"):
        start.workers_in({"ASSAY_WORKERS": given})


def test_a_place_belongs_to_one_worker_until_that_is_gone(tmp_path: Path) -> None:
    first, second = start.claim(tmp_path), start.claim(tmp_path)
    first.lock.close()
    third = start.claim(tmp_path)

    assert [first.number, second.number, third.number] == [1, 2, 1]
    for place in (second, third):
        place.lock.close()


def test_what_a_worker_starts_does_not_hold_its_place(tmp_path: Path) -> None:
    place = start.claim(tmp_path)
    with subprocess.Popen(["sleep", "30"]) as child:
        place.lock.close()
        again = start.claim(tmp_path)
        child.kill()

    assert again.number == 1
    again.lock.close()


def test_hierarchies_of_version_1_are_mounted_by_their_controllers() -> None:
    text = "12:cpu,cpuacct:/docker/f00\n3:memory:/docker/f00\n1:name=systemd:/docker/f00\n0::/\n"

    assert start.hierarchies(text) == ("cpu,cpuacct", "memory", "name=systemd")


def test_version_2_has_no_hierarchies() -> None:
    assert start.hierarchies("0::/docker/f00\n") == ()


def test_the_engine_has_a_network_of_its_own_with_nothing_in_it(tmp_path: Path) -> None:
    place = start.Place(7, (tmp_path / "lock").open("a"))
    words = start.engine_words(place)
    place.lock.close()

    assert words[:2] == ["unshare", "--net"]
    assert words[words.index("--host") + 1].startswith("unix:///run/")
    assert words[words.index("--data-root") + 1] == "/var/lib/assay-engines/7/docker"


@pytest.mark.parametrize(("code", "said"), [(0, 0), (75, 75), (-9, 137)])
def test_an_exit_code_is_passed_on(code: int, said: int) -> None:
    assert start.exit_code(code) == said


def test_what_does_not_stop_is_killed() -> None:
    words = ["sh", "-c", "trap '' TERM; echo; exec sleep 30"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout
        stubborn.stdout.readline()
        start.stop(stubborn, 0.1)

    assert stubborn.returncode == -signal.SIGKILL
