"""All that an installation is in one file, taken while it runs; and an installation from it.

    manifest.json             what this is, of when and of which version
    database                  see `database_copy`
    secret-key                if the data directory has one
    repositories/<name>.git/  what candidates pushed

The database comes first: a push that arrives meanwhile is at worst in its repository only, and
the next start records it. The file holds secrets; only its owner may read it.
"""

import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from pydantic import BaseModel, ValidationError

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.bootstrap.database_copy import dump, load, refuse_used
from assay.bootstrap.settings import SECRET_FILE, Settings
from assay.db.migrate import upgrade
from assay.db.session import Database, database_url
from assay.domain.errors import BadInput, PlatformFault

MANIFEST, DATABASE, REPOSITORIES = "manifest.json", "database", "repositories"
PASSING = ("tmp_", "incoming-", "tmp_objdir-", "assay-recorded")
"""What git writes while a push arrives, which is nothing yet; and the mark of what was recorded,
which may be newer than the database: without it every push is told again, and that does no harm."""
LEVEL = 1
"""Most of it is compressed already."""


class Manifest(BaseModel):
    """What a backup says of itself."""

    format: Literal[1] = 1
    database: str
    assay: str
    made_at: datetime


def back_up(settings: Settings, target: Path, now: datetime) -> int:
    """Write a backup; nobody has to stop. Its size in bytes.

    Raises:
        BadInput: the file is there already, or there is nothing to back up.
        PlatformFault: the database could not be copied, or there is no room.
    """
    if target.exists():
        raise BadInput(f"{target} is there already and was not overwritten; name another file")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as directory:
            _back_up(settings, Path(directory), now).rename(target)
    except OSError as error:
        raise PlatformFault(
            f"the backup could not be written ({error})",
            remedy=f"check the free space and the rights of {target.parent}, then try again",
        ) from error
    return target.stat().st_size


def restore(settings: Settings, source: Path, now: datetime) -> None:
    """Make an installation from a backup, with the tables of this version.

    Everybody who was signed in still is, and links and keys still work.

    Raises:
        BadInput: the file is no whole backup of ours, or of another kind of database, or there
            is an installation already. Nothing is changed then.
        PlatformFault: the database could not be made.
    """
    _refuse_installation(settings)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.home, prefix=".restore-") as directory:
        unpacked = Path(directory)
        _unpack(source, unpacked)
        manifest = _check_manifest(unpacked / MANIFEST, settings)
        load(unpacked / DATABASE, settings.database_url)
        _move(unpacked / REPOSITORIES, settings.repositories)
        _move(unpacked / SECRET_FILE, settings.home / SECRET_FILE)
    upgrade(settings.database_url)
    _note(settings, manifest, now)


def _back_up(settings: Settings, directory: Path, now: datetime) -> Path:
    kind = database_url(settings.database_url).get_backend_name()
    manifest = Manifest(database=kind, assay=version("assay"), made_at=now)
    (directory / MANIFEST).write_text(manifest.model_dump_json(indent=1))
    dump(settings.database_url, directory / DATABASE)
    draft = directory / "backup"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        _pack(file, directory, settings)
    return draft


def _pack(file: BinaryIO, directory: Path, settings: Settings) -> None:
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=LEVEL) as archive:
        for name in (MANIFEST, DATABASE):
            archive.add(directory / name, name)
        secret = settings.home / SECRET_FILE
        if secret.is_file():
            archive.add(secret, SECRET_FILE)
        for path in _repository_files(settings.repositories):
            name = f"{REPOSITORIES}/{path.relative_to(settings.repositories)}"
            archive.add(path, name, recursive=False)


def _repository_files(repositories: Path) -> Iterator[Path]:
    """References before objects: what a reference names was there when it was read.

    Directories too, for git knows a repository by them; objects are looked for when the
    references have been taken.
    """
    for repository in sorted(repositories.glob("*.git")):
        objects = repository / "objects"
        yield repository
        yield from _kept(repository, but=objects)
        yield objects
        yield from _kept(objects)


def _kept(directory: Path, *, but: Path | None = None) -> Iterator[Path]:
    for path in sorted(directory.iterdir()):
        passing = path.name.endswith(".lock") or path.name.startswith(PASSING)
        if path == but or passing or path.is_symlink():
            continue
        yield path
        if path.is_dir():
            yield from _kept(path)


def _refuse_installation(settings: Settings) -> None:
    refuse_used(settings.database_url)
    for path in (settings.home / SECRET_FILE, settings.repositories):
        if path.is_file() or (path.is_dir() and any(path.iterdir())):
            raise BadInput(
                f"{path} is there already; nothing was overwritten: "
                "set ASSAY_HOME to an empty directory, or move this one away"
            )


def _unpack(source: Path, directory: Path) -> None:
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                _unpack_one(archive, member, directory, source)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise BadInput(f"{source} is no whole backup ({error}); take another") from error
    if not (directory / MANIFEST).is_file() or not (directory / DATABASE).is_file():
        raise BadInput(f"{source} is no backup of assay: it lacks {MANIFEST} or {DATABASE}")


def _unpack_one(
    archive: tarfile.TarFile, member: tarfile.TarInfo, directory: Path, source: Path
) -> None:
    """One file, and only where a backup has files: a forged one writes nowhere else."""
    place = PurePosixPath(member.name)
    in_repository = place.parts[:1] == (REPOSITORIES,) and ".." not in place.parts
    target = directory / place
    if member.isdir() and in_repository:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    ours = in_repository or member.name in (MANIFEST, DATABASE, SECRET_FILE)
    content = archive.extractfile(member) if member.isfile() and ours else None
    if content is None:
        raise BadInput(f"{source} is no backup of assay: it holds {member.name!r}")
    with target.open("xb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(member.mode & 0o700)


def _check_manifest(path: Path, settings: Settings) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(path.read_text())
    except ValidationError as error:
        raise BadInput(f"the backup is of a format this version does not read ({error})") from error
    wanted = database_url(settings.database_url).get_backend_name()
    if manifest.database != wanted:
        raise BadInput(
            f"the backup is of a {manifest.database} database and ASSAY_DATABASE_URL names one "
            f"of {wanted}; name an empty {manifest.database} database"
        )
    return manifest


def _move(source: Path, target: Path) -> None:
    if source.exists():
        if target.is_dir():
            target.rmdir()  # empty: checked before
        source.rename(target)


def _note(settings: Settings, manifest: Manifest, now: datetime) -> None:
    database = Database(settings.database_url)
    try:
        with database.write() as session:
            actor = Actor("system")
            details = {"backup_made_at": manifest.made_at.isoformat()}
            record(session, Tag.RESTORED, by=actor, subject="platform", details=details, now=now)
    finally:
        database.dispose()
