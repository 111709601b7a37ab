"""`assay demo`: start the platform, sit an assessment as a candidate, push, and watch."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.outcome import PLATFORM_FAULT

READY_S = 90.0
PID_FILE, LOG_FILE = "assay.pid", "assay.log"


def command(
    challenge: Annotated[str, typer.Option(help="Slug of the challenge.")] = "credit-scoring",
    answer: Annotated[str, typer.Option(help="Known answer to push.")] = "reference",
    out: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("out/demo"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages.")] = 8000,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the pages of a demo.")] = False,
) -> None:
    """Start Assay, invite a candidate, push a known answer with git, and leave the pages up."""
    from assay.bootstrap.demo import last_evaluation, sit, submit
    from assay.bootstrap.first_start import owner_link
    from assay.bootstrap.installation import opened
    from assay.bootstrap.inviting import Wish
    from assay.bootstrap.settings import read_settings
    from assay.kit.clock import utc_now

    home = out.resolve() / "home"
    _stop(home)
    if stop:
        return
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "ASSAY_HOME": str(home), "ASSAY_PUBLIC_URL": url}
    _start(home, port, environment)
    wish = Wish("dana@example.org", challenge, "Dana")
    with opened(read_settings(environment)) as installation:
        sitting = sit(installation, wish)
        typer.echo(f"Dana was invited, has pressed Start and pushes the {answer}:\n")
        submit(installation, sitting, wish, answer)
        judged = last_evaluation(installation, sitting.assessment_id)
        with installation.database.write() as session:
            link = owner_link(session, utc_now())
    typer.echo(f"\nDana's page:      {sitting.page_url}")
    typer.echo(f"the hiring team:  {url}{link}")
    typer.echo("The pages stay up; `assay demo --stop` ends them.")
    if judged is None or judged.score is None:
        raise typer.Exit(PLATFORM_FAULT)


def _start(home: Path, port: int, environment: dict[str, str]) -> None:
    """Start `assay up` in the background and wait until it answers.

    Raises:
        PlatformFault: it did not.
    """
    from assay.domain.errors import PlatformFault

    home.mkdir(parents=True, exist_ok=True)
    with (home / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "assay.cli", "up", "--port", str(port)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (home / PID_FILE).write_text(str(process.pid))
    end_s = time.monotonic() + READY_S
    while not _answers(f"http://127.0.0.1:{port}/livez"):
        if process.poll() is not None or time.monotonic() > end_s:
            raise PlatformFault("`assay up` does not answer", remedy=f"see {home / LOG_FILE}")
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own, on loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(home: Path) -> None:
    """End the pages of an earlier demo, if they are still there."""
    pid_file = home / PID_FILE
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        if b"assay" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)
            _wait_for(pid)
    pid_file.unlink()


def _wait_for(pid: int) -> None:
    end_s = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end_s:
        time.sleep(0.1)
