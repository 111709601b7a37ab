"""`python -m app`: one process; scale by starting more containers."""

from aiohttp import web

from app import logs
from app.config import Settings
from app.main import create_app

DRAIN_S = 9.5  # the platform waits 12 s between SIGTERM and SIGKILL; a claim may take 9 s
KEEP_ALIVE_S = 75  # longer than a load balancer keeps its side open


def main() -> None:
    """Serve until SIGTERM, finish what was begun, exit 0."""
    settings = Settings.from_environment()
    logs.set_up()
    web.run_app(
        create_app(settings),
        host="0.0.0.0",
        port=settings.port,
        access_log=None,
        print=None,
        shutdown_timeout=DRAIN_S,
        keepalive_timeout=KEEP_ALIVE_S,
    )


if __name__ == "__main__":
    main()
