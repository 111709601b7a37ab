"""The page of a scorecard shows what was judged then, and works nothing out that was kept."""

import json
import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import TypeAdapter
from tests.fakes.evidence import (
    ended,
    make_evidence,
    make_poor_evidence,
    make_unbuilt_evidence,
)
from tests.fakes.incidents import make_incidents, make_thorough_incidents, with_incidents

from assay.bootstrap.judging import judge_evidence
from assay.domain.evidence import Evidence, Versions
from assay.domain.judge import rescore
from assay.features.scorecards.charts import chart_of
from assay.features.scorecards.plots import plots_of
from assay.features.scorecards.prepared import (
    PAGE_FILE,
    Prepared,
    prepare,
    prepared_json,
    read_prepared,
)
from assay.features.scorecards.report import colours, render_report
from assay.features.scorecards.result import Result, result_of
from assay.features.scorecards.stored_card import stored_card
from assay.features.scorecards.svg import standalone
from assay.features.scorecards.view import page_of, page_with

EVERY = [
    make_evidence(),
    make_poor_evidence(),
    make_unbuilt_evidence(),
    make_evidence(stages=ended("boot", "platform_fault", then="platform_fault")),
    make_evidence(stages=ended("capacity", "not_possible", then="done")),
    with_incidents(make_incidents("poor"), make_poor_evidence()),
]


@pytest.mark.parametrize("evidence", EVERY)
def test_a_stored_result_is_shown_as_it_was_judged(evidence: Evidence) -> None:
    judged = rescore(evidence)
    stored = stored_card(Result.model_validate_json(result_of(judged).model_dump_json()), evidence)

    assert stored.total == judged.total
    assert (stored.status, stored.flags, stored.findings) == (
        judged.status, judged.flags, judged.findings,
    )  # fmt: skip
    assert [(a.points, a.max, a.question) for a in stored.areas] == [
        (a.points, a.max, a.question) for a in judged.areas
    ]
    for kept, line in zip(stored.criteria, judged.criteria, strict=True):
        assert (kept.fraction, kept.points, kept.band) == (line.fraction, line.points, line.band)
        assert kept.value == (None if line.value and math.isinf(line.value) else line.value)


@pytest.mark.parametrize("evidence", EVERY)
def test_what_was_prepared_is_read_as_it_was(evidence: Evidence) -> None:
    card = rescore(evidence)
    kept = read_prepared(prepared_json(evidence, card))

    assert kept
    assert list(kept.questions) == list(prepare(evidence, card).questions)
    assert TypeAdapter(Prepared).dump_json(kept) == prepared_json(evidence, card)
    shown = page_with(evidence, card, kept.incidents, [chart_of(plot) for plot in kept.plots])
    drawn = page_of(evidence, card)
    assert shown.groups == drawn.groups
    assert [one.title for one in shown.charts] == [one.title for one in drawn.charts]


def test_what_another_version_kept_is_not_read() -> None:
    evidence = make_evidence()
    kept = json.loads(prepared_json(evidence, rescore(evidence)))

    assert read_prepared(json.dumps({**kept, "version": 0}).encode()) is None
    assert read_prepared(b'{"version": 1}') is None


def test_a_judged_evaluation_comes_with_its_prepared_page() -> None:
    files = judge_evidence(make_poor_evidence().model_dump_json().encode()).files

    assert read_prepared(files[PAGE_FILE])


def test_a_page_keeps_what_a_candidate_must_not_read_out_of_the_report() -> None:
    evidence = make_poor_evidence()
    asked = prepare(evidence, rescore(evidence)).questions

    assert asked
    assert asked[0].text[:40] not in render_report(evidence, rescore(evidence))


def test_every_plot_tells_its_figures_beside_the_drawing() -> None:
    for plot in plots_of(make_poor_evidence()):
        assert plot.rows, plot.name
        assert all(len(row) == len(plot.columns) for row in plot.rows)
        assert all(len(one.x) == len(one.y) for one in plot.series)
        assert plot.caption.endswith(".")


def test_a_long_timeline_is_one_set_of_figures() -> None:
    evidence = with_incidents(make_thorough_incidents())
    timeline = prepare(evidence, rescore(evidence)).timeline

    assert timeline
    assert len(timeline.minutes) == len(timeline.p95_ms) == len(timeline.failed_percent)
    assert timeline.length_min == 480
    assert {one.kind for one in timeline.incidents} == {"fault", "drift", "decoy"}


def test_a_drawing_stands_alone_with_colours_for_light_and_dark() -> None:
    (first, *_) = plots_of(make_evidence())
    text = standalone(chart_of(first).svg, colours())

    assert text.startswith('<svg viewBox="')
    assert "prefers-color-scheme: dark" in text
    assert text.count("<svg") == text.count("</svg>") == 1


def test_a_report_says_when_the_challenge_was_unproven() -> None:
    versions = Versions(
        assay="0.1.0", challenge="1.0.0", challenge_sha256="a" * 64, images={},
        unproven="it was not published",
    )  # fmt: skip
    evidence = make_evidence(versions=versions)

    text = render_report(evidence, rescore(evidence))
    assert "The challenge was unproven when this was measured" in text
    assert "It was not published." in text
    assert "unproven" not in render_report(make_evidence(), rescore(make_evidence()))


def test_drawings_made_at_once_are_those_made_one_by_one() -> None:
    """Pages ask for all pictures at once, and threads share matplotlib's settings."""
    charts = [chart_of(plot) for plot in plots_of(make_poor_evidence())]
    alone = [chart.svg for chart in charts]
    with ThreadPoolExecutor(len(charts)) as pool:
        together = list(pool.map(lambda chart: chart.svg, charts))

    assert together == alone
