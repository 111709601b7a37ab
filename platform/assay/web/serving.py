"""The web process: pages, REST and git in one uvicorn."""

import signal
import socket
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI

from assay.adapters.outgoing import HttpCourier
from assay.auth.oidc import OidcClient
from assay.bootstrap.installation import Installation, starters
from assay.features.submissions.gate import DatabaseGate
from assay.kit.clock import utc_now
from assay.web.app import create_app
from assay.web.git.server import GitApp, WithGit
from assay.web.live.watch import Watch
from assay.web.platform import Outward, Platform
from assay.web.readiness import checks_of
from assay.web.rendering import compile_all

GRACE_S = 10
"""What open requests have to end when the server stops."""
SWITCH_S = 0.0005
"""How long a thread may run before another that waits gets its turn. A page gives its turn away at
each call of the database: beside two busy threads it took 780 ms with Python's 5 ms, 90 ms so."""


class Application(WithGit):
    """Everything that answers."""

    def __init__(self, web: FastAPI, git: GitApp) -> None:
        super().__init__(web, git)
        self._watch: Watch = web.state.watch

    def wind_down(self) -> None:
        """Send home those who only watch, or stopping would wait for them. From any thread."""
        self.git.wind_down()
        self._watch.wind_down()


def application(installation: Installation) -> Application:
    """All of it, on an installation."""
    settings = installation.settings
    gate = DatabaseGate(
        database=installation.database,
        jobs=installation.queue,
        challenges=installation.challenges,
        page_url=f"{settings.public_url}/candidate",
        now=utc_now,
    )
    git = GitApp(settings.home, gate, page_url=f"{settings.public_url}/candidate")
    return Application(create_app(platform_of(installation)), git)


def platform_of(installation: Installation) -> Platform:
    """What the pages stand on."""
    settings, oidc = installation.settings, installation.settings.oidc
    return Platform(
        database=installation.database,
        challenges=installation.challenges,
        repositories=starters(installation),
        jobs=installation.queue,
        public_url=settings.public_url,
        secret_key=installation.secret_key,
        now=utc_now,
        oidc=OidcClient(oidc.issuer, oidc.client_id, oidc.client_secret) if oidc else None,
        checks=checks_of(installation.database, settings.home),
        allow_unproven=settings.allow_unproven,
        outward=Outward(
            HttpCourier(allow_private=settings.allow_private_endpoints),
            settings.greenhouse_hosts,
            plain=settings.allow_private_endpoints,
            mail=bool(settings.smtp_url),
        ),
    )


def serve(
    installation: Installation,
    *,
    host: str,
    port: int,
    sockets: list[socket.socket] | None = None,
) -> None:
    """Answer until SIGTERM or Ctrl-C."""
    sys.setswitchinterval(SWITCH_S)
    compile_all()
    server_of(application(installation), host, port).run(sockets=sockets)


def server_of(app: Application, host: str, port: int) -> "Server":
    """Its server, not started."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    return Server(config, app)


class Server(uvicorn.Server):
    """Sends those home who only watch, or stopping would wait for them.

    Stopped by a signal it has done as it was told: unlike uvicorn it does not raise the signal
    once more when all has ended, which would make the program end with an error.
    """

    def __init__(self, config: uvicorn.Config, app: Application) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, the watchers first. A second Ctrl-C does not wait for open requests."""
        self._app.wind_down()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
