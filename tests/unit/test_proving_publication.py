"""Nobody is invited to a challenge that was not proven, or that changed since."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.proofs import (
    PROGRAM,
    a_proof,
    a_stamp,
    good_results,
    mutant,
    outcome,
    with_runs,
)
from tests.fakes.quick_challenge import write_quick_challenge
from tests.fakes.sittings import House, a_house
from tests.fakes.web import Extras, a_site, words

from assay.bootstrap import publishing
from assay.bootstrap.settings import read_settings
from assay.cli.main import main
from assay.db.tables import AuditEntry
from assay.domain.errors import BadInput, Conflict
from assay.features.assessments import service as assessments
from assay.features.assessments.orders import offer_of
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.proving.assemble import proof_of
from assay.toolkit.proving.digests import file_digests
from assay.toolkit.proving.proof import Proof
from assay.toolkit.proving.publication import (
    PROOF_FILE,
    PUBLISHED_FILE,
    Program,
    proof_place,
    publishable,
    why_unpublished,
)
from assay.toolkit.proving.runs import Outcome
from assay.toolkit.scaffold.writer import write_scaffold

NOW = "2026-11-21T12:00:00+00:00"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_quick_challenge(tmp_path)


def stored(root: Path, proof: Proof | None = None) -> ChallengePackage:
    """The package, with a green proof of it beside it."""
    package = load_challenge(root)
    proof = proof or a_proof(challenge_sha256=package.digest, files=file_digests(package))
    proof_place(root).mkdir(parents=True, exist_ok=True)
    (proof_place(root) / PROOF_FILE).write_text(proof.model_dump_json())
    return package


def published(root: Path) -> ChallengePackage:
    package = stored(root)
    text = publishable(package, PROGRAM, NOW).model_dump_json()
    (proof_place(root) / PUBLISHED_FILE).write_text(text)
    return package


def refusals(root: Path, program: Program = PROGRAM) -> str:
    with pytest.raises(BadInput) as refused:
        publishable(load_challenge(root), program, NOW)
    return str(refused.value)


def test_a_proof_changes_nothing_of_the_challenge_it_proves(root: Path) -> None:
    before = load_challenge(root).digest
    published(root)

    assert load_challenge(root).digest == before


def test_a_green_and_fresh_proof_can_be_published(root: Path) -> None:
    assert why_unpublished(published(root)) == ""


def test_a_challenge_without_a_proof_cannot_be_published(root: Path) -> None:
    said = refusals(root)

    assert "there is no proof of all runs (a quick one is not enough)" in said
    assert f"say: assay challenge prove {root.name}" in said


def test_a_red_proof_cannot_be_published_and_every_reason_is_told(root: Path) -> None:
    package = load_challenge(root)
    stamp = a_stamp(challenge_sha256=package.digest, files=file_digests(package))
    leaking = {
        mutant("wrong_unit"): outcome({"agreement": 30, "stops": 9}),
        mutant("null_is_500"): outcome(),
    }
    stored(root, proof_of(with_runs(leaking), "full", stamp))

    said = refusals(root)
    assert "attribution: wrong_unit costs 9.00 of stops" in said
    assert "attribution: null_is_500 names validation" in said


def test_a_proof_of_only_some_runs_cannot_be_published(root: Path) -> None:
    package = load_challenge(root)
    stamp = a_stamp(challenge_sha256=package.digest, files=file_digests(package))
    stored(root, proof_of(good_results(full=False), "quick", stamp))

    assert "is quick: only a full proof can be published" in refusals(root)


def test_a_stale_proof_names_what_changed_since(root: Path) -> None:
    stored(root)
    (root / "BRIEF.md").write_text("# Doubling, but faster\n")

    assert "is stale: BRIEF.md was changed" in refusals(root)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"assay": "0.2.0"}, "made with assay 0.1.0, this is 0.2.0"),
        ({"harness_sha256": "c"}, "what measures has changed since"),
        ({"judge_sha256": "c"}, "what judges has changed since"),
        ({"scoring": "2"}, "what judges has changed since"),
    ],
)
def test_a_proof_by_another_program_is_stale(root: Path, change: dict[str, str], told: str) -> None:
    stored(root)
    said = refusals(root, replace(PROGRAM, **change))

    assert f"is stale: {told}; say: assay challenge prove {root.name}" in said


def test_a_proof_with_a_run_that_was_not_measured_cannot_be_published(root: Path) -> None:
    package = load_challenge(root)
    stamp = a_stamp(challenge_sha256=package.digest, files=file_digests(package))
    spoilt = Outcome("k", fault="load: the machine was too noisy")
    stored(root, proof_of(with_runs({mutant("wrong_unit"): spoilt}), "full", stamp))

    assert "is incomplete: measured: wrong_unit: load: the machine was too noisy" in refusals(root)


def test_a_proof_that_cannot_be_read_is_none(root: Path) -> None:
    stored(root)
    (proof_place(root) / PROOF_FILE).write_text('{"schema_version": 1}')

    assert "is no proof of this version" in refusals(root)


def test_who_publishes_is_told_what_to_commit_and_how_to_invite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_scaffold("late-parcels", "", tmp_path)
    monkeypatch.setattr(publishing, "this_program", lambda: PROGRAM)
    stored(root)

    assert main(["challenge", "publish", str(root)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"Commit {root} together with {tmp_path / 'proofs' / 'late-parcels'}." in told
    assert "assay invite somebody@example.org --challenge late-parcels" in told


def test_a_challenge_that_changed_since_is_not_published_any_more(root: Path) -> None:
    published(root)
    (root / "BRIEF.md").write_text("# Doubling, but faster\n")

    assert "it changed since version 1.0.0 was published" in why_unpublished(load_challenge(root))


@pytest.mark.parametrize("text", [None, "{}"])
def test_a_proof_that_was_put_in_the_place_of_the_published_one_is_noticed(
    root: Path, text: str | None
) -> None:
    package = published(root)
    proof = proof_place(root) / PROOF_FILE
    proof.unlink() if text is None else proof.write_text(text)

    assert "its proof is not the one that was published" in why_unpublished(package)


def test_who_forges_half_a_publication_has_published_nothing(root: Path) -> None:
    published(root)
    (proof_place(root) / PUBLISHED_FILE).write_text("{}")

    assert "it was not published" in why_unpublished(load_challenge(root))


# ------------------------------------------------------------------------------ the invitation


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def test_nobody_is_invited_to_a_challenge_that_is_not_published(house: House) -> None:
    order = house.order(unproven=False)

    with (
        pytest.raises(Conflict, match=r"nobody can be invited.*not published.*--unproven"),
        house.write() as session,
    ):
        assessments.invite(session, order, house.time)


def test_a_published_challenge_can_be_invited_to(house: House, root: Path) -> None:
    order = replace(house.order(unproven=False), offer=offer_of(published(root)))
    with house.write() as session:
        made = assessments.invite(session, order, house.time)
    with house.read() as session:
        assert assessments.unproven(session, made.assessment_id) == ""


def test_what_the_operator_allowed_all_the_same_stands_in_the_ledger(house: House) -> None:
    invitation = house.invite()
    with house.read() as session:
        wanted = select(AuditEntry.details).where(AuditEntry.subject == invitation.assessment_id)
        details = session.exec(wanted).first()
        why = assessments.unproven(session, invitation.assessment_id)

    assert details is not None
    assert "it was not published" in details
    assert "it was not published" in why


def test_the_page_of_a_result_says_that_its_challenge_was_not_proven(tmp_path: Path) -> None:
    site = a_site(tmp_path)
    assessment_id = site.house.invite().assessment_id
    page = site.of(site.house.cast.alice).get(f"/hiring/assessments/{assessment_id}").text
    site.house.database.dispose()

    assert "was not proven when this candidate was invited" in words(page)


def test_the_hiring_page_does_not_offer_what_cannot_be_invited_to(tmp_path: Path) -> None:
    site = a_site(tmp_path, Extras(allow_unproven=False))
    alice = site.of(site.house.cast.alice)
    page = alice.get("/hiring/invite").text
    slug = site.house.package.challenge.id
    form = {"challenge": slug, "email": "dana@example.org"}
    answer = alice.post("/hiring/invite", data=form)
    site.house.database.dispose()

    assert f'<option value="{slug}" disabled>' in page
    assert answer.status_code == 409


def test_whether_unproven_challenges_are_allowed_is_yes_or_no() -> None:
    assert read_settings({"ASSAY_ALLOW_UNPROVEN": "yes"}).allow_unproven
    assert not read_settings({}).allow_unproven
    with pytest.raises(BadInput, match="ASSAY_ALLOW_UNPROVEN: 'maybe' is neither yes nor no"):
        read_settings({"ASSAY_ALLOW_UNPROVEN": "maybe"})
