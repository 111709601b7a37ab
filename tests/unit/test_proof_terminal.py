"""A proof in a terminal: what goes on, what came out."""

from io import StringIO

import pytest
from rich.console import Console
from tests.fakes.proofs import a_proof, a_stamp, mutant, outcome, proven_challenge, with_runs

from assay.cli.proof_progress import LiveNews, PlainNews, watching
from assay.cli.proof_summary import next_step, plan_table, print_proof
from assay.toolkit.proving.assemble import proof_of
from assay.toolkit.proving.plan import Options, plan_of
from assay.toolkit.proving.ports import Progress
from assay.toolkit.proving.proof import Proof

BEGAN = Progress("null_is_500", "began", total=3, left_s=900)
LOAD = Progress("null_is_500", "stage", "load", total=3, left_s=800)
WAITS = Progress("null_is_500", "waits", "load", total=3, left_s=850)
AGAIN = Progress("null_is_500", "again", told="load: the host is too noisy", total=3, left_s=900)
ENDED = Progress("null_is_500", "ended", told="78.9", done=2, total=3, left_s=600)


def printed(*things: object) -> str:
    console = Console(file=StringIO(), width=160)
    for thing in things:
        console.print(thing)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def summary(proof: Proof) -> str:
    console = Console(file=StringIO(), width=160)
    print_proof(console, proof, [])
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_log_has_a_line_for_each_run_that_ends() -> None:
    console = Console(file=StringIO(), width=160)
    with watching(console) as watch:
        for news in (BEGAN, WAITS, LOAD, ENDED):
            watch(news)

    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert isinstance(watch, PlainNews)
    assert lines == ["  null_is_500 …", "[2 of 3] null_is_500: 78.9; about 10 min left"]


@pytest.mark.parametrize("watcher", [PlainNews, LiveNews])
def test_why_a_run_is_done_once_more_is_told(watcher: type[PlainNews | LiveNews]) -> None:
    console = Console(file=StringIO(), width=160)
    watcher(console)(AGAIN)

    told = "  null_is_500 once more: load: the host is too noisy\n"
    assert console.file.getvalue() == told  # type: ignore[attr-defined]


def test_the_last_line_of_a_log_says_nothing_of_what_is_left() -> None:
    console = Console(file=StringIO(), width=160)
    PlainNews(console)(Progress("a", "stored", told="100.0", done=3, total=3))

    assert console.file.getvalue() == "[3 of 3] a: 100.0 (stored earlier)\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("news", "shown"), [(LOAD, "load"), (WAITS, "waits for load")])
def test_a_terminal_shows_what_is_under_way_and_what_is_left(news: Progress, shown: str) -> None:
    table = LiveNews(Console(file=StringIO(), width=160))
    table(BEGAN)
    table(news)
    text = printed(table)

    assert "null_is_500" in text
    assert shown in text
    assert "0 of 3" in text
    assert "min left" in text


def test_a_run_that_ended_is_under_way_no_more() -> None:
    table = LiveNews(Console(file=StringIO(), width=160))
    table(LOAD)
    table(ENDED)

    assert "null_is_500" not in printed(table)


def test_a_green_proof_says_so() -> None:
    assert "✓ the full proof is green" in summary(a_proof())


def test_a_red_proof_says_what_does_not_hold_and_where() -> None:
    leaking = {mutant("wrong_unit"): outcome({"agreement": 30, "stops": 9})}
    text = summary(proof_of(with_runs(leaking), "full", a_stamp()))

    assert "✗ Each planted fault costs the criteria it names, and no others" in text
    assert "wrong_unit costs 9.00 of stops, which it does not name" in text
    assert "leak: stops -9.0" in text
    assert "✗ the full proof is red" in text


def test_a_green_proof_says_what_comes_next_and_a_quick_one_that_it_is_not_enough() -> None:
    quick = a_proof().model_copy(update={"scope": "quick"})
    red = a_proof().model_copy(update={"verdict": "red"})

    assert next_step(a_proof(), "parcels") == "next: assay challenge publish parcels"
    assert next_step(quick, "parcels").endswith("must hold; next: assay challenge prove parcels")
    assert next_step(red, "parcels") == ""


def test_a_plan_names_every_run_and_the_stages_of_a_quick_one() -> None:
    text = printed(plan_table(plan_of(proven_challenge(), {}, Options(quick=True))))

    assert "reference" in text
    assert "wrong_unit" in text
    assert "checkout, build, boot, quality" in text
