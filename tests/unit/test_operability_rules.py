"""Operability rules look at the tree alone, and name the line."""

from pathlib import Path

import pytest

from assay.evaluation.rules import TREE_RULES
from assay.evaluation.rules.documentation import documentation
from assay.evaluation.rules.pinned import dependencies_pinned
from assay.evaluation.rules.secrets import no_secrets
from assay.evaluation.rules.tree import Tree


def tree(**texts: str) -> Tree:
    """A tree of text files; `__` in a name stands for a dot."""
    named = {name.replace("__", "."): text for name, text in texts.items()}
    return Tree(named, tuple(named))


def test_every_rule_answers_under_its_own_name() -> None:
    for name, rule in TREE_RULES.items():
        assert rule(tree()).rule == name


@pytest.mark.parametrize(
    "line",
    [
        "fastapi==0.115.0",
        "uvicorn[standard]==0.30.1",
        'httpx==0.27.0 ; python_version >= "3.11"',
        "numpy==2.0.0 \\",
        "x===1.0",
        "flask == 2.0.1",
    ],
)
def test_an_exact_version_is_pinned(line: str) -> None:
    assert dependencies_pinned(tree(requirements__txt=line + "\n")).share == 1.0


@pytest.mark.parametrize(
    "line", ["fastapi", "fastapi>=0.100", "fastapi~=0.115", "fastapi==0.115.*", "fastapi<1"]
)
def test_a_range_is_not_pinned_and_the_line_is_named(line: str) -> None:
    found = dependencies_pinned(tree(requirements__txt=f"# deps\n{line}\n"))

    assert found.share == 0.0
    assert found.findings == (f"requirements.txt:2: {line}",)


def test_the_share_counts_each_dependency() -> None:
    text = "a==1\nb==2\nc\nd==4\n--hash=sha256:00\n-r other.txt\n"

    assert dependencies_pinned(tree(requirements__txt=text)).share == 0.75


def test_a_loose_install_in_the_dockerfile_counts_too() -> None:
    found = dependencies_pinned(
        tree(requirements__txt="a==1\n", Dockerfile="FROM x\nRUN pip install -U gunicorn\n")
    )

    assert found.share == 0.5
    assert found.findings == ("Dockerfile:2: pip install gunicorn",)


def test_installing_a_requirements_file_names_no_package() -> None:
    found = dependencies_pinned(
        tree(
            requirements__txt="a==1\n",
            Dockerfile="RUN pip install --no-cache-dir -r requirements.txt && pip install .\n",
        )
    )

    assert found.share == 1.0


def test_another_languages_lock_file_pins() -> None:
    assert dependencies_pinned(tree(go__sum="x v1 h1:abc=\n")).share == 1.0


def test_an_empty_lock_file_pins_nothing() -> None:
    assert dependencies_pinned(tree(go__sum="\n")).share == 0.0


def test_the_installer_itself_is_not_a_dependency() -> None:
    dockerfile = "RUN pip install --upgrade pip\nRUN pip install uv && uv sync --frozen\n"

    assert dependencies_pinned(tree(uv__lock="x", Dockerfile=dockerfile)).share == 1.0


def test_nothing_declared_is_nothing_pinned() -> None:
    assert dependencies_pinned(tree(main__py="print()")).share == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "aws = AKIA" + "ABCDEFGHIJKLMNOP",
        "DB=postgres://admin:hunter22222@db/prod",
        'password = "correct-horse-battery"',
    ],
)
def test_what_looks_like_a_credential_is_found_with_its_line(text: str) -> None:
    found = no_secrets(tree(settings__py=f"# settings\n{text}\n"))

    assert found.share == 0.0
    assert found.findings[0].startswith("settings.py:2: ")


@pytest.mark.parametrize(
    "text",
    [
        'password = os.environ["PASSWORD"]',
        "url = postgres://user:${PASSWORD}@db/prod",
        "Set a password: at least twelve characters.",
        "token: str",
    ],
)
def test_reading_a_credential_from_outside_is_fine(text: str) -> None:
    assert no_secrets(tree(app__py=text)).share == 1.0


def test_a_stub_is_not_documentation() -> None:
    found = documentation(tree(RUNBOOK__md="word " * 200, DECISIONS__md="TODO"))

    assert found.share == 0.5
    assert found.findings == ("DECISIONS.md: missing or under 80 words",)


def test_binary_and_huge_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\0" * 10)
    (tmp_path / "big.txt").write_bytes(b"x" * (600 * 1024))
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("x = 1")

    found = Tree.read(tmp_path)

    assert set(found.texts) == {"app/main.py"}
    assert set(found.names) == {"app/main.py", "big.txt", "model.bin"}


def test_a_requirements_file_is_followed_wherever_it_points() -> None:
    texts = {"requirements.txt": "-r deps/web.txt\na==1\n", "deps/web.txt": "b\n-r ../web.txt\n"}
    found = dependencies_pinned(Tree({**texts, "web.txt": "c>=1\n"}, tuple(texts)))
    assert found.share == pytest.approx(1 / 3)
    assert found.findings == ("deps/web.txt:1: b", "web.txt:1: c>=1")


def test_requirements_files_that_name_each_other_come_to_an_end() -> None:
    texts = {"requirements.txt": "-r more.txt\n", "more.txt": "-r requirements.txt\na==1\n"}
    assert dependencies_pinned(Tree(texts, tuple(texts))).share == 1.0
