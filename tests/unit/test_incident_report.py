"""What a person reads of the incidents stage: a drawing, a table, the truth behind them."""

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from tests.fakes.incidents import (
    BUREAU_DOWN,
    HANG,
    HARMLESS,
    make_broken_rules,
    make_catalogue,
    make_claim,
    make_episode,
    make_incident,
    make_incidents,
    make_live,
    make_monitoring,
    make_no_monitoring,
    make_replay,
    make_scrapes,
    make_sli,
    make_thorough_incidents,
    with_incidents,
)
from tests.fakes.pages import HOSTILE, LONG, Page

from assay.domain.alerting import score_alerting
from assay.domain.incidents import IncidentsMeasurement, Notification
from assay.domain.judge import rescore
from assay.features.scorecards.firings import firings_of
from assay.features.scorecards.incident_rows import incident_rows, score_of
from assay.features.scorecards.incident_wording import truth_in_words
from assay.features.scorecards.incidents_view import incidents_of
from assay.features.scorecards.report import render_report
from assay.features.scorecards.timeline_chart import BARS, LANES, Firing, timelines
from assay.features.scorecards.wording import EXCERPT, clipped, number


def hostile() -> IncidentsMeasurement:
    """Everything a candidate can name, named badly."""
    alert = make_claim(HOSTILE, expr=HOSTILE, severity=HOSTILE, locates=HOSTILE)
    firing = [make_episode(HOSTILE, 24.0, 40.0, feature=HOSTILE), make_episode(LONG, 130.0, 131.0)]
    notification = Notification(alert=HOSTILE, status="firing", at_min=25.0, receiver=HOSTILE)
    return make_incidents(
        monitoring=make_monitoring(
            alerts=(alert, make_claim(LONG, expr=LONG)), problems=(HOSTILE, LONG),
            slis={"requests": HOSTILE},
        ),
        replays=(make_replay("recorded", firing), make_replay("clean", error=HOSTILE)),
        scrapes=make_scrapes(forged=(HOSTILE,), idle_moved=(LONG,), problem=HOSTILE),
        slis=(make_sli("predictions", 1, 2, label=HOSTILE, expr=HOSTILE),),
        live=make_live(
            notifications=(notification,), unscaled=(HOSTILE,), routing={HOSTILE: HOSTILE},
            routing_problem=HOSTILE, message=HOSTILE,
        ),
    )  # fmt: skip


def poor() -> IncidentsMeasurement:
    return make_incidents("poor")


def void() -> IncidentsMeasurement:
    return make_incidents(void="the probe sent 40 ms late")


@cache
def html_of(make: Callable[[], IncidentsMeasurement]) -> str:
    evidence = with_incidents(make())
    return render_report(evidence, rescore(evidence))


@cache
def page_of(make: Callable[[], IncidentsMeasurement]) -> Page:
    return Page(html_of(make))


every_kind = pytest.mark.parametrize(
    "make",
    [
        make_incidents,
        poor,
        make_thorough_incidents,
        make_broken_rules,
        make_no_monitoring,
        hostile,
        void,
    ],
)


@every_kind
def test_ids_are_unique_and_labels_lead_somewhere(
    make: Callable[[], IncidentsMeasurement],
) -> None:
    tags = page_of(make).tags
    ids = Counter(attrs["id"] for _, attrs in tags if "id" in attrs)
    named = {n for _, a in tags for n in (a.get("aria-labelledby") or "").split()}
    links = {(a.get("href") or "").removeprefix("#") for _, a in tags} - {""}

    assert [name for name, count in ids.items() if count > 1] == []
    assert named | links <= set(ids)


@every_kind
def test_nothing_runs_and_nothing_is_fetched(make: Callable[[], IncidentsMeasurement]) -> None:
    for tag, attrs in page_of(make).tags:
        assert tag not in {"script", "iframe", "object", "link", "img", "image", "foreignObject"}
        assert not any(name.startswith("on") for name in attrs)
        assert not re.search(r"url\((?!#)", attrs.get("style") or "")


def test_what_a_candidate_named_is_text_and_no_more_of_it_than_fits() -> None:
    html = html_of(hostile)

    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "{{ 7*7 }}" in html
    assert not re.search("[\x00\x1b\u202e]", html)
    assert max(map(len, re.findall("A+", html))) <= EXCERPT


@pytest.mark.slow
def test_a_page_is_small_however_restless_the_alerts() -> None:
    restless = [make_episode(f"Alert{n % 40}", 15 + n / 20, 15.02 + n / 20) for n in range(4000)]

    measured = make_incidents(replays=(make_replay("recorded", restless),))

    assert sum(len(chart.svg) for chart in incidents_of(measured).timelines) < 3_000_000


def test_the_same_evidence_gives_the_same_bytes() -> None:
    evidence = with_incidents(poor())

    assert render_report(evidence, rescore(evidence)) == html_of(poor)


def test_a_timeline_has_a_title_a_description_and_its_table() -> None:
    (chart,) = incidents_of(make_incidents()).timelines

    assert "4 incidents and 2 decoys: The service hangs at minute 22;" in chart.svg
    assert "ServiceDown at minute 23.2" in chart.svg
    assert len(chart.rows) == 6 + 4
    assert {len(row) for row in chart.rows} == {len(chart.columns)}


def test_eight_hours_are_drawn_in_two_parts_and_nothing_is_lost() -> None:
    first, second = incidents_of(make_thorough_incidents()).timelines

    assert (first.title, second.title) == (
        "Timeline, virtual minutes 0 to 240",
        "Timeline, virtual minutes 240 to 480",
    )
    assert [row[2].split()[0] for row in second.rows] == ["7", "8", "9", "10", "11", "12"]


def test_each_incident_stands_on_the_drawing_with_its_number() -> None:
    (chart,) = incidents_of(make_incidents()).timelines

    at_onset = re.findall(r">(\d)  ?[A-Z][^<]*</text>", chart.svg)
    at_end = re.findall(r">[A-Z][^<]*\S  ?(\d)</text>", chart.svg)
    assert sorted(map(int, at_onset + at_end)) == [1, 2, 3, 4, 5, 6]
    assert "6" in at_end


def test_what_an_alert_did_is_told_without_colour() -> None:
    looks = [{k: v for k, v in look.items() if "color" not in k} for look in BARS.values()]
    filled = {role: look["facecolor"] != "none" for role, look in BARS.items()}
    (chart,) = incidents_of(poor()).timelines

    assert filled == {
        "noticed": True, "late": False, "other": False, "lasting": False, "false": False,
        "paged": True,
    }  # fmt: skip
    assert len({look.get("hatch") for look in looks}) == 4
    for words in ("✓ 21 of 30 min", "✗ false alarm", "✗✗ paged", "after the budget"):
        assert words in chart.svg


def test_no_more_lanes_are_drawn_than_fit() -> None:
    firings = [Firing(f"Alert{n}", 20 + n, 21 + n, "other") for n in range(40)]

    (chart,) = timelines(make_incidents(), firings)

    assert len(set(re.findall(r">Alert\d+</text>", chart.svg))) == LANES
    assert len(chart.rows) == 6 + 40


def test_a_name_our_font_cannot_measure_stays_text() -> None:
    replay = make_replay("recorded", [make_episode("\u30e2\u30c7\u30eb $x_", 24.0, 30.0)])

    (chart,) = incidents_of(make_incidents(replays=(replay,))).timelines

    assert "\u30e2\u30c7\u30eb $x_</text>" in chart.svg


# ------------------------------------------------------------------------- firings and credits


def roles(measured: IncidentsMeasurement) -> list[tuple[str, float, str]]:
    found = firings_of(measured, score_of(measured))
    return [(firing.alert, firing.start_min, firing.role) for firing in found]


def test_an_alarm_is_false_where_the_score_says_so() -> None:
    measured = poor()
    score = score_of(measured)
    assert score is not None

    false = {(alert, start) for alert, start, role in roles(measured) if role in ("false", "paged")}

    assert false == {(one.alert, float(one.start_min)) for one in score.false_alarms} != set()


def test_a_page_on_a_decoy_is_drawn_as_one() -> None:
    page = make_episode("HighErrorRatio", 128.0, 131.0)
    warning = make_episode("FeatureDrift", 129.0, 132.0, feature="x")
    measured = make_incidents(replays=(make_replay("recorded", [page, warning]),))

    assert [role for _, _, role in roles(measured)] == ["paged", "false"]


def test_an_alert_after_the_budget_is_late_and_one_of_another_signal_neutral() -> None:
    late = make_episode("ServiceDown", 28.0, 31.0)
    other = make_episode("FeatureDrift", 25.0, 31.0, feature="x")
    measured = make_incidents(replays=(make_replay("recorded", [late, other]),))

    assert [role for _, _, role in roles(measured)] == ["other", "late"]


def test_a_late_alert_is_too_late_only_where_none_before_it_noticed() -> None:
    late = make_episode("HighErrorRatio", 28.0, 31.0)
    noticing = make_episode("ServiceDown", 23.0, 31.0)

    alone, beside = (
        {f.alert: f.note for f in firings_of(measured, score_of(measured))}["HighErrorRatio"]
        for measured in (
            make_incidents(replays=(make_replay("recorded", [late]),)),
            make_incidents(replays=(make_replay("recorded", [late, noticing]),)),
        )
    )

    assert (alone, beside) == ("too late", "")


def always_firing() -> IncidentsMeasurement:
    """The alerts of a good service, and one that fires from the first minute to the last."""
    good = make_incidents().replays[0].episodes
    return make_incidents(
        replays=(make_replay("recorded", [*good, make_episode("HighLatency", 3.0, None)]),)
    )


def test_an_alert_that_always_fires_is_never_silent() -> None:
    seen = incidents_of(always_firing())

    assert seen.headline == (
        "4 of 4 incidents noticed in time, silent on 0 of 2 decoys, "
        "alerts firing for 100% of the time in which nothing was wrong."
    )
    assert {r.verdict for r in seen.rows if r.kind == "decoy"} == {
        "not silent: HighLatency was firing already"
    }
    assert "Alerts went on firing while nothing was wrong." in seen.timelines[0].caption
    assert [r for r in roles(always_firing()) if r[0] == "HighLatency"] == [
        ("HighLatency", 3.0, "lasting")
    ]


def test_an_alert_of_an_incident_does_not_spoil_the_decoy_after_it() -> None:
    assert incidents_of(make_incidents()).headline == (
        "4 of 4 incidents noticed in time, silent on 2 of 2 decoys, "
        "no false alarms while nothing was wrong."
    )


def test_only_the_alert_that_noticed_first_marks_the_delay() -> None:
    marked = [f for f in firings_of(make_incidents(), score_of(make_incidents())) if f.onset_min]

    assert [(f.alert, f.onset_min) for f in marked] == [
        ("ServiceDown", 22.0),
        ("FeatureDrift", 42.0),
        ("BureauUnavailable", 74.0),
        ("ModelDegraded", 160.0),
    ]


def test_one_that_noticed_while_it_already_fired_for_another_field_is_drawn_too() -> None:
    early = make_episode("FeatureDrift", 40.0, 80.0, feature="loan.amount_eur")
    right = make_episode("FeatureDrift", 50.0, 70.0, feature="income_eur_year")
    measured = make_incidents(replays=(make_replay("recorded", [early, right]),))

    noticed = [start for _, start, role in roles(measured) if role == "noticed"]

    assert noticed == [50.0]


def test_the_credits_of_the_table_are_those_of_the_score() -> None:
    measured = poor()
    score = score_alerting(measured, measured.replays[0])
    assert score is not None
    shown = {row.title: row.credit for row in incident_rows(measured, score) if row.credit}

    assert shown == {one.incident.title: f"{float(one.credit):.2f}" for one in score.credits}


@pytest.mark.parametrize(
    ("episode", "verdict"),
    [
        (None, "stayed silent"),
        (make_episode("FeatureDrift", 128.0, 131.0), "false alarm: FeatureDrift"),
        (make_episode("ServiceDown", 128.0, 131.0), "paged: ServiceDown"),
    ],
)
def test_a_decoy_says_whether_anyone_was_bothered(episode: object, verdict: str) -> None:
    replay = make_replay("recorded", [episode] if episode else [])  # type: ignore[list-item]
    measured = make_incidents(replays=(replay,))

    (decoy,) = (r for r in incident_rows(measured, score_of(measured)) if r.kind == "decoy"
                and r.when.startswith("124"))  # fmt: skip
    assert decoy.verdict == verdict


@pytest.mark.parametrize(
    ("episode", "verdict"),
    [
        (make_episode("ServiceDown", 28.5, 31.0), " in time: ServiceDown came after 6.5 min"),
        (make_episode("ServiceDown", 16.0, 31.0), ": ServiceDown was firing before"),
        (make_episode("FeatureDrift", 23.0, 31.0), ""),
    ],
)
def test_a_missed_incident_says_what_became_of_its_alert(episode: Any, verdict: str) -> None:
    measured = make_incidents(replays=(make_replay("recorded", [episode]),))

    row = incident_rows(measured, score_of(measured))[0]

    assert (row.verdict, row.grade) == (f"not noticed{verdict}", "poor")


def test_an_incident_this_machine_could_not_carry_out_is_not_judged() -> None:
    hang = make_incident(HANG, carried_out=False, note="no freezer on this engine")
    measured = make_incidents(incidents=(hang, *make_catalogue()[1:]))

    row = incident_rows(measured, score_of(measured))[0]

    assert (row.verdict, row.credit) == ("not judged: no freezer on this engine", "")


@pytest.mark.parametrize("make", [make_broken_rules, make_no_monitoring])
def test_where_no_rule_ran_nothing_was_noticed(make: Callable[[], IncidentsMeasurement]) -> None:
    measured = make()

    verdicts = [r.verdict for r in incident_rows(measured, score_of(measured)) if r.kind != "decoy"]

    assert set(verdicts) == {"not noticed"}


def test_a_stage_the_machine_disturbed_is_said_and_not_judged() -> None:
    text = page_of(void).text

    assert "The probe sent 40 ms late." in text
    assert "Nothing of this stage is judged." in text
    assert {row.grade for row in incidents_of(void()).rows} == {"none"}


# --------------------------------------------------------------------------- what is read of it


def test_promtools_own_message_is_on_the_page() -> None:
    assert "parse error: unclosed left parenthesis" in page_of(make_broken_rules).text


def test_a_submission_without_a_monitoring_file_reads_so() -> None:
    text = page_of(make_no_monitoring).text

    assert "has no monitoring.yml" in text
    assert "promtool test rules" not in text


def test_the_promql_of_every_rule_and_sli_is_on_the_page() -> None:
    measured, text = make_incidents(), page_of(make_incidents).text

    for claim in measured.monitoring.alerts:
        assert " ".join(claim.expr.split()) in text
    for expr in measured.monitoring.slis.values():
        assert " ".join(expr.split()) in text


def test_a_reading_that_lies_is_shown_with_what_was_sent() -> None:
    by_name = {line.name: line for line in incidents_of(poor()).monitoring.honesty}

    requests = by_name["requests"]
    assert (requests.reported, requests.sent) == ("840", "420")
    assert requests.difference == "+420 (+100.0%)"
    assert requests.verdict == "✗ 0 of 3 agree"
    assert by_name["errors"].reported == "nothing"
    assert by_name["latency p95"].difference.endswith("sent is in the bucket 5 to 10 ms")


def test_of_each_kind_the_reading_furthest_off_is_shown() -> None:
    readings = (
        make_sli("requests", 420, 420),
        make_sli("requests", 470, 420, start_min=62, end_min=69),
        make_sli("requests", 433, 420),
    )

    line = incidents_of(make_incidents(slis=readings)).monitoring.honesty[0]

    assert (line.stretch, line.reported, line.verdict) == ("62 to 69", "470", "✗ 1 of 3 agree")


def test_an_sli_nobody_declared_does_not_agree() -> None:
    honesty = incidents_of(make_incidents(slis=())).monitoring.honesty

    assert {line.verdict for line in honesty} == {"not declared"}
    assert [line.name for line in honesty] == ["requests", "errors", "latency mean", "latency p95"]


def test_made_up_figures_are_loud() -> None:
    text = page_of(poor).text

    assert "Figures are made up" in text
    assert "http_requests_total moved while nothing was sent" in text
    assert "Figures are made up" not in page_of(make_incidents).text


def test_a_drift_is_told_in_words_and_in_figures() -> None:
    row = incident_rows(make_incidents(), None)[1]

    assert row.truth.startswith("income_eur_year looks very different from clean traffic.")
    assert ("PSI, largest of any field", "7.700 (0.1 is a shift, 0.25 a large one)") in row.figures
    assert row.fields[0] == ["income_eur_year", "7.700", "0.980", "1.600"]


def test_a_changed_world_is_seen_in_no_field() -> None:
    concept = make_catalogue()[4].truth
    assert concept is not None

    assert truth_in_words(concept) == (
        "No single field looks different from clean traffic. A classifier tells changed rows from "
        "clean ones no better than by guessing. The approved model ranks risks much worse."
    )


def facts_of(base: dict[str, Any]) -> dict[str, str]:
    measured = make_incidents(incidents=(make_incident(base),))
    return dict(incident_rows(measured, None)[0].facts)


def test_what_was_done_is_told_with_its_schedule_and_recovery() -> None:
    facts = dict(
        incident_rows(make_incidents(incidents=(make_incident(BUREAU_DOWN),)), None)[0].facts
    )

    assert facts["Done"] == "dependency, all at once"
    assert facts["Expected"] == "dependency or errors"
    assert facts["Right and fast again after"] == "2.8 s"


def test_a_decoy_expects_silence() -> None:
    assert facts_of(HARMLESS)["Expected"] == "silence"


def test_how_to_run_the_rules_again_is_on_the_page() -> None:
    assert "promtool test rules rules_test.yml" in page_of(make_incidents).text


def test_evidence_without_the_stage_has_no_such_section() -> None:
    evidence = with_incidents().model_copy(update={"incidents": None})

    assert "Monitoring, tried out" not in render_report(evidence, rescore(evidence))


@pytest.mark.parametrize(
    ("text", "limit", "shown"), [("a  b\nc", 9, "a b c"), ("abcdef", 4, "abc…"), ("", 3, "")]
)
def test_text_is_cut_to_one_line_of_a_length(text: str, limit: int, shown: str) -> None:
    assert clipped(text, limit) == shown


@pytest.mark.parametrize(("value", "shown"), [(7.5, "7.5"), (30.0, "30"), (1234.04, "1,234")])
def test_a_number_has_a_decimal_only_where_it_says_something(value: float, shown: str) -> None:
    assert number(value) == shown
