"""Hidden and public claims never meet; what belongs to one claim is in no other."""

import itertools
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

HARNESS = Path(__file__).parents[2] / "challenges" / "claims-triage" / "harness"
sys.path.insert(0, str(HARNESS))

from claimgen.people import ascii_of, code_of, contact_of  # noqa: E402
from claimgen.products import PRODUCTS  # noqa: E402
from claimgen.sets import ROOM, SETS, Series, claim_at, claims, twins  # noqa: E402

SEEDS = st.integers(0, 2**40)
INDEXES = st.integers(0, ROOM - 1)


@given(SEEDS, st.lists(st.tuples(st.sampled_from(SETS), INDEXES), unique=True, max_size=50))
def test_no_two_places_of_a_seed_share_a_serial_number(
    seed: int, places: list[tuple[str, int]]
) -> None:
    serials = {Series(seed, name).serial(index) for name, index in places}
    assert len(serials) == len(places)


@given(SEEDS, SEEDS, INDEXES, INDEXES)
def test_what_counts_and_what_is_public_never_meet(a: int, b: int, first: int, second: int) -> None:
    hidden = Series(2 * a + 1, "quality").serial(first)
    public = Series(2 * b, "quality").serial(second)
    assert hidden % 2 == 1
    assert public % 2 == 0


@given(st.lists(st.integers(0, 2**26), unique=True, min_size=2, max_size=40))
def test_contacts_are_different_for_different_serial_numbers(serials: list[int]) -> None:
    contacts = [contact_of("Eulalia Müller-Weiß", serial) for serial in serials]
    canaries = [canary for one in contacts for canary in one.canaries()]
    assert len(set(canaries)) == 3 * len(serials)
    assert len({code_of(serial) for serial in serials}) == len(serials)


def test_no_canary_of_a_claim_is_in_another() -> None:
    many = [*claims(Series(21, "contract"), 150), *claims(Series(22, "contract"), 150)]
    texts = [json.dumps(claim.body(), ensure_ascii=False) for claim in many]
    for (place, claim), (other, text) in itertools.product(enumerate(many), enumerate(texts)):
        if place != other:
            assert not [canary for canary in claim.contact.canaries() if canary in text]


def test_the_canaries_of_a_claim_are_in_what_is_sent_of_it() -> None:
    for claim in claims(Series(21, "contract"), 50):
        sent = json.dumps(claim.body())
        assert all(canary in sent for canary in claim.truth()["canaries"])


def test_an_unknown_set_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="there are: contract, quality"):
        Series(1, "qualty")


def test_a_place_that_no_set_has_is_refused() -> None:
    with pytest.raises(ValueError, match="is not from 0 to"):
        claim_at(Series(1, "load"), ROOM)


@settings(max_examples=30)
@given(SEEDS, st.integers(0, 2000))
def test_of_twins_one_is_to_be_paid_and_the_other_is_not(seed: int, index: int) -> None:
    calm, attacked = twins(Series(seed, "attacks"), index)
    assert calm.truth()["decision"] == "auto"
    assert "attack" not in calm.truth()
    assert attacked.truth()["decision"] == "human_review"
    assert calm.facts.kind == attacked.facts.kind
    assert calm.difficulty == attacked.difficulty
    assert calm.claim_id != attacked.claim_id


def test_names_become_addresses_that_mail_servers_take() -> None:
    assert ascii_of("Jörg Müller-Rübsamen") == "Jorg Muller-Rubsamen"


def test_the_published_rules_are_those_of_the_brief() -> None:
    brief = (HARNESS.parent / "BRIEF.md").read_text()
    rows = [
        f"| `{one.category}` | `{one.prefix}` | {one.limit_eur} | {one.deductible_eur} |"
        for one in PRODUCTS.values()
    ]
    assert [row for row in rows if row not in brief] == []
