"""On the virtual clock rates stay what they really were, and what is gone is gone at once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.recordings import RULES, TARGET, UNIX_S, reading, scrape, troubled

from assay.evaluation.alerting.probes import Probe
from assay.evaluation.alerting.promtool_file import number, rule_copies, sequence, unit_test
from assay.evaluation.alerting.recording import Recording, Series, read_recording
from assay.evaluation.alerting.rules import read_rules
from assay.evaluation.alerting.stretch import compression, end_s, stale_slots, stretched


def recorded(*bodies: str | None, every_s: float = 0.25) -> Recording:
    encoded = [None if body is None else body.encode() for body in bodies]
    scrapes = [scrape(slot, body) for slot, body in enumerate(encoded)]
    return read_recording(scrapes, target=TARGET, every_s=every_s, unix_s=UNIX_S).recording


def named(recording: Recording, name: str) -> Series:
    (series,) = [s for s in recording.series if s.name == name]
    return series


def on_the_clock(recording: Recording, name: str) -> list[float]:
    return stretched(named(recording, name), recording).tolist()


@pytest.mark.parametrize(("every_s", "k"), [(0.75, 20), (0.25, 60), (0.1, 150)])
def test_a_counter_grows_as_much_per_virtual_second_as_per_real_second(
    every_s: float, k: float
) -> None:
    bodies = [f"# TYPE a counter\na {60 * slot * every_s}" for slot in range(5)]
    recording = recorded(*bodies, every_s=every_s)

    assert compression(recording) == pytest.approx(k)
    assert on_the_clock(recording, "a") == pytest.approx([0, 900, 1800, 2700, 3600])  # 60 per s


def test_sums_and_buckets_are_counts_and_gauges_and_quantiles_are_not() -> None:
    histogram = '# TYPE h histogram\nh_sum 2\nh_bucket{le="1"} 3\n'
    text = histogram + '# TYPE s summary\ns{quantile="0.5"} 4\ng 5'
    recording = recorded(text)

    assert on_the_clock(recording, "h_sum") == [120]
    assert on_the_clock(recording, "h_bucket") == [180]
    assert on_the_clock(recording, "s") == [4]
    assert on_the_clock(recording, "g") == [5]


def test_an_instant_since_the_start_is_moved_with_the_clock() -> None:
    recording = recorded(f"last_scored_timestamp_seconds {UNIX_S + 2}")

    assert on_the_clock(recording, "last_scored_timestamp_seconds") == [120]


def test_what_happened_before_the_start_is_as_long_ago_as_it_really_is() -> None:
    month_s = 30 * 86_400
    recording = recorded(f"model_trained_timestamp_seconds {UNIX_S - month_s}")

    assert on_the_clock(recording, "model_trained_timestamp_seconds") == [-month_s]


def test_a_count_that_ends_like_an_instant_stays_a_count() -> None:
    recording = recorded("# TYPE rows_created counter\nrows_created 5")

    assert on_the_clock(recording, "rows_created") == [300]


def test_a_series_is_stale_at_the_first_scrape_without_it_and_only_there() -> None:
    recording = recorded("a 1\nb 1", "b 1", None, "a 1\nb 1", "a 1")

    assert stale_slots(named(recording, "a"), recording).tolist() == [1]
    assert stale_slots(named(recording, "b"), recording).tolist() == [2, 4]
    assert stale_slots(named(recording, "up"), recording).tolist() == []


def test_a_scrape_nobody_made_makes_nothing_stale() -> None:
    scrapes = [scrape(0, b"a 1\nb 1"), scrape(2, b"a 1"), scrape(4, b"a 1")]
    recording = read_recording(scrapes, target=TARGET, every_s=0.25, unix_s=UNIX_S).recording

    assert stale_slots(named(recording, "a"), recording).tolist() == []
    assert stale_slots(named(recording, "b"), recording).tolist() == [2]
    assert sequence(named(recording, "b"), recording) == "1 _ stale _ _"


def test_the_notation_of_promtool_says_every_slot() -> None:
    recording = recorded(None, "a 7", "a 7", "a 7", "a 7", "a -1.5", "a +Inf", "a NaN", None, "a 0")

    assert sequence(named(recording, "a"), recording) == "_ 7+0x3 -1.5 Inf NaN stale 0"


def written_out(text: str) -> list[str]:
    """promtool's reading of its notation: `_xN` is N blanks, `a+0xN` is a and N more."""
    words: list[str] = []
    for word in text.split():
        base, _, times = word.partition("x")
        if base == "_":
            words += ["_"] * int(times or 1)
        elif times:
            words += [base.removesuffix("+0")] * (int(times) + 1)
        else:
            words.append(word)
    return words


SLOTS = st.lists(
    st.none() | st.floats(allow_nan=False) | st.sampled_from([0.0, 1.0]), min_size=1, max_size=40
)


@given(SLOTS)
def test_no_value_is_lost_or_changed_on_the_way_into_the_file(slots: list[float | None]) -> None:
    recording = recorded(*(None if v is None else f"a {v!r}" for v in slots))
    series = [s for s in recording.series if s.name == "a"]
    words = written_out(sequence(series[0], recording)) if series else ["_"] * len(slots)

    assert len(words) == len(slots)
    assert [None if w in ("_", "stale") else float(w) for w in words] == slots


@given(st.floats(allow_nan=False))
def test_a_number_reads_back_as_itself(value: float) -> None:
    assert float(number(value)) == value


def test_the_file_asks_at_every_step_and_keeps_the_candidates_files() -> None:
    rules = read_rules({"monitoring/rules [1].yml": RULES})
    probe = Probe("sum(up)", 30)
    text = unit_test(
        troubled(1), rule_copies(rules), name="t.json", keep={"up"}, probes=[probe, probe]
    )
    heading, _, body = text.decode().partition("{")
    document = json.loads("{" + body)
    (test,) = document["tests"]

    assert all(line.startswith("#") for line in heading.splitlines())
    assert "promtool test rules t.json" in heading
    assert document["rule_files"] == [r"monitoring/rules \[1].yml"]
    assert document["group_eval_order"] == ["service", "model"]
    assert [s["series"] for s in test["input_series"]] == ['up{instance="svc:8080",job="svc"}']
    asked = [(q["expr"], q["eval_time"]) for q in test["promql_expr_test"]]
    alerts = 'ALERTS{alertstate="firing"}'
    assert asked == [
        (alerts, "0s"),
        (alerts, "15s"),
        (alerts, "30s"),
        (alerts, "45s"),
        ("sum(up)", "30s"),
    ]


def test_groups_of_two_files_with_one_name_are_renamed_on_a_copy() -> None:
    rules = read_rules({"a.yml": RULES, "b.yml": RULES})
    copies = rule_copies(rules)

    assert list(copies.files) == ["assay-rules.json"]
    assert copies.order == ("a.yml:service", "a.yml:model", "b.yml:service", "b.yml:model")
    groups = json.loads(copies.files["assay-rules.json"])["groups"]
    assert [group["name"] for group in groups] == list(copies.order)


def test_files_whose_groups_have_names_of_their_own_are_left_as_they_are() -> None:
    assert rule_copies(read_rules({"a.yml": RULES})).files == {"a.yml": RULES}


def test_labels_are_quoted_as_promql_reads_them() -> None:
    recording = reading([r'a{x="q\"\\\n"} 1']).recording
    text = unit_test(recording, rule_copies(read_rules({})), name="t", keep={"a"}).decode()

    assert r"x=\"q\\\"\\\\\\n\"" in text


def test_characters_that_yaml_or_promtool_would_refuse_are_escaped_as_they_read_them() -> None:
    recording = reading(['a{x="\N{GRINNING FACE}\ufffd",y="\\\\ud83d"} 1']).recording
    probe = Probe('a{x="\N{GRINNING FACE}"}', 0)
    test = unit_test(
        recording, rule_copies(read_rules({})), name="t", keep={"a"}, probes=[probe]
    ).decode()

    assert r"x=\"\U0001f600\\ufffd\"" in test
    assert r"y=\"\\\\ud83d\"" in test
    assert r"a{x=\"\U0001f600\"}" in test


def test_the_last_slot_is_the_last_instant() -> None:
    assert end_s(troubled(2)) == 7 * 15
