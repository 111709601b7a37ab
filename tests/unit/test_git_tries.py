"""Who tries wrong tokens has to wait; nobody else does."""

from assay.web.git.tries import MAX_KEYS, WrongTries


def test_a_few_wrong_tokens_are_human() -> None:
    tries = WrongTries(3, 60.0)
    tries.count("a", 0.0)
    tries.count("a", 1.0)

    assert tries.wait_s("a", 2.0) == 0.0


def test_many_wrong_tokens_have_to_wait_until_the_first_is_forgotten() -> None:
    tries = WrongTries(3, 60.0)
    for at_s in (0.0, 1.0, 2.0):
        tries.count("a", at_s)

    assert tries.wait_s("a", 10.0) == 50.0
    assert tries.wait_s("a", 60.0) == 0.0


def test_one_address_does_not_make_another_wait() -> None:
    tries = WrongTries(1, 60.0)
    tries.count("a", 0.0)

    assert tries.wait_s("b", 0.0) == 0.0


def test_made_up_names_do_not_fill_the_memory() -> None:
    tries = WrongTries(1, 60.0)
    for number in range(MAX_KEYS + 1):
        tries.count(str(number), 0.0)

    assert tries.wait_s("0", 0.0) == 0.0
    assert tries.wait_s("1", 0.0) == 60.0
