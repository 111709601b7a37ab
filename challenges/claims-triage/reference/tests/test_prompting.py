"""What a model is shown: documents are data, and contacts stay here."""

from tests.asking import decided


def test_documents_are_fenced_and_contacts_stay_here(with_service, gateway, payable):
    decided(with_service, payable["body"])
    system, user = (message["content"] for message in gateway.asked[0][0]["messages"])
    first, *_, last = user.splitlines()
    assert first.startswith("=== BEGIN ")
    assert last == first.replace("BEGIN", "END")
    assert payable["body"]["documents"][0]["text"].splitlines()[0] not in system


def test_a_tampered_claim_goes_to_a_person_and_the_model_does_not_see_the_order(
    with_service, gateway, rows
):
    got = decided(with_service, rows[-1]["body"])
    assert "suspected_manipulation" in got["reasons"]
    number = rows[-1]["right"]["fields"]["policy_number"]
    assert got["fields"]["policy_number"] == number
