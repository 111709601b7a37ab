"""From what promtool printed to episodes of alerts. Knows the words of promtool 2.42.

The version is pinned with the image. A line that is not understood is our fault, never the
candidate's: either the words have changed, or a case was overlooked.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from assay.domain.errors import PlatformFault
from assay.domain.incidents import Episode
from assay.evaluation.alerting.exposition import Labels
from assay.evaluation.alerting.probes import Probe, Sample
from assay.evaluation.alerting.promtool_file import FIRING
from assay.evaluation.alerting.stretch import STEP_S

PROMTOOL = "2.42"
MINUTE_S = 60.0
ERRORS_TOLD = 20
"""Rules whose errors are kept, each one's first."""
GOT = "        got: "

_TEXT = r'"(?:[^"\\]|\\.)*+"'
_ASKED = re.compile(rf"    expr: ({_TEXT}), time: ([0-9a-z]+),(?: err: .*)?")
_RULES = re.compile(r"^    rule: ", re.MULTILINE)
_LABEL = re.compile(rf"([a-zA-Z_][a-zA-Z0-9_]*)=({_TEXT})(?:, )?")
_VALUE = re.compile(r"\} (\S+?)(?:, (?=\{)|$)")
_SAID = re.compile(r"Unit Testing: .*|  (FAILED|SUCCESS):?|        exp: .*|")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_SHORT = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_UNITS_S = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_UNIT = re.compile(r"(\d+)([wdhms])")


@dataclass(slots=True)
class Said:
    """What one run of promtool said.

    Attributes:
        firing: Labels of an alert, `alertname` among them -> instants at which it fired.
        answers: Probe -> its samples.
        rule_errors: Rule -> the first error it met. Then promtool answered no question.
    """

    firing: dict[Labels, list[int]] = field(default_factory=dict)
    answers: dict[Probe, tuple[Sample, ...]] = field(default_factory=dict)
    rule_errors: dict[str, str] = field(default_factory=dict)


def read_promtool(output: str) -> Said:
    """Everything in the output of `promtool test rules` on one of our files.

    Raises:
        PlatformFault: it said something that promtool 2.42 does not say of such a file.
    """
    if failed := _RULES.split(output)[1:]:
        return Said(rule_errors=_rule_errors(failed))
    said = Said()
    asked: Probe | None = None
    for line in output.split("\n"):
        if line.startswith(GOT) and asked is not None:
            _answered(said, asked, line)
        elif found := _ASKED.fullmatch(line):
            asked = Probe(_unquoted(found[1]), _seconds(found[2], line))
        elif not _SAID.fullmatch(line):
            raise _unknown(line)
    return said


def _rule_errors(blocks: Iterable[str]) -> dict[str, str]:
    """Rule -> its first error. Names and messages are the candidate's and may have many lines."""
    errors: dict[str, str] = {}
    for block in blocks:
        name, _, message = block.strip().partition(", time: ")
        if name in errors or len(errors) < ERRORS_TOLD:
            errors.setdefault(name, f"at {message}")
    return errors


def episodes(
    firing: Mapping[Labels, Iterable[int]], *, end_s: int, step_s: int = STEP_S
) -> tuple[Episode, ...]:
    """Stretches of firing without a break, ordered by their start.

    Args:
        firing: Labels with `alertname` -> instants in virtual seconds, ascending.
        end_s: The last evaluation.
        step_s: Virtual seconds between evaluations.
    """
    found = [
        _episode(labels, start_s, last_s + step_s if last_s + step_s <= end_s else None)
        for labels, instants in firing.items()
        for start_s, last_s in _runs(instants, step_s)
    ]
    return tuple(sorted(found, key=lambda e: (e.start_min, e.alert, sorted(e.labels.items()))))


def _runs(instants: Iterable[int], step_s: int) -> Iterator[tuple[int, int]]:
    """First and last instant of every unbroken run."""
    first = last = None
    for instant in instants:
        if first is None or last is None:
            first = instant
        elif instant - last > step_s:
            yield first, last
            first = instant
        last = instant
    if first is not None and last is not None:
        yield first, last


def _episode(labels: Labels, start_s: int, end_s: int | None) -> Episode:
    named = dict(labels)
    return Episode(
        alert=named.pop("alertname", ""),
        labels=named,
        start_min=start_s / MINUTE_S,
        end_min=None if end_s is None else end_s / MINUTE_S,
    )


def _answered(said: Said, asked: Probe, line: str) -> None:
    """Keep the samples behind `got:`."""
    samples = tuple(_samples(line.removeprefix(GOT), line))
    if asked.expr != FIRING:
        said.answers[asked] = samples
        return
    for sample in samples:
        labels = tuple(p for p in sample.labels if p[0] not in ("__name__", "alertstate"))
        said.firing.setdefault(labels, []).append(asked.at_s)


def _samples(text: str, line: str) -> Iterator[Sample]:
    """`{a="b", c="d"} 1E+00, {...} 2E+00`, or `nil` for none."""
    position = 0 if text != "nil" else len(text)
    while position < len(text):
        if text[position] != "{":
            raise _unknown(line)
        position += 1
        labels: list[tuple[str, str]] = []
        while pair := _LABEL.match(text, position):
            labels.append((pair[1], _unquoted(pair[2])))
            position = pair.end()
        value = _VALUE.match(text, position)
        if value is None:
            raise _unknown(line)
        position = value.end()
        yield Sample(tuple(sorted(labels)), float(value[1]))


def _seconds(duration: str, line: str) -> int:
    """Of a duration as Prometheus prints it: "1h2m15s"."""
    parts = _UNIT.findall(duration)
    if "".join(count + unit for count, unit in parts) != duration:
        raise _unknown(line)
    return sum(int(count) * _UNITS_S[unit] for count, unit in parts)


def _unquoted(text: str) -> str:
    """A string in the quotes and escapes of Go."""

    def meant(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2] or escape[3]
        return chr(int(code, 16)) if code else _SHORT.get(escape[4], escape[4])

    return _ESCAPE.sub(meant, text[1:-1])


def _unknown(line: str) -> PlatformFault:
    return PlatformFault(
        f"promtool said something that version {PROMTOOL} does not say: {line[:300]!r}",
        remedy=f"see that the monitoring image holds prometheus {PROMTOOL}",
    )
