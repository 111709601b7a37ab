"""A backup is whole, private and of one moment; a forged one harms nothing."""

import io
import json
import sqlite3
import subprocess
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tests.fakes.accounts import NOW

from assay.auth.accounts import create_organisation
from assay.bootstrap.backup import back_up, restore
from assay.bootstrap.settings import SECRET_FILE, Settings, read_settings, with_secret
from assay.db.migrate import upgrade
from assay.db.session import Database
from assay.domain.errors import BadInput, PlatformFault


def settings_of(home: Path) -> Settings:
    return read_settings({"ASSAY_HOME": str(home)})


@pytest.fixture
def live(tmp_path: Path) -> Settings:
    """An installation with one repository, whose references are packed."""
    settings = settings_of(tmp_path / "live")
    upgrade(settings.database_url)
    with_secret(settings)
    repository = settings.repositories / "asm_1.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(repository))
    tree = git("-C", str(repository), "hash-object", "-t", "tree", "-w", "/dev/null")
    made = git("-C", str(repository), *WHO, "commit-tree", tree, "-m", "Start")
    git("-C", str(repository), "update-ref", "refs/heads/main", made)
    git("-C", str(repository), "pack-refs", "--all")
    return settings


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


WHO = ("-c", "user.name=Dana", "-c", "user.email=dana@example.com")


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.strip()


def restored(live: Settings, tmp_path: Path) -> Settings:
    back_up(live, tmp_path / "backup.tar.gz", NOW)
    settings = settings_of(tmp_path / "new")
    restore(settings, tmp_path / "backup.tar.gz", NOW)
    return settings


def forged(path: Path, *members: tarfile.TarInfo, database: bytes = b"") -> Path:
    """A backup with such a database, and with further members that hold "x"."""
    manifest = {"format": 1, "database": "sqlite", "assay": "0.1.0", "made_at": NOW.isoformat()}
    contents = {"manifest.json": json.dumps(manifest).encode(), "database": database}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for member in members:
            member.size = 1 if member.isfile() else 0
            archive.addfile(member, io.BytesIO(b"x"))
    return path


def test_the_secret_and_the_repositories_come_back(live: Settings, tmp_path: Path) -> None:
    there = restored(live, tmp_path)
    before, after = (git("-C", str(s.repositories / "asm_1.git"), "log", "-1", "--format=%H %s")
                     for s in (live, there))  # fmt: skip

    assert (there.home / SECRET_FILE).read_text() == (live.home / SECRET_FILE).read_text()
    assert before == after != ""
    git("-C", str(there.repositories / "asm_1.git"), "fsck", "--strict")


def test_only_the_owner_may_read_a_backup(live: Settings, tmp_path: Path) -> None:
    back_up(live, tmp_path / "backup.tar.gz", NOW)

    assert (tmp_path / "backup.tar.gz").stat().st_mode & 0o777 == 0o600
    settings = settings_of(tmp_path / "new")
    restore(settings, tmp_path / "backup.tar.gz", NOW)
    assert (settings.home / SECRET_FILE).stat().st_mode & 0o777 == 0o600


def test_a_backup_leaves_nothing_beside_it(live: Settings, tmp_path: Path) -> None:
    before = names_in(tmp_path)
    back_up(live, tmp_path / "backup.tar.gz", NOW)

    assert names_in(tmp_path) == before | {"backup.tar.gz"}


def test_references_are_read_before_the_objects_they_name(live: Settings, tmp_path: Path) -> None:
    back_up(live, tmp_path / "backup.tar.gz", NOW)
    with tarfile.open(tmp_path / "backup.tar.gz") as archive:
        names = [n for n in archive.getnames() if n.startswith("repositories/asm_1.git/")]
    objects = [index for index, name in enumerate(names) if "/objects/" in name]
    others = [index for index, name in enumerate(names) if "/objects" not in name]

    assert objects
    assert max(others) < min(objects)


def test_what_a_push_is_still_writing_is_left_out(live: Settings, tmp_path: Path) -> None:
    repository = live.repositories / "asm_1.git"
    for passing in ("objects/incoming-x/aa/bb", "objects/pack/tmp_pack_1", "packed-refs.lock"):
        (repository / passing).parent.mkdir(parents=True, exist_ok=True)
        (repository / passing).write_text("half")
    back_up(live, tmp_path / "backup.tar.gz", NOW)
    with tarfile.open(tmp_path / "backup.tar.gz") as archive:
        names = " ".join(archive.getnames())

    assert "packed-refs" in names
    assert not any(word in names for word in ("incoming", "tmp_pack", ".lock"))


def test_a_backup_taken_while_somebody_writes_is_of_one_moment(
    live: Settings, tmp_path: Path
) -> None:
    database = Database(live.database_url)
    done = threading.Event()

    def write_pairs() -> None:
        while not done.is_set():
            with database.write() as session:
                create_organisation(session, "one of a pair", NOW)
                create_organisation(session, "the other", NOW)

    writer = threading.Thread(target=write_pairs)
    writer.start()
    try:
        there = restored(live, tmp_path)
    finally:
        done.set()
        writer.join()
        database.dispose()

    with closing(sqlite3.connect(there.home / "assay.db")) as copy:
        (count,) = copy.execute("SELECT count(*) FROM organisation").fetchone()
        assert count % 2 == 0


def test_a_file_that_is_there_is_not_overwritten(live: Settings, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar.gz"
    target.write_text("of last week")

    with pytest.raises(BadInput, match="name another file"):
        back_up(live, target, NOW)

    assert target.read_text() == "of last week"


def test_where_nothing_is_installed_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no database"):
        back_up(settings_of(tmp_path / "nowhere"), tmp_path / "backup.tar.gz", NOW)

    assert not (tmp_path / "backup.tar.gz").exists()


def test_a_place_that_cannot_be_written_is_told_in_words(live: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(PlatformFault, match="could not be written"):
        back_up(live, tmp_path / "file" / "backup.tar.gz", NOW)


@pytest.mark.parametrize("thing", ["assay.db", SECRET_FILE, "repositories/asm_2.git/HEAD"])
def test_nothing_that_is_there_is_ever_overwritten(
    live: Settings, tmp_path: Path, thing: str
) -> None:
    back_up(live, tmp_path / "backup.tar.gz", NOW)
    own = tmp_path / "new" / thing
    own.parent.mkdir(parents=True)
    own.write_text("mine")

    with pytest.raises(BadInput, match="nothing was overwritten"):
        restore(settings_of(tmp_path / "new"), tmp_path / "backup.tar.gz", NOW)

    assert [p for p in (tmp_path / "new").rglob("*") if p.is_file()] == [own]
    assert own.read_text() == "mine"


def test_a_backup_that_breaks_off_is_refused(live: Settings, tmp_path: Path) -> None:
    back_up(live, tmp_path / "backup.tar.gz", NOW)
    whole = (tmp_path / "backup.tar.gz").read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BadInput, match="no whole backup"):
        restore(settings_of(tmp_path / "new"), tmp_path / "half.tar.gz", NOW)

    assert list((tmp_path / "new").iterdir()) == []


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "member",
    [
        special("../outside", tarfile.REGTYPE),
        special("/tmp/assay-outside", tarfile.REGTYPE),
        special("repositories/../../outside", tarfile.REGTYPE),
        special("repositories/a.git/HEAD", tarfile.SYMTYPE, "/etc/passwd"),
        special("repositories/a.git/HEAD", tarfile.LNKTYPE, "/etc/passwd"),
        special("repositories/a.git/pipe", tarfile.FIFOTYPE),
        special("service.conf", tarfile.REGTYPE),
    ],
    ids=lambda member: f"{member.name} {member.type.decode()}",
)
def test_a_forged_backup_writes_nowhere(tmp_path: Path, member: tarfile.TarInfo) -> None:
    source = forged(tmp_path / "forged.tar.gz", member)

    with pytest.raises(BadInput, match="is no backup of assay"):
        restore(settings_of(tmp_path / "new"), source, NOW)

    assert names_in(tmp_path) == {"forged.tar.gz", "new"}
    assert list((tmp_path / "new").iterdir()) == []
    assert not Path("/tmp/assay-outside").exists()


def test_a_database_that_is_damaged_is_refused(tmp_path: Path) -> None:
    source = forged(tmp_path / "damaged.tar.gz", database=b"noise" * 1000)

    with pytest.raises(BadInput, match="damaged"):
        restore(settings_of(tmp_path / "new"), source, NOW)


def test_a_backup_of_another_kind_of_database_is_refused(live: Settings, tmp_path: Path) -> None:
    back_up(live, tmp_path / "backup.tar.gz", NOW)
    path = tmp_path / "postgresql.tar.gz"
    with tarfile.open(tmp_path / "backup.tar.gz") as source, tarfile.open(path, "w:gz") as target:
        for member in source:
            content = source.extractfile(member)
            data = content.read().replace(b'"sqlite"', b'"postgresql"') if content else b""
            member.size = len(data)
            target.addfile(member, io.BytesIO(data))

    with pytest.raises(BadInput, match="of a postgresql database"):
        restore(settings_of(tmp_path / "new"), path, NOW)
