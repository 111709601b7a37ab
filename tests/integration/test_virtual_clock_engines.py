"""promtool and the backfilled Prometheus say the same of every episode, every time."""

import itertools
import json
import shutil
from random import Random

import pytest
from tests.fakes.recordings import RULES, by_tsdb, edges, on_this_machine, reading, troubled

from assay.domain.incidents import Episode
from assay.evaluation.alerting.mutations import mutations
from assay.evaluation.alerting.probes import Probe
from assay.evaluation.alerting.recording import Recording
from assay.evaluation.alerting.replay import Replays, replay, replay_all
from assay.evaluation.alerting.rules import RuleFiles, read_rules

pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(name) for name in ("promtool", "prometheus")),
        reason="Prometheus is not installed here",
    ),
    pytest.mark.slow,
]

RECORDING = troubled()
FILES = read_rules({"monitoring/rules.yml": RULES})
EPISODES = [
    ("TooFewRequests", "", 0.25, 2.5),
    ("HighErrorRatio", "", 11.5, 19.75),
    ("HighLatency", "", 22.0, 35.5),
    ("ServiceDown", "", 31.0, 33.0),
    ("WorkerGone", "", 32.0, 33.0),
    ("TooFewRequests", "", 32.5, 35.5),
    ("Restarted", "", 33.0, 40.0),
    ("FeatureDrift", "income", 39.0, 46.0),
    ("QueueGrows", "", 42.0, None),
    ("WorkerGone", "", 51.0, 56.0),
]
CHAIN = b"""\
groups:
  - {name: c1, rules: [{record: one, expr: "job:errors:ratio5m * 2"}]}
  - {name: c2, rules: [{record: two, expr: "one * 2"}]}
  - {name: c3, rules: [{record: three, expr: "two * 2"}, {alert: Chained, expr: "three > 0.4"}]}
"""
"""Groups that read what groups before them record."""
CHARACTERS = [
    "plain", "é", "\N{GRINNING FACE}", "\ufffd", "\x01\x1f\x7f", "\x85\u2028", "\ufeff", "\\",
    "\\n", 'a\nb"q"\\', "\t\r", "{{ $labels.job }} %s", 'x, y="1"} 1E+00, {z="',
    "'`", "\ud7ff\ue000",
]  # fmt: skip


def rules(*entries: str) -> RuleFiles:
    found = read_rules({"r.yml": f"groups: [{{name: g, rules: [{', '.join(entries)}]}}]".encode()})
    assert found.problems == ()
    return found


def by_promtool(recording: Recording, files: RuleFiles) -> tuple[Episode, ...]:
    found, _ = replay(recording, files, run=on_this_machine)
    assert (found.engine, found.error, found.rule_errors) == ("promtool", "", ())
    return found.episodes


def assert_both_agree(recording: Recording, files: RuleFiles) -> tuple[Episode, ...]:
    """Both engines find the same episodes, which are returned."""
    found, second = by_promtool(recording, files), by_tsdb(recording, files)
    assert second.rule_errors == ()
    assert second.episodes == found
    return found


def test_both_engines_find_every_episode_of_a_troubled_service() -> None:
    assert edges(assert_both_agree(RECORDING, FILES)) == EPISODES


def test_both_engines_agree_on_what_could_have_happened_instead() -> None:
    others = mutations(
        RECORDING, quiet=range(4, 30), other_instance="svc-2:8080", drift={"feature_psi"}
    )
    done = replay_all({"recorded": RECORDING, **others}, FILES, run=on_this_machine)

    assert {r.engine for r in done.replays} == {"promtool"}
    for found, recording in zip(done.replays[1:], others.values(), strict=True):
        assert by_tsdb(recording, FILES).episodes == found.episodes, found.name
        assert edges(found.episodes) != EPISODES, found.name


def test_both_engines_agree_on_for_and_keep_firing_for_whatever_the_series_does() -> None:
    chance = Random(7)  # noqa: S311  (patterns, not a secret)
    patterns = [chance.choices("10_", (0.5, 0.3, 0.2), k=60) for _ in range(30)]
    bodies = [
        "".join(f'x{{n="{n}"}} {p[slot]}\n' for n, p in enumerate(patterns) if p[slot] != "_")
        for slot in range(60)
    ]
    durations = ("0s", "15s", "40s", "2m")
    found = assert_both_agree(
        reading(bodies).recording,
        rules(
            *(
                f"{{alert: F{for_}K{keep}, expr: x == 1, for: {for_}, keep_firing_for: {keep}}}"
                for for_, keep in itertools.product(durations, durations)
            )
        ),
    )

    assert len({episode.alert for episode in found}) == 16
    assert len(found) > 500


def test_both_engines_take_a_series_for_gone_at_the_first_scrape_without_it() -> None:
    recording = reading(["a 1\nb 1", "a 1\nb 1", "b 1", None, None, "a 1\nb 1"]).recording
    files = rules("{alert: NoA, expr: absent(a)}", "{alert: NoB, expr: absent(b)}")

    assert edges(assert_both_agree(recording, files)) == [
        ("NoA", "", 0.5, 1.25),
        ("NoB", "", 0.75, 1.25),
    ]


def test_labels_of_any_characters_come_through_both_engines_as_they_were_exported() -> None:
    escaped = [
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for text in CHARACTERS
    ]
    body = "".join(f'a{{x="{text}"}} 1\n' for text in escaped)
    found = assert_both_agree(reading([body] * 3).recording, rules("{alert: A, expr: a > 0}"))

    assert {episode.labels["x"] for episode in found} == set(CHARACTERS)


def test_both_engines_answer_probes_alike_to_the_last_digit() -> None:
    exprs = (
        "sum(increase(http_requests_total[5m]))",
        "sum by (code) (rate(http_requests_total[3m]))",
        "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[4m])))",
        'http_requests_total{code="\N{GRINNING FACE}"}',
        "feature_psi",
        "sum(",
    )
    probes = [Probe(expr, at_s) for expr in exprs for at_s in (600, 1_350, 2_100, 3_585)]
    _, answers = replay(RECORDING, FILES, run=on_this_machine, probes=probes)
    second = by_tsdb(RECORDING, FILES, probes=probes).answers

    said = {probe: sorted(samples, key=repr) for probe, samples in answers.items() if samples}
    assert said == {probe: sorted(s, key=repr) for probe, s in second.items() if s}
    assert {probe.expr for probe in said} == {exprs[n] for n in (0, 1, 2, 4)}


def test_rules_that_read_no_metric_can_be_replayed() -> None:
    files = rules("{alert: Always, expr: vector(1)}", "{alert: Late, expr: vector(time()) > 20}")

    assert edges(assert_both_agree(reading(["a 1"] * 4).recording, files)) == [
        ("Always", "", 0.0, None),
        ("Late", "", 0.5, None),
    ]


def told(done: Replays) -> bytes:
    """Everything that goes into the evidence but how long it took."""
    found = [replay.model_dump(exclude={"seconds"}) for replay in done.replays]
    answers = [(probe.expr, repr(samples)) for probe, samples in done.answers.items()]
    return json.dumps([found, answers]).encode() + done.test_file


def test_twelve_replays_of_one_recording_are_the_same_to_the_byte() -> None:
    """promtool evaluates groups in a random order unless it is told one."""
    chained = read_rules({"a.yml": RULES, "b.yml": CHAIN})
    probe = Probe("sum(increase(http_requests_total[5m]))", 1_350)
    runs = [
        told(replay_all({"recorded": RECORDING}, chained, run=on_this_machine, probes=[probe]))
        for _ in range(12)
    ]
    second = {repr(by_tsdb(RECORDING, chained).episodes) for _ in range(12)}

    assert len(set(runs)) == 1
    assert len(second) == 1
