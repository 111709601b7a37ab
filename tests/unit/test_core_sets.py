"""No two evaluations of a worker measure on the same core."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.bootstrap.cores import CorePool, core_sets
from assay.domain.errors import BadInput, PlatformFault

CORES = st.sets(st.integers(0, 200), min_size=1, max_size=64)


@given(CORES, st.integers(1, 40), st.integers(1, 4))
def test_slots_share_no_core_or_are_refused(
    cores: set[int], slots: int, service_cores: int
) -> None:
    try:
        sets = core_sets(cores, slots, service_cores=service_cores)
    except BadInput:
        assert slots > 1
        assert slots * (service_cores + 1) > len(cores)
        return

    lent = [core for one in sets for core in one]
    assert len(sets) == slots
    assert len(lent) == len(set(lent))
    assert set(lent) <= cores
    assert slots == 1 or min(map(len, sets)) > service_cores


@pytest.mark.parametrize("cores", [{0}, {0, 1}, {3, 1, 2}])
def test_a_single_slot_has_the_whole_machine(cores: set[int]) -> None:
    assert core_sets(cores, 1, service_cores=4) == (tuple(sorted(cores)),)


def test_a_refusal_says_how_many_slots_there_can_be() -> None:
    with pytest.raises(BadInput, match=r"4 evaluations at once need 8 cores.*has 5.*from 1 to 2"):
        core_sets(range(5), 4)


def test_a_worker_has_a_slot_at_least() -> None:
    with pytest.raises(BadInput, match="from 1 to 2"):
        core_sets(range(4), 0)


def test_a_set_is_lent_to_one_evaluation_at_a_time() -> None:
    pool = CorePool(core_sets(range(4), 2))
    first, second = pool.take(), pool.take()

    with pytest.raises(PlatformFault, match="every slot"):
        pool.take()
    pool.give_back(first)

    assert not set(first) & set(second)
    assert pool.take() == first
