"""What a service exports is read as Prometheus would, or refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evaluation.alerting import exposition as formats
from assay.evaluation.alerting.exposition import Exposition, Scrape, Unreadable

TARGET = (("instance", "svc:8080"), ("job", "svc"))


def read(text: str, exposition: Exposition | None = None) -> dict[tuple[str, ...], float]:
    """Name and own labels of each sample -> its value."""
    reader = exposition or Exposition(TARGET)
    scrape = reader.read(text.encode())
    assert isinstance(scrape, Scrape), scrape
    found = {}
    for id_, value in zip(scrape.ids.tolist(), scrape.values.tolist(), strict=True):
        series = reader.series[id_]
        own = [f"{k}={v}" for k, v in series.labels if (k, v) not in TARGET]
        found[series.name, *own] = value
    return found


def refused(text: str | bytes) -> str:
    answer = Exposition(TARGET).read(text.encode() if isinstance(text, str) else text)
    assert isinstance(answer, Unreadable)
    return answer.problem


def cumulative(text: str) -> set[str]:
    exposition = Exposition(TARGET)
    read(text, exposition)
    return {series.name for series in exposition.series if series.cumulative}


def test_both_formats_give_the_same_samples() -> None:
    old = '# HELP a Words.\n# TYPE a_total counter\na_total{x="1"} 3 1700000000000\n'
    new = '# TYPE a counter\na_total{x="1"} 3 1700000000.5 # {trace_id="t"} 1\n# EOF\n'

    assert read(old) == read(new) == {("a_total", "x=1"): 3.0}


def test_blanks_and_empty_lines_and_a_missing_last_line_break_mean_nothing() -> None:
    assert read('\n a { x = "1" , y="2", } 3\n\n\tb\t4') == {("a", "x=1", "y=2"): 3, ("b",): 4}


def test_escapes_and_braces_in_values_are_values() -> None:
    assert read(r'a{x="q\"}\\ \n \d",y="é}{"} 1') == {("a", 'x=q"}\\ \n \\d', "y=é}{"): 1}


@pytest.mark.parametrize(
    ("text", "value"), [("+Inf", "inf"), ("-Inf", "-inf"), ("NaN", "nan"), ("1e-3", "0.001")]
)
def test_every_number_prometheus_knows_is_one(text: str, value: str) -> None:
    assert str(read(f"a {text}")[("a",)]) == value


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a 1 2 3",
        "a one",
        "a 1_000",
        "a \N{ARABIC-INDIC DIGIT ONE}",
        "a 1\r\nb 2\r\n",
        '{x="1"} 1',
        'a{x="1} 1',
        "a{x=1} 1",
        'a{x="1" y="2"} 1',
        'a{x="1",x="2"} 1',
        'a{__name__="up"} 0',
        "<html>down for maintenance</html>",
        '{"status": "ok"}',
    ],
)
def test_one_line_that_cannot_be_read_spoils_the_scrape_and_is_told(text: str) -> None:
    assert refused(f"fine 1\n{text}\n")


def test_the_problem_names_the_line_and_what_to_write() -> None:
    problem = refused("# HELP a\na 1\n\nnonsense here\n")

    assert problem.startswith("line 4 is no sample: 'nonsense here'")
    assert "number" in problem


def test_bytes_that_are_no_text_are_told() -> None:
    assert refused(b'a 1\nb{x="\xff"} 2\n') == "byte 9 is not UTF-8"


def test_of_two_samples_of_one_series_the_first_counts() -> None:
    assert read('a{x="1",y="2"} 1\nb 5\na{y="2",x="1"} 7\n') == {("a", "x=1", "y=2"): 1, ("b",): 5}


def test_the_targets_labels_win_and_the_services_own_are_renamed() -> None:
    assert read('a{job="mine",exported_job="x",instance=""} 1') == {
        ("a", "exported_exported_job=mine", "exported_job=x"): 1
    }


@pytest.mark.parametrize("name", ["up", "scrape_duration_seconds", "ALERTS", "ALERTS_FOR_STATE"])
def test_series_only_prometheus_may_write_are_dropped_and_told(name: str) -> None:
    exposition = Exposition(TARGET)

    assert read(f'{name}{{job="svc"}} 1\nups 2\n', exposition) == {("ups",): 2}
    assert exposition.forged == [f'{name}{{job="svc"}}']


def test_what_counts_up_is_known_by_its_type() -> None:
    text = """\
# TYPE c_total counter
# TYPE h histogram
# TYPE s summary
# TYPE g gauge
# TYPE lie_total gauge
# TYPE gh gaugehistogram
c_total 1
c_created 1
h_bucket{le="+Inf"} 1
h_sum 1
h_count 1
s{quantile="0.5"} 1
s_sum 1
s_count 1
g 1
lie_total 1
gh_gcount 1
bare_total 1
bare_count 1
"""
    counting = {"c_total", "h_bucket", "h_sum", "h_count", "s_sum", "s_count", "bare_total"}

    assert cumulative(text) == counting


def test_histograms_and_summaries_nobody_declared_count_up_as_prometheus_reads_them() -> None:
    text = """\
# TYPE said_count gauge
h_bucket{le="+Inf"} 1
h_sum 1
h_count{} 1
s{quantile="0.5"} 1
s_sum{a="b"} 1
s_count{a="b"} 1
workers_count 1
said_sum 1
said_count 1
"""
    assert cumulative(text) == {"h_bucket", "h_sum", "h_count", "s_sum", "s_count"}


def test_a_type_stays_what_it_was_declared_first() -> None:
    exposition = Exposition(TARGET)
    read("# TYPE a counter\na 1\n", exposition)
    read('# TYPE a gauge\na{x="2"} 1\n', exposition)

    assert [series.cumulative for series in exposition.series] == [True, True]


def test_a_series_keeps_its_index_however_it_is_spelt() -> None:
    exposition = Exposition(TARGET)
    read('a{x="1",y="2"} 1', exposition)
    read('a{ y="2", x="1" } 2', exposition)

    assert len(exposition.series) == 1


def test_a_scrape_with_too_many_samples_is_refused() -> None:
    lines = "".join(f'a{{x="{n}"}} 1\n' for n in range(formats.SERIES_MAX + 1))

    assert "more than 5000 samples" in refused(lines)


def test_labels_that_never_repeat_end_at_a_limit_in_words() -> None:
    exposition = Exposition(TARGET)
    per_scrape = formats.SERIES_MAX
    bodies = (
        "".join(f'a{{x="{n}"}} 1\n' for n in range(k * per_scrape, (k + 1) * per_scrape)).encode()
        for k in range(formats.RUN_SERIES_MAX // per_scrape + 1)
    )
    answers = [exposition.read(body) for body in bodies]

    assert isinstance(answers[0], Scrape)
    assert isinstance(answers[-1], Unreadable)
    assert "a label takes ever new values" in answers[-1].problem
    assert len(exposition.series) == formats.RUN_SERIES_MAX


@pytest.mark.parametrize(
    "labels",
    [
        ",".join(f'l{n}="1"' for n in range(formats.LABELS_MAX + 1)),
        f'x="{"v" * (formats.LABEL_CHARACTERS_MAX + 1)}"',
    ],
)
def test_monstrous_labels_are_refused(labels: str) -> None:
    assert refused(f"a{{{labels}}} 1")


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert isinstance(Exposition(TARGET).read(text.encode("utf-8", "replace")), Scrape | Unreadable)


@given(st.text(alphabet='a{}"=\\,1 \n#x', max_size=60))
def test_nothing_close_to_the_format_makes_the_reader_fail(text: str) -> None:
    assert isinstance(Exposition(TARGET).read(text.encode()), Scrape | Unreadable)


VALUES = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85"), max_size=20
)


@given(st.dictionaries(st.from_regex(r"[a-z_][a-z0-9]{0,5}", fullmatch=True), VALUES, max_size=5))
def test_any_label_values_come_back_as_they_were_written(labels: dict[str, str]) -> None:
    quoted = {
        k: v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        for k, v in labels.items()
    }
    text = "a{" + ",".join(f'{k}="{v}"' for k, v in quoted.items()) + "} 1"
    exposition = Exposition(())
    scrape = exposition.read(text.encode())

    assert isinstance(scrape, Scrape)
    assert dict(exposition.series[0].labels) == {k: v for k, v in labels.items() if v}
