"""The end of a rehearsal in a terminal."""

import io
from pathlib import Path

from rich.console import Console
from tests.fakes.evidence import make_evidence, make_poor_evidence, make_unbuilt_evidence

from assay.bootstrap.checking import CheckResult
from assay.cli.check_summary import print_check
from assay.domain.evidence import Evidence
from assay.domain.judge import rescore
from assay.domain.mends import mends_of


def printed(evidence: Evidence, uncommitted: tuple[str, ...] = ()) -> str:
    written = io.StringIO()
    card = rescore(evidence)
    only_there = tuple(line.title for line in card.criteria[:1])
    files = (Path("out/report.html"),)
    result = CheckResult(Path("mine"), evidence, card, uncommitted, only_there, files)
    print_check(Console(file=written, width=160), result)
    return written.getvalue()


def test_the_score_says_over_how_many_points_it_was_measured() -> None:
    card = rescore(make_evidence())
    measured = sum(line.max for line in card.criteria if line.points is not None)

    assert f"over the {measured} of " in printed(make_evidence())


def test_the_three_most_valuable_things_are_named_with_worth_and_advice() -> None:
    evidence = make_poor_evidence()
    card = rescore(evidence)
    text = printed(evidence)
    mends = mends_of(card.gates, card.criteria)

    assert len(mends) == 3
    for number, mend in enumerate(mends, 1):
        assert f"  {number}. {mend.title} (" in text
        assert " ".join(mend.advice.split())[:60] in text


def test_a_build_that_failed_shows_what_it_printed_last() -> None:
    evidence = make_unbuilt_evidence()
    assert evidence.build is not None
    log = "\n".join(f"step {number} \x1b[31m" for number in range(50))
    broken = evidence.model_copy(update={"build": evidence.build.model_copy(update={"log": log})})
    text = printed(broken)

    assert "step 49" in text
    assert "step 30" in text
    assert "step 29" not in text
    assert "\x1b" not in text


def test_what_is_not_committed_is_said_and_never_silently_checked() -> None:
    names = tuple(f"file{number}.py" for number in range(7))
    text = printed(make_evidence(), names)

    assert "a push would not contain it so" in text
    assert "file4.py and 2 more" in text
    assert "a push would not contain it so" not in printed(make_evidence())


def test_what_only_the_evaluation_of_a_push_measures_is_said_plainly() -> None:
    first = rescore(make_evidence()).criteria[0]
    text = printed(make_evidence())

    assert "only the evaluation of a push measures" in text
    assert f"{first.max} points beside a reference service" in text
    assert first.title in text
    assert "a line can come out otherwise there" in text


def test_files_stand_at_the_end() -> None:
    assert printed(make_evidence()).rstrip().endswith("out/report.html")
