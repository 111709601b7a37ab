"""`assay up`, `serve`, `worker`, `invite`, `sign-in`: run an installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

if TYPE_CHECKING:
    from assay.bootstrap.installation import Installation

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def up(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Start everything: pages, git, API and a worker, in one process with one SQLite file."""
    from assay.web import serving
    from assay.worker.loop import working

    with _greeting(port) as installation, working(installation):
        serving.serve(installation, host=host, port=port)


def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Start pages, git and API; workers run apart."""
    from assay.web import serving
    from assay.worker.housekeeping import OWN_DISK, keeping_house

    with _greeting(port) as installation, keeping_house(installation, [OWN_DISK]):
        serving.serve(installation, host=host, port=port)


def worker() -> None:
    """Start a worker: it takes evaluations from the queue until it is told to stop."""
    import signal
    import threading

    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings
    from assay.web.logs import configure_logs
    from assay.worker.loop import working

    configure_logs()
    settings = read_settings()
    _warn_of_the_hosts_engine(settings.sandbox)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with opened(settings) as installation, working(installation):
        over.wait()


def invite(
    email: Annotated[str, typer.Argument(help="The candidate's address.")],
    challenge: Annotated[str, typer.Option(help="Slug of the challenge.")] = "credit-scoring",
    name: Annotated[str, typer.Option(help="The candidate's name.")] = "",
    variant: Annotated[
        int | None, typer.Option(min=0, help="Which starter; drawn if not given.")
    ] = None,
    unproven: Annotated[
        bool, typer.Option("--unproven", help="Even if the challenge is not published.")
    ] = False,
) -> None:
    """Invite a candidate into the first organisation, and print the link."""
    from assay.bootstrap.installation import opened
    from assay.bootstrap.inviting import Wish, invited
    from assay.bootstrap.settings import read_settings

    with opened(read_settings()) as installation:
        invitation = invited(installation, Wish(email, challenge, name, variant, unproven))
        typer.echo(installation.settings.public_url + invitation.path)


def sign_in(
    email: Annotated[
        str, typer.Argument(help="Whom it signs in; the first owner if nobody is named.")
    ] = "",
) -> None:
    """Print a link that signs somebody of a team in, once."""
    from assay.bootstrap.first_start import member_link, owner_link
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings
    from assay.kit.clock import utc_now

    with opened(read_settings()) as installation, installation.database.write() as session:
        now = utc_now()
        link = member_link(session, email, now) if email else owner_link(session, now)
        typer.echo(installation.settings.public_url + link)


def _warn_of_the_hosts_engine(sandbox: str) -> None:
    """Loudly: what breaks out of a container there has this machine, and all that runs on it."""
    import os

    from assay.cli.console import err
    from assay_sandbox.docker_facts import hosts_own_socket

    socket = hosts_own_socket(os.environ)
    if sandbox != "local" and socket is not None:
        err().print(
            "[bold red]Submissions are evaluated on this machine's own container engine[/] "
            f"({socket}). Whoever breaks out of a container there controls every container of "
            "this machine. Let it do nothing else, or give the worker an engine of its own: "
            "docs/deploying.md.",
            soft_wrap=True,
        )


@contextmanager
def _greeting(port: int) -> "Iterator[Installation]":
    """The installation, with logs for programs, once it was told where it is."""
    from assay.bootstrap.installation import opened
    from assay.bootstrap.settings import read_settings
    from assay.web.logs import configure_logs

    configure_logs()
    with opened(read_settings()) as installation:
        _greet(installation, port)
        yield installation


def elsewhere(url: str, port: int) -> str:
    """What to say where links lead to another port of this machine than is listened on, or ""."""
    parts = urlsplit(url)
    if parts.hostname not in ("127.0.0.1", "localhost") or parts.port in (None, port):
        return ""
    return (
        f"It listens on port {port}, but its links lead to {url}. If that is not meant, set "
        f"ASSAY_PUBLIC_URL=http://{parts.hostname}:{port} for every assay command."
    )


def _greet(installation: "Installation", port: int) -> None:
    """Tell where it is, and on the first start how to get in."""
    from assay.bootstrap.first_start import owner_link, seed
    from assay.kit.clock import utc_now

    url = installation.settings.public_url
    with installation.database.write() as session:
        is_new = seed(session, utc_now())
        link = owner_link(session, utc_now()) if is_new else ""
    typer.echo(f"Assay is at {url}")
    if hint := elsewhere(url, port):
        typer.echo(hint)
    if link:
        typer.echo(f"Sign in as the owner of the demo organisation, once, at {url}{link}")
        typer.echo("`assay demo-data load` puts recorded candidates into it, to look at.")
    else:
        typer.echo("Sign in with your password or a link by mail; `assay sign-in` prints one.")
