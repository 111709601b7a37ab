"""Rule files of strangers, and what their PromQL reads."""

import json
import re
import threading
from collections.abc import Callable

import pytest

from assay.evaluation.alerting.rules import (
    RULES_MAX,
    duration_s,
    metric_names,
    parsed,
    read_rules,
    referenced,
    with_window,
    written,
)

TWO_GROUPS = b"""
groups:
  - name: service
    interval: 30s
    limit: 5
    rules:
      - record: job:errors:rate5m
        expr: sum(rate(errors_total[5m]))
      - alert: HighErrors
        expr: job:errors:rate5m > 0.02
        for: 1h30m
        keep_firing_for: 90s
        labels: {severity: critical, shard: 7}
        annotations: {summary: "{{ $labels.job }}"}
  - name: model
    rules:
      - {alert: Down, expr: up == 0}
"""


def on_a_small_stack(work: Callable[[], object]) -> object:
    """What `work` returns on a thread with half a MiB of stack."""
    found: list[object] = []
    before = threading.stack_size(512 * 1024)
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    threading.stack_size(before)
    return found[0]


def problems_of(text: bytes | str, name: str = "rules.yml") -> tuple[str, ...]:
    content = text if isinstance(text, bytes) else text.encode()
    return read_rules({name: content}).problems


def test_groups_are_read_with_their_durations_in_seconds() -> None:
    read = read_rules({"a/rules.yml": TWO_GROUPS})
    service, model = read.groups
    record, alert = service.rules

    assert read.problems == ()
    assert (service.interval_s, service.limit, model.interval_s) == (30.0, 5, None)
    assert (record.record, record.alert, record.name) == (
        "job:errors:rate5m", None, "job:errors:rate5m",
    )  # fmt: skip
    assert (alert.for_s, alert.keep_firing_for_s) == (5400.0, 90.0)
    assert alert.labels == {"severity": "critical", "shard": "7"}
    assert [rule.name for rule in read.alerts] == ["HighErrors", "Down"]


def test_group_names_are_unique_over_all_files() -> None:
    groups = read_rules({"a.yml": TWO_GROUPS, "b.yml": TWO_GROUPS}).groups

    assert [g.name for g in groups] == [
        "a.yml:service", "a.yml:model", "b.yml:service", "b.yml:model",
    ]  # fmt: skip


def test_a_group_name_that_is_repeated_in_a_file_is_a_problem_at_its_line() -> None:
    text = "groups:\n- name: a\n  rules: []\n- name: a\n  rules: []\n"

    assert problems_of(text) == (
        "rules.yml:4: groups.1.name: a group 'a' stands above; give each its own name",
    )


def test_what_is_written_is_read_back_as_the_same_rules() -> None:
    groups = read_rules({"a.yml": TWO_GROUPS}).groups
    again = read_rules({"": written(groups)}).groups

    assert [g.rules for g in again] == [g.rules for g in groups]
    assert [g.name for g in again] == [":a.yml:service", ":a.yml:model"]
    assert [(g.interval_s, g.limit) for g in again] == [(30.0, 5), (None, 0)]


def test_annotations_can_be_left_out() -> None:
    groups = read_rules({"a.yml": TWO_GROUPS}).groups

    assert b"summary" in written(groups)
    assert b"annotations" not in written(groups, annotations=False)


def test_a_duration_is_never_written_as_none() -> None:
    text = "groups: [{name: a, rules: [{alert: A, expr: up, for: 1ms}]}]"
    rule = read_rules({"a.yml": text.encode()}).groups[0].rules[0]
    tiny = rule.model_copy(update={"for_s": 1e-6})
    group = read_rules({"a.yml": text.encode()}).groups[0].model_copy(update={"rules": (tiny,)})

    assert json.loads(written([group]))["groups"][0]["rules"][0]["for"] == "1ms"


def test_every_problem_of_a_file_is_named_at_its_line() -> None:
    text = """groups:
  - name: a
    rules:
      - alert: A
        expr: up == 0
        for: five minutes
      - alert: B
        record: b
        expr: up
      - alert: C
        expression: up
"""
    assert problems_of(text) == (
        "rules.yml:6: groups.0.rules.0.for: write a duration such as 30s, 5m or 1h30m, "
        "not 'five minutes'",
        "rules.yml:7: groups.0.rules.1: a rule has either `alert` or `record`",
        "rules.yml:10: groups.0.rules.2.expr: this field is missing",
        "rules.yml:11: groups.0.rules.2.expression: there is no such field; remove it or "
        "correct its name",
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{record: a b, expr: up}", "'a b' is no name of a metric"),
        ("{record: a, expr: up, labels: {b c: d}}", "'b c' is no name of a label"),
        ("{alert: A, expr: up, labels: {__name__: d}}", "'__name__' is no name of a label"),
    ],
)
def test_names_prometheus_does_not_know_are_a_problem_whichever_engine_replays_them(
    rule: str, words: str
) -> None:
    (problem,) = problems_of(f"groups: [{{name: g, interval: 30s, rules: [{rule}]}}]")

    assert words in problem


def test_a_file_with_a_problem_is_left_out_and_the_others_stay() -> None:
    read = read_rules({"bad.yml": b"groups: [", "good.yml": TWO_GROUPS})

    assert list(read.texts) == ["good.yml"]
    assert read.texts["good.yml"] == TWO_GROUPS
    assert len(read.groups) == 2
    assert len(read.problems) == 1
    assert re.match(r"bad\.yml:[12]: no YAML", read.problems[0])  # libyaml counts the last break


def test_ten_thousand_rules_are_refused_in_words() -> None:
    rule = "\n  - {alert: A, expr: up}"
    few = f"groups:\n- name: a\n  rules:{rule * RULES_MAX}\n"
    read = read_rules({"few.yml": few.encode(), "one.yml": TWO_GROUPS})
    many = f"groups:\n- name: a\n  rules:{rule * 10_000}\n"

    assert len(read.alerts) == RULES_MAX
    assert read.problems == (
        f"one.yml: with it there are 203 rules; at most {RULES_MAX} are evaluated in all, "
        "remove the others",
    )
    assert problems_of(many) == (
        "rules.yml: 250,027 bytes; at most 131,072 are read, shorten it",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"groups: &a [*a]", "anchors (&) and aliases (*) are not allowed"),
        (b"a: &x 1\nb: *x", "anchors (&) and aliases (*) are not allowed"),
        (b"groups: !!python/object:os.system []", "tags (!) are not allowed"),
        (b"groups: [" + b"[" * 60_000, "nested deeper than 20 levels"),
        (b"a: 1\na: 2", "'a' stands here twice"),
        (b"a: 1\n---\nb: 2", "a second document begins"),
        (b"? [1, 2]\n: 3", "a key must be plain text"),
        (b'a: "\\0"', "a control character"),
        (b'a: "\\ud800"', "rules.yml:1: "),  # libyaml takes it for no character at all
        (b'a: "\\Uffffffff"', "no YAML"),
        (b"a: \xff", "byte 3 is no UTF-8"),
        (b"a: \x07", "no YAML"),
        (b"%YAML 9.9\n--- a", "no YAML"),
        (b"a: b: c", "no YAML"),
        (b"- " * 100 + b"x", "nested deeper"),
        (b"[" + b"1," * 30_000 + b"]", "more than 20,000 values"),
        (b"just text", "Input should be a valid dictionary"),
        (b"", "groups: this field is missing"),
    ],
)
def test_yaml_that_could_hurt_or_is_none_is_a_problem_in_words(text: bytes, words: str) -> None:
    (problem,) = problems_of(text)

    assert problem.startswith("rules.yml")
    assert words in problem
    assert len(problem) < 400
    problem.encode()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("500ms", 0.5), ("1d2h", 93_600), ("1w", 604_800), ("1y", 31_536_000)],
)
def test_durations_are_those_of_prometheus(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "5 m", "m", "1m1h", "-5m", "1.5h", "9999999999s", None])
def test_what_prometheus_takes_for_no_duration_is_none(text: str | None) -> None:
    with pytest.raises(ValueError, match="write a duration"):
        duration_s(text)


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("up == 0", {"up"}),
        ('sum(rate(a_total{x="b_total"}[5m])) / sum(rate(c_total[5m]))', {"a_total", "c_total"}),
        ("max_over_time(rate(a[5m])[1h:1m] offset 5m)", {"a"}),
        ('absent({__name__="gone", job="svc"})', {"gone"}),
        ("job:errors:rate5m > on() group_left() b", {"job:errors:rate5m", "b"}),
        ("vector(time())", set()),
    ],
)
def test_metric_names_are_those_an_expression_reads(expr: str, names: set[str]) -> None:
    assert metric_names(expr) == names


@pytest.mark.parametrize(
    "expr",
    ['count({__name__=~".+"})', '{job="svc"}', "sum(", "", "rate(x[$window])", "x" * 5000],
)
def test_names_that_cannot_be_told_are_not_guessed(expr: str) -> None:
    assert metric_names(expr) is None
    assert referenced(["up", expr]) is None


def test_expressions_together_read_what_each_reads() -> None:
    assert referenced(["up", "a + b", "b"]) == {"up", "a", "b"}
    assert referenced([]) == frozenset()


@pytest.mark.parametrize(
    "deep",
    [
        "(" * 2000 + "a" + ")" * 2000,
        "-" * 4000 + "a",
        "+".join(["a"] * 2000),
        "abs(" * 800 + "a" + ")" * 800,
        "a" + "[1m:]" * 800,
        " and ".join(["a"] * 600),
        "{" + "-" * 4000,
    ],
)
def test_a_tree_too_deep_is_refused_before_it_can_end_the_process(deep: str) -> None:
    assert on_a_small_stack(lambda: parsed(deep)) is None


def test_an_expression_at_the_limits_is_still_walked() -> None:
    nested = "(" * 32 + "+".join(["a"] * 97) + ")" * 32

    assert on_a_small_stack(lambda: metric_names(nested)) == {"a"}


def test_a_window_is_filled_in_everywhere() -> None:
    assert with_window("rate(a[$window]) / rate(b[$window])", 90) == "rate(a[90s]) / rate(b[90s])"
