"""A candidate tries rules at home, on a recording that an evaluation left."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.incident_run import ALERTS, MONITORING, make_staged

from assay.adapters import own_tools
from assay.bootstrap.rehearsing import rehearse_monitoring
from assay.cli.main import main
from assay.domain.alerting import score_alerting
from assay.domain.incidents import RECORDING_FILE, IncidentsMeasurement, Replay
from assay.evaluation.alerting.stored import packed, unpacked

pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(name) for name in ("promtool", "prometheus")),
        reason="Prometheus is not installed here",
    ),
]
PAGES = "labels: {severity: critical}"
ALWAYS = "      - {alert: Always, expr: vector(1)}\n"


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an evaluation left: a recording of a hang, a drift and a decoy."""
    folder = tmp_path_factory.mktemp("evaluated")
    staged = make_staged(tmp_path_factory.mktemp("tree"))
    staged.measure()
    (folder / RECORDING_FILE).write_bytes(staged.run.artifacts[RECORDING_FILE])
    (folder / "evidence.json").write_text("{}")
    return folder


def submission(folder: Path, alerts: str = ALERTS, monitoring: str = MONITORING) -> Path:
    (folder / "monitoring").mkdir()
    (folder / "monitoring" / "rules.yml").write_text(alerts)
    (folder / "monitoring.yml").write_text(monitoring)
    return folder


def recorded(measurement: IncidentsMeasurement) -> Replay:
    return next(one for one in measurement.replays if one.name == "recorded")


def worth(measurement: IncidentsMeasurement) -> float:
    found = score_alerting(measurement, recorded(measurement))
    assert found is not None
    return float(found.value)


def test_rules_are_replayed_over_the_run_and_over_what_could_have_happened_instead(
    tmp_path: Path, evaluated: Path
) -> None:
    done = rehearse_monitoring(evaluated, submission(tmp_path))

    assert {one.alert for one in recorded(done.now).episodes} == {"Down", "Drift"}
    assert {one.name for one in done.now.replays} == {
        "recorded", "slow_scrape", "restart", "second_replica", "clean", "drift_missing",
    }  # fmt: skip
    assert all(one.error == "" for one in done.now.replays)
    clean = next(one for one in done.now.replays if one.name == "clean")
    assert clean.repeats_min is not None


def test_a_better_rule_earns_more_and_a_worse_one_less(tmp_path: Path, evaluated: Path) -> None:
    for name in ("good", "noisy", "silent"):
        (tmp_path / name).mkdir()
    good = rehearse_monitoring(evaluated, submission(tmp_path / "good"))
    noisy = rehearse_monitoring(evaluated, submission(tmp_path / "noisy", ALERTS + ALWAYS))
    silent = ALERTS.replace("up == 0", "up > 1").replace("> 0.25", "> 25")
    nothing = rehearse_monitoring(evaluated, submission(tmp_path / "silent", silent))

    assert worth(good.now) > worth(noisy.now) == worth(nothing.now) == 0


@pytest.mark.parametrize("name", [".", RECORDING_FILE, "evidence.json"])
def test_the_recording_is_found_by_its_name_its_directory_or_the_evidence_beside_it(
    tmp_path: Path, evaluated: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["monitoring", "replay", str(evaluated / name), str(submission(tmp_path))])
    said = capsys.readouterr().out

    assert code == 0
    assert "title of months: noticed by Drift after" in said
    assert "when your alerts fired, in virtual minutes" in said
    assert "Drift feature=income" in said
    assert "worth 1.00 of 1 over all incidents (in that evaluation 0.00)" in said


def test_a_run_that_the_machine_disturbed_can_still_be_learned_from(
    tmp_path: Path, evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = unpacked((evaluated / RECORDING_FILE).read_bytes(), "x")
    void = kept.measurement.model_copy(update={"void": "somebody else used the core"})
    disturbed = tmp_path / RECORDING_FILE
    disturbed.write_bytes(packed(replace(kept, measurement=void)))
    (tmp_path / "tree").mkdir()

    tree = submission(tmp_path / "tree")
    assert main(["monitoring", "replay", str(disturbed), str(tree)]) == 0
    said = capsys.readouterr().out
    assert "nothing of that run was judged, the machine disturbed it: somebody else" in said
    assert "worth 1.00 of 1 over all incidents: credit" in said


def test_rules_that_do_not_run_are_told_in_promtools_own_words(
    tmp_path: Path, evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = submission(tmp_path, ALERTS.replace("up == 0", "'sum(up'"))

    assert main(["monitoring", "replay", str(evaluated), str(broken)]) == 0
    assert "could not parse expression" in capsys.readouterr().out
    assert main(["monitoring", "check", str(broken)]) == 2
    assert "promtool refuses the rules" in capsys.readouterr().out


def test_without_an_alert_there_is_nothing_to_replay(
    tmp_path: Path, evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["monitoring", "replay", str(evaluated), str(tmp_path)]) == 2
    assert "it has no monitoring.yml with an alert" in capsys.readouterr().err


def test_without_promtool_the_remedy_is_said_and_the_rest_is_checked(
    tmp_path: Path,
    evaluated: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(own_tools.shutil, "which", lambda _name: None)
    tree = submission(tmp_path, ALERTS.replace("feature_psi", "feature_ps"))

    assert main(["monitoring", "replay", str(evaluated), str(tree)]) == 3
    assert "install Debian's package `prometheus`" in capsys.readouterr().err
    assert main(["monitoring", "check", str(tree), "--recording", str(evaluated)]) == 2
    said = capsys.readouterr().out
    assert "Drift reads feature_ps, which /metrics did not expose; is it feature_psi?" in said
    assert "promtool is not installed here: nobody has read the PromQL" in said


def test_what_is_exposed_is_read_from_a_file_and_an_address_that_is_dead_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = submission(tmp_path)
    metrics = tmp_path / "metrics.txt"
    metrics.write_text("http_requests_total 1\nhttp_request_duration_seconds_sum 1\n")

    assert main(["monitoring", "check", str(tree), "--metrics", str(metrics)]) == 2
    assert "reads feature_psi, which /metrics did not expose" in capsys.readouterr().out
    assert main(["monitoring", "check", str(tree), "--metrics", "http://127.0.0.1:1/m"]) == 2
    assert "http://127.0.0.1:1/m: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nowhere", "nowhere/recording.json"])
def test_a_recording_that_is_not_there_is_told(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = submission(tmp_path)

    assert main(["monitoring", "replay", str(tmp_path / name), str(tree)]) == 2
    assert "name the recording.json of an evaluation that had incidents" in capsys.readouterr().err
