"""Every sealed submission is studied once; whoever is alike learns of it, and nobody else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session
from tests.fakes.web import Site, a_site

from assay.db.artifacts import artifact_names
from assay.db.session import Database
from assay.db.tables import Artifact
from assay.domain.errors import NotFound, PlatformFault
from assay.features.scorecards.changes import CHANGES_FILE, VERSION, Changes, Work
from assay.features.scorecards.dossier import changes_in
from assay.features.scorecards.likenesses import (
    PRINTS_FILE,
    Match,
    alike,
    compared,
    in_words,
    prints_in,
)
from assay.features.scorecards.studies import (
    TRIED_AGAIN_AFTER,
    TRIES_MAX,
    Subject,
    stored_similarity,
    study,
    unstudied,
)

REPOSITORY = Path(__file__).parents[2] / "platform" / "assay"
CODE = (REPOSITORY / "domain" / "statistics.py").read_text()
OTHER = (REPOSITORY / "kit" / "tomlfile.py").read_text()
EMPTY = Changes(version=VERSION, files=(), files_left_out=0, commits=(), commits_left_out=0)


@dataclass
class Reader:
    """The `WorkReader`: who wrote what, by commit."""

    texts: dict[str, str] = field(default_factory=dict)
    starter: str = ""

    def read(self, bundle: bytes, commit: str) -> Work:
        if commit not in self.texts:
            raise PlatformFault("the bundle of the push cannot be used")
        return Work(EMPTY, {"app.py": self.texts[commit]}, {"base.py": self.starter})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def sealed(site: Site, commit: str, email: str, organisation_id: str = "") -> Subject:
    """Somebody who handed in, and was judged."""
    assessment_id = site.house.started(organisation_id)
    with site.house.write() as session:
        from_db = site.house.assessment(assessment_id)
        from_db.candidate_email = email
        session.add(from_db)
    site.pushed(assessment_id, commit)
    site.judge(site.sealed(assessment_id))
    (found,) = [one for one in waiting(site) if one.assessment_id == assessment_id]
    return found


def waiting(site: Site, now: datetime | None = None) -> list[Subject]:
    with site.house.read() as session:
        return unstudied(session, 50, now or site.house.time)


def matches(site: Site, subject: Subject) -> list[tuple[str, str]]:
    with site.house.read() as session:
        found = stored_similarity(session, subject.submission_id)
    return [(one.submission_id, one.severity) for one in found.matches] if found else []


def test_a_copy_is_told_to_both_and_to_nobody_else(site: Site) -> None:
    reader = Reader({"a" * 40: CODE, "b" * 40: CODE.replace("value", "figure"), "c" * 40: OTHER})
    subjects = [sealed(site, name * 40, f"{name}@example.com") for name in "acb"]
    for one in subjects:
        study(site.house.database, reader, one, site.house.time)
    first, other, copy = subjects

    assert matches(site, copy) == [(first.submission_id, "serious")]
    assert matches(site, first) == [(copy.submission_id, "serious")]
    assert matches(site, other) == []


def test_what_was_handed_out_makes_nobody_alike(site: Site) -> None:
    reader = Reader({"a" * 40: CODE + OTHER[:50], "b" * 40: CODE + OTHER[-50:]}, starter=CODE)
    subjects = [sealed(site, name * 40, f"{name}@example.com") for name in "ab"]
    for one in subjects:
        study(site.house.database, reader, one, site.house.time)

    assert [matches(site, one) for one in subjects] == [[], []]


def test_other_companies_and_the_same_person_are_not_compared(site: Site) -> None:
    reader = Reader({name * 40: CODE for name in "abc"})
    theirs = site.house.cast.other_organisation_id
    subjects = [
        sealed(site, "a" * 40, "erin@example.com"),
        sealed(site, "b" * 40, "erin@example.com"),
        sealed(site, "c" * 40, "frank@example.com", theirs),
    ]
    found = [study(site.house.database, reader, one, site.house.time) for one in subjects]

    assert [one.compared for one in found] == [0, 0, 0]


def test_each_is_studied_once(site: Site) -> None:
    subject = sealed(site, "a" * 40, "erin@example.com")
    study(site.house.database, Reader({"a" * 40: CODE}), subject, site.house.time)

    assert waiting(site) == []


@dataclass
class Meanwhile:
    """A `Database` in which something happens before the second time that it is written to."""

    database: Database
    deed: Callable[[], object]
    writes: int = 0

    def read(self) -> Any:
        return self.database.read()

    @contextmanager
    def write(self) -> Iterator[Session]:
        self.writes += 1
        if self.writes == 2:
            self.deed()
        with self.database.write() as session:
            yield session


def test_two_that_are_studied_at_the_same_time_find_each_other(site: Site) -> None:
    reader, now = Reader({"a" * 40: CODE, "b" * 40: CODE}), site.house.time
    first, second = (sealed(site, name * 40, f"{name}@example.com") for name in "ab")

    def study_the_second() -> None:
        study(site.house.database, reader, second, now)

    meanwhile: Any = Meanwhile(site.house.database, study_the_second)
    study(meanwhile, reader, first, now)

    assert matches(site, first) == [(second.submission_id, "serious")]
    assert matches(site, second) == [(first.submission_id, "serious")]


def fail_to_study(site: Site, subject: Subject, now: datetime) -> None:
    with pytest.raises(PlatformFault):
        study(site.house.database, Reader(), subject, now)


def test_what_could_not_be_read_is_tried_again_after_a_while(site: Site) -> None:
    subject, now = sealed(site, "a" * 40, "erin@example.com"), site.house.time
    fail_to_study(site, subject, now)

    assert waiting(site, now) == []
    assert waiting(site, now + TRIED_AGAIN_AFTER) == [subject]

    study(site.house.database, Reader({"a" * 40: CODE}), subject, now + TRIED_AGAIN_AFTER)
    assert waiting(site, now + 2 * TRIED_AGAIN_AFTER) == []
    with site.house.read() as session:
        kept = changes_in(session, subject.submission_id)
    assert kept
    assert kept.version


def test_what_cannot_be_read_is_not_tried_for_ever(site: Site) -> None:
    subject, now = sealed(site, "a" * 40, "erin@example.com"), site.house.time
    tries = 0
    while waiting(site, now):
        fail_to_study(site, subject, now)
        tries, now = tries + 1, now + TRIED_AGAIN_AFTER

    assert tries == TRIES_MAX
    with site.house.read() as session:
        kept = changes_in(session, subject.submission_id)
    assert kept
    assert not kept.version


def test_a_damaged_file_of_one_keeps_nobody_from_being_compared(site: Site) -> None:
    reader = Reader({name * 40: CODE for name in "abc"})
    first, damaged, last = (sealed(site, name * 40, f"{name}@example.com") for name in "abc")
    for one in (first, damaged):
        study(site.house.database, reader, one, site.house.time)
    with site.house.write() as session:
        session.get_one(Artifact, (damaged.submission_id, PRINTS_FILE)).content = b"nothing"

    assert study(site.house.database, reader, last, site.house.time).compared == 1
    assert [name for name, _ in matches(site, last)] == [first.submission_id]


def test_a_share_is_said_of_the_smaller_work_whosever_that_is() -> None:
    told = in_words(Match("sub_" + "0" * 16, 0.93, 28, "serious"))

    assert told.startswith("93 % of the smaller of the two works (28 fingerprints) is in both")


def test_practice_is_not_studied(site: Site) -> None:
    evaluation_id = site.pushed(site.house.started())
    site.judge(evaluation_id)

    assert waiting(site) == []


def test_who_was_deleted_meanwhile_leaves_nothing(site: Site) -> None:
    subject = sealed(site, "a" * 40, "erin@example.com")
    gone = Subject("sub_" + "0" * 16, subject.assessment_id, subject.commit)
    with pytest.raises(NotFound):
        study(site.house.database, Reader({"a" * 40: CODE}), gone, site.house.time)

    with site.house.read() as session:
        assert CHANGES_FILE not in artifact_names(session, gone.submission_id)


def written(text: str, starter: str = "") -> Work:
    return Work(EMPTY, {"app.py": text}, {"base.py": starter})


def test_who_mends_what_the_other_was_handed_whole_has_copied_nothing() -> None:
    """Variants differ: what one restores stood in the starter of the other."""
    mended = prints_in(written(CODE))
    other = prints_in(written(CODE + OTHER, starter=CODE))

    assert alike(mended, other).shared == 0
    assert alike(mended, prints_in(written(CODE))).severity == "serious"


def test_what_everybody_writes_is_nobodys_copy() -> None:
    others = {f"sub_{n}": prints_in(written(CODE)) for n in range(6)}
    few = dict(list(others.items())[:4])

    assert compared(prints_in(written(CODE)), others.items()).matches == []
    assert len(compared(prints_in(written(CODE)), few.items()).matches) == 4
