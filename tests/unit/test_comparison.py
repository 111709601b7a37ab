"""Two results side by side: every line has its reason, and the lines add up to the difference."""

import io
import json
import lzma
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.rubric import make_challenge

from assay.bootstrap.comparing import side_of_evidence, side_of_path
from assay.bootstrap.files import write_evidence
from assay.cli.compare import as_data, print_comparison
from assay.cli.main import main
from assay.domain.comparison import (
    Cause,
    Change,
    Comparison,
    Line,
    Side,
    apportioned,
    compare,
    shares_of,
    shown_difference,
    shown_shares,
)
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.judge import rescore, rubric_of
from assay.domain.scorecard import Rubric
from assay.features.scorecards.result import result_json

MILLION = 1_000_000


def rubric_with(name: str, **changes: Any) -> Rubric:
    """The rubric of the fake challenge with one criterion changed."""
    rubric = rubric_of(make_challenge())
    criteria = tuple(
        one.model_copy(update=changes) if one.id == name else one for one in rubric.criteria
    )
    return Rubric(rubric.areas, criteria)


def side(evidence: Evidence, rubric: Rubric | None = None) -> Side:
    return side_of_evidence("here", evidence, rubric)


def change(found: Comparison, name: str) -> Change:
    return next(one for one in found.changes if one.id == name)


def causes(found: Comparison, name: str) -> set[Cause]:
    return {part.cause for part in change(found, name).parts}


def written(directory: Path, evidence: Evidence) -> Path:
    directory.mkdir()
    write_evidence(directory, evidence, {})
    (directory / "result.json").write_text(result_json(rescore(evidence)))
    return directory


# --------------------------------------------------------------------------------- it adds up


def a_line(draw: st.DrawFn, number: int, *, gate: bool) -> Line:
    fraction = draw(st.none() | st.integers(0, MILLION))
    return Line(
        id=f"{'g' if gate else 'c'}{number}",
        title="",
        gate=gate,
        max=0 if gate else draw(st.integers(1, 60)),
        fraction=None if fraction is None else Fraction(fraction, MILLION),
        value=None,
        unit="",
        told="",
    )


@st.composite
def sides(draw: st.DrawFn) -> Side:
    gates = [a_line(draw, n, gate=True) for n in range(draw(st.integers(0, 2)))]
    lines = [a_line(draw, n, gate=False) for n in range(draw(st.integers(0, 5)))]
    return Side("", (*gates, *lines), {}, {}, None)


@given(sides(), sides())
def test_the_shares_add_up_exactly_to_the_difference(before: Side, after: Side) -> None:
    found = compare(before, after)

    if before.total is None or after.total is None:
        assert found.difference is None
    else:
        assert found.difference == after.total - before.total
        assert sum(shares_of(found).values()) == found.difference


@given(sides(), sides(), st.integers(0, 3))
def test_what_is_shown_adds_up_too(before: Side, after: Side, decimals: int) -> None:
    found = compare(before, after)
    whole = shown_difference(found, decimals)

    if whole is not None:
        assert sum(shown_shares(found, decimals).values()) == whole


@given(
    st.dictionaries(st.text(max_size=3), st.fractions(-50, 50), min_size=1, max_size=8),
    st.integers(0, 3),
)
def test_rounding_moves_no_share_by_a_whole_step(
    shares: dict[str, Fraction], decimals: int
) -> None:
    step = Fraction(1, 10**decimals)
    whole = round(sum(shares.values()) / step) * step

    rounded = apportioned(shares, whole, decimals)

    assert sum(rounded.values()) == whole
    assert all(abs(rounded[name] - share) <= step for name, share in shares.items())


@given(sides(), sides())
def test_the_reasons_of_a_line_add_up_to_its_change(before: Side, after: Side) -> None:
    for one in compare(before, after).changes:
        if one.parts and not one.gate:
            old, new = (line.points if line else 0 for line in (one.before, one.after))
            assert sum(part.points for part in one.parts) == new - old


# ---------------------------------------------------------------------------------- the reasons


def test_the_same_result_differs_in_nothing() -> None:
    found = compare(side(make_evidence()), side(make_evidence()))

    assert found.difference == 0
    assert not [one for one in found.changes if one.parts]
    assert found.around == ()


def test_another_service_is_other_evidence_and_says_both_values() -> None:
    found = compare(side(make_evidence()), side(make_poor_evidence()))

    assert causes(found, "latency_p95") == {Cause.EVIDENCE}
    assert change(found, "latency_p95").parts[0].told == "1.091 → 3.468 x"
    assert found.difference is not None
    assert found.difference < -40


def test_a_wider_band_over_the_same_evidence_is_another_band() -> None:
    evidence = make_poor_evidence()
    band = make_challenge().criterion[-1].band.model_copy(update={"floor": 2000.0})

    found = compare(side(evidence), side(evidence, rubric_with("image_size", band=band)))

    assert causes(found, "image_size") == {Cause.BAND}
    assert "none at 700" in change(found, "image_size").parts[0].told
    assert "none at 2000" in change(found, "image_size").parts[0].told
    assert {one.id for one in found.changes if one.parts} == {"image_size"}


def test_another_check_over_the_same_evidence_is_another_rule() -> None:
    evidence = make_poor_evidence()
    rubric = rubric_with("latency_p50", settings={"quantile": 0.95})

    found = compare(side(evidence), side(evidence, rubric))

    assert causes(found, "latency_p50") <= {Cause.RULE}


def test_band_and_evidence_that_both_changed_are_told_apart() -> None:
    old, new = make_evidence(), make_poor_evidence()
    band = make_challenge().criterion[10].band.model_copy(update={"target": 1.0, "floor": 10.0})

    found = compare(side(old), side(new, rubric_with("latency_p95", band=band)))

    assert causes(found, "latency_p95") == {Cause.BAND, Cause.EVIDENCE}


def test_what_was_stored_by_another_program_is_another_version(tmp_path: Path) -> None:
    """The stored points differ from what this program makes of the stored evidence."""
    directory = written(tmp_path / "old", make_evidence())
    result = json.loads((directory / "result.json").read_text())
    line = next(one for one in result["criteria"] if one["id"] == "latency_p95")
    line["fraction"], line["points"] = 0.25, 2.0
    (directory / "result.json").write_text(json.dumps(result))

    found = compare(side_of_path(directory), side(make_evidence()))

    assert causes(found, "latency_p95") == {Cause.VERSION}


def test_a_criterion_that_is_new_or_gone_is_said_so() -> None:
    whole = rubric_of(make_challenge())
    less = Rubric(whole.areas, tuple(one for one in whole.criteria if one.id != "cost"))
    evidence = make_evidence()

    gone = compare(side(evidence), side(evidence, less))
    new = compare(side(evidence, less), side(evidence))

    assert causes(gone, "cost") == {Cause.REMOVED}
    assert causes(new, "cost") == {Cause.ADDED}
    assert sum(shares_of(gone).values()) == gone.difference


def test_a_line_that_earned_nothing_and_one_that_was_not_measured_are_not_the_same() -> None:
    """The points are the same, and the difference of the totals is not."""
    measured = make_evidence()
    memory = measured.memory
    assert memory is not None
    growing, unclear = (
        measured.model_copy(
            update={"memory": memory.model_copy(update={"growth_kib_per_1000_requests": growth})}
        )
        for growth in (1e6, None)
    )

    (part,) = change(compare(side(growing), side(unclear)), "memory_growth").parts
    assert (part.cause, part.points) == (Cause.EVIDENCE, 0)
    assert "too few readings" in part.told


def test_without_evidence_the_reason_is_as_sure_as_it_can_be(tmp_path: Path) -> None:
    old, new = (
        written(tmp_path / name, evidence)
        for name, evidence in (("old", make_evidence()), ("new", make_poor_evidence()))
    )
    for directory in (old, new):
        (directory / "evidence.json").unlink()

    found = compare(side_of_path(old), side_of_path(new))

    assert causes(found, "latency_p95") == {Cause.EVIDENCE}


def test_what_is_around_the_results_is_told_where_it_differs() -> None:
    found = compare(side(make_evidence()), side(make_evidence(seed=7)))

    assert [name for name, _, _ in found.around] == ["seed"]


# --------------------------------------------------------------------------- from files, in words


def test_a_directory_a_result_and_an_evidence_are_the_same_side(tmp_path: Path) -> None:
    directory = written(tmp_path / "out", make_evidence())
    packed = tmp_path / "0123abcd.json.xz"
    packed.write_bytes(lzma.compress((directory / "evidence.json").read_bytes()))
    ways = [directory, directory / "result.json", directory / "evidence.json", packed]

    totals = {side_of_path(way).total for way in ways}

    assert len(totals) == 1
    assert rescore(make_evidence()).total in totals


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xfd7zXZ\x00\xff"])
def test_what_is_no_result_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)

    with pytest.raises(BadInput, match=r"result\.json"):
        side_of_path(path)


def test_an_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"neither result\.json nor evidence\.json"):
        side_of_path(tmp_path)


def test_the_terminal_shows_lines_reasons_and_the_sum() -> None:
    text = io.StringIO()
    console = Console(file=text, width=200)
    found = compare(side(make_evidence()), side(make_poor_evidence()))

    print_comparison(console, found)

    shown = shown_difference(found, 2)
    assert shown is not None
    assert f"{float(shown):+.2f}" in text.getvalue()
    assert "other evidence: 1.091 → 3.468 x" in text.getvalue()


def test_programs_get_exact_fractions_that_add_up() -> None:
    found = as_data(compare(side(make_evidence()), side(make_poor_evidence())))
    shares = [Fraction(line["worth"]) for line in found["lines"]]

    whole = sum(shares) + Fraction(found["gates"]) + Fraction(found["measured"])

    assert whole == Fraction(found["difference"])
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_command_compares_two_directories(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = written(tmp_path / "old", make_evidence())
    new = written(tmp_path / "new", make_poor_evidence())

    code = main(["compare", str(old), str(new), "--json"])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["after"]["label"] == str(new)


def test_the_command_refuses_what_is_neither_file_nor_evaluation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["compare", "nowhere", "nowhere"]) == 2
    assert "neither a file" in capsys.readouterr().err
