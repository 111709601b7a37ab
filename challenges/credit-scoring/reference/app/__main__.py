"""`python -m app`: one process, one worker; scale by starting more containers."""

import signal
import sys

import uvicorn

from app import logs
from app.config import Settings
from app.main import create_app

DRAIN_S = 8  # the platform waits 10 s between SIGTERM and SIGKILL
KEEP_ALIVE_S = 75  # longer than a load balancer keeps its side open


def main() -> None:
    """Serve until SIGTERM, finish what was begun, exit 0."""
    settings = Settings.from_environment()
    logs.set_up()
    # The server drains on SIGTERM and then raises it again for whoever was here before it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        create_app(settings),
        host="0.0.0.0",
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
