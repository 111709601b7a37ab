"""Generated claims are what they say they are: the truth stands in the documents, word for word."""

import re
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

HARNESS = Path(__file__).parents[2] / "challenges" / "claims-triage" / "harness"
sys.path.insert(0, str(HARNESS))

from claimgen import english, german  # noqa: E402
from claimgen.claim import Claim  # noqa: E402
from claimgen.facts import FIELDS, FLAWS, Facts, payable_eur, reasons_of  # noqa: E402
from claimgen.products import NEW_TYPE, PRODUCTS, check_digit, is_valid  # noqa: E402
from claimgen.sets import SETS, Mix, Series, claim_at, claims, label_of  # noqa: E402
from claimgen.writing import MONTHS, OCR  # noqa: E402

BODY_BYTES_MAX = 96 * 1024
SERIES = st.builds(Series, st.integers(0, 2**40), st.sampled_from(SETS))
PLACES = st.integers(0, 5000)


def months() -> dict[str, int]:
    return {name: n for names in MONTHS.values() for n, name in enumerate(names.split(), 1)}


def date_of(text: str) -> str:
    """Reads every spelling of a date, knowing nothing of how it was written."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return text
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    named = [n for name, n in months().items() if name in text]
    if named:
        day, year = sorted(numbers)
        return date(year, named[0], day).isoformat()
    day, month, year = numbers
    return date(year, month, day).isoformat()


def amount_of(text: str) -> float:
    """Reads an amount whose last two digits are cents, whatever separates them."""
    return int(re.sub(r"\D", "", text)) / 100


def read_back(field: str, text: str) -> object:
    if field.endswith("_date"):
        return date_of(text)
    return amount_of(text) if field.endswith("_eur") else text


def mentions(claim: Claim, field: str) -> list[str]:
    pages = {one.document_id: one.page.text for one in claim.documents}
    return [
        pages[place["document_id"]][place["start"] : place["end"]]
        for place in claim.evidence(field)
    ]


@pytest.fixture(scope="module")
def many() -> list[Claim]:
    return list(claims(Series(11, "quality"), 1500))


@given(SERIES, PLACES)
def test_every_field_stands_in_the_documents_exactly_as_the_truth_says(
    series: Series, index: int
) -> None:
    claim = claim_at(series, index)
    for field, value in claim.facts.fields().items():
        found = mentions(claim, field)
        assert (found != []) == (value is not None), field
        assert {read_back(field, text) for text in found} <= {value}, field


@given(SERIES, PLACES)
def test_the_same_seed_makes_the_same_bytes(series: Series, index: int) -> None:
    assert claim_at(series, index).row() == claim_at(series, index).row()


@given(SERIES, PLACES)
def test_the_right_decision_follows_from_the_facts_alone(series: Series, index: int) -> None:
    claim = claim_at(series, index)
    truth = claim.truth()
    assert truth["reasons"] == reasons_of(claim.facts)
    assert truth["decision"] == ("human_review" if truth["reasons"] else "auto")
    assert truth["payable_eur"] == payable_eur(claim.facts) >= 0
    assert set(truth["reasons"]) <= {*FLAWS, "category_unknown"}


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ([], {}),
        ([], {"notice_date": date(2026, 4, 1)}),
        ([], {"claimed_cents": 250_000, "invoiced_cents": 250_000}),
        (["over_limit"], {"claimed_cents": 250_001, "invoiced_cents": 250_001}),
        (["late_notice"], {"notice_date": date(2026, 4, 2)}),
        (["dates_inconsistent"], {"notice_date": date(2026, 3, 1)}),
        (["amount_mismatch"], {"invoiced_cents": 99_999}),
        (["document_missing"], {"invoiced_cents": None}),
        (["documents_disagree"], {"disputed_loss_date": date(2026, 3, 1)}),
        (["policy_number_invalid"], {"policy_number": "HO-4821-7736-5"}),
        (["policy_product_mismatch"], {"policy_number": "TR-4821-7736-7"}),
        (["category_unknown"], {"kind": NEW_TYPE}),
    ],
)
def test_each_published_rule_holds_to_the_day_and_the_cent(
    expected: list[str], changes: dict[str, Any]
) -> None:
    day = date(2026, 3, 2)
    good = Facts("home_water", "HO-4821-7736-7", day, day, 100_000, 100_000, "A B", None)
    assert reasons_of(replace(good, **changes)) == expected


def test_the_deductible_is_taken_from_the_smaller_amount() -> None:
    day = date(2026, 3, 2)
    good = Facts("home_water", "HO-4821-7736-7", day, day, 100_000, 90_000, "A B", None)
    assert payable_eur(good) == 750
    assert payable_eur(replace(good, invoiced_cents=10_000)) == 0
    assert payable_eur(replace(good, invoiced_cents=None)) == 850


@given(SERIES, PLACES)
def test_a_body_is_of_a_size_that_a_service_can_be_asked_to_take(
    series: Series, index: int
) -> None:
    body = claim_at(series, index, Mix(long=1, longer=4)).body()
    assert 2 <= len(body["documents"]) <= 6 or len(body["documents"]) == 1
    assert sum(len(one["text"].encode()) for one in body["documents"]) < BODY_BYTES_MAX
    assert all(one["text"].strip() for one in body["documents"])


@given(st.integers(0, 99_999_999))
def test_a_wrong_digit_shows_in_the_check_digit(serial: int) -> None:
    digits = f"{serial:08d}"
    number = f"HO-{digits[:4]}-{digits[4:]}-{check_digit(digits)}"
    other = str((int(digits[3]) + 1) % 10)
    assert is_valid(number)
    assert not is_valid(number.replace(f"HO-{digits[:4]}", f"HO-{digits[:3]}{other}"))


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert check_digit("7992739871") == "3"


def test_nothing_of_a_claim_that_is_hidden_is_sent(many: list[Claim]) -> None:
    for claim in many[:200]:
        assert set(claim.body()) == {"claim_id", "received_on", "contact", "documents"}
        assert all(set(one) == {"document_id", "name", "text"} for one in claim.body()["documents"])


def test_most_claims_can_be_paid_and_every_flaw_occurs(many: list[Claim]) -> None:
    reasons = [reasons_of(claim.facts) for claim in many]
    assert 0.57 < sum(one == [] for one in reasons) / len(many) < 0.67
    assert {reason for one in reasons for reason in one} == set(FLAWS)
    assert any(len(one) == 2 for one in reasons)


def test_every_category_language_and_way_of_writing_occurs(many: list[Claim]) -> None:
    assert {claim.facts.category for claim in many} == set(PRODUCTS)
    kinds = [one.kind for claim in many for one in claim.documents]
    assert set(kinds) == {"form", "letter", "email", "invoice", "report", "note", "annex"}
    german_main = [one.language == "de" for c in many for one in c.documents if one.kind == "form"]
    assert 0.35 < sum(german_main) / len(german_main) < 0.55
    assert {claim.difficulty for claim in many} >= {0, 1, 2, 3, 4, 5}


def test_no_two_claims_read_the_same(many: list[Claim]) -> None:
    texts = [claim.documents[0].page.text for claim in many]
    assert len(set(texts)) > 0.99 * len(texts)


def test_heavy_noise_spoils_some_mentions_and_never_the_last() -> None:
    scanned = list(claims(Series(3, "quality"), 200, Mix(heavy_noise=1)))
    marks = [mark for claim in scanned for one in claim.documents for mark in one.page.marks]
    assert any(not mark.clean for mark in marks)
    for claim in scanned:
        known = [name for name, value in claim.facts.fields().items() if value is not None]
        assert all(mentions(claim, name) for name in known)


def test_a_spoilt_mention_holds_a_letter_where_a_digit_was() -> None:
    for claim in claims(Series(3, "quality"), 100, Mix(heavy_noise=1)):
        for one in claim.documents:
            for mark in one.page.marks:
                if not mark.clean:
                    text = one.page.text[mark.start : mark.end]
                    assert set(text) & set(OCR.values()), text


def test_noise_changes_letters_and_no_lengths() -> None:
    for index in range(30):
        clear = claim_at(Series(5, "quality"), index, Mix(light_noise=0, heavy_noise=0))
        noisy = claim_at(Series(5, "quality"), index, Mix(light_noise=1, heavy_noise=0))
        assert [len(one.page.text) for one in clear.documents] == [
            len(one.page.text) for one in noisy.documents
        ]
        assert clear.facts == noisy.facts


def test_annexes_state_nothing_about_the_claim(many: list[Claim]) -> None:
    annexes = [one for claim in many for one in claim.documents if one.kind == "annex"]
    assert len(annexes) > 100
    assert [one for one in annexes if one.page.marks] == []


def test_a_disputed_date_stands_in_the_report_and_nowhere_as_the_truth(many: list[Claim]) -> None:
    disputed = [claim for claim in many if claim.facts.disputed_loss_date]
    assert disputed
    for claim in disputed:
        [report] = [one for one in claim.documents if one.kind == "report"]
        assert "loss_date" not in {mark.field for mark in report.page.marks}


def test_a_new_type_of_claim_is_called_other_and_goes_to_a_person() -> None:
    for claim in claims(Series(7, "incidents"), 40, Mix(new_type=1)):
        assert claim.facts.kind == NEW_TYPE
        assert claim.truth()["category"] == "other"
        assert claim.truth()["reasons"] == ["category_unknown"]


def test_half_of_a_set_can_change_while_the_others_stay_as_they_were() -> None:
    series = Series(7, "incidents")
    usual = [claim_at(series, index) for index in range(200)]
    mixed = [claim_at(series, index, Mix(new_type=0.3)) for index in range(200)]
    new = [claim.facts.kind == NEW_TYPE for claim in mixed]
    assert 0.2 < sum(new) / len(new) < 0.4
    assert [claim.claim_id for claim in usual] == [claim.claim_id for claim in mixed]


def test_longer_annexes_make_claims_longer_and_nothing_else() -> None:
    series = Series(9, "incidents")
    usual, longer = (
        [claim_at(series, index, mix) for index in range(150)] for mix in (Mix(), Mix(longer=3))
    )
    sizes = [
        sum(len(one.page.text) for c in many for one in c.documents) for many in (usual, longer)
    ]
    assert sizes[1] > 1.3 * sizes[0]
    assert [claim.facts for claim in usual] == [claim.facts for claim in longer]


def test_adjusters_mostly_find_what_the_rules_say(many: list[Claim]) -> None:
    agreeing = [
        label_of(claim, 11)["payable"] == (claim.truth()["decision"] == "auto") for claim in many
    ]
    assert 0.96 < sum(agreeing) / len(agreeing) < 1
    assert label_of(many[0], 11) == label_of(many[0], 11)


def test_both_languages_have_words_for_everything() -> None:
    one, other = english.ENGLISH, german.GERMAN
    for name in ("labels", "stories", "works", "reports"):
        assert set(getattr(one, name)) == set(getattr(other, name)), name
    assert set(one.labels) == set(FIELDS) - {"invoiced_eur"}
    assert set(one.stories) == {*PRODUCTS, NEW_TYPE}
    assert all(getattr(one, name) and getattr(other, name) for name in one.__slots__)


@settings(max_examples=20)
@given(st.integers(0, 2**40), st.integers(0, 1000))
def test_a_claim_does_not_depend_on_those_before_it(seed: int, index: int) -> None:
    series = Series(seed, "load")
    [*_, last] = claims(series, index % 7 + 1)
    assert last == claim_at(series, index % 7)


def test_ten_thousand_claims_take_less_than_a_minute() -> None:
    begun = time.process_time()
    for index in range(500):
        claim_at(Series(1, "load"), index).row()
    assert (time.process_time() - begun) * 20 < 60
