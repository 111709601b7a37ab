"""Without a model a person decides, and nothing is made up."""

import pytest

from tests.asking import decided


@pytest.mark.parametrize("trouble", [500, 429, "garbled", "reset", "gone"])
def test_without_a_model_a_person_decides_and_nothing_is_invented(
    with_service, gateway, payable, trouble
):
    gateway.usually, gateway.reachable = trouble, trouble != "gone"
    got = decided(with_service, payable["body"], claim_s=1.0)
    assert got["decision"] == "human_review"
    assert got["reasons"] == ["model_unavailable"]
    assert got["confidence"] == 0
    assert set(got["fields"].values()) == {None}
    assert got["payable_eur"] is None
