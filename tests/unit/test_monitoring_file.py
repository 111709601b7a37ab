"""`monitoring.yml` of a tree that nobody vouches for."""

import os
from pathlib import Path

import pytest

from assay.evaluation.alerting.monitoring_file import (
    BYTES_MAX,
    PROBLEMS_MAX,
    Monitoring,
    read_monitoring,
)

ROOT = Path(__file__).parents[2]
RULES = """
groups:
- name: g
  rules:
  - {alert: Down, expr: up == 0, for: 1m, labels: {severity: critical}}
  - {alert: Drift, expr: max by (feature) (psi) > 0.2}
  - {record: a:b, expr: sum(a)}
"""
MONITORING = """
version: 1
scrape: {port: 9000, path: /m}
rule_files: [rules.yml]
slis:
  requests: {expr: 'sum(increase(r_total[$window]))'}
  predictions: {expr: 'sum by (d) (increase(p_total[$window]))', label: d}
alerts:
  Down: {covers: [availability, errors]}
  Drift: {covers: [drift], locates: feature}
time: {drift_window: {rows: 500}}
"""


def tree(folder: Path, **files: str | bytes) -> Monitoring:
    """Read a tree whose files are given as `monitoring_yml=...`."""
    for name, content in files.items():
        path = folder / name.replace("_yml", ".yml")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_monitoring(folder)


def problems(folder: Path, text: str | bytes, rules: str = RULES) -> tuple[str, ...]:
    return tree(folder, monitoring_yml=text, rules_yml=rules).facts.problems


def test_every_alert_is_read_with_what_is_claimed_of_it(tmp_path: Path) -> None:
    read = tree(tmp_path, monitoring_yml=MONITORING, rules_yml=RULES)
    down, drift = read.facts.alerts

    assert (read.facts.present, read.facts.problems) == (True, ())
    assert (down.alert, down.for_s, down.severity) == ("Down", 60.0, "critical")
    assert down.covers == ("availability", "errors")
    assert (drift.alert, drift.expr, drift.locates) == (
        "Drift", "max by (feature) (psi) > 0.2", "feature",
    )  # fmt: skip


def test_slis_and_the_place_of_the_metrics_are_read(tmp_path: Path) -> None:
    read = tree(tmp_path, monitoring_yml=MONITORING, rules_yml=RULES)

    assert (read.scrape.port, read.scrape.path) == (9000, "/m")
    assert read.slis["predictions"].label == "d"
    assert read.facts.slis["requests"] == "sum(increase(r_total[$window]))"
    assert dict(read.rules.texts) == {"rules.yml": RULES.encode()}


def test_no_monitoring_file_is_a_fact_and_no_problem(tmp_path: Path) -> None:
    read = read_monitoring(tmp_path)

    assert (read.facts.present, read.facts.problems, read.facts.alerts) == (False, (), ())
    assert (read.rules.groups, read.scrape.path, read.alertmanager) == ((), "/metrics", None)


def test_the_reference_of_the_challenge_has_no_problem() -> None:
    read = read_monitoring(ROOT / "challenges/credit-scoring/reference")

    assert read.facts.problems == ()
    assert {a.alert for a in read.facts.alerts} >= {"ServiceDown", "FeatureDrift"}
    assert set(read.slis) == {
        "requests", "errors", "latency_mean", "latency_p95", "predictions", "drift", "missing",
    }  # fmt: skip


def test_every_problem_is_told_at_its_line_and_what_is_right_still_counts(tmp_path: Path) -> None:
    text = """version: 1
scrape: {port: 99999}
rule_files: [rules.yml, gone.yml]
slis:
  request: {expr: 'sum(x)'}
  errors: {expr: 'sum(increase(x[$window])'}
  latency_p95: {expr: 'x', lable: le}
  latency_mean: {expr: 'x'}
alerts:
  Down: {covers: [availability, outage]}
  Drift: {covers: [drift]}
  Ghost: {covers: [errors]}
colour: red
"""
    read = tree(tmp_path, monitoring_yml=text, rules_yml=RULES)
    told = "\n".join(read.facts.problems)

    assert "monitoring.yml:2: scrape.port: Input should be less than or equal to 65535" in told
    assert "gone.yml: is not there, or no plain file; commit it or correct the name" in told
    assert "monitoring.yml:5: slis.request: Input should be 'requests', 'errors'," in told
    assert "monitoring.yml:6: slis.errors.expr: this PromQL cannot be read" in told
    assert "monitoring.yml:7: slis.latency_p95.lable: there is no such field" in told
    assert "monitoring.yml:10: alerts.Down.covers.1: Input should be 'availability'," in told
    assert "not 'outage'" in told
    assert "monitoring.yml:12: alerts.Ghost: no rule file that can be used has an alert" in told
    assert "monitoring.yml:13: colour: there is no such field" in told
    assert len(read.facts.problems) == 8
    assert set(read.slis) == {"latency_mean"}
    assert [a.covers for a in read.facts.alerts] == [(), ("drift",)]


@pytest.mark.parametrize(
    "name", ["../rules.yml", "/etc/passwd", "a/../../rules.yml", "''", "sub", "x" * 300, "é" * 190]
)
def test_only_plain_files_inside_the_tree_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    inside = tmp_path / "tree"
    (inside / "sub").mkdir(parents=True)

    read = tree(inside, monitoring_yml=f"rule_files: [{name}]")

    assert read.rules.texts == {}
    (problem,) = read.facts.problems
    assert "path from the top of the repository" in problem or "no plain file" in problem


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(RULES)
    inside = tmp_path / "tree"
    inside.mkdir()
    (inside / "link.yml").symlink_to(tmp_path / "secret.yml")
    (inside / "folder").symlink_to(tmp_path)

    read = tree(inside, monitoring_yml="rule_files: [link.yml, folder/secret.yml]")

    assert read.rules.texts == {}
    assert read.facts.problems == (
        "link.yml: is a symbolic link; commit the file itself",
        "folder/secret.yml: is a symbolic link; commit the file itself",
    )


def test_a_monitoring_file_that_is_a_link_is_there_and_a_problem(tmp_path: Path) -> None:
    (tmp_path / "monitoring.yml").symlink_to("/nowhere")

    facts = read_monitoring(tmp_path).facts

    assert facts.present is False
    assert facts.problems == ("monitoring.yml: is a symbolic link; commit the file itself",)


def test_a_pipe_in_place_of_a_file_does_not_hold_anybody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rules.yml")

    read = tree(tmp_path, monitoring_yml="rule_files: [rules.yml]")

    assert "no plain file" in read.facts.problems[0]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    read = tree(tmp_path, monitoring_yml=b"#" * (BYTES_MAX + 1))

    assert read.facts.present is False
    assert read.facts.problems == (
        "monitoring.yml: 65,537 bytes; at most 65,536 are read, shorten it",
    )


def test_a_yaml_bomb_is_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefghij", "bcdefghijk", strict=True)
    )

    assert problems(tmp_path, bomb) == (
        "monitoring.yml:1: anchors (&) and aliases (*) are not allowed; write the value out",
    )


@pytest.mark.parametrize("text", ["", "# nothing", "just words", "[1, 2]", "null", "alerts:"])
def test_a_file_that_says_nothing_is_read_as_nothing(tmp_path: Path, text: str) -> None:
    read = tree(tmp_path, monitoring_yml=text)

    assert read.facts.present is True
    assert (read.facts.alerts, read.facts.slis) == ((), {})


def test_more_rule_files_than_are_read_is_a_problem(tmp_path: Path) -> None:
    names = ", ".join(f"r{n}.yml" for n in range(21))

    assert any("at most 20 items" in p for p in problems(tmp_path, f"rule_files: [{names}]"))


def test_a_rule_file_named_twice_is_read_once(tmp_path: Path) -> None:
    read = tree(tmp_path, monitoring_yml="rule_files: [rules.yml, ./rules.yml]", rules_yml=RULES)

    assert read.facts.problems == ()
    assert len(read.rules.groups) == 1


def test_wrong_entries_cost_themselves_alone_and_the_first_are_listed(tmp_path: Path) -> None:
    wrong = "".join(f"  A{n}: {{covers: [nonsense]}}\n" for n in range(150))
    read = tree(
        tmp_path,
        monitoring_yml=f"rule_files: [rules.yml]\nalerts:\n  Down: {{covers: [errors]}}\n{wrong}",
        rules_yml=RULES,
    )

    assert [a.covers for a in read.facts.alerts] == [("errors",), ()]
    assert len(read.facts.problems) == PROBLEMS_MAX + 1
    assert read.facts.problems[-1] == "and 110 more problems"


@pytest.mark.parametrize("string", [r'"\n(exp"', r'"\x0a"', "`a\n\n      b`"])
def test_an_sli_whose_strings_could_speak_for_promtool_is_not_asked(
    tmp_path: Path, string: str
) -> None:
    read = tree(
        tmp_path,
        monitoring_yml=f"""
slis:
  requests:
    expr: |
      label_replace(up, {string}, "$1", "b", "c")
  errors: {{expr: 'sum(increase(r_total{{path=~"/v\\\\d/.+"}}[$window]))'}}
""",
    )

    assert set(read.slis) == {"errors"}
    assert [p for p in read.facts.problems if "a line break in a string" in p]


def test_claims_without_number_are_dropped_and_the_rules_stay(tmp_path: Path) -> None:
    many = "".join(f"  A{n}: {{covers: [errors]}}\n" for n in range(500))
    read = tree(
        tmp_path, monitoring_yml=f"rule_files: [rules.yml]\nalerts:\n{many}", rules_yml=RULES
    )

    assert len(read.facts.alerts) == 2
    assert any("at most 200 items" in problem for problem in read.facts.problems)


def test_the_alertmanager_file_is_handed_on_as_it_is(tmp_path: Path) -> None:
    read = tree(tmp_path, monitoring_yml="alertmanager_config: am.yml", am_yml="route: {}\n")

    assert (read.alertmanager, read.facts.problems) == (b"route: {}\n", ())


def test_an_alertmanager_file_with_traps_is_not_handed_on(tmp_path: Path) -> None:
    read = tree(tmp_path, monitoring_yml="alertmanager_config: am.yml", am_yml="a: &x 1")

    assert read.alertmanager is None
    assert read.facts.problems[0].startswith("am.yml:1: anchors")


def test_what_is_told_of_a_hostile_file_is_short_and_can_be_stored(tmp_path: Path) -> None:
    text = "alerts:\n  ? " + '"' + "x" * 900 + '"' + "\n  : {covers: ['" + "\\u2028" * 50 + "']}\n"
    told = problems(tmp_path, text + "slis: {errors: {expr: '" + "(" * 5000 + "'}}\n")

    assert told
    assert all(len(problem) < 700 and problem.isprintable() for problem in told)
