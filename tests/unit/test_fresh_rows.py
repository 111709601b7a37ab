"""Every evaluation sends rows that nobody has seen, and they are distributed as ever."""

from collections import Counter
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.timeline import FreshRows
from assay.evaluation.drifts.bodies import column
from assay.evaluation.drifts.measures import ks
from assay.evaluation.fresh import Fresh, fresh_problems, lookups
from assay.evaluation.halves import ROWS_MIN, half_of, practice_seed, sealed_seed
from assay.evaluation.material import Row

SIZE = 300


def source(number: int) -> Row:
    amount = 1_000 + number * 37 % 9_000
    name = f"A-{100_000 + number}"
    body = {
        "id": name,
        "person": {"name": f"Name {number}", "mail": f"{number}@example.org"},
        "income": None if number % 5 == 0 else 20_000 + number * 101 % 60_000,
        "loan": {"amount": amount, "price": 2 * amount},
        "home": "abc"[number % 3],
    }
    return Row(name, body, expected=number / SIZE, label=number % 2)


SOURCES = tuple(map(source, range(SIZE)))
PERSONAL = ("person.name", "person.mail")
TOGETHER = FreshRows(together=(("loan.amount", "loan.price"),))


def fresh(seed: int = 1, rounds: int = 6, rules: FreshRows = TOGETHER) -> Fresh:
    return Fresh(SOURCES, rules, PERSONAL, seed, rounds)


def features(row: Row) -> tuple[object, ...]:
    loan = row.body["loan"]
    return (row.body["income"], loan["amount"], loan["price"], row.body["home"])


def test_a_round_has_a_row_for_every_source_and_keeps_every_column_to_the_last_value() -> None:
    for number in range(3):
        made = fresh().round(number)
        for field in ("income", "loan.amount", "loan.price", "home"):
            assert Counter(column(made, field)) == Counter(column(SOURCES, field)), field
        assert Counter(row.label for row in made) == Counter(row.label for row in SOURCES)
        assert {(row.expected, row.fallback) for row in made} == {(None, None)}


def test_few_rows_are_a_source_or_come_twice() -> None:
    """These have three numbers, two of them together, and one in five but one."""
    made = fresh().rounds(0, 6)
    known = set(map(features, SOURCES))

    assert sum(features(row) in known for row in made) < 0.06 * len(made)
    assert len(set(map(features, made))) > 0.9 * len(made)


def test_a_row_stays_near_the_one_it_was_made_from() -> None:
    """So its label is still likely, and what lies between the columns stays."""
    pool = fresh()
    origin = {name: row for row in SOURCES for name in pool.ids_of()[row.id]}
    moved = [
        abs(row.body["income"] - origin[row.id].body["income"])
        for row in pool.round(0)
        if row.body["income"] is not None
    ]

    assert max(moved) < 0.05 * 60_000
    assert sum(moved) > 0
    assert all(row.label == origin[row.id].label for row in pool.round(0))
    assert all((r.body["income"] is None) == (origin[r.id].body["income"] is None)
               for r in pool.round(0))  # fmt: skip


def test_what_travels_together_stays_together() -> None:
    alone = fresh(rules=FreshRows())

    assert all(row.body["loan"]["price"] == 2 * row.body["loan"]["amount"]
               for row in fresh().round(0))  # fmt: skip
    assert any(row.body["loan"]["price"] != 2 * row.body["loan"]["amount"]
               for row in alone.round(0))  # fmt: skip


def test_ids_are_new_unique_and_stand_in_the_body_too() -> None:
    made = fresh().rounds(0, 6)
    ids = [row.id for row in made]

    assert len(set(ids)) == len(ids) == 6 * SIZE
    assert not set(ids) & {row.id for row in SOURCES}
    assert all(row.body["id"] == row.id for row in made)
    assert all(len(name) == len(SOURCES[0].id) and name.startswith("A-") for name in ids)


def test_personal_values_are_those_of_somebody_else() -> None:
    made = fresh().round(0)
    origin = {name: row for row in SOURCES for name in fresh().ids_of()[row.id]}
    same = [row.body["person"] == origin[row.id].body["person"] for row in made]
    pairs = [row.body["person"]["mail"].split("@")[0] in row.body["person"]["name"] for row in made]

    assert sum(same) < 5
    assert sum(pairs) < SIZE / 4, "name and address are not of the same person either"


def test_the_same_seed_makes_the_same_rows_and_another_others() -> None:
    first, again, other = fresh(1).rounds(0, 2), fresh(1).rounds(0, 2), fresh(2).rounds(0, 2)

    assert first == again
    assert sum(a.body == b.body for a, b in zip(first, other, strict=True)) == 0


def test_rounds_differ_and_begin_again_at_the_end() -> None:
    pool = fresh(rounds=3)

    assert set(map(features, pool.round(0))) != set(map(features, pool.round(1)))
    assert pool.rounds(2, 2) == (*pool.round(2), *pool.round(0))
    assert pool.rounds(1, 1) == pool.round(1)


def test_sources_are_never_changed() -> None:
    before = [repr(row) for row in SOURCES]
    fresh().rounds(0, 3)

    assert [repr(row) for row in SOURCES] == before


def test_a_dependency_knows_of_a_fresh_row_what_it_knew_of_its_source() -> None:
    pool = fresh(rounds=2)
    lines = [{"id": row.id, "income": n} for n, row in enumerate(SOURCES) if n % 3 == 0]
    known = {line["id"]: line["income"] for line in lookups(lines, "id", pool)}

    assert len(known) == 3 * len(lines)
    for name, made in pool.ids_of().items():
        assert {known.get(each) for each in made} == {known.get(name)}
    assert lookups(lines, "id", pool)[-len(lines) :] == lines, "those of the tests stay last"


def test_a_pool_that_cannot_be_made_anew_is_refused_in_words() -> None:
    short = [Row(f"r{n % 10}", {"x": n}, 0.5) for n in range(300)]
    wrong = FreshRows(together=(("loan.amount", "home"),))

    assert list(fresh_problems(SOURCES, TOGETHER, 6)) == []
    assert list(fresh_problems((), TOGETHER, 6)) == ["[incidents] rows: there are none"]
    assert "end in 1 digits ('r0'); give them more digits" in next(
        iter(fresh_problems(short, FreshRows(), 6))
    )
    assert list(fresh_problems(SOURCES, wrong, 6)) == [
        "[incidents.fresh] together: no row has a number 'home'"
    ]


# --------------------------------------------------------------------------------- halves


@given(st.integers(0, 2**30))
def test_practice_and_sealed_evaluations_share_no_row(number: int) -> None:
    practice, sealed = (
        half_of(SOURCES, seed) for seed in (practice_seed(number), sealed_seed(number))
    )

    assert not {row.id for row in practice} & {row.id for row in sealed}
    assert {row.id for row in chain(practice, sealed)} == {row.id for row in SOURCES}


def test_every_practice_run_has_the_same_half_and_every_sealed_one_the_other() -> None:
    assert half_of(SOURCES, practice_seed(1)) == half_of(SOURCES, practice_seed(7))
    assert half_of(SOURCES, sealed_seed(1)) == half_of(SOURCES, sealed_seed(7))


def test_both_halves_are_alike_in_labels_and_in_right_answers() -> None:
    one, other = half_of(SOURCES, 0), half_of(SOURCES, 1)

    assert abs(sum(r.label or 0 for r in one) - sum(r.label or 0 for r in other)) <= 1
    distance = ks([r.expected for r in one], [r.expected for r in other])
    assert distance is not None
    assert distance < 0.02


def test_rows_keep_their_order_and_few_are_not_halved() -> None:
    half = half_of(SOURCES, 0)

    assert list(half) == [row for row in SOURCES if row in half]
    assert half_of(SOURCES[: ROWS_MIN - 1], 1) == SOURCES[: ROWS_MIN - 1]


@pytest.mark.parametrize("seed", [0, 1])
def test_half_of_a_half_is_never_asked_for_by_accident(seed: int) -> None:
    assert len(half_of(SOURCES, seed)) == SIZE // 2
