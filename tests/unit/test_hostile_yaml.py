"""Whatever stands in a stranger's YAML, it is read or refused at once and in little memory."""

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from assay.evaluation.alerting import monitoring_file
from assay.evaluation.alerting.monitoring_file import (
    BYTES_MAX,
    NAME,
    RULE_BYTES_MAX,
    read_monitoring,
)
from assay.evaluation.alerting.rules import FILE_BYTES_MAX, read_rules
from assay.evaluation.alerting.untrusted_yaml import LOADER

LIMIT_S, LIMIT_MIB = 2.0, 64
SIZE = FILE_BYTES_MAX
RULE = "  - {alert: A, expr: up == 0}\n"


def filled(piece: str, before: str = "", after: str = "") -> bytes:
    """As many of a piece as fit into a rule file."""
    count = (SIZE - len(before.encode()) - len(after.encode())) // len(piece.encode())
    return (before + piece * count + after).encode()


def bomb() -> bytes:
    """A billion laughs: a kilobyte that means gigabytes."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]"
        for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    ]
    return "\n".join(lines).encode()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "anchors that mean gigabytes": bomb,
    "anchors without number": lambda: filled("- &a x\n"),
    "one scalar": lambda: filled("x", "groups: "),
    "one quoted scalar": lambda: filled("x", 'groups: "', '"'),
    "one scalar of escapes": lambda: filled("\\x41", 'groups: "', '"'),
    "one scalar of line breaks": lambda: filled("a\n\n", 'groups: "', '"'),
    "a block of empty lines": lambda: filled("\n", "groups: |\n", "  x"),
    "a block that never ends its indent": lambda: filled(" \n", "groups: >\n"),
    "comments": lambda: filled("#\n"),
    "blanks": lambda: filled(" "),
    "line breaks": lambda: filled("\n"),
    "lists in lists, in brackets": lambda: filled("["),
    "maps in maps, in braces": lambda: filled("{a: "),
    "lists in lists, in dashes": lambda: filled("- "),
    "keys of keys": lambda: filled("? "),
    "values of values": lambda: filled("a: \n b: \n"),
    "keys in a row": lambda: filled("a,", "{", "}"),
    "numbers in a row": lambda: filled("1,", "[", "]"),
    "empty things in a row": lambda: filled("[],", "[", "]"),
    "quotes in a row": lambda: filled("'',", "[", "]"),
    "keys without a line break": lambda: filled("a: b ", "groups: "),
    "an open quote": lambda: filled("'", "groups: "),
    "many documents": lambda: filled("---\n"),
    "directives": lambda: filled("%YAML 1.1\n"),
    "tags": lambda: filled("- !!python/object/apply:os.system [x]\n"),
    "a tag without end": lambda: filled("a", "!<"),
    "rules without number": lambda: filled(RULE, "groups:\n- name: g\n  rules:\n"),
    "groups without number": lambda: filled("- {name: g}\n", "groups:\n"),
    "a rule with an endless expression": lambda: filled(
        "(", "groups: [{name: g, rules: [{alert: A, expr: '", "'}]}]"
    ),
    "letters of four bytes": lambda: filled("\N{GRINNING FACE}", "groups: "),
    "bytes that are no text": lambda: b"\xff" * SIZE,
    "nothing but zeros": lambda: b"\x00" * SIZE,
}


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU, and in a second run MiB at most."""
    began_s = time.process_time()
    work()
    took_s = time.process_time() - began_s
    tracemalloc.start()
    try:
        work()
        return took_s, tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_rule_file_is_read_or_refused_at_once(kind: str) -> None:
    content = HOSTILE[kind]()
    assert len(content) <= SIZE

    took_s, memory_mib = measured(lambda: read_rules({"r.yml": content}))

    assert took_s < LIMIT_S
    assert memory_mib < LIMIT_MIB


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_hostile_leaves_a_reason_or_no_rule(kind: str) -> None:
    found = read_rules({"r.yml": HOSTILE[kind]()})

    assert found.problems or not found.groups
    assert all(len(problem) < 700 and problem.isprintable() for problem in found.problems)


def test_a_file_of_fifty_megabytes_is_not_even_opened(tmp_path: Path) -> None:
    with (tmp_path / "r.yml").open("wb") as file:
        file.truncate(50 * 2**20)
    (tmp_path / NAME).write_text("rule_files: [r.yml]\nalertmanager_config: r.yml\n")

    took_s, memory_mib = measured(lambda: read_monitoring(tmp_path))

    assert took_s < 2
    assert memory_mib < 1
    assert any("52,428,800 bytes; at most" in p for p in read_monitoring(tmp_path).facts.problems)


def test_so_many_rule_files_as_may_be_named_are_read_at_once(tmp_path: Path) -> None:
    names = [f"r{n}.yml" for n in range(monitoring_file.RULE_FILES_MAX)]
    for name in names:
        (tmp_path / name).write_bytes(filled("- {name: g, rules: []}\n", "groups:\n"))
    (tmp_path / NAME).write_text(f"rule_files: [{', '.join(names)}]\n")

    took_s, memory_mib = measured(lambda: read_monitoring(tmp_path))
    problems = read_monitoring(tmp_path).facts.problems

    assert took_s < 2 * LIMIT_S
    assert memory_mib < LIMIT_MIB
    assert sum(f"more than {RULE_BYTES_MAX:,} bytes" in p for p in problems) == len(names) - 2


def test_files_that_are_large_together_are_read_up_to_the_limit(tmp_path: Path) -> None:
    for name in ("a.yml", "b.yml", "c.yml"):
        rule = f"groups: [{{name: {name}, rules: [{{alert: A{name[0]}, expr: up}}]}}]\n"
        padding = RULE_BYTES_MAX // 2 - len(rule)
        (tmp_path / name).write_text(rule + "#" * padding)
    (tmp_path / NAME).write_text("rule_files: [a.yml, b.yml, c.yml]\n")

    found = read_monitoring(tmp_path)

    assert [one.alert for one in found.facts.alerts] == ["Aa", "Ab"]
    assert found.facts.problems[0].startswith("c.yml: with it the rule files have more than")


def test_a_monitoring_file_of_keys_is_read_at_once(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"alerts: {" + b"a: {covers: [x]}, " * (BYTES_MAX // 20) + b"}")

    took_s, _ = measured(lambda: read_monitoring(tmp_path))

    assert took_s < LIMIT_S


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="PyYAML has no libyaml here")
def test_libyaml_is_used_where_it_is() -> None:
    assert LOADER is yaml.CSafeLoader
