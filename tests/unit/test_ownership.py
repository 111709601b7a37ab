"""Whose is it, and may it be removed?"""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from assay_sandbox.errors import SpecRefused
from assay_sandbox.ownership import (
    Owner,
    checked_word,
    is_dead,
    labels_of,
    should_reap,
    this_process,
)


@pytest.fixture
def dead() -> Owner:
    process = subprocess.Popen(["true"])
    process.wait()
    return replace(this_process(), pid=process.pid)


def test_this_process_lives() -> None:
    assert not is_dead(this_process().label(), engine_is_local=True)


def test_a_process_that_ended_is_dead(dead: Owner) -> None:
    assert is_dead(dead.label(), engine_is_local=True)


def test_another_process_with_the_same_number_is_not_the_owner() -> None:
    earlier = replace(this_process(), started=1)

    assert is_dead(earlier.label(), engine_is_local=True)


def test_a_process_nobody_waited_for_is_dead() -> None:
    process = subprocess.Popen(["true"])
    try:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(replace(this_process(), pid=process.pid).label(), engine_is_local=True)
    finally:
        process.wait()


def test_an_owner_of_an_earlier_boot_is_dead_on_a_local_engine_only() -> None:
    label = replace(this_process(), boot_id="another-boot").label()

    assert is_dead(label, engine_is_local=True)
    assert not is_dead(label, engine_is_local=False)


def test_an_owner_in_another_pid_namespace_cannot_be_judged(dead: Owner) -> None:
    assert not is_dead(replace(dead, pid_namespace=1).label(), engine_is_local=True)


@pytest.mark.parametrize("label", ["", "1", "1:2:3", "a:b:c:d", "1:2:boot:x"])
def test_a_label_that_is_not_ours_is_left_alone(label: str) -> None:
    assert Owner.parse(label) is None
    assert not is_dead(label, engine_is_local=True)


def test_a_label_reads_back_to_its_owner() -> None:
    owner = this_process()

    assert Owner.parse(owner.label()) == owner


def test_forged_labels_without_our_name_are_not_reaped(dead: Owner) -> None:
    labels = labels_of("run1", "sut", dead)

    assert not should_reap(labels, ("/innocent",), "run1", engine_is_local=True)
    assert not should_reap(labels, ("/innocent",), None, engine_is_local=True)
    assert should_reap(labels, ("/assay-run1-sut-1",), None, engine_is_local=True)


def test_a_run_is_reaped_whoever_owns_it_and_another_run_is_not() -> None:
    labels = labels_of("run1", "sut", this_process())

    assert should_reap(labels, ("/assay-run1-sut-1",), "run1", engine_is_local=True)
    assert not should_reap(labels, ("/assay-run1-sut-1",), "run2", engine_is_local=True)


def test_a_name_with_an_odd_character_in_its_process_name_is_read(tmp_path: Path) -> None:
    fields = "S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 0"
    (tmp_path / str(os.getpid())).mkdir()
    (tmp_path / str(os.getpid()) / "stat").write_text(f"7 (odd) name) {fields}")
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("boot\n")
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").write_text("")

    assert this_process(tmp_path).started == 4242


@pytest.mark.parametrize("word", ["", "../up", "a b", "-x", "x" * 81, "a/b"])
def test_a_run_id_that_could_not_be_a_name_is_refused(word: str) -> None:
    with pytest.raises(SpecRefused, match="run id"):
        checked_word(word, "run id")
