"""Whatever a live run does, the timeline goes on, and the facts say what happened."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Signal

import pytest
from tests.fakes.incident_run import Staged, make_staged
from tests.fakes.monitoring import FakeMonitoring, well

from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.incidents import LiveFacts
from assay.evaluation.alerting.live import LiveRun, live_run
from assay.evaluation.alerting.monitoring_file import read_monitoring
from assay.evaluation.incidents.beside import beside
from assay_probe.plan import LiveAlertingPlan
from assay_probe.records import Event, Record, ToolRecord

QUICK_S = 0.05


def staged(root: Path, prometheus: FakeMonitoring) -> Staged:
    return make_staged(root, world={"prometheus": prometheus})


def live_of(stage: Staged) -> LiveRun:
    monitoring, target = read_monitoring(stage.run.tree), stage.run.target("submission")
    return live_run(monitoring, target, instance="svc:8080", limit_s=60)


def watched(
    root: Path, prometheus: FakeMonitoring, *, join_s: float = 5.0
) -> tuple[LiveFacts, list[str]]:
    """The facts of a live run, and what was done beside it."""
    stage, done = staged(root, prometheus), []
    with beside(stage.run, live_of(stage), join_s=join_s) as watch:
        done.append("timeline")
    found = watch.facts(1000.0)
    assert found is not None
    return found, done


def test_without_alerts_there_is_nothing_to_run(tmp_path: Path) -> None:
    stage = staged(tmp_path, FakeMonitoring())
    with beside(stage.run, None) as watch:
        pass

    assert watch.facts(0) is None
    assert stage.world.prometheus.plans == []
    assert stage.world.prometheus.stops == 0


def test_a_notification_that_left_is_seen_on_the_virtual_clock(tmp_path: Path) -> None:
    found, done = watched(tmp_path, FakeMonitoring())

    assert done == ["timeline"]
    assert (found.started, found.message) == (True, "")
    assert [(n.alert, n.status) for n in found.notifications] == [("Down", "firing")]
    assert found.notifications[0].at_min == pytest.approx(20.2)


def test_it_is_told_to_stop_once_and_read_to_its_end(tmp_path: Path) -> None:
    def late(_plan: LiveAlertingPlan, stop: Signal) -> Iterator[Record]:
        yield Event("ready", 1000.0)
        assert stop.wait(5)
        yield from (r for r in well(_plan, stop) if not isinstance(r, Event))

    prometheus = FakeMonitoring(live=late)
    found, _ = watched(tmp_path, prometheus)

    assert prometheus.stops == 1
    assert len(found.notifications) == 1, "it came after the word to stop"


def test_one_that_does_not_start_is_told_and_the_timeline_goes_on(tmp_path: Path) -> None:
    error = PlatformFault("there is no Prometheus here")
    found, done = watched(tmp_path, FakeMonitoring(live_error=error))

    assert done == ["timeline"]
    assert (found.started, found.message) == (False, "there is no Prometheus here")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CandidateFault("the alert rules need more than 1024 MiB"), "need more than 1024 MiB"),
        (PlatformFault("the container died"), "the container died"),
        (ValueError("not a probe record"), "ValueError: not a probe record"),
    ],
)
def test_one_that_ends_in_the_middle_keeps_what_it_has_seen(
    tmp_path: Path, error: Exception, words: str
) -> None:
    def broken(plan: LiveAlertingPlan, _stop: Signal) -> Iterator[Record]:
        already = Signal()
        already.set()
        yield from well(plan, already)
        raise error

    found, done = watched(tmp_path, FakeMonitoring(live=broken))

    assert done == ["timeline"]
    assert found.started
    assert words in found.message
    assert len(found.notifications) == 1


def test_one_that_never_stops_is_left_behind(tmp_path: Path) -> None:
    at_last = Signal()

    def deaf(_plan: LiveAlertingPlan, _stop: Signal) -> Iterator[Record]:
        yield Event("ready", 1000.0)
        at_last.wait(10)

    found, done = watched(tmp_path, FakeMonitoring(live=deaf), join_s=QUICK_S)
    at_last.set()

    assert done == ["timeline"]
    assert found.message == "it did not stop when it was told to"


def test_one_that_cannot_be_told_to_stop_breaks_nothing(tmp_path: Path) -> None:
    prometheus = FakeMonitoring(stop_error=PlatformFault("the engine is away"))
    found, done = watched(tmp_path, prometheus)

    assert done == ["timeline"]
    assert found.started


def test_a_timeline_that_breaks_stops_it_and_keeps_its_own_error(tmp_path: Path) -> None:
    stage = staged(tmp_path, FakeMonitoring(stop_error=PlatformFault("the engine is away")))

    with pytest.raises(PlatformFault, match="the probe died"), beside(stage.run, live_of(stage)):
        raise PlatformFault("the probe died")

    assert stage.world.prometheus.stops == 1


def test_a_server_that_did_not_last_says_why_in_its_own_words(tmp_path: Path) -> None:
    def dying(_plan: LiveAlertingPlan, _stop: Signal) -> Iterator[Record]:
        yield Event("ready", 1000.0)
        yield ToolRecord("prometheus", 2, "panic: out of disk", cut=False, seconds=31.0)

    found, _ = watched(tmp_path, FakeMonitoring(live=dying))

    assert found.message == "prometheus ended with 2 after 31 s: panic: out of disk"


def test_what_runs_beside_the_service_has_the_candidates_rules(tmp_path: Path) -> None:
    stage = staged(tmp_path, FakeMonitoring())
    with beside(stage.run, live_of(stage)):
        pass

    [files] = stage.world.prometheus.files
    assert b"feature_psi > 0.25" in b"".join(files.values())
