"""A message about a file points at the line a person must look at."""

from pathlib import Path

import pytest

from assay.kit.tomlfile import Location, TomlError, parse_toml, read_toml

DOCUMENT = """\
title = "x"
[limits]
memory = 1

[[slot]]
id = "a"
  [[slot.fault]]
  id = "a1"
  costs = [
    "one",
    "two",
  ]
  [[slot.fault]]
  id = "a2"
  why = '''
[not.a.table]
id = "not a key"
'''
[[slot]]  # the second one ]]
id = "b"
[slot.extra]
deep.key = 3
inline = { only = 1 }
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("title",), 1),
        (("limits",), 2),
        (("limits", "memory"), 3),
        (("slot",), 5),
        (("slot", 0), 5),
        (("slot", 0, "id"), 6),
        (("slot", 0, "fault", 0), 7),
        (("slot", 0, "fault", 0, "costs", 1), 9),
        (("slot", 0, "fault", 1, "id"), 14),
        (("slot", 0, "fault", 1, "why"), 15),
        (("slot", 1), 19),
        (("slot", 1, "id"), 20),
        (("slot", 1, "extra"), 21),
        (("slot", 1, "extra", "deep", "key"), 22),
        (("slot", 1, "extra", "inline"), 23),
        (("slot", 1, "extra", "inline", "only"), 23),
    ],
)
def test_every_table_and_key_has_its_line(location: Location, line: int) -> None:
    assert parse_toml(DOCUMENT).line_of(location) == line


def test_a_missing_key_is_at_the_table_it_is_missing_from() -> None:
    assert parse_toml(DOCUMENT).line_of(("slot", 1, "title")) == 19


def test_something_missing_from_the_document_is_at_its_first_line() -> None:
    assert parse_toml(DOCUMENT).line_of(("nowhere",)) == 1


def test_broken_syntax_names_its_line() -> None:
    with pytest.raises(TomlError) as caught:
        parse_toml('a = 1\nb = "open\nc = 2\n')
    assert caught.value.line == 2
    assert "line" not in caught.value.message


def test_a_document_that_ends_too_soon_is_broken_at_its_last_line() -> None:
    with pytest.raises(TomlError) as caught:
        parse_toml("a = 1\nb = [1,\n2,\n")
    assert caught.value.line == 3


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b'a = 1\nb = "caf\xe9"\n')
    with pytest.raises(TomlError, match="UTF-8") as caught:
        read_toml(path)
    assert caught.value.line == 2
