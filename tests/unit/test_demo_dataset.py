"""A demo data set is read whole or refused, and says where it is from."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.sittings import START

from assay.bootstrap.demo_data.dataset import (
    RECORDED,
    Dataset,
    Entry,
    Package,
    RecordedPush,
    RecordedSitting,
)
from assay.bootstrap.demo_data.note import MARK, DemoNote
from assay.bootstrap.demo_data.roster import ROSTER, read_roster
from assay.cli.demo import _show_recorded
from assay.domain.errors import BadInput
from assay.domain.human_rubric import DEFAULT_LINES

TEXT = """
challenge = "doubling"
position = "Doubler"
[[candidate]]
slug = "una"
name = "Una Prima"
email = "una@example.org"
answer = "reference"
[[candidate]]
slug = "duo"
name = "Duo Secunda"
email = "duo@example.org"
answer = "starter"
"""


def test_without_a_data_set_the_demo_goes_on_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("assay.bootstrap.demo_data.dataset.RECORDED", tmp_path / "none")
    installation: Any = None  # it is not looked at

    assert _show_recorded(installation) == []
    assert "No recorded candidates are shown" in capsys.readouterr().out


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    (tmp_path / ROSTER).write_text(TEXT)
    return Dataset.at(tmp_path)


def a_package(slug: str = "una") -> Package:
    push = RecordedPush(
        id="sub_1",
        number=1,
        commit_sha="a" * 40,
        tree_sha="b" * 40,
        subject="Mend it",
        pack_bytes=12,
        pushed_at=START,
        evaluations=(),
    )
    sitting = RecordedSitting(
        slug=slug,
        assessment_id=f"asm_{slug}",
        challenge="doubling",
        challenge_version="1.0.0",
        challenge_sha256="c" * 64,
        variant=0,
        time_box_s=3600,
        practice_runs_max=0,
        practice_seed=2,
        sealed_seed=3,
        invited_at=START,
        invitation_ends_at=START,
        started_at=START,
        deadline_at=START,
        finished_at=START,
        pushes=(push,),
    )
    return Package(sitting, b"a bundle", {"evl_1/evidence.json": b"{}" * 1000})


def an_entry(slug: str = "una", hours: int = 0, assay: str = "0.1.0") -> Entry:
    return Entry(
        slug=slug,
        assessment_id=f"asm_{slug}",
        recorded_at=START + timedelta(hours=hours),
        assay=assay,
        machine="2 cores",
    )


def test_what_was_written_is_read(dataset: Dataset) -> None:
    dataset.write(a_package(), an_entry(), "pos_1")

    assert Dataset.at(dataset.directory).read("una") == a_package()


def test_before_anything_is_recorded_it_says_so(dataset: Dataset) -> None:
    assert dataset.manifest is None
    assert dataset.recorded == ()


def test_it_knows_who_is_recorded_and_who_is_not(dataset: Dataset) -> None:
    after = dataset.write(a_package("duo"), an_entry("duo"), "pos_1")

    assert [one.slug for one in after.recorded] == ["duo"]


def test_it_is_of_the_day_and_the_version_of_its_last_recording(dataset: Dataset) -> None:
    later = an_entry("duo", hours=5, assay="0.2.0")
    after = dataset.write(a_package("duo"), later, "pos_1").write(a_package(), an_entry(), "pos_2")

    assert after.manifest is not None
    assert after.manifest.recorded_at == START + timedelta(hours=5)
    assert after.manifest.assay == "0.2.0"


def test_more_of_a_data_set_stays_in_its_position_and_another_gets_its_own(
    dataset: Dataset,
) -> None:
    first = dataset.write(a_package(), an_entry(), "pos_1")
    second = first.write(a_package("duo"), an_entry("duo"), "pos_2")
    anew = second.write(a_package(), an_entry(hours=9), "pos_3")
    positions = [one.manifest.position_id for one in (first, second, anew) if one.manifest]

    assert positions == ["pos_1", "pos_1", "pos_3"]


@pytest.mark.parametrize("harm", ["changed", "gone"])
def test_a_file_that_is_not_what_was_recorded_is_refused(dataset: Dataset, harm: str) -> None:
    after = dataset.write(a_package(), an_entry(), "pos_1")
    file = dataset.directory / "una.zip"
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"?")

    with pytest.raises(BadInput, match=r"una\.zip.*not what was recorded"):
        after.read("una")


def test_a_manifest_nobody_can_read_is_refused(dataset: Dataset) -> None:
    (dataset.directory / "manifest.json").write_text('{"format": 7}')

    with pytest.raises(BadInput, match=r"manifest\.json"):
        Dataset.at(dataset.directory)


@pytest.mark.parametrize(
    ("was", "then", "told"),
    [
        ('slug = "una"', 'slug = "../una"', "slug"),
        ('answer = "starter"', 'answer = "starter"\nscore = 3', "score"),
        ('challenge = "doubling"', "challenge = ", "TOML"),
        ('slug = "duo"', 'slug = "una"', "two candidates have the slug una"),
        ('email = "duo@example.org"', 'email = "una@example.org"', "have the email una@example"),
    ],
)
def test_a_roster_that_makes_no_sense_is_refused(
    tmp_path: Path, was: str, then: str, told: str
) -> None:
    (tmp_path / ROSTER).write_text(TEXT.replace(was, then))

    with pytest.raises(BadInput, match=told):
        read_roster(tmp_path)


def test_a_directory_without_a_roster_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"roster\.toml"):
        Dataset.at(tmp_path)


def test_the_shipped_roster_has_six_whose_answers_are_all_different() -> None:
    everybody = read_roster(RECORDED).candidate

    assert len({one.answer for one in everybody}) == 6
    assert len({one.variant for one in everybody}) == 6
    assert all(one.email.endswith("@example.org") for one in everybody)


def test_what_demo_reviewers_judge_are_lines_there_are() -> None:
    known = {line.id for line in DEFAULT_LINES}
    said = [review.lines for one in read_roster(RECORDED).candidate for review in one.review]

    assert said
    assert all(set(lines) == known for lines in said)


def test_everything_in_the_shipped_data_set_can_be_read() -> None:
    shipped = Dataset.at(RECORDED)

    assert [shipped.read(one.slug).sitting.slug for one in shipped.recorded] == [
        one.slug for one in shipped.recorded
    ]


def test_the_note_says_when_by_what_and_how_anew() -> None:
    note = DemoNote(
        position_id="pos_1",
        recorded_at=datetime(2026, 11, 22, 4, tzinfo=UTC),
        assay="0.1.0",
        command="assay demo-data record",
    )

    assert "22 November 2026 with version 0.1.0" in note.words
    assert note.words.endswith("record anew: assay demo-data record")
    assert MARK in note.words
