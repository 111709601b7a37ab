"""What the engine says of an image is translated, and nothing in it is taken at its word."""

from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assay_sandbox.docker_images import clean_path, image_info


def volumes(*declared: str) -> tuple[str, ...]:
    """The volumes of an image that declares these."""
    config = {"Volumes": {path: {} for path in declared}}
    return image_info("candidate:1", {"Id": "sha256:abc", "Size": 0, "Config": config}).volumes


@pytest.mark.parametrize(
    ("declared", "where"),
    [
        ("/data", "/data"),
        ("/data/", "/data"),
        ("//data//x", "/data/x"),
        ("/data/./x", "/data/x"),
        ("/etc/../proc", "/proc"),
        ("/data/../../../etc", "/etc"),
        ("data", "/data"),
        ("../../data", "/data"),
        ("..", "/"),
        (".", "/"),
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("///", "/"),
    ],
)
def test_a_volume_lies_where_the_engine_would_put_it(declared: str, where: str) -> None:
    assert clean_path(declared) == where
    assert volumes(declared) == (where,)


@given(st.text("/.a", max_size=12))
@example("//a")
def test_whatever_an_image_declares_its_volume_is_one_plain_path(declared: str) -> None:
    cleaned = clean_path(declared)

    assert cleaned == str(PurePosixPath(cleaned))
    assert cleaned.startswith("/")
    assert not cleaned.startswith("//")
    assert ".." not in PurePosixPath(cleaned).parts
    assert clean_path(cleaned) == cleaned


def test_two_names_of_one_place_are_one_volume() -> None:
    assert volumes("/data", "/data/", "/x/../data") == ("/data",)


def test_an_image_without_volumes_has_none() -> None:
    assert volumes() == ()
    assert image_info("candidate:1", {"Id": "sha256:abc", "Size": 0}).volumes == ()
