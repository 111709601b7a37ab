"""What a person reads of labelled answers and of the bill: sums that add up, and no row's truth."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.decided import (
    ROW,
    SAID,
    calibration,
    decided_evidence,
    decision,
    field,
    labelled,
    twins,
)
from tests.fakes.evidence import make_evidence
from tests.fakes.metering import CENT, reading
from tests.fakes.pages import HOSTILE, LONG, Page

from assay.bootstrap.files import write_judgement
from assay.bootstrap.judging import judge_evidence
from assay.domain.checks import CHECKS
from assay.domain.checks.labelled import usefulness
from assay.domain.evidence import Evidence
from assay.domain.judge import rescore
from assay.domain.labelled import DecisionCosts
from assay.domain.labelled_facts import DecisionFact, LabelledMeasurement, TwinsGroup
from assay.domain.meters import ModelUse
from assay.features.scorecards.bill_view import MODELS, bill_of
from assay.features.scorecards.confidence_chart import confidence_charts
from assay.features.scorecards.decisions_view import (
    Decisions,
    decided_of,
    decisions_of,
)
from assay.features.scorecards.report import render_report

COSTS = DecisionCosts()
counts = st.integers(0, 60)


def section(evidence: Evidence | None = None, *, examples: bool = True) -> Decisions:
    found = decisions_of(evidence or decided_evidence(), examples=examples)
    assert found
    return found


def html_of(evidence: Evidence, *, examples: bool = True) -> str:
    return render_report(evidence, rescore(evidence), examples=examples)


def told_of(evidence: Evidence, *, examples: bool = True) -> str:
    return Page(html_of(evidence, examples=examples)).text


def hostile() -> Evidence:
    """Everything that a service can say, said badly."""
    use = reading().models["assay-small"]
    group = TwinsGroup(name=HOSTILE, pairs=48, both_right=38, calm_wrong=4)
    models = {HOSTILE: use, LONG: use, **{f"m{n}": use for n in range(50)}}
    return decided_evidence(
        labelled=labelled(
            fields=(field(HOSTILE, given=HOSTILE), field(LONG, given=LONG)),
            twins=(twins(groups=(group,)),),
        ),
        meters=(reading(), reading(label="", models=models)),
    )


# ---------------------------------------------------------------------------------- decisions


@st.composite
def facts(draw: st.DrawFn) -> tuple[DecisionFact, int]:
    """Decisions, and how many rows were taken rightly."""
    taken, withheld, needless = draw(counts), draw(counts), draw(counts)
    wrong_on, wrong_off, silent_on, silent_off = (draw(counts) for _ in range(4))
    takeable = taken + needless + wrong_on + silent_on
    fact = decision(
        rows=takeable + withheld + wrong_off + silent_off,
        right=taken + withheld,
        takeable=takeable,
        taken_rightly=taken,
        wrong_taken=wrong_on + wrong_off,
        needless_withheld=needless,
        unanswered=silent_on + silent_off,
    )
    return fact, taken


@given(facts())
def test_every_row_is_counted_once_and_costs_add_up(made: tuple[DecisionFact, int]) -> None:
    fact, _ = made
    *lines, total = decided_of(fact, COSTS).lines

    assert sum(line.rows for line in lines) == total.rows == fact.rows
    spent = [line.rows * float(line.each) for line in lines]
    assert [line.cost for line in lines] == [f"{cost:,.10g}" for cost in spent]
    assert total.cost == f"{sum(spent):,.10g}"


@given(facts())
def test_the_bar_of_rows_is_no_longer_than_all_of_them(made: tuple[DecisionFact, int]) -> None:
    bar = decided_of(made[0], COSTS).bar

    assert all(one.start >= 0 and one.start + one.width <= 100.0001 for one in bar)
    assert all(a.start + a.width <= b.start + 1e-6 for a, b in pairwise(bar))


def test_what_was_taken_and_handed_on_rightly_is_told() -> None:
    lines = {line.name: line.rows for line in decided_of(decision(), COSTS).lines}

    assert lines == {
        "Taken rightly": 53,
        "Handed on rightly": 40,
        "Handed on needlessly": 7,
        "Taken wrongly": 0,
        "Not decided": 0,
        "All": 100,
    }


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (decision(), "These decisions cost 7, so 53 of 60 is saved (88.3 %)."),
        (
            decision(right=89, wrong_taken=4),
            "These decisions cost 87, which is 27 more: nothing is saved.",
        ),
        (decision(takeable=0, needless_withheld=0), "No row could be decided"),
    ],
)
def test_the_saving_is_the_one_that_earns_points(fact: DecisionFact, words: str) -> None:
    told = decided_of(fact, COSTS).saving

    assert words in told
    if "(" in told:
        assert usefulness(fact, COSTS) == pytest.approx(53 / 60)


def test_costs_are_those_of_the_challenge_to_the_cent() -> None:
    costs = DecisionCosts(wrong_taken=0.1, needless_withheld=0.7, unanswered=1)
    lines = decided_of(decision(right=90, wrong_taken=3), costs).lines

    assert [line.cost for line in lines[1:]] == ["0", "4.9", "0.3", "0", "5.2"]


# ------------------------------------------------------------- fields, confidence and attacks


def test_fields_add_up_to_the_f1_that_earns_points() -> None:
    evidence = decided_evidence()
    *lines, total = section(evidence).fields

    assert [line.name for line in lines] == ["loss date", "kind"]
    assert (total.right, total.given, total.wanted) == (170, 190, 200)
    assert total.f1 == "0.871"
    observed = CHECKS["answers_f1"](evidence, evidence.challenge.criterion[0])
    assert getattr(observed, "value", 0) == pytest.approx(2 * 170 / 390)


def test_an_f1_is_never_rounded_up_to_one() -> None:
    nearly = field(right=9_999, given=SAID).model_copy(update={"wanted": 10_000})
    nearly = nearly.model_copy(update={"given": 9_999})
    evidence = decided_evidence(labelled=labelled(fields=(nearly,)))

    assert section(evidence).fields[0].f1 == "0.999"


def test_bins_without_answers_are_not_drawn() -> None:
    (chart,) = confidence_charts(decided_evidence())

    assert list(chart.rows) == [
        ["0 to 10 %", "20", "5 %", "3 (15 %)"],
        ["90 to 100 %", "80", "95 %", "60 (75 %)"],
    ]
    assert str(chart.svg).count("<svg") == 1
    assert 'role="img"' in chart.svg


def test_a_service_that_never_says_how_sure_it_is_has_no_diagram() -> None:
    silent = calibration((0, 0.5, 0), silent=100)
    evidence = decided_evidence(labelled=labelled(calibration=silent))
    found = section(evidence).confidence

    assert found
    assert not found.charts
    assert "No answer said how sure it was. 100 rows had no answer with a confidence." in told_of(
        evidence
    )


def test_pairs_are_told_by_what_the_attacks_are_after() -> None:
    found = section().attacks

    assert found
    assert [(line.name, line.pairs, line.resisted) for line in found.lines] == [
        ("approve", 40, "30 of 36 (83.3 %)"),
        ("leak", 8, "8 of 8 (100 %)"),
        ("All", 48, "38 of 44 (86.3 %)"),
    ]
    assert "38 of 44 (86.3 %) attacks were resisted" in found.told[0]
    assert "answers that did as the attacker had written: 6." in found.told[0]


# --------------------------------------------------------------------------------------- bill


def test_models_and_stages_add_up_to_one_bill_without_the_reference() -> None:
    found = bill_of(decided_evidence())

    assert found
    assert [(one.name, one.calls, one.dollars) for one in found.stages] == [
        ("quality", 130, "$1.0000"),
        ("load", 130, "$2.0000"),
        ("All", 260, "$3.0000"),
    ]
    assert [(one.name, one.calls, one.dollars) for one in found.models] == [
        ("assay-small", 260, "$2.0000"),
        ("Others", 0, "$1.0000"),
        ("All", 260, "$3.0000"),
    ]


def test_models_beyond_a_dozen_are_one_line_and_the_sum_stays() -> None:
    use = ModelUse(
        calls=1, prompt_tokens=2, cached_tokens=1, completion_tokens=1, cost_pico_usd=CENT
    )
    many = reading(
        label="", calls=40, prompt_tokens=80, cached_tokens=40, completion_tokens=40,
        cost_pico_usd=40 * CENT, models={f"model-{n}": use for n in range(40)},
    )  # fmt: skip
    found = bill_of(decided_evidence(meters=(many,)))

    assert found
    *lines, total = found.models
    assert len(lines) == MODELS + 1
    assert lines[-1].name == "Others"
    assert sum(line.calls for line in lines) == total.calls == 40


def test_a_row_rightly_handled_costs_what_the_criterion_says() -> None:
    found = bill_of(decided_evidence())

    assert found
    assert found.per_row == "$0.01250"
    assert "$1.0000 for 100 rows, 80 of them rightly handled." in found.price
    assert "93 rows were decided rightly" in found.price
    assert found.told == [
        "The service itself told $0.9000, for 98 of 100 rows; the meter says $1.0000."
    ]


def test_money_for_nothing_right_is_said() -> None:
    found = bill_of(decided_evidence(meters=(reading(right=0),)))

    assert found
    assert found.per_row == "no row was rightly handled"
    assert "$1.0000 was spent on 100 rows, and none was rightly handled." in found.price


# ---------------------------------------------------------------------------------- the section


def test_without_such_facts_there_is_no_section() -> None:
    assert decisions_of(make_evidence(), examples=True) is None
    assert 'id="decisions"' not in html_of(make_evidence())
    assert "#decisions" not in html_of(make_evidence())


def test_a_bill_alone_is_shown_alone() -> None:
    evidence = decided_evidence(labelled=None)
    found = section(evidence)

    assert (found.decided, found.confidence, found.attacks) == (None, None, None)
    text = told_of(evidence)
    assert "Where the dollars went" in text
    assert "How well it was read" not in text


def test_answers_without_a_bill_are_shown_without_one() -> None:
    text = told_of(decided_evidence(meters=()))

    assert "How well it was read" in text
    assert "Where the dollars went" not in text


def test_what_failed_on_our_side_is_not_shown_as_if_it_had_been_measured() -> None:
    evidence = decided_evidence(meters=())
    stages = tuple(
        stage.model_copy(update={"status": "platform_fault"}) if stage.stage == "quality" else stage
        for stage in evidence.stages
    )

    assert decisions_of(evidence.model_copy(update={"stages": stages}), examples=True) is None


def test_the_report_has_it_between_what_was_not_measured_and_the_criteria() -> None:
    html = html_of(decided_evidence())

    assert html.index('id="decisions"') < html.index('<h2 id="criteria"')
    assert 'href="#decisions"' in html
    assert "93 of 100 (93 %) decided rightly, none taken wrongly." in html


def test_who_holds_the_evidence_sees_what_was_said() -> None:
    text = told_of(decided_evidence())

    assert f"“{SAID}” is wrong; said nothing where there was something" in text


def test_a_report_that_candidates_may_have_tells_kinds_and_no_value(tmp_path: Path) -> None:
    evidence = decided_evidence()
    stored = judge_evidence(evidence.model_dump_json().encode()).files["report.html"].decode()

    assert SAID not in stored
    assert "wrong, nothing said, made up" in Page(stored).text
    write_judgement(tmp_path, evidence, rescore(evidence))
    assert SAID in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("examples", [True, False])
def test_no_row_and_no_owner_of_a_leaked_value_is_named(examples: bool) -> None:
    assert ROW not in html_of(decided_evidence(), examples=examples)


@pytest.mark.parametrize("examples", [True, False])
def test_what_a_service_said_is_text_and_no_more_of_it_than_fits(examples: bool) -> None:
    html = html_of(hostile(), examples=examples)
    begin, end = html.index('id="decisions"'), html.index('<h2 id="criteria"')
    part = html[begin:end]

    assert "<script>" not in html
    assert "&lt;script&gt;" in part
    assert not re.search("[\x00\x1b\u202e]", html)
    assert max(map(len, re.findall("A+", part))) < 100
    assert part.count("<tr") < 60


@pytest.mark.parametrize(
    "evidence",
    [decided_evidence(), hostile(), decided_evidence(labelled=None), decided_evidence(meters=())],
)
def test_ids_are_unique_and_labels_lead_somewhere(evidence: Evidence) -> None:
    tags = Page(html_of(evidence)).tags
    ids = Counter(attrs["id"] for _, attrs in tags if "id" in attrs)
    named = {n for _, a in tags for n in (a.get("aria-labelledby") or "").split()}
    links = {(a.get("href") or "").removeprefix("#") for _, a in tags} - {""}

    assert [name for name, count in ids.items() if count > 1] == []
    assert named | links <= set(ids)


def test_every_figure_of_a_table_says_what_it_is_on_a_phone() -> None:
    html = html_of(decided_evidence())
    part = html[html.index('id="decisions"') : html.index('<h2 id="criteria"')]
    cells = re.findall(r"<td[^>]*>", part)

    assert cells
    assert all("data-label=" in cell and 'role="cell"' in cell for cell in cells)
    assert part.count("<table") == part.count('class="stacked" role="table"')
    assert part.count('class="scroll" tabindex="0" role="region"') == part.count("<table")


def test_empty_facts_divide_by_nothing() -> None:
    nothing = LabelledMeasurement(
        fields=(), decision=decision(rows=0, right=0, takeable=0, needless_withheld=0)
    )
    evidence = decided_evidence(labelled=nothing, meters=())

    assert "No row could be decided, so nothing could be saved." in told_of(evidence)
