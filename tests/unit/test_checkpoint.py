"""An evaluation that is interrupted between two stages ends as if nothing had happened."""

import functools
import json
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.interruptions import Situation, begin, evaluated, timeless

from assay.domain.errors import PlatformFault
from assay.domain.evidence import Evidence
from assay.domain.incidents import RECORDING_FILE, REPLAY_FILE
from assay.evaluation.alerting.stored import unpacked
from assay.evaluation.alerting.stretch import is_instant
from assay.evaluation.checkpoint import Checkpoint, Facts, read_checkpoint
from assay.evaluation.past import Continued, Past, Remembered, past_of
from assay.evaluation.ports import ExitReport, Sample, Termination, UsageWindow
from assay.evaluation.stages import STAGES

SITUATIONS = {
    "healthy": Situation(),
    "only some stages": Situation(only=("capacity", "operability")),
    "a tree that is refused": Situation(refusal="symbolic links are not accepted"),
    "an image that does not build": Situation(world={"built": False}),
    "a service that does not come up": Situation(submission={"ready": False}),
    "a service that answers with errors": Situation(submission={"outcome": "5"}),
    "a service that never rests": Situation(submission={"cpu_share": 0.5}),
    "a service that dies and comes back": Situation(
        submission={"dies_at_min": (10.0,), "revives": True}
    ),
    "a service that ignores the signal": Situation(submission={"ends_on_sigterm_s": None}),
    "a noisy machine": Situation(
        submission={"foreign_share": 0.5}, reference={"foreign_share": 0.5}
    ),
    "a probe that dies": Situation(world={"probe_dies_in": "contract"}),
    "no kernel counters": Situation(submission={"counted": False}, reference={"counted": False}),
}


def outcome_of(situation: str, interrupted_after: Collection[str] = ()) -> tuple[Any, Any]:
    with tempfile.TemporaryDirectory() as root:
        evidence, artifacts = evaluated(Path(root), SITUATIONS[situation], interrupted_after)
    found = dict(artifacts)
    if RECORDING_FILE in found:
        found[RECORDING_FILE] = born_whenever(found[RECORDING_FILE])
    return timeless(evidence.model_dump()), found


def born_whenever(recording: bytes) -> Any:
    """What was recorded, but for the instant at which the service says that it was born."""
    found = unpacked(recording, RECORDING_FILE)
    return timeless(found.measurement.model_dump()), [
        (one.name, one.labels, one.slots.tolist(), one.values.tolist())
        for one in found.recording.series
        if not is_instant(one)
    ]


uninterrupted = functools.cache(outcome_of)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_new_process_after_every_stage_changes_nothing(situation: str) -> None:
    assert outcome_of(situation, set(STAGES)) == uninterrupted(situation)


@settings(max_examples=25)
@given(st.sampled_from(sorted(SITUATIONS)), st.sets(st.sampled_from(sorted(STAGES))))
def test_a_new_process_after_any_stages_changes_nothing(
    situation: str, interrupted_after: set[str]
) -> None:
    assert outcome_of(situation, interrupted_after) == uninterrupted(situation)


def test_files_beside_the_evidence_survive() -> None:
    _, artifacts = outcome_of("healthy", {"incidents"})

    assert set(artifacts) == {RECORDING_FILE, REPLAY_FILE}


@pytest.mark.parametrize("last", STAGES)
def test_a_checkpoint_is_the_same_out_of_its_bytes(tmp_path: Path, last: str) -> None:
    checkpoint = begin(tmp_path).run_until(last).evaluation.checkpoint()

    assert read_checkpoint(checkpoint.to_bytes()) == checkpoint


def test_a_checkpoint_of_a_resumed_evaluation_forgets_nothing(tmp_path: Path) -> None:
    first = begin(tmp_path).run_until("load").stored

    again = begin(tmp_path, checkpoint=first).stored

    assert again == first


def test_time_in_which_nobody_worked_on_it_does_not_count(tmp_path: Path) -> None:
    before = begin(tmp_path).run_until("load")
    worked_s = before.run.since_start_s(before.run.clock.monotonic_s())

    after = begin(tmp_path, checkpoint=before.stored)

    assert after.run.since_start_s(after.run.clock.monotonic_s()) == pytest.approx(worked_s)


def test_when_it_began_is_when_the_first_process_began(tmp_path: Path) -> None:
    before = begin(tmp_path).run_until("operability")

    after = begin(tmp_path, checkpoint=before.stored).evaluation.evidence()

    assert after.started_at == before.evaluation.evidence().started_at
    assert after.first_request_s == before.evaluation.evidence().first_request_s


def test_a_stage_that_has_ended_is_not_run_again(tmp_path: Path) -> None:
    stored = begin(tmp_path).run_until("contract").stored
    after = begin(tmp_path, checkpoint=stored)

    outcome = after.evaluation.run_stage("contract")

    assert outcome.status == "done"
    assert after.world.plans == []
    assert after.told == []


def test_nothing_is_started_for_evidence_alone(tmp_path: Path) -> None:
    stored = begin(tmp_path).run_until("operability").stored
    after = begin(tmp_path, checkpoint=stored)

    evidence = after.evaluation.evidence()

    assert (after.exporter.exports, after.world.boots) == (0, [])
    assert evidence.memory is not None
    assert evidence.memory.peak_mib == 100
    assert evidence.samples


def test_what_is_made_again_is_not_measured_again(tmp_path: Path) -> None:
    before = begin(tmp_path).run_until("boot")
    after = begin(tmp_path, checkpoint=before.stored).run_until("contract")

    assert after.run.facts["checkout"] == before.run.facts["checkout"]
    assert after.run.facts["build"] == before.run.facts["build"]
    assert after.run.facts["boot"] == before.run.facts["boot"]
    assert after.exporter.exports == 1
    assert after.world.boots == ["submission"]


def test_the_time_it_takes_to_come_back_is_no_time_of_a_stage(tmp_path: Path) -> None:
    stored = begin(tmp_path).run_until("quality").stored
    after = begin(tmp_path, checkpoint=stored)

    uninterrupted_s = begin(tmp_path).run_until("load").evaluation.run_stage("load").traffic_s

    assert after.evaluation.run_stage("load").traffic_s == pytest.approx(uninterrupted_s)


def test_whoever_watches_is_told_of_the_interruption(tmp_path: Path) -> None:
    stored = begin(tmp_path).run_until("boot").stored
    after = begin(tmp_path, checkpoint=stored).run_until("contract")

    assert [e.detail for e in after.told if "interruption" in e.detail]


def test_the_log_holds_what_every_start_has_printed(tmp_path: Path) -> None:
    loud = Situation(submission={"text": "started\n"})
    stored = begin(tmp_path, loud).run_until("quality").stored

    evidence = begin(tmp_path, loud, stored).run_until("operability").evaluation.evidence()

    assert evidence.service_log == "started\nstarted\n"


# ------------------------------------------------------------------------- what cannot be had again


def message(process: Any, stage: str) -> tuple[str, str]:
    outcome = process.evaluation.run_stage(stage)
    return outcome.status, outcome.message


def test_a_tree_that_has_changed_is_our_fault(tmp_path: Path) -> None:
    after = begin(tmp_path, checkpoint=begin(tmp_path).run_until("boot").stored)
    after.exporter.tree_sha256 = "1" * 64

    status, words = message(after, "contract")

    assert status == "platform_fault"
    assert "not the one that was measured before" in words


def test_a_tree_that_is_refused_the_second_time_is_our_fault(tmp_path: Path) -> None:
    after = begin(tmp_path, checkpoint=begin(tmp_path).run_until("boot").stored)
    after.exporter.refusal = "symbolic links are not accepted"

    assert message(after, "contract")[0] == "platform_fault"


def test_an_image_that_does_not_build_any_more_is_our_fault(tmp_path: Path) -> None:
    after = begin(tmp_path, checkpoint=begin(tmp_path).run_until("boot").stored)
    after.world.built = False

    status, words = message(after, "contract")

    assert status == "platform_fault"
    assert "cannot be built again: RUN failed" in words


def test_a_service_that_does_not_come_up_again_is_our_fault(tmp_path: Path) -> None:
    after = begin(tmp_path, checkpoint=begin(tmp_path).run_until("quality").stored)
    after.world.services["submission"].ready = False

    status, words = message(after, "load")

    assert status == "platform_fault"
    assert "did not become ready again" in words


def test_the_next_stage_tries_to_come_back_once_more(tmp_path: Path) -> None:
    after = begin(tmp_path, checkpoint=begin(tmp_path).run_until("quality").stored)
    after.world.boot_errors = [PlatformFault("the engine is away")]

    assert message(after, "load") == ("platform_fault", "the engine is away")
    assert message(after, "capacity")[0] == "done"


def test_a_service_that_had_died_is_started_again_by_the_stage_that_needs_it(
    tmp_path: Path,
) -> None:
    before = begin(tmp_path).run_until("quality")
    before.world.services["submission"].ends = ExitReport(137, True, False)

    after = begin(tmp_path, checkpoint=before.stored).run_until("load")

    assert after.run.deaths == [ExitReport(137, True, False)]
    assert after.evaluation.run_stage("load").status == "done"


def test_a_reference_that_had_died_runs_again(tmp_path: Path) -> None:
    before = begin(tmp_path).run_until("load")
    before.world.services["reference"].ends = ExitReport(137, True, False)

    after = begin(tmp_path, checkpoint=before.stored)

    assert before.evaluation.run_stage("capacity").status == "platform_fault"
    assert after.evaluation.run_stage("capacity").status == "done"
    assert after.run.deaths == []


# ----------------------------------------------------------------------------- what does not belong


@pytest.mark.parametrize("change", [{"seed": 8}, {"profile": "thorough"}], ids=["seed", "profile"])
def test_a_checkpoint_of_another_evaluation_is_refused(
    tmp_path: Path, change: Mapping[str, Any]
) -> None:
    stored = begin(tmp_path).run_until("boot").stored

    with pytest.raises(PlatformFault, match=f"its {next(iter(change))} differ"):
        begin(tmp_path, checkpoint=stored, **change)


def test_a_checkpoint_of_other_stages_is_refused(tmp_path: Path) -> None:
    stored = begin(tmp_path).run_until("boot").stored

    with pytest.raises(PlatformFault, match="its stages differ"):
        begin(tmp_path, Situation(only=("contract",)), stored)


@pytest.mark.parametrize("field", ["schema_version", "elapsed_s", "facts"])
def test_a_checkpoint_that_is_not_understood_is_refused(tmp_path: Path, field: str) -> None:
    stored = json.loads(begin(tmp_path).run_until("boot").evaluation.checkpoint().to_bytes())

    with pytest.raises(PlatformFault, match=f"cannot be read.*{field}"):
        read_checkpoint(json.dumps({**stored, field: "of another version"}).encode())


def test_every_field_of_the_evidence_that_stages_fill_is_kept() -> None:
    filled_at_the_end = {"memory", "samples", "service_log", "judged_anew"}
    stated = {name for name, field in Evidence.model_fields.items() if field.is_required()}
    filled = set(Evidence.model_fields) - stated - filled_at_the_end - {"schema_version"}

    assert set(Facts.model_fields) == filled


def test_a_checkpoint_knows_its_version() -> None:
    assert Checkpoint.model_fields["schema_version"].default == 1


# ------------------------------------------------------------------------------ one life, two parts


class Scripted:
    """A service with given readings."""

    url = "http://10.0.0.2:8080"

    def __init__(self, *samples: Sample) -> None:
        self._samples = samples

    def exit(self) -> ExitReport | None:
        return None

    def log(self) -> tuple[str, int]:
        return "again\n", 6

    def usage(self, since_s: float, until_s: float) -> UsageWindow | None:
        return UsageWindow(until_s - since_s, 0, 1, 1, 0)

    def samples(self) -> tuple[Sample, ...]:
        return self._samples

    def terminate(self, *, grace_s: float) -> Termination:
        return Termination(ExitReport(0, False, False), grace_s, 0, 0)


def past(*readings: tuple[float, float, int]) -> Past:
    return Past(ended=None, log="first\n", log_bytes=600, readings=readings)


def test_cpu_time_goes_on_from_where_it_stood() -> None:
    service = Continued(
        Remembered(past((1.0, 0.5, 10), (2.0, 1.5, 30)), origin_s=100.0),
        Scripted(Sample(105.0, 0.25, 20)),
    )

    assert service.samples() == (
        Sample(101.0, 0.5, 10),
        Sample(102.0, 1.5, 30),
        Sample(105.0, 1.75, 20),
    )
    assert service.log() == ("first\nagain\n", 606)


def test_a_continued_life_is_measured_on_what_runs_now() -> None:
    service = Continued(Remembered(past(), 0.0), Scripted())

    assert service.usage(3.0, 5.0) == UsageWindow(2.0, 0, 1, 1, 0)
    assert service.terminate(grace_s=7).took_s == 7
    assert (service.url, service.exit()) == (Scripted.url, None)


def test_a_remembered_service_does_nothing_any_more() -> None:
    service = Remembered(past(), 0.0)

    assert service.usage(0.0, 1.0) is None
    with pytest.raises(PlatformFault, match="gone"):
        _ = service.url
    with pytest.raises(PlatformFault, match="gone"):
        service.terminate(grace_s=1)


SAMPLES = st.lists(st.integers(0, 2**30), max_size=200).map(
    lambda memory: [Sample(50 + i / 20, i / 40, one) for i, one in enumerate(memory)]
)


@given(SAMPLES)
def test_first_last_and_greatest_memory_survive_the_thinning(samples: list[Sample]) -> None:
    kept = Remembered(past_of(Scripted(*samples), origin_s=50.0), origin_s=50.0).samples()

    memory = [one.memory_bytes for one in kept]
    assert memory[:1] == [one.memory_bytes for one in samples[:1]]
    assert memory[-1:] == [one.memory_bytes for one in samples[-1:]]
    assert max(memory, default=0) == max((one.memory_bytes for one in samples), default=0)
    assert [one.at_s for one in kept] == sorted(one.at_s for one in kept)
    assert len(kept) <= 2 + 1 + len(samples) / 5
