"""A flag tells a person and decides nothing: no point, no total, no status changes with it."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.console import Console
from tests.fakes.callers import asked, with_callers
from tests.fakes.incidents import make_incidents, make_scrapes, with_incidents
from tests.fakes.rubric import make_challenge

from assay.cli.summary import print_summary
from assay.domain.evidence import Evidence
from assay.domain.flags import HANDED_OUT, RULES, flags_of
from assay.domain.judge import rescore
from assay.domain.scorecard import FlagKind
from assay.features.scorecards.report import render_report
from assay.features.scorecards.result import Result, result_json
from assay.features.scorecards.wording import FLAGS

DOCS = Path(__file__).parents[2] / "docs"
KINDS = get_args(FlagKind)


def a_cheat(**changes: Any) -> Evidence:
    return with_callers(asked("known", o=24), asked("crossed", o=2, w=22), **changes)


def challenge_with(flags: tuple[str, ...]) -> Any:
    fault = {"id": "f", "title": "F", "why": "W", "costs": ["cost"], "measured_by": "load"}
    slot = {"id": "s", "title": "S", "fault": [{**fault, "flags": flags}]}
    return make_challenge(slot=[slot])


def test_a_flag_changes_no_point() -> None:
    honest = rescore(with_callers(asked("known", o=24), asked("crossed", o=24)))
    flagged = rescore(a_cheat())

    assert flagged.flags
    assert not honest.flags
    assert replace(flagged, flags=()) == honest


def test_there_is_a_rule_a_heading_and_a_section_for_every_kind() -> None:
    page = (DOCS / "integrity.md").read_text()

    assert [rule.__name__ for rule in RULES] == list(KINDS)
    assert set(FLAGS) == set(KINDS)
    assert [kind for kind in KINDS if f"### `{kind}`" not in page] == []


def test_serious_flags_come_first() -> None:
    naive = make_incidents(scrapes=make_scrapes(forged=("up",)))
    both = with_incidents(naive, a_cheat())

    assert [flag.severity for flag in flags_of(both)] == ["serious", "notice"]


def test_nobody_is_accused_of_what_a_starter_came_with() -> None:
    [flag] = flags_of(a_cheat(challenge=challenge_with(("memorised_answers",))))

    assert flag.severity == "notice"
    assert flag.reason.endswith(HANDED_OUT)


@pytest.mark.parametrize(
    ("forged", "severity", "excused"),
    [("up", "notice", True), ("ALERTS", "serious", False)],
)
def test_what_goes_further_than_a_starter_is_not_excused(
    forged: str, severity: str, excused: bool
) -> None:
    measured = make_incidents(scrapes=make_scrapes(forged=(forged,)))
    evidence = with_incidents(measured, with_callers(challenge=challenge_with(("forged_series",))))

    [flag] = flags_of(evidence)

    assert (flag.severity, flag.reason.endswith(HANDED_OUT)) == (severity, excused)


def test_other_planted_faults_excuse_nothing() -> None:
    [flag] = flags_of(a_cheat(challenge=challenge_with(("forged_series",))))

    assert flag.severity == "serious"


def test_the_result_for_programs_has_every_flag() -> None:
    result = Result.model_validate_json(result_json(rescore(a_cheat())))

    [flag] = result.flags
    assert (flag.kind, flag.severity, flag.evidence) == (
        "memorised_answers",
        "serious",
        "callers.asked",
    )
    assert "22 of 24" in flag.reason


def test_results_written_before_there_were_flags_are_read() -> None:
    old = Result.model_validate_json(result_json(rescore(a_cheat()))).model_dump(exclude={"flags"})

    assert Result.model_validate(old).flags == ()


@pytest.mark.parametrize("where", ["page", "terminal"])
def test_people_read_what_was_seen_and_that_it_cost_nothing(where: str) -> None:
    evidence = a_cheat()
    text = render_report(evidence, rescore(evidence)) if where == "page" else shown(evidence)

    assert "Answers are looked up" in text
    assert "22 of 24" in text
    assert "changed no point" in " ".join(text.split()) or "no point was changed" in text


@pytest.mark.parametrize("where", ["page", "terminal"])
def test_an_honest_service_reads_nothing_of_flags(where: str) -> None:
    evidence = with_callers(asked("known", o=24), asked("crossed", o=24))
    text = render_report(evidence, rescore(evidence)) if where == "page" else shown(evidence)

    assert "person to look at" not in text


def shown(evidence: Evidence) -> str:
    out = StringIO()
    print_summary(Console(file=out, width=200), rescore(evidence), evidence, ())
    return out.getvalue()
