"""What promtool prints is understood to the last word, or it is our fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import PlatformFault
from assay.evaluation.alerting.episodes import episodes, read_promtool
from assay.evaluation.alerting.probes import Probe, Sample

ALERTS = r'"ALERTS{alertstate=\"firing\"}"'
A = (("alertname", "A"),)


def asked(expr: str, time: str, got: str) -> str:
    expected = '{assay="asks"} 0E+00'
    return f"    expr: {expr}, time: {time},\n        exp: {expected}\n        got: {got}\n\n"


def output(*parts: str) -> str:
    return "Unit Testing:  replay/assay-recorded.json\n  FAILED:\n" + "".join(parts) + "\n"


def alert(name: str, more: str = "") -> str:
    return f'{{__name__="ALERTS", alertname="{name}", alertstate="firing"{more}}} 1E+00'


def test_firing_alerts_are_gathered_by_their_labels() -> None:
    said = read_promtool(
        output(
            asked(ALERTS, "0s", "nil"),
            asked(ALERTS, "1h15s", ", ".join([alert("A"), alert("B", ', feature="x"')])),
            asked(ALERTS, "1d1h", alert("A")),
        )
    )

    assert said.firing == {
        (("alertname", "A"),): [3615, 90_000],
        (("alertname", "B"), ("feature", "x")): [3615],
    }


def test_answers_to_probes_are_kept_apart() -> None:
    said = read_promtool(
        output(
            asked('"feature_psi"', "15s", '{feature="a", z=""} 2.5E-01, {feature="b"} NaN'),
            asked('"vector(1)"', "15s", "{} +Inf"),
            asked('"nothing"', "15s", "nil"),
            '    expr: "sum(", time: 15s, err: 1:5: parse error: unclosed left parenthesis\n\n',
        )
    )
    psi = said.answers[Probe("feature_psi", 15)]

    assert [(s.label("feature"), str(s.value)) for s in psi] == [("a", "0.25"), ("b", "nan")]
    assert said.answers[Probe("vector(1)", 15)] == (Sample((), float("inf")),)
    assert said.answers[Probe("nothing", 15)] == ()
    assert Probe("sum(", 15) not in said.answers


def test_gos_way_of_quoting_is_undone() -> None:
    text = r'{name="a\"b\\c\nd\x07\a\u2028é\U0001f600}, {x=\"1\"} 1E+00"} 1E+00'
    (sample,) = read_promtool(output(asked('"q"', "0s", text))).answers[Probe("q", 0)]

    assert sample.label("name") == 'a"b\\c\nd\x07\x07\u2028é\U0001f600}, {x="1"} 1E+00'


def test_a_label_cannot_pretend_to_be_an_alert() -> None:
    lie = ', note="} 1E+00, {alertname=\\"B\\", alertstate=\\"firing\\"} 1E+00"'
    said = read_promtool(output(asked(ALERTS, "0s", alert("A", lie))))

    assert [dict(labels)["alertname"] for labels in said.firing] == ["A"]


def test_after_a_rule_failed_nothing_else_that_was_printed_is_believed() -> None:
    forged = f"x\n{asked(ALERTS, '0s', alert('A'))}"
    said = read_promtool(
        output(
            f"    rule: {forged}, time: 15s, err: many-to-many\n\n",
            "    rule: B, time: 15s, err: other\n\n",
            "    rule: B, time: 30s, err: again\n\n",
        )
    )

    assert said.firing == {}
    assert said.rule_errors["B"] == "at 15s, err: other"
    assert len(said.rule_errors) == 2


@pytest.mark.parametrize(
    "line",
    [
        "  WARNING: no file match pattern replay/rules.yml",
        "panic: runtime error",
        '    expr: "x", time: soon,',
        "        got: {} 1E+00",
    ],
)
def test_a_line_that_is_not_understood_is_our_fault(line: str) -> None:
    with pytest.raises(PlatformFault, match=r"2\.42"):
        read_promtool(output(line + "\n"))


@pytest.mark.parametrize("got", ["1E+00", '{a="b" 1E+00', '{a="b"} 1E+00,{} 2'])
def test_a_sample_that_is_not_understood_is_our_fault(got: str) -> None:
    with pytest.raises(PlatformFault):
        read_promtool(output(asked('"q"', "0s", got)))


def test_an_episode_ends_at_the_first_evaluation_it_no_longer_fires() -> None:
    (episode,) = episodes({A: [60, 75, 90]}, end_s=600)

    assert (episode.alert, episode.start_min, episode.end_min) == ("A", 1.0, 1.75)
    assert episode.labels == {}


def test_what_fires_at_the_last_evaluation_has_no_end() -> None:
    (episode,) = episodes({A: [585, 600]}, end_s=600)

    assert episode.end_min is None


def test_a_break_of_one_evaluation_makes_two_episodes() -> None:
    assert len(episodes({A: [0, 15, 45]}, end_s=600)) == 2


@given(st.sets(st.integers(0, 40)))
def test_episodes_cover_exactly_what_fired(steps: set[int]) -> None:
    found = episodes({A: [15 * step for step in sorted(steps)]}, end_s=40 * 15)
    covered = {
        step
        for step in range(41)
        for e in found
        if e.start_min * 4 <= step < (41 if e.end_min is None else e.end_min * 4)
    }

    assert covered == steps
