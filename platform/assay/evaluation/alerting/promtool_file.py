"""A recording as a unit test of promtool, which replays the candidate's rules over it.

promtool prints only what differs from what a test expects. So every question expects an
impossible sample, and the answer stands in the complaint. Everything is evaluated each 15 s,
whatever `interval` a group asks for, and time starts at 0: 1970-01-01, a Thursday.

The order of groups is always given: without it promtool takes a random one, and a recorded
series is read one step late in some runs. For that, names of groups must be unique over all
files; where they are not, the rules are written out once more under longer names.
"""

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from assay.evaluation.alerting.probes import Probe
from assay.evaluation.alerting.recording import Recording, Series
from assay.evaluation.alerting.rules import RuleFiles, written
from assay.evaluation.alerting.stretch import STEP_S, end_s, stale_slots, stretched

FIRING = 'ALERTS{alertstate="firing"}'
IMPOSSIBLE = {"labels": '{assay="asks"}', "value": 0}
RENAMED = "assay-rules.json"
REPEATS_MIN = 3
"""So many equal values in a row are written as one."""
NEVER_SHORTENED = ("stale", "NaN", "Inf", "-Inf")

_ESCAPE = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2}\\u[0-9a-f]{4})|.)")
"""Any escape of JSON; a pair of surrogates is a group."""

_RERUN = """\
# What your service exported, on the virtual clock: {slots} scrapes, 15 s apart.
# To replay your rules over it, put this file into the root of your repository and run
#   promtool test rules {name}
# promtool prints only what differs from what was expected, so every question here expects an
# impossible sample: behind "got:" stands what fired at that time.
"""


@dataclass(frozen=True, slots=True)
class RuleCopies:
    """The rules as promtool gets them.

    Attributes:
        files: Path -> content.
        order: Names of their groups, in the order they are evaluated.
    """

    files: Mapping[str, bytes]
    order: tuple[str, ...]


def rule_copies(rules: RuleFiles) -> RuleCopies:
    """The candidate's own files, or if groups of two files share a name one file instead."""
    order = tuple(_own_name(group.name, rules.texts) for group in rules.groups)
    if len(set(order)) == len(order):
        return RuleCopies(rules.texts, order)
    renamed = written(rules.groups)
    return RuleCopies({RENAMED: renamed}, tuple(group.name for group in rules.groups))


def unit_test(
    recording: Recording,
    copies: RuleCopies,
    *,
    name: str,
    keep: Collection[str] | None,
    probes: Iterable[Probe] = (),
) -> bytes:
    """The test file.

    Args:
        recording: What was exported.
        copies: The rules; the file names them relative to itself.
        name: Under which people get the file, for its heading.
        keep: Names of the series that are needed, None for all.
        probes: Questions besides the alerts.
    """
    instants = range(0, end_s(recording) + 1, STEP_S)
    questions = [_question(FIRING, at_s) for at_s in instants]
    questions += [_question(probe.expr, probe.at_s) for probe in dict.fromkeys(probes)]
    kept = (s for s in recording.series if keep is None or s.name in keep)
    document = {
        "rule_files": [re.sub(r"([\\*?\[])", r"\\\1", path) for path in copies.files],
        "evaluation_interval": f"{STEP_S}s",
        "group_eval_order": list(copies.order),
        "tests": [
            {
                "interval": f"{STEP_S}s",
                "input_series": [
                    {"series": _described(s), "values": sequence(s, recording)} for s in kept
                ],
                "promql_expr_test": questions,
            }
        ],
    }
    heading = _RERUN.format(slots=recording.slots, name=name)
    return (heading + _as_yaml(document) + "\n").encode()


def selector(series: Series) -> str:
    """A series as PromQL and OpenMetrics write it."""
    return series.name + labels_text(series.labels)


def _described(series: Series) -> str:
    """A series as promtool reads it: it takes U+FFFD, however well it is encoded, for an error."""
    return selector(series).replace("\ufffd", r"\ufffd")


def labels_text(labels: Sequence[tuple[str, str]]) -> str:
    r"""`{a="b"}`, with \, " and line breaks escaped."""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def sequence(series: Series, recording: Recording) -> str:
    """The values of a series in promtool's notation, one per slot: `_`, `stale`, numbers."""
    words = ["_"] * recording.slots
    values = stretched(series, recording)
    for slot, value in zip(series.slots.tolist(), values.tolist(), strict=True):
        words[slot] = number(value)
    for slot in stale_slots(series, recording).tolist():
        words[slot] = "stale"
    return " ".join(_shortened(words))


def number(value: float) -> str:
    """A number as Prometheus reads it back without loss."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(value).removesuffix(".0")


def _shortened(words: Iterable[str]) -> Iterator[str]:
    """Runs of one word as `_xN` or `a+0xN`, where N counts the repeats after the first `a`."""
    for word, run in groupby(words):
        count = sum(1 for _ in run)
        if count < REPEATS_MIN or word in NEVER_SHORTENED:
            yield from [word] * count
        else:
            yield f"_x{count}" if word == "_" else f"{word}+0x{count - 1}"


def _question(expr: str, at_s: int) -> dict[str, Any]:
    return {"expr": expr, "eval_time": f"{at_s}s", "exp_samples": [IMPOSSIBLE]}


def _as_yaml(document: object) -> str:
    """JSON, but for characters that JSON escapes as two surrogates: YAML has no such pairs."""
    text = json.dumps(document, separators=(",", ":"))
    return _ESCAPE.sub(_whole_character, text) if "\\ud" in text else text


def _whole_character(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[0]
    character = json.loads(f'"{escape[0]}"')
    return f"\\U{ord(character):08x}"


def _own_name(name: str, texts: Mapping[str, bytes]) -> str:
    """A group's name without the file that `read_rules` put before it."""
    file = next((path for path in texts if name.startswith(f"{path}:")), "")
    return name.removeprefix(f"{file}:")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
