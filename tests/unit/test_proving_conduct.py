"""Runs are carried out once, a few at a time, and what was finished is never run again."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from tests.fakes.evidence import ended, make_evidence
from tests.fakes.incidents import make_incidents

from assay.domain.challenge import StageName
from assay.domain.errors import PlatformFault
from assay.domain.evidence import Evidence, StageOutcome
from assay.toolkit.proving.conduct import Carried, Gear, Keyed, carry_out, left
from assay.toolkit.proving.estimate import AROUND_S, Durations, seconds_for, told
from assay.toolkit.proving.ports import Progress, Turn
from assay.toolkit.proving.runs import Wanted

STAGES: tuple[StageName, ...] = ("build", "contract")


@dataclass
class MemoryStore:
    """The `Store`, as long as the test runs."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str) -> Evidence | None:
        return Evidence.model_validate_json(self.kept[key]) if key in self.kept else None

    def put(self, key: str, evidence: bytes) -> None:
        self.kept[key] = evidence


@dataclass
class ScriptedRunner:
    """The `Runner`: what a run gives is said beforehand, good evidence if nothing is.

    Attributes:
        script: Name of a run -> what its next attempts give.
        began: Names, in order.
        most: Most that were under way at once.
    """

    script: dict[str, list[bytes | Exception]] = field(default_factory=dict)
    began: list[str] = field(default_factory=list)
    under_way: int = 0
    most: int = 0
    hang: Callable[[str], bool] = lambda _name: False

    async def run(self, wanted: Wanted, turn: Turn) -> bytes:
        self.began.append(wanted.name)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for stage in wanted.stages:
                await turn(stage)
                await asyncio.sleep(0)
            if self.hang(wanted.name):
                await asyncio.sleep(3600)
            return self._given(wanted.name)
        finally:
            self.under_way -= 1

    def _given(self, name: str) -> bytes:
        given = self.script.get(name) or [good()]
        first = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(first, Exception):
            raise first
        return first


WHY = "the machine was too noisy"


def good() -> bytes:
    return make_evidence().model_dump_json().encode()


def noisy() -> bytes:
    """Evidence of a run that the machine disturbed."""
    spoilt = ended("load", "platform_fault", message=WHY, then="done")
    return make_evidence(stages=spoilt).model_dump_json().encode()


def disturbed() -> bytes:
    """Evidence of a run whose timeline the machine disturbed."""
    void = make_incidents(void=WHY)
    return make_evidence(incidents=void).model_dump_json().encode()


def runs(*names: str, stages: tuple[StageName, ...] = STAGES) -> list[Keyed]:
    return [Keyed(Wanted("mutant", name, f"fault:{name}", stages), name) for name in names]


@dataclass
class Proof:
    """One proof being carried out, and what it told."""

    store: MemoryStore = field(default_factory=MemoryStore)
    runner: ScriptedRunner = field(default_factory=ScriptedRunner)
    told: list[Progress] = field(default_factory=list)

    def carry_out(self, wanted: Sequence[Keyed], jobs: int = 2) -> Carried:
        gear = Gear(self.store, self.runner, self.told.append, lambda _e: "100.0", jobs, lambda: 0)
        return asyncio.run(carry_out(wanted, gear))


def test_each_run_is_carried_out_once_and_kept() -> None:
    proof = Proof()

    carried = proof.carry_out(runs("a", "b", "c"))

    assert Counter(proof.runner.began) == {"a": 1, "b": 1, "c": 1}
    assert set(carried.evidence) == set(proof.store.kept) == {"a", "b", "c"}


def test_what_is_stored_is_not_run_again() -> None:
    proof = Proof(MemoryStore({"a": good()}))

    carried = proof.carry_out(runs("a", "b"))

    assert proof.runner.began == ["b"]
    assert set(carried.evidence) == {"a", "b"}
    assert next((p.run, p.state) for p in proof.told) == ("a", "stored")


def test_two_names_for_the_same_thing_are_one_run() -> None:
    proof = Proof()
    starter, fault = runs("starter", "fault")

    proof.carry_out([starter, *runs("another"), replace(fault, key=starter.key)], jobs=1)

    assert proof.runner.began == ["starter", "another"]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_no_more_are_under_way_than_are_allowed(jobs: int) -> None:
    proof = Proof()

    proof.carry_out(runs(*"abcdef"), jobs)

    assert proof.runner.most == jobs


def test_a_run_that_a_fault_of_ours_spoilt_is_done_once_more() -> None:
    proof = Proof(runner=ScriptedRunner({"a": [PlatformFault("it died"), good()]}))

    carried = proof.carry_out(runs("a"))

    assert proof.runner.began == ["a", "a"]
    assert set(carried.evidence) == {"a"}


@pytest.mark.parametrize("spoilt", [noisy(), disturbed()])
def test_a_run_that_the_machine_disturbed_is_done_once_more(spoilt: bytes) -> None:
    proof = Proof(runner=ScriptedRunner({"a": [spoilt, good()]}))

    assert set(proof.carry_out(runs("a")).evidence) == {"a"}
    assert proof.store.kept == {"a": good()}
    assert next(one.told for one in proof.told if one.state == "again").endswith(WHY)


def test_what_could_not_be_measured_is_said_and_not_stored() -> None:
    proof = Proof(runner=ScriptedRunner({"a": [noisy()]}))

    carried = proof.carry_out(runs("a", "b"))

    assert carried.faults == {"a": f"load: {WHY}"}
    assert set(proof.store.kept) == {"b"}, "the next proof tries it anew"


def test_what_the_harness_answers_nonsense_to_is_a_fault_of_ours() -> None:
    proof = Proof(runner=ScriptedRunner({"a": [b"{}"]}))

    assert set(proof.carry_out(runs("a")).faults) == {"a"}


def test_a_proof_that_is_interrupted_goes_on_where_it_stopped() -> None:
    store = MemoryStore()
    interrupted = Proof(store, ScriptedRunner(hang=lambda name: name == "c"))

    async def until_c_hangs() -> None:
        gear = Gear(
            store, interrupted.runner, interrupted.told.append, lambda _e: "", 2, lambda: 0.0
        )
        task = asyncio.ensure_future(carry_out(runs(*"abcd"), gear))
        while set(store.kept) != {"a", "b", "d"}:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(until_c_hangs())
    assert interrupted.runner.under_way == 0, "nothing is left running"

    resumed = Proof(store)
    carried = resumed.carry_out(runs(*"abcd"))

    assert resumed.runner.began == ["c"]
    assert set(carried.evidence) == set("abcd")


def test_progress_counts_what_is_finished_and_estimates_what_is_left() -> None:
    proof = Proof()
    proof.carry_out(runs("a", "b"), jobs=1)

    ended_ = [p for p in proof.told if p.state == "ended"]
    assert [(p.done, p.total) for p in ended_] == [(1, 2), (2, 2)]
    assert ended_[0].left_s > ended_[1].left_s == 0.0


def test_who_must_wait_for_another_says_so() -> None:
    proof = Proof()
    proof.carry_out(runs("a", "b", stages=("load", "capacity")))

    assert ("b", "waits", "load") in [(p.run, p.state, p.stage) for p in proof.told]


# --------------------------------------------------------------------------------- the estimate


def outcome(stage: StageName, seconds: float, status: str = "done") -> StageOutcome:
    return StageOutcome.model_validate({"stage": stage, "seconds": seconds, "status": status})


def test_a_stage_is_expected_to_take_the_median_of_what_it_took() -> None:
    durations = Durations()
    durations.learn([outcome("build", s) for s in (1.0, 2.0, 90.0)])

    assert durations.of("build") == 2.0


def test_a_stage_that_was_cut_short_teaches_nothing() -> None:
    durations = Durations()
    before = durations.of("load")
    durations.learn([outcome("load", 0.1, "candidate_fault")])

    assert durations.of("load") == before


def test_what_is_measured_alone_adds_up_and_the_rest_is_shared() -> None:
    durations = Durations()
    durations.learn([outcome("load", 100.0), outcome("incidents", 240.0)])

    twice = seconds_for([("load", "incidents")] * 2, durations, jobs=2)

    assert twice == 2 * 100 + 240 + AROUND_S


def test_one_run_is_not_halved_by_two_jobs() -> None:
    durations = Durations()
    durations.learn([outcome("incidents", 240.0)])

    assert seconds_for([("incidents",)], durations, jobs=2) == 240 + AROUND_S
    assert seconds_for([("incidents",)] * 2, durations, jobs=2) == 240 + AROUND_S
    assert seconds_for([("incidents",)] * 2, durations, jobs=2, hard=1) == 360 + AROUND_S
    assert seconds_for([("incidents",)] * 2, durations, jobs=2, hard=2) == 480 + AROUND_S


def test_what_is_stored_takes_no_time() -> None:
    evidence = Evidence.model_validate_json(good())

    assert left(runs("a", "b"), {"a": evidence, "b": evidence}, jobs=2) == (0, 0.0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(12, "12 s"), (600, "10 min"), (15000, "4 h 10 min")]
)
def test_a_duration_is_told_as_people_say_it(seconds: float, words: str) -> None:
    assert told(seconds) == words
