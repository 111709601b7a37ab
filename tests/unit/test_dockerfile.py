"""A Dockerfile is read as the engine reads it, or refused with a line number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_sandbox.dockerfile import KEYWORDS, DockerfileSyntaxError, parse, substitute

FROM = "FROM python:3.11-slim\n"


def test_continued_lines_are_one_instruction_and_comments_within_are_dropped() -> None:
    text = FROM + "RUN pip install \\\n  # why\n\n  fastapi \\\n  uvicorn\nUSER app\n"

    run, user = parse(text).stages[0].instructions

    assert run.words() == ("pip", "install", "fastapi", "uvicorn")
    assert (run.line, run.end_line, user.line) == (2, 6, 7)


def test_a_backtick_continues_lines_when_the_escape_directive_says_so() -> None:
    dockerfile = parse("# escape=`\n" + FROM + "RUN a `\n b\nCOPY c:\\ d\n")

    assert [one.value for one in dockerfile.stages[0].instructions] == ["a  b", "c:\\ d"]


def test_a_directive_after_the_first_instruction_is_a_comment() -> None:
    assert parse(FROM + "# escape=`\nRUN a \\\n b\n").escape == "\\"


def test_exec_form_is_a_list_and_shell_form_is_none() -> None:
    shell, listed = (
        parse(FROM + 'CMD python app.py\nCMD ["python", "a b"]\n').stages[0].instructions
    )

    assert shell.exec_form is None
    assert listed.exec_form == ("python", "a b")


def test_a_broken_list_is_a_shell_command_as_for_the_engine() -> None:
    assert parse(FROM + "CMD ['python']\n").stages[0].instructions[0].exec_form is None


def test_flags_stand_before_arguments_only() -> None:
    copy = parse(FROM + "COPY --from=build --chown=1:1 a --x b\n").stages[0].instructions[0]

    assert [(flag.name, flag.value) for flag in copy.flags] == [("from", "build"), ("chown", "1:1")]
    assert copy.value == "a --x b"


def test_heredoc_bodies_are_no_instructions() -> None:
    run, user = parse(FROM + 'RUN <<-"END"\n\tFROM x\n\tEND\nUSER a\n').stages[0].instructions

    assert [(doc.body, doc.expand) for doc in run.heredocs] == [("FROM x\n", False)]
    assert user.line == 5


def test_arguments_before_the_first_from_fill_in_the_base() -> None:
    text = "ARG V=3.11\nARG BASE=python:${V}-slim\nFROM $BASE AS Build\nFROM ${NONE:-build}\n"

    build, last = parse(text).stages

    assert (build.base, build.name) == ("python:3.11-slim", "build")
    assert last.base == "build"


def test_a_stage_is_found_by_name_or_number_among_earlier_ones_only() -> None:
    dockerfile = parse("FROM a AS one\nFROM b AS two\n")

    assert dockerfile.stage("ONE") == dockerfile.stages[0] == dockerfile.stage("0")
    assert dockerfile.stage("two", before=1) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 0),
        ("RUN true\n", 1),
        ("ARG A=1\n", 0),
        (FROM + "FETCH x\n", 2),
        (FROM + "RUN\u00a0true\n", 2),
        (FROM + "RUN <<END\nx\n", 2),
        ("FROM a b\n", 1),
        ("# escape=x\n" + FROM, 1),
        (FROM + "#" * 100_001, 0),
    ],
)
def test_what_is_no_dockerfile_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DockerfileSyntaxError) as refusal:
        parse(text)

    assert refusal.value.line == line


def test_only_line_feeds_end_lines() -> None:
    """Form feeds and Unicode separators end lines for Python, not for the engine."""
    text = FROM + "RUN a\x0cADD b\u2028ADD c\x85ADD d\r\nUSER e\r\n"

    assert [one.keyword for one in parse(text).stages[0].instructions] == ["RUN", "USER"]


def test_variables_are_filled_in_like_the_shell_does() -> None:
    known = {"A": "x", "B": ""}

    assert substitute("$A-${A}-${B:-d}-${A:+y}-$C", known) == "x-x-d-y-"


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused_and_nothing_else(text: str) -> None:
    try:
        dockerfile = parse(FROM + text)
    except DockerfileSyntaxError:
        return
    assert all(one.keyword in KEYWORDS and "\n" not in one.value for one in dockerfile.instructions)
