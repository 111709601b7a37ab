"""How often somebody may try."""

from concurrent.futures import ThreadPoolExecutor

from assay.auth.limits import RateLimits, Rule

RULE = Rule("tries", 3, 60)
OTHER = Rule("other", 3, 60)


def test_so_many_tries_and_no_more() -> None:
    limits = RateLimits()
    waits = [limits.hit(RULE, "198.51.100.1") for _ in range(5)]

    assert waits[:3] == [0, 0, 0]
    assert all(1 <= wait <= 60 for wait in waits[3:])


def test_one_persons_tries_are_not_anothers() -> None:
    limits = RateLimits()
    for _ in range(4):
        limits.hit(RULE, "198.51.100.1")

    assert limits.hit(RULE, "198.51.100.2") == 0
    assert limits.hit(OTHER, "198.51.100.1") == 0


def test_asking_costs_nothing() -> None:
    limits = RateLimits()

    assert [limits.wait_s(RULE, "somebody") for _ in range(10)] == [0] * 10


def test_who_has_used_up_the_tries_has_to_wait_whatever_they_ask() -> None:
    limits = RateLimits()
    for _ in range(3):
        limits.hit(RULE, "somebody")

    assert limits.wait_s(RULE, "somebody") > 0


def test_tries_that_were_forgotten_do_not_count() -> None:
    limits = RateLimits()
    for _ in range(3):
        limits.hit(RULE, "somebody")
    limits.forget(RULE, "somebody")

    assert limits.hit(RULE, "somebody") == 0


def test_threads_share_the_tries() -> None:
    limits = RateLimits()
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: limits.hit(RULE, "somebody"), range(40)))

    assert waits.count(0) == 3
