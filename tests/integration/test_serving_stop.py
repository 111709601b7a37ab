"""A server that is told to stop does not wait for those who only watch."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from tests.fakes.git_gate import FakeGate
from tests.fakes.git_site import wait_for
from tests.fakes.web import Site, a_site

from assay.auth.sessions import admit
from assay.web.git.server import GitApp
from assay.web.serving import GRACE_S, Application, Server, server_of

STOPS_WITHIN_S = 4.0
START_S = 20.0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


class Running:
    """The server in a thread of its own."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=server.run, kwargs={"sockets": [self.listener]})
        self.thread.start()
        wait_for(lambda: server.started, START_S)

    def stopped_after_s(self) -> float:
        """Stop it as SIGTERM does; how long that took."""
        began_s = time.monotonic()
        self.server.handle_exit(signal.SIGTERM, None)
        self.thread.join(GRACE_S + 10)
        assert not self.thread.is_alive()
        return time.monotonic() - began_s

    @contextmanager
    def watching(
        self, site: Site, assessment_id: str, evaluation_id: str
    ) -> Iterator[HTTPResponse]:
        """A browser that listens to an evaluation."""
        with site.house.write() as session:
            token = admit(session, assessment_id, site.house.time)
        path = f"/candidate/evaluations/{evaluation_id}/events"
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=GRACE_S + 10)) as browser:
            browser.request("GET", path, headers={"Cookie": f"__Host-assay_candidate={token}"})
            yield browser.getresponse()


def test_who_watches_an_evaluation_is_sent_home(site: Site, tmp_path: Path) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.begin(evaluation_id)
    app = Application(site.app, GitApp(tmp_path, FakeGate()))
    running = Running(server_of(app, "127.0.0.1", 0))
    with ExitStack() as browsers:
        watching = [running.watching(site, assessment_id, evaluation_id) for _ in range(3)]
        answers = [browsers.enter_context(one) for one in watching]
        assert [answer.status for answer in answers] == [200] * 3
        assert all(b"panel" in answer.read1(4096) for answer in answers)

        assert running.stopped_after_s() < STOPS_WITHIN_S
        for answer in answers:
            answer.read()
