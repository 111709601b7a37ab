"""Without a sandbox, absolute paths of an image mean places below its root."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_sandbox.local_plain import PathMap


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/app/main.py", "{root}/app/main.py"),
        (
            "/opt/venv/bin:/usr/local/bin:/usr/bin",
            "{root}/opt/venv/bin:{root}/usr/local/bin:/usr/bin",
        ),
        (
            "MODEL=/app/m.joblib python /srv/x.py",
            "MODEL={root}/app/m.joblib python {root}/srv/x.py",
        ),
        ("cd '/app' && ls", "cd '{root}/app' && ls"),
    ],
)
def test_paths_of_the_image_are_moved_below_its_root(root: Path, written: str, meant: str) -> None:
    assert PathMap(root, {}).text(written) == meant.format(root=root)


@pytest.mark.parametrize(
    "written",
    [
        "/usr/bin/env",
        "/bin/sh",
        "/etc/hosts",
        "/tmp/x",
        "http://host/app",
        "x/app/y",
        "/apples",
        "${X}/app",
    ],
)
def test_paths_of_the_machine_and_parts_of_words_stay(root: Path, written: str) -> None:
    assert PathMap(root, {}).text(written) == written


def test_the_interpreter_of_the_machine_stays_where_it_is(root: Path) -> None:
    assert PathMap(root, {}).text(f"{sys.prefix}/bin/python") == f"{sys.prefix}/bin/python"


def test_a_directory_the_build_made_is_moved_too(root: Path) -> None:
    (root / "models").mkdir()

    assert PathMap(root, {}).text("/models/a") == f"{root}/models/a"


def test_what_is_only_seen_is_named_by_its_own_place(root: Path) -> None:
    paths = PathMap(root, {Path("/root/.cache/wheels"): "/.assay/wheels"})

    assert paths.text("/.assay/wheels/a.whl") == "/root/.cache/wheels/a.whl"


@given(st.text(alphabet="/abpot.-: ", max_size=40))
def test_mapping_twice_is_mapping_once(text: str) -> None:
    root = Path(__file__).parent
    paths = PathMap(root, {})

    assert paths.text(paths.text(text)) == paths.text(text)
