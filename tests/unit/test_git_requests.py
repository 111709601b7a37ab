"""Only what a git client says reaches git."""

import base64
from pathlib import Path
from typing import Any

import pytest

from assay.web.git.environment import cgi_environment
from assay.web.git.http import GitRequest, git_request


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def scope(path: str, method: str = "GET", query: str = "", **headers: str) -> dict[str, Any]:
    return {
        "type": "http",
        "path": f"/git{path}",
        "root_path": "/git",
        "method": method,
        "query_string": query.encode(),
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        "client": ("192.0.2.7", 1234),
    }


def request(*args: Any, **headers: str) -> GitRequest:
    found = git_request(scope(*args, **headers))
    assert found is not None
    return found


def test_a_clone_begins_by_asking_for_branches() -> None:
    found = request("/asm_1.git/info/refs", "GET", "service=git-upload-pack")

    assert (found.repository, found.service, found.pushes) == ("asm_1", "git-upload-pack", False)


def test_a_push_needs_leave_to_write_from_its_first_request_on() -> None:
    asking = request("/asm_1.git/info/refs", "GET", "service=git-receive-pack")
    sending = request("/asm_1.git/git-receive-pack", "POST")

    assert (asking.pushes, asking.carries_push) == (True, False)
    assert (sending.pushes, sending.carries_push) == (True, True)


@pytest.mark.parametrize(
    ("path", "method", "query"),
    [
        ("/asm_1.git/info/refs", "GET", ""),
        ("/asm_1.git/info/refs", "GET", "service=git-upload-archive"),
        ("/asm_1.git/info/refs", "GET", "service=git-upload-pack&service=git-receive-pack"),
        ("/asm_1.git/info/refs", "POST", "service=git-upload-pack"),
        ("/asm_1.git/git-receive-pack", "GET", ""),
        ("/asm_1.git/git-receive-pack", "POST", "service=git-upload-pack"),
        ("/asm_1.git/HEAD", "GET", ""),
        ("/asm_1.git/objects/info/packs", "GET", ""),
        ("/../asm_1.git/info/refs", "GET", "service=git-upload-pack"),
        ("/a/../asm_1.git/info/refs", "GET", "service=git-upload-pack"),
        ("/.hidden.git/info/refs", "GET", "service=git-upload-pack"),
        ("/asm_1.git/info/refs\n", "GET", "service=git-upload-pack"),
        ("/", "GET", ""),
    ],
)
def test_nothing_else_is_a_git_request(path: str, method: str, query: str) -> None:
    assert git_request(scope(path, method, query)) is None


def test_a_length_that_is_no_number_is_no_request() -> None:
    push = scope("/asm_1.git/git-receive-pack", "POST", content_length="-1")

    assert git_request(push) is None


def test_the_password_is_the_token_whatever_the_user_is_called() -> None:
    header = basic("dana", "asg_a:b")

    assert request("/a.git/git-upload-pack", "POST", authorization=header).token == "asg_a:b"


@pytest.mark.parametrize("header", ["", "Bearer asg_1", "Basic", "Basic %%%", "Basic /w==", "x"])
def test_what_is_no_basic_authorization_holds_no_token(header: str) -> None:
    assert request("/a.git/git-upload-pack", "POST", authorization=header).token == ""


def environment(**headers: str) -> dict[str, str]:
    found = request("/asm_1.git/git-receive-pack", "POST", **headers)
    return cgi_environment(found, Path("/repositories"), {"a.b": "c"}, most_buffered_bytes=7)


def test_a_push_in_chunks_has_no_length() -> None:
    assert "CONTENT_LENGTH" not in environment()
    assert environment(content_length="12")["CONTENT_LENGTH"] == "12"


def test_what_is_compressed_stays_compressed_for_git() -> None:
    assert environment(content_encoding="gzip")["HTTP_CONTENT_ENCODING"] == "gzip"


def test_git_sees_no_settings_of_the_machine_and_no_address_of_the_client() -> None:
    told = environment()

    assert told["GIT_CONFIG_NOSYSTEM"] == "1"
    assert told["HOME"] == "/nonexistent"
    assert "192.0.2.7" not in " ".join(told.values())
    assert (told["GIT_CONFIG_KEY_0"], told["GIT_CONFIG_VALUE_0"]) == ("a.b", "c")


def test_the_token_is_not_told_to_git() -> None:
    told = environment(authorization=basic("candidate", "asg_secret"))

    assert "asg_secret" not in " ".join(told.values())
