"""Turns, on a queue that is played through: who waits how long."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from assay.domain.lifecycle import Lane
from assay.jobs.turns import next_turn

Flow = tuple[str, Lane]


def practice(organisation: str) -> Flow:
    return (organisation, Lane.PRACTICE)


def sealed(organisation: str) -> Flow:
    return (organisation, Lane.SEALED)


FLOWS = [flow(name) for name in ("acme", "bolt", "coop") for flow in (practice, sealed)]
NEW = [practice("new"), sealed("new")]
SHARE = {Lane.PRACTICE: 1, Lane.SEALED: 2}
"""What may come of a flow while one practice evaluation of another comes."""


@dataclass(frozen=True, order=True)
class Place:
    turn: int
    number: int
    flow: Flow


@dataclass
class Line:
    """A queue with workers, as the platform has it. A free worker takes what is next at once."""

    workers: int = 1
    waiting: list[Place] = field(default_factory=list)
    running: list[Place] = field(default_factory=list)
    begun: list[Place] = field(default_factory=list)
    pushes: int = 0

    def push(self, flow: Flow, times: int = 1, *, given_up: int | None = None) -> None:
        for _ in range(times):
            of_flow = [place.turn for place in (*self.waiting, *self.begun) if place.flow == flow]
            turn = next_turn(
                flow[1],
                last_of_flow=max(of_flow, default=None),
                largest_begun=max((place.turn for place in self.begun), default=None),
                given_up=given_up,
            )
            self.pushes += 1
            self.waiting.append(Place(turn, self.pushes, flow))
            self._fill()

    def take_out(self, number: int) -> Place | None:
        """One that waits is cancelled."""
        return self.waiting.pop(number) if number < len(self.waiting) else None

    def push_again(self, number: int) -> None:
        """One that waits is superseded by a newer push of its candidate."""
        old = self.take_out(number)
        if old:
            self.push(old.flow, given_up=old.turn)

    def end(self, number: int = 0) -> None:
        """One that runs ends; number 0 has run longest."""
        if number < len(self.running):
            self.running.pop(number)
        self._fill()

    def end_all(self) -> None:
        while self.running:
            self.end()

    def order(self, deed: Callable[[], object]) -> list[Flow]:
        """The flows of those that begin from a deed on, until all have ended."""
        so_far = len(self.begun)
        deed()
        self.end_all()
        return [place.flow for place in self.begun[so_far:]]

    def _fill(self) -> None:
        while self.waiting and len(self.running) < self.workers:
            first = min(self.waiting)
            self.waiting.remove(first)
            self.running.append(first)
            self.begun.append(first)


@st.composite
def lines(draw: st.DrawFn, *deeds: str) -> Line:
    """Lines to which anything has happened: pushes, ends, and these deeds."""
    line = Line(draw(st.integers(1, 4)))
    happened = st.tuples(
        st.sampled_from(["push", "end", *deeds]), st.sampled_from(FLOWS), st.integers(0, 8)
    )
    for deed, flow, number in draw(st.lists(happened, max_size=30)):
        match deed:
            case "push":
                line.push(flow, number)
            case "end":
                line.end(number % line.workers)
            case "push again":
                line.push_again(number)
            case _:
                line.take_out(number)
    return line


@given(lines("push again", "cancel"), st.sampled_from(FLOWS))
def test_a_flow_keeps_its_order(line: Line, flow: Flow) -> None:
    line.push(flow, 5)
    turns = [place.turn for place in line.waiting if place.flow == flow]

    assert len(set(turns)) == len(turns)
    assert turns[-5:] == sorted(turns)[-5:]
    assert all(place.turn >= 1 for place in line.begun)


@given(st.integers(1, 4), st.integers(2, 5), st.integers(1, 20))
def test_organisations_take_turns(workers: int, organisations: int, pushes: int) -> None:
    line = Line(workers)
    line.push(practice("busy"), workers)
    names = [f"org-{number}" for number in range(organisations)]
    for name in names:
        line.push(practice(name), pushes)
    served = line.order(line.end)

    assert len(served) == organisations * pushes
    for upto in range(1, len(served) + 1):
        counts = Counter(served[:upto])
        shares = [counts[practice(name)] for name in names]
        assert max(shares) - min(shares) <= 1


@given(lines("push again", "cancel"), st.sampled_from(NEW))
def test_a_newcomer_waits_for_no_more_than_its_share_of_each_other(
    line: Line, newcomer: Flow
) -> None:
    served = line.order(lambda: line.push(newcomer))
    before = Counter(served[: served.index(newcomer)])

    assert all(count <= SHARE[lane] for (_, lane), count in before.items())


@given(lines("push again"), st.sampled_from(NEW), st.integers(1, 30))
def test_a_newcomer_has_no_more_than_its_share_before_those_who_wait(
    line: Line, newcomer: Flow, pushes: int
) -> None:
    others = {place.flow for place in line.waiting}
    served = line.order(lambda: line.push(newcomer, pushes))

    for other in others:
        assert served[: served.index(other)].count(newcomer) <= SHARE[newcomer[1]]


@given(lines("push again", "cancel"), st.integers(1, 5))
def test_a_sealed_newcomer_comes_before_those_who_come_to_practise_with_it(
    line: Line, newcomers: int
) -> None:
    line.push(practice("busy"), line.workers)
    names = [f"new-{number}" for number in range(newcomers)]
    for name in names:
        line.push(practice(name))
    served = line.order(lambda: line.push(sealed("last")))

    assert all(served.index(sealed("last")) < served.index(practice(name)) for name in names)


def test_sealed_evaluations_get_twice_the_share() -> None:
    line = Line()
    line.push(practice("busy"))
    line.push(practice("acme"), 60)
    line.push(sealed("bolt"), 60)
    served = Counter(line.order(line.end)[:60])

    assert served[sealed("bolt")] == 40
    assert served[practice("acme")] == 20


@given(st.integers(1, 200), st.booleans())
def test_who_was_idle_has_saved_nothing_up(pushes: int, everybody_was_idle: bool) -> None:
    line = Line()
    line.push(practice("acme"), pushes)
    line.end_all()
    line.push(practice("bolt" if everybody_was_idle else "acme"))
    for _ in range(5):
        line.push(practice("acme"))
        line.push(practice("new"))

    assert Counter(line.order(line.end)[:6])[practice("acme")] >= 2


def test_one_slow_evaluation_lets_no_newcomer_jump_ahead() -> None:
    line = Line(workers=2)
    line.push(practice("slow"))
    line.push(practice("acme"), 50)
    for _ in range(20):
        line.end(1)
    served = line.order(lambda: line.push(practice("new"), 10))

    assert served[:6].count(practice("acme")) == 3


@given(st.integers(1, 10), st.integers(2, 5))
def test_who_pushes_again_and_again_does_not_push_their_own_organisation_back(
    times: int, candidates: int
) -> None:
    line = Line()
    line.push(practice("busy"))
    line.push(practice("acme"), candidates)
    for _ in range(times * candidates):
        line.push_again(0)
    line.push(practice("bolt"), candidates)
    served = line.order(line.end)

    assert served == [practice("acme"), practice("bolt")] * candidates


@given(lines("push again", "cancel"))
def test_nobody_is_forgotten(line: Line) -> None:
    patient = practice("patient")
    line.push(patient)
    for _ in range(200):
        line.push(practice("acme"))
        line.push(sealed("bolt"))
        line.end(line.workers - 1)  # the others are slow
        if any(place.flow == patient for place in line.begun):
            return

    raise AssertionError("it never ran")
