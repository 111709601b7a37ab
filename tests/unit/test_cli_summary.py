"""The end of an evaluation in a terminal."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from tests.fakes.evidence import (
    make_evidence,
    make_host,
    make_poor_evidence,
    make_unbuilt_evidence,
)
from tests.fakes.incidents import make_broken_rules, make_incident, make_incidents, with_incidents

from assay.cli.summary import print_summary, worst_lines
from assay.domain.evidence import Evidence, StageOutcome
from assay.domain.judge import rescore

GOLDEN = Path(__file__).parent / "golden" / "alerts_of_poor_monitoring.txt"


def printed(evidence: Evidence, files: Sequence[Path] = ()) -> str:
    written = io.StringIO()
    console = Console(file=written, width=160)
    print_summary(console, rescore(evidence), evidence, files)
    return written.getvalue()


def test_a_total_comes_first_with_its_interval() -> None:
    text = printed(make_evidence())

    assert text.strip().startswith("score ")
    assert "95 % interval" in text.splitlines()[1]


def test_what_cost_most_is_named_with_what_would_earn_it() -> None:
    evidence = make_poor_evidence()
    worst = worst_lines(rescore(evidence))

    text = printed(evidence)

    assert worst
    assert all(f"{line.title}: " in text for line in worst)
    assert text.count("→ ") == sum(bool(line.advice) for line in worst)


def test_lines_are_ordered_by_the_points_they_lost() -> None:
    lost = [line.max - (line.points or 0) for line in worst_lines(rescore(make_poor_evidence()))]

    assert lost == sorted(lost, reverse=True)
    assert all(points > 0 for points in lost)


def test_a_gate_that_fell_is_said_out_loud() -> None:
    assert "multiplies the whole score" in printed(make_unbuilt_evidence())


def test_what_we_could_not_measure_is_never_silent() -> None:
    evidence = make_evidence(load=None)
    fault = StageOutcome(
        stage="load", status="platform_fault", message="the host is too noisy", seconds=9.0
    )
    evidence = evidence.model_copy(update={"stages": (*evidence.stages, fault)})

    text = printed(evidence)

    assert "platform fault in load: the host is too noisy" in text
    assert text.count("not measured, the load stage") == 1


def test_an_engine_that_isolates_less_says_so() -> None:
    host = make_host(engine="local", missing_capabilities=("memory_limit", "seccomp"))

    text = printed(make_evidence(host=host))

    assert "the local engine does not give memory limit, seccomp" in text


def test_the_files_are_named_last() -> None:
    text = printed(make_evidence(), [Path("out/evidence.json"), Path("out/report.html")])

    assert text.splitlines()[-2:] == ["  out/evidence.json", "  out/report.html"]


def alert_lines(evidence: Evidence) -> str:
    lines = printed(evidence).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("alerts: "))
    return "\n".join(lines[start:]) + "\n"


def test_the_alert_lines_of_poor_monitoring_are_what_they_were() -> None:
    text = alert_lines(with_incidents(make_incidents("poor")))
    if "ASSAY_RECORD" in os.environ:
        GOLDEN.write_text(text, encoding="utf-8")

    assert text == GOLDEN.read_text(encoding="utf-8"), "set ASSAY_RECORD=1 if this is intended"


def test_each_incident_has_a_line_with_what_noticed_it() -> None:
    text = alert_lines(with_incidents())

    assert text.count("✓ minute ") == 6
    assert "The service hangs: noticed by ServiceDown after 1.2 of 5 min, credit 1.00" in text


def test_rules_that_do_not_run_are_said_out_loud() -> None:
    assert "alerts: The alert rules do not run" in printed(with_incidents(make_broken_rules()))


def test_an_alert_cannot_drive_the_terminal() -> None:
    hostile = make_incident(title="\x1b[2J[bold red]gone", accepts=("errors",))

    text = printed(with_incidents(make_incidents(incidents=(hostile,))))

    assert "[bold red]gone" in text
    assert "\x1b" not in text


def test_a_stage_that_is_not_judged_has_no_alert_lines() -> None:
    void = with_incidents(make_incidents(void="the machine was too busy"))

    assert "alerts: " not in printed(void)
    assert "alerts: " not in printed(make_evidence())
