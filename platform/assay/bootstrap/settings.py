"""What an operator sets: read once from the environment, checked, and told all at once."""

import os
import re
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from assay.db.session import database_url
from assay.domain.errors import BadInput
from assay.features.integrations.greenhouse import HOSTS as GREENHOUSE_HOSTS
from assay_sandbox.local_state import default_home

HOST, PORT = "127.0.0.1", 8000
SECRET_FILE = "secret-key"  # noqa: S105 - the name of a file
NUMBERS = {
    "ASSAY_WORKER_SLOTS": (1, 64),
    "ASSAY_KEEP_DAYS": (90, 3650),
    "ASSAY_KEEP_IMAGES": (100, 10_000),
}
"""Setting -> what it is if it is not set, and the most it may be."""
HOST_PATTERN = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?")
OIDC = ("ASSAY_OIDC_ISSUER", "ASSAY_OIDC_CLIENT_ID", "ASSAY_OIDC_CLIENT_SECRET")


@dataclass(frozen=True, slots=True)
class Oidc:
    """A provider of sign-ins."""

    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation is set up; docs/operating.md describes each.

    Attributes:
        home: Data directory: database, repositories, outbox, challenges that were copied.
        database_url: SQLAlchemy's, SQLite or PostgreSQL.
        public_url: Where browsers and git clients reach us, without a slash at the end.
        secret_key: Signs what travels through a browser; another one ends the sign-ins under way.
        challenges: Directory of the published challenges.
        smtp_url: "smtp://user:password@host:port" or smtps; "" writes mails into the outbox.
        mail_from: Sender of mails.
        oidc: None without a provider.
        worker: Name of the worker here, its own among all, the same at every start.
        slots: Evaluations a worker runs at once, each on cores of its own.
        sandbox: Which engine evaluates: "auto", "docker" or "local".
        allow_unproven: Whether challenges that are not published can be invited to.
        keep_days: How long what an ended evaluation said, its checkpoint and its job are kept.
        keep_images: Images of submissions that stay on a worker's engine.
        allow_private_endpoints: Whether webhooks may go to networks of our own, and by http.
        greenhouse_hosts: Where Greenhouse may await results: "host", "*.domain" or "host:port".
    """

    home: Path
    database_url: str
    public_url: str
    secret_key: str
    challenges: Path
    smtp_url: str
    mail_from: str
    oidc: Oidc | None
    worker: str
    slots: int
    sandbox: Literal["auto", "docker", "local"]
    keep_days: int
    keep_images: int
    allow_unproven: bool = False
    allow_private_endpoints: bool = False
    greenhouse_hosts: tuple[str, ...] = GREENHOUSE_HOSTS

    @property
    def outbox(self) -> Path:
        """Mails as files, where there is no SMTP server."""
        return self.home / "outbox"

    @property
    def repositories(self) -> Path:
        """One bare repository for each assessment."""
        return self.home / "repositories"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        BadInput: some are wrong; all of them are named.
    """
    home = default_home(environment)
    problems: list[str] = []
    settings = Settings(
        home=home,
        database_url=_database_url(environment, home, problems),
        public_url=_public_url(environment, problems),
        secret_key=environment.get("ASSAY_SECRET_KEY", ""),
        challenges=Path(environment.get("ASSAY_CHALLENGES", "challenges")).resolve(),
        smtp_url=_smtp_url(environment, problems),
        mail_from=environment.get("ASSAY_MAIL_FROM", "assay@localhost"),
        oidc=_oidc(environment, problems),
        worker=environment.get("ASSAY_WORKER_NAME") or socket.gethostname(),
        slots=_number(environment, "ASSAY_WORKER_SLOTS", problems),
        sandbox=_sandbox(environment, problems),
        allow_unproven=_yes_or_no(environment, "ASSAY_ALLOW_UNPROVEN", problems),
        allow_private_endpoints=_yes_or_no(environment, "ASSAY_ALLOW_PRIVATE_ENDPOINTS", problems),
        greenhouse_hosts=_hosts(environment, "ASSAY_GREENHOUSE_HOSTS", problems),
        keep_days=_number(environment, "ASSAY_KEEP_DAYS", problems),
        keep_images=_number(environment, "ASSAY_KEEP_IMAGES", problems),
    )
    if problems:
        raise BadInput("settings that make no sense:\n" + "\n".join(f"  {p}" for p in problems))
    return settings


def with_secret(settings: Settings) -> str:
    """The secret key: the one that is set, else the one in the data directory, made if missing."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.home / SECRET_FILE
    settings.home.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make_secret(path)
    return path.read_text().strip()


def _make_secret(path: Path) -> None:
    """Whole or not at all: of two processes that start at once, both read the one that stands."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _database_url(environment: Mapping[str, str], home: Path, problems: list[str]) -> str:
    given = environment.get("ASSAY_DATABASE_URL", f"sqlite:///{home.resolve()}/assay.db")
    try:
        return database_url(given).render_as_string(hide_password=False)
    except BadInput as refused:
        problems.append(f"ASSAY_DATABASE_URL: {refused}")
        return given


def _public_url(environment: Mapping[str, str], problems: list[str]) -> str:
    given = environment.get("ASSAY_PUBLIC_URL", f"http://{HOST}:{PORT}").rstrip("/")
    parts = _parts(given)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
        problems.append(f"ASSAY_PUBLIC_URL: {given!r} is no http(s)://host[:port]")
    return given


def _smtp_url(environment: Mapping[str, str], problems: list[str]) -> str:
    given = environment.get("ASSAY_SMTP_URL", "")
    parts = _parts(given)
    if parts is None:
        problems.append("ASSAY_SMTP_URL: its host or its port cannot be read")
    elif given and parts.scheme not in ("smtp", "smtps"):
        problems.append("ASSAY_SMTP_URL: begin it with smtp:// or smtps://")
    return given


def _parts(url: str) -> SplitResult | None:
    """None where it cannot be taken apart, or its port is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else parts


def _oidc(environment: Mapping[str, str], problems: list[str]) -> Oidc | None:
    given = [environment.get(name, "") for name in OIDC]
    if not any(given):
        return None
    problems += [
        f"{n}: missing, the others are set" for n, v in zip(OIDC, given, strict=True) if not v
    ]
    return Oidc(*given)


def _number(environment: Mapping[str, str], name: str, problems: list[str]) -> int:
    default, most = NUMBERS[name]
    given = environment.get(name, str(default))
    if not given.isdecimal() or not 1 <= int(given) <= most:
        problems.append(f"{name}: {given!r} is no number from 1 to {most}")
        return default
    return int(given)


def _sandbox(
    environment: Mapping[str, str], problems: list[str]
) -> Literal["auto", "docker", "local"]:
    match environment.get("ASSAY_SANDBOX", "auto"):
        case "auto" | "docker" | "local" as given:
            return given
        case given:
            problems.append(f"ASSAY_SANDBOX: {given!r} is none of auto, docker, local")
            return "auto"


def _yes_or_no(environment: Mapping[str, str], name: str, problems: list[str]) -> bool:
    given = environment.get(name, "no")
    if given not in ("yes", "no"):
        problems.append(f"{name}: {given!r} is neither yes nor no")
    return given == "yes"


def _hosts(environment: Mapping[str, str], name: str, problems: list[str]) -> tuple[str, ...]:
    given = tuple(environment.get(name, " ".join(GREENHOUSE_HOSTS)).lower().split())
    problems += [
        f"{name}: {one!r} is no host, *.domain or host:port"
        for one in given
        if not HOST_PATTERN.fullmatch(one)
    ]
    return given
