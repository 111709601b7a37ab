"""Everything of a position in one file, each piece with its digest; for owners, and on record."""

import hashlib
import io
import json
import zipfile

from fastapi.testclient import TestClient
from sqlmodel import select
from tests.fakes.positions_full import a_position, seated
from tests.fakes.sittings import START
from tests.fakes.web import Site

from assay.audit.ledger import SYSTEM
from assay.db.standing import renew
from assay.db.tables import Artifact, AuditEntry, Decision, Position, Review
from assay.domain.hiring import ReleasePolicy, Verdict
from assay.features.assessments import removal
from assay.features.documents.export import exported, file_name
from assay.kit.ids import new_id


def filled(site: Site) -> tuple[str, str]:
    """A position with a judged candidate and an invited one; its id, and the first's."""
    position_id = a_position(site.house, title="Ingénieure ML / Zürich")
    judged = site.house.started()
    site.pushed(judged)
    site.judge(site.sealed(judged))
    seated(site.house, judged, position_id, 1)
    seated(site.house, site.house.invite().assessment_id, position_id, 2)
    now, bob = site.house.time, site.house.cast.bob.user_id
    with site.house.write() as session:
        session.add(
            Review(
                id=new_id("rev"), assessment_id=judged, user_id=bob, summary="Sound.",
                created_at=now, handed_in_at=now,
            )
        )  # fmt: skip
        session.add(
            Decision(assessment_id=judged, verdict=Verdict.ADVANCE, reason="Sound.", at=now)
        )
    return position_id, judged


def archive(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def export(client: TestClient, position_id: str) -> zipfile.ZipFile:
    answer = client.post(f"/hiring/positions/{position_id}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return archive(answer.content)


def test_everything_there_is_of_a_candidate_is_in_it(site: Site, alice: TestClient) -> None:
    position_id, judged = filled(site)
    found = export(alice, position_id)
    folder = f"candidates/0001-{judged}/"

    assert {name.removeprefix(folder) for name in found.namelist() if folder in name} == {
        "assessment.json", "reviews.json", "decisions.json", "result.json", "report.html",
        "repository.bundle",
    }  # fmt: skip
    assert json.loads(found.read(f"{folder}assessment.json"))["candidate_email"]
    assert json.loads(found.read(f"{folder}decisions.json"))[0]["verdict"] == "advance"
    assert found.read(f"{folder}repository.bundle").startswith(b"a bundle of ")
    (first, second) = json.loads(found.read("results.json"))
    assert (first["number"], second["number"]) == (1, 2)
    assert first["score"] is not None
    assert second["score"] is None


def test_scores_have_the_names_and_values_of_the_list_of_candidates(
    site: Site, alice: TestClient
) -> None:
    position_id, judged = filled(site)
    with site.house.write() as session:
        session.get_one(Position, position_id).weights = '{"privacy": 3.0}'
    with site.house.write() as session:
        renew(session, judged)
    (first, second) = json.loads(export(alice, position_id).read("results.json"))
    listed = alice.get(f"/hiring/positions/{position_id}/candidates.json").json()
    by_number = {one["number"]: one for one in listed}
    names = (
        "score", "weighted_score", "weighted_low", "weighted_high", "weighted_with_overrides",
        "complete",
    )  # fmt: skip

    for one in (first, second):
        assert {n: one[n] for n in names} == {n: by_number[one["number"]][n] for n in names}
    assert first["weighted_score"] is not None


def test_an_owner_who_reviews_one_of_them_blindly_does_that_first(
    site: Site, alice: TestClient
) -> None:
    """The file names everybody, and holds what the others wrote."""
    position_id, judged = filled(site)
    with site.house.write() as session:
        session.add(
            Review(
                id=new_id("rev"), assessment_id=judged, user_id=site.house.cast.alice.user_id,
                created_at=site.house.time,
            )
        )  # fmt: skip
    answer = alice.post(f"/hiring/positions/{position_id}/export")

    assert answer.status_code == 403
    assert "1 candidate whose review you have begun" in answer.text
    with site.house.read() as session:
        assert not session.exec(select(AuditEntry).where(AuditEntry.subject == position_id)).all()


def test_the_manifest_has_the_digest_of_every_file(site: Site, alice: TestClient) -> None:
    found = export(alice, filled(site)[0])
    manifest = json.loads(found.read("manifest.json"))

    assert found.namelist()[-1] == "manifest.json"
    assert set(manifest["files"]) == set(found.namelist()) - {"manifest.json"}
    assert manifest["unreadable"] == {}
    for name, said in manifest["files"].items():
        assert said["sha256"] == hashlib.sha256(found.read(name)).hexdigest()
        assert said["bytes"] == len(found.read(name))


def test_a_damaged_file_of_one_keeps_back_nothing_else(site: Site, alice: TestClient) -> None:
    position_id, judged = filled(site)
    with site.house.write() as session:
        row = session.exec(select(Artifact).where(Artifact.name == "result.json")).one()
        row.content = b"noise"
    found = export(alice, position_id)
    manifest = json.loads(found.read("manifest.json"))

    missing = f"candidates/0001-{judged}/result.json"
    assert missing not in found.namelist()
    assert f"candidates/0001-{judged}/report.html" in found.namelist()
    (first, second) = json.loads(found.read("results.json"))
    assert (first["number"], second["number"]) == (1, 2)
    assert first["score"] is not None
    assert list(manifest["unreadable"]) == [missing]
    assert "is damaged; restore the database" in manifest["unreadable"][missing]
    assert missing not in manifest["files"]


def test_no_secret_leaves(site: Site, alice: TestClient) -> None:
    found = export(alice, filled(site)[0])
    text = b"".join(found.read(name) for name in found.namelist() if name.endswith(".json"))

    for word in (b"sha256_of", b"git_token", b"invitation_sha256", b"sealed_seed"):
        assert word not in text


def test_it_is_sent_while_it_is_made(site: Site) -> None:
    position_id, _ = filled(site)
    pieces = list(exported(site.house.database, position_id, START))

    assert len(pieces) > 8
    assert archive(b"".join(pieces)).testzip() is None


def test_who_is_deleted_meanwhile_is_left_out(site: Site) -> None:
    position_id, judged = filled(site)
    pieces = exported(site.house.database, position_id, START)
    with site.house.write() as session:
        jobs, repositories = site.house.jobs, site.house.repositories
        removal.delete(session, jobs, judged, repositories, START, actor=SYSTEM)
    found = archive(b"".join(pieces))

    assert judged not in str(found.namelist())
    assert len(json.loads(found.read("results.json"))) == 1


def test_an_empty_position_is_a_whole_file_too(site: Site, alice: TestClient) -> None:
    found = export(alice, a_position(site.house))

    assert found.namelist() == ["results.json", "manifest.json"]


def test_it_is_for_owners_of_the_company_alone_and_on_record(site: Site) -> None:
    position_id, _ = filled(site)
    cast = site.house.cast
    path = f"/hiring/positions/{position_id}/export"
    got = {
        "bob": site.of(cast.bob).post(path).status_code,
        "vera": site.of(cast.vera).post(path).status_code,
        "charlie": site.of(cast.charlie).post(path).status_code,
        "nobody": site.browser().post(path).status_code,
    }
    assert got == {"bob": 403, "vera": 403, "charlie": 404, "nobody": 401}

    site.of(cast.alice).post(path)
    with site.house.read() as session:
        said = session.exec(select(AuditEntry).where(AuditEntry.subject == position_id)).one()
    assert said.action == "assessment:exported"
    assert said.actor == f"user:{cast.alice.user_id}"


def test_the_name_of_the_file_is_one_that_every_system_takes() -> None:
    made = Position(
        id="pos_1", organisation_id="org_1", title='Ingénieure "ML" / Zürich\r\n',
        challenge="c", release=ReleasePolicy.BY_HAND, created_at=START,
    )  # fmt: skip

    assert file_name(made, START) == "ing-nieure--ml----z-rich-2026-11-21.zip"
