"""One event loop serves everybody: whatever waits for a disk does so in a thread."""

import asyncio
import base64
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.types import Message, Scope
from tests.fakes.git_gate import REPOSITORY, TOKEN, FakeGate

from assay.adapters.repositories import Repositories
from assay.web.git.server import GitApp


class Swept(Exception):
    """So far and no further: git is not begun."""


@dataclass
class Watched(Repositories):
    """Repositories that note who tidies them up."""

    root: Path
    threads: list[threading.Thread] = field(default_factory=list)

    def sweep(self, assessment_id: str) -> None:
        self.threads.append(threading.current_thread())
        raise Swept(assessment_id)


def test_what_killed_pushes_left_is_swept_beside_the_event_loop(tmp_path: Path) -> None:
    app, watched = GitApp(tmp_path, FakeGate()), Watched(tmp_path)
    app.repositories = watched
    with pytest.raises(Swept):
        asyncio.run(app(a_push(), received, sent))

    assert len(watched.threads) == 1
    assert threading.main_thread() not in watched.threads


def a_push() -> Scope:
    who = base64.b64encode(f"candidate:{TOKEN}".encode())
    return {
        "type": "http", "method": "POST", "path": f"/{REPOSITORY}.git/git-receive-pack",
        "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "headers": [(b"authorization", b"Basic " + who)],
    }  # fmt: skip


async def received() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def sent(_: Message) -> None:
    pass
