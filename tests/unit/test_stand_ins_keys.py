"""Every start of a service has keys of its own, and nobody else's stand-ins."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.fakes.metering import MODEL

from assay.adapters.stand_ins import STARTS, StandIns
from assay.domain.challenge import Dependency
from assay.evaluation.ports import Role
from assay_probe.gateways.llm.rules import read_rules
from assay_probe.plan import StandInPlan, load
from assay_probe.plans_llm import FRESH_KEYS
from assay_probe.records import Event, dump
from assay_sandbox.engine import Exited

BUREAU = {
    "name": "bureau",
    "environment": "BUREAU_URL",
    "port": 8090,
    "behaviour": "lookup",
    "data": "bureau.jsonl",
    "settings": {"path": "/income/{id}"},
}


@dataclass
class ReadyContainer:
    """Says that it is ready, and ends."""

    def follow(self, hear: Callable[[str], None], *, deadline_s: float) -> Exited:
        hear(dump(Event("ready", 1.0)))
        return Exited(code=0)

    def address(self) -> tuple[str, int]:
        return "10.0.0.3", 4000


@dataclass
class NotingEnvironment:
    """Starts nothing; notes the plans."""

    plans: list[StandInPlan] = field(default_factory=list)
    files: list[Mapping[str, bytes]] = field(default_factory=list)

    def start_stand_ins(
        self, role: Role, files: Mapping[str, bytes], *, control_port: int
    ) -> ReadyContainer:
        plan = load(files["/probe/plan.json"].decode())
        assert isinstance(plan, StandInPlan)
        self.plans.append(plan)
        self.files.append(files)
        return ReadyContainer()


@pytest.fixture
def environment() -> NotingEnvironment:
    return NotingEnvironment()


@pytest.fixture
def stand_ins(environment: NotingEnvironment) -> StandIns:
    dependencies = tuple(map(Dependency.model_validate, (MODEL, BUREAU)))
    harness = {"rules.json": b"{}", "bureau.jsonl": b"", "test_contract.py": b""}
    return StandIns(environment, dependencies, harness)  # type: ignore[arg-type]


def test_every_start_has_a_key_that_is_let_in_and_was_never_given(
    stand_ins: StandIns, environment: NotingEnvironment
) -> None:
    stand_ins.start("submission")
    given = [stand_ins.environment_of("submission")["MODEL_KEY"] for _ in range(STARTS - 1)]

    let_in = next(one.keys for one in environment.plans[0].services if one.name == "model")
    assert len(set(given)) == STARTS - 1
    assert set(given) < set(let_in)


def test_after_very_many_starts_the_last_key_stays(stand_ins: StandIns) -> None:
    stand_ins.start("submission")
    given = [stand_ins.environment_of("submission")["MODEL_KEY"] for _ in range(STARTS + 3)]

    assert given[-1] == given[-2] == given[STARTS - 1]


def test_submission_and_reference_share_no_key_and_no_stand_in(
    stand_ins: StandIns, environment: NotingEnvironment
) -> None:
    stand_ins.start("submission")
    stand_ins.start("reference")

    ours, theirs = ({k for s in plan.services for k in s.keys} for plan in environment.plans)
    assert not ours & theirs
    tokens = {stand_ins.hands(role)[0].token for role in ("submission", "reference")}
    assert len(tokens) == 2


def test_stand_ins_are_started_once(stand_ins: StandIns, environment: NotingEnvironment) -> None:
    assert stand_ins.start("submission") == stand_ins.start("submission")
    assert len(environment.plans) == 1


def test_before_the_first_start_there_is_nobody_to_steer(stand_ins: StandIns) -> None:
    assert stand_ins.hands("submission") == ()


def test_a_dependency_without_keys_has_none(
    stand_ins: StandIns, environment: NotingEnvironment
) -> None:
    stand_ins.start("submission")

    assert set(stand_ins.environment_of("submission")) == {"MODEL_KEY"}
    assert next(s for s in environment.plans[0].services if s.name == "bureau").keys == []


def test_stand_ins_are_given_their_own_files_alone(
    stand_ins: StandIns, environment: NotingEnvironment
) -> None:
    stand_ins.start("submission")

    names = {name.removeprefix("/probe/") for name in environment.files[0]}
    assert names == {"plan.json", "harness/rules.json", "harness/bureau.jsonl"}


# ------------------------------------------------------------------- what the gateway makes of it


def keys_of(written: dict[str, Any], *fresh: str) -> list[tuple[str, str, int]]:
    rules = read_rules(json.dumps(written), {FRESH_KEYS: list(fresh)})
    return [(one.key, one.name, one.requests_per_minute) for one in rules.keys]


def test_fresh_keys_take_the_place_of_the_files_and_keep_its_limits() -> None:
    old = {"key": "old", "name": "triage", "requests_per_minute": 60}

    assert keys_of({"keys": [old]}, "a", "b") == [("a", "start-1", 60), ("b", "start-2", 60)]


def test_a_file_needs_no_keys_of_its_own() -> None:
    assert keys_of({}, "a") == [("a", "start-1", 0)]


def test_limits_that_make_no_sense_are_still_told() -> None:
    with pytest.raises(ValueError, match=r"keys\[0\]\.requests_per_minit: unknown field"):
        keys_of({"keys": [{"key": "old", "name": "triage", "requests_per_minit": 60}]}, "a")
