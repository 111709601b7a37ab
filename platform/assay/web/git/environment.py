"""What `git http-backend` is told: its settings and the request, as variables."""

import os
from collections.abc import Mapping
from pathlib import Path

from assay.web.git.http import USER, GitRequest

SETTINGS = Path(__file__).parent / "server.gitconfig"


def cgi_environment(
    request: GitRequest, root: Path, settings: Mapping[str, str], *, most_buffered_bytes: int
) -> dict[str, str]:
    """Everything the program sees of the world.

    Args:
        request: Becomes the variables of a CGI program.
        root: Directory of all repositories.
        settings: Of git, beyond those of the server.
        most_buffered_bytes: Of a request that git keeps in memory.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(SETTINGS),
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_HTTP_MAX_REQUEST_BUFFER": str(most_buffered_bytes),
        **_counted(settings),
        **_cgi_variables(request),
    }


def _counted(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of git, as variables."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


def _cgi_variables(request: GitRequest) -> dict[str, str]:
    """The request, as a CGI program wants it. Chunks have no CONTENT_LENGTH: git reads on."""
    headers = request.headers
    query = f"service={request.service}" if request.method == "GET" else ""
    found = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": f"/{request.repository}.git/{request.file}",
        "QUERY_STRING": query,
        "REMOTE_USER": USER,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding"),
        "GIT_PROTOCOL": headers.get("git-protocol"),
        "CONTENT_LENGTH": None if request.content_length is None else str(request.content_length),
    }
    return {name: value for name, value in found.items() if value is not None}
