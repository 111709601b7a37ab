"""Rules for a clock that runs faster."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evaluation.alerting.dilate import Dilated, dilated, dilated_expr
from assay.evaluation.alerting.rules import Group, parsed, read_rules

FACTOR = 60


def groups_of(*rules: str) -> tuple[Group, ...]:
    lines = "".join(f"\n  - {rule}" for rule in rules)
    read = read_rules({"r.yml": f"groups:\n- name: g\n  interval: 30s\n  rules:{lines}\n".encode()})
    assert read.problems == ()
    return read.groups


def unscaled(*rules: str) -> tuple[str, ...]:
    return dilated(groups_of(*rules), FACTOR).unscaled


@pytest.mark.parametrize(
    ("expr", "faster"),
    [
        ("rate(x[5m])", "rate(x[5000ms])"),
        ("rate(x[1h30m])", "rate(x[90000ms])"),
        ("x offset 5m", "x offset 5000ms"),
        ("x OFFSET -1h", "x OFFSET -60000ms"),
        ("max_over_time(rate(x[5m])[1h:1m])", "max_over_time(rate(x[5000ms])[60000ms:1000ms])"),
        ("max_over_time(x[1h:])", "max_over_time(x[60000ms:])"),
        ("rate(x[ 6m ])", "rate(x[ 6000ms ])"),
        ("x > 300", "x > 300"),
        ("x1h > 5", "x1h > 5"),
        ("offset_5m", "offset_5m"),
    ],
)
def test_ranges_offsets_and_steps_are_divided_and_nothing_else(expr: str, faster: str) -> None:
    assert dilated_expr(expr, FACTOR) == faster
    assert parsed(faster) is not None


@pytest.mark.parametrize(
    "expr",
    [
        'x{path="/[5m]"}',
        "x{path='offset 5m'}",
        "x{path=`[5m]`}",
        'x{path="a\\"[5m]"}',
        'sum by (increase) (x{increase="increase("})',
        "x # [5m] and increase(",
    ],
)
def test_what_stands_in_strings_labels_and_comments_stays(expr: str) -> None:
    assert dilated_expr(expr, FACTOR) == expr
    assert parsed(expr) is not None


def test_an_increase_counts_as_many_as_on_the_virtual_clock() -> None:
    assert dilated_expr("sum(increase(x[5m])) > 5", FACTOR) == (
        "sum((60 * increase(x[5000ms]))) > 5"
    )  # fmt: skip
    nested = dilated_expr('a / increase (x{l=")"}[1m]) ^ 2', FACTOR)
    assert nested == 'a / (60 * increase (x{l=")"}[1000ms])) ^ 2'
    assert parsed(nested) is not None


def test_a_slope_is_per_second_of_the_virtual_clock() -> None:
    assert dilated_expr("deriv(x[1m])", FACTOR) == f"({1 / 60!r} * deriv(x[1000ms]))"


def test_waits_and_intervals_are_divided() -> None:
    (group,) = dilated(
        groups_of("{alert: A, expr: up == 0, for: 10m, keep_firing_for: 5m}"), FACTOR
    ).groups

    assert group.interval_s == 0.5
    assert (group.rules[0].for_s, group.rules[0].keep_firing_for_s) == (10.0, 5.0)


def test_labels_stay_and_annotations_go() -> None:
    (group,) = dilated(
        groups_of("{alert: A, expr: up, labels: {severity: page}, annotations: {a: b}}"), FACTOR
    ).groups

    assert group.rules[0].labels == {"severity": "page"}
    assert group.rules[0].annotations == {}


@pytest.mark.parametrize(
    "expr",
    [
        "time() - x_timestamp_seconds > 5400",
        "hour() > 8",
        "predict_linear(x[1h], 4 * 3600) > 1",
        "x @ 1609746000",
        "rate(x[5m] @ 1609746000)",
        "max_over_time(rate(x[5m])[1h:] @ 5) > 1",
        "timestamp(x) > 5",
    ],
)
def test_what_a_division_cannot_reach_is_named(expr: str) -> None:
    assert unscaled("{alert: Fine, expr: 'rate(x[5m]) > 1'}", f"{{alert: A, expr: {expr!r}}}") == (
        "A",
    )


def test_an_alert_on_what_such_a_rule_records_is_named_too() -> None:
    assert unscaled(
        "{record: age, expr: time() - trained}",
        "{record: old, expr: age > 5}",
        "{alert: Stale, expr: old}",
        "{alert: Down, expr: up == 0}",
    ) == ("Stale", "age", "old")


def test_an_expression_that_cannot_be_read_stays_as_it_is_and_is_named() -> None:
    broken = dilated(groups_of("{alert: A, expr: 'sum(rate(x[5m])'}"), FACTOR)

    assert broken.groups[0].rules[0].expr == "sum(rate(x[5m])"
    assert broken.unscaled == ("A",)


def test_the_rules_of_a_whole_service_scale() -> None:
    read = read_rules({"r.yml": b"groups: []"})

    assert dilated(read.groups, FACTOR) == Dilated((), ())


@given(
    st.integers(1, 999),
    st.sampled_from(["ms", "s", "m", "h", "d", "w"]),
    st.integers(2, 200),
)
def test_a_range_is_never_divided_to_nothing(count: int, unit: str, factor: int) -> None:
    assert parsed(dilated_expr(f"rate(x[{count}{unit}])", factor)) is not None


@given(st.text(alphabet="ab(){}[]\"'`#=~ 5mincreasederivoffset:,", max_size=60))
def test_any_text_at_all_comes_through(text: str) -> None:
    faster = dilated_expr(text, FACTOR)

    assert faster.count("(") - faster.count(")") >= text.count("(") - text.count(")")
