"""`monitoring.yml` of a submission: where to scrape, what each SLI is, what each alert covers.

The tree is hostile. Only plain files inside it are read, up to a size; what is wrong is left
out and named, with its line and what to do, and what is right still counts: a typo in one
alert costs that alert.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.domain.incidents import AlertClaim, MonitoringFile
from assay.domain.timeline import Signal
from assay.evaluation.alerting.rules import (
    EXPR_MAX,
    FILE_BYTES_MAX,
    Rule,
    RuleFiles,
    parsed,
    read_rules,
    series_behind,
    strings_are_plain,
    with_window,
)
from assay.evaluation.alerting.untrusted_yaml import (
    Location,
    YamlFile,
    YamlRefused,
    read_yaml,
    shown,
)

NAME = "monitoring.yml"
BYTES_MAX = 64 * 1024
RULE_FILES_MAX = 20
RULE_BYTES_MAX = 256 * 1024
"""Of all rule files together."""
PATH_MAX = 200
"""Bytes; no file system has names over 255."""
PROBLEMS_MAX = 40
PASSES = 3
"""Too many entries may show only once the wrong ones are gone; more than that never happens."""
ANY_WINDOW_S = 300
"""Fills `$window` where only the syntax counts."""

SliName = Literal[
    "requests", "errors", "latency_mean", "latency_p95", "predictions", "drift", "missing"
]
Label = Annotated[str, Field(pattern=r"^([a-zA-Z_][a-zA-Z0-9_]*)?$", max_length=100)]
"""Name of a label, "" for none."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scrape(_Part):
    """Where the metrics are. `port` is None for the port of the contract."""

    port: int | None = Field(None, ge=1, le=65_535)
    path: str = Field("/metrics", pattern=r"^/[!-~]*$", max_length=PATH_MAX)


class Sli(_Part):
    """A PromQL template with `$window`, and the label its values are told apart by."""

    expr: str = Field(min_length=1, max_length=EXPR_MAX)
    label: Label = ""


class _Alert(_Part):
    covers: tuple[Signal, ...] = Field((), max_length=20)
    locates: Label = ""


class _DriftWindow(_Part):
    rows: int = Field(gt=0)


class _Time(_Part):
    drift_window: _DriftWindow | None = None


class _Declaration(_Part):
    version: Literal["1"] = "1"
    scrape: Scrape = Scrape()
    rule_files: tuple[str, ...] = Field((), max_length=RULE_FILES_MAX)
    alertmanager_config: str | None = None
    slis: dict[SliName, Sli] = Field(default_factory=dict)
    alerts: dict[str, _Alert] = Field(default_factory=dict, max_length=200)
    time: _Time = _Time()


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a submission says about its monitoring, as far as it can be used.

    Attributes:
        facts: For the evidence.
        rules: The rule files that can be used.
        slis: By name, with their labels.
        alertmanager: The candidate's Alertmanager file, None without one.
    """

    facts: MonitoringFile
    rules: RuleFiles = field(default_factory=lambda: RuleFiles({}, (), ()))
    slis: Mapping[str, Sli] = field(default_factory=dict)
    scrape: Scrape = field(default_factory=Scrape)
    alertmanager: bytes | None = None


def read_monitoring(root: Path) -> Monitoring:
    """Read `monitoring.yml` and the files it names from an exported tree."""
    problems: list[str] = []
    content = _content(root, NAME, BYTES_MAX, problems)
    if content is None:
        there = (root / NAME).exists() or (root / NAME).is_symlink()
        return Monitoring(MonitoringFile(present=False, problems=_cut(problems) if there else ()))
    file = _parsed(content, problems)
    declared = _declared(file, problems)
    rules = read_rules(_rule_texts(root, declared, problems))
    slis = _usable_slis(file, declared, problems)
    alertmanager = _alertmanager(root, declared, problems)
    problems += [*rules.problems, *_unknown_alerts(file, declared, rules)]
    facts = MonitoringFile(
        present=True,
        problems=_cut(problems),
        alerts=tuple(_claim(rule, declared.alerts, rules) for rule in rules.alerts),
        slis={name: sli.expr for name, sli in slis.items()},
    )
    return Monitoring(facts, rules, slis, declared.scrape, alertmanager)


def _cut(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - PROBLEMS_MAX
    return (*problems[:PROBLEMS_MAX], *([f"and {more} more problems"] if more > 0 else []))


def _content(root: Path, name: str, bytes_max: int, problems: list[str]) -> bytes | None:
    """A plain file inside the tree, or None with the reason added to `problems`."""
    problem = _path_problem(root, name)
    if problem is None and (size := (root / name).stat().st_size) > bytes_max:
        problem = f"{size:,} bytes; at most {bytes_max:,} are read, shorten it"
    if problem is not None:
        problems.append(f"{shown(name)}: {problem}")
        return None
    return (root / name).read_bytes()


def _path_problem(root: Path, name: str) -> str | None:
    """Why this is no plain file of the tree, looked at without following any link."""
    path = PurePosixPath(name)
    if not name or len(name.encode()) > PATH_MAX or path.is_absolute() or ".." in path.parts:
        return "must be a short path from the top of the repository, without `..`"
    here = root
    for part in path.parts:
        here /= part
        if here.is_symlink():
            return "is a symbolic link; commit the file itself"
    return (
        None if here.is_file() else "is not there, or no plain file; commit it or correct the name"
    )


def _parsed(content: bytes, problems: list[str]) -> YamlFile:
    try:
        return read_yaml(NAME, content, bytes_max=BYTES_MAX)
    except YamlRefused as refusal:
        problems.append(str(refusal))
        return YamlFile(NAME, {}, {})


def _declared(file: YamlFile, problems: list[str]) -> _Declaration:
    """What the file declares, without the parts that are wrong."""
    data: Any = file.data or {}
    for _ in range(PASSES):
        try:
            return _Declaration.model_validate(data)
        except ValidationError as error:
            problems += file.explain(error)
            wrong = {tuple(e["loc"][:2]) for e in error.errors(include_url=False)}
            data = _without(data, wrong) if isinstance(data, dict) else {}
    return _Declaration()


def _without(data: Mapping[str, Any], wrong: set[Location]) -> dict[str, Any]:
    """The document without the entries at these locations, each one or two steps from the top."""
    kept: dict[str, Any] = {}
    for key, part in data.items():
        if (key,) in wrong:
            continue
        if isinstance(part, dict):
            part = {k: v for k, v in part.items() if (key, k) not in wrong}
        elif isinstance(part, list):
            part = [v for n, v in enumerate(part) if (key, n) not in wrong]
        kept[key] = part
    return kept


def _rule_texts(root: Path, declared: _Declaration, problems: list[str]) -> dict[str, bytes]:
    names = dict.fromkeys(str(PurePosixPath(name)) for name in declared.rule_files)
    texts: dict[str, bytes] = {}
    for name in names:
        text = _content(root, name, FILE_BYTES_MAX, problems)
        if text is not None and len(text) + sum(map(len, texts.values())) > RULE_BYTES_MAX:
            problems.append(
                f"{name}: with it the rule files have more than {RULE_BYTES_MAX:,} bytes, which "
                f"is all that is read; shorten them"
            )
        elif text is not None:
            texts[name] = text
    return texts


def _alertmanager(root: Path, declared: _Declaration, problems: list[str]) -> bytes | None:
    """The Alertmanager file, if it is YAML without traps; amtool says what it means."""
    name = declared.alertmanager_config
    content = _content(root, name, BYTES_MAX, problems) if name else None
    if name is None or content is None:
        return None
    try:
        read_yaml(name, content, bytes_max=BYTES_MAX)
    except YamlRefused as refusal:
        problems.append(str(refusal))
        return None
    return content


def _usable_slis(file: YamlFile, declared: _Declaration, problems: list[str]) -> dict[str, Sli]:
    """The SLIs whose PromQL can be read: a question that is none is asked of nobody."""
    usable: dict[str, Sli] = {}
    for name, sli in declared.slis.items():
        where = ("slis", name, "expr")
        if parsed(with_window(sli.expr, ANY_WINDOW_S)) is None:
            problems.append(file.say(where, "this PromQL cannot be read; try it in Prometheus"))
        elif not strings_are_plain(sli.expr):
            problems.append(file.say(where, "a line break in a string; write it without"))
        else:
            usable[name] = sli
    return usable


def _unknown_alerts(file: YamlFile, declared: _Declaration, rules: RuleFiles) -> list[str]:
    known = {rule.alert for rule in rules.alerts}
    problem = "no rule file that can be used has an alert of this name; add it or correct the name"
    return [file.say(("alerts", name), problem) for name in declared.alerts if name not in known]


def _claim(rule: Rule, declared: Mapping[str, _Alert], rules: RuleFiles) -> AlertClaim:
    says, reads = declared.get(rule.name, _Alert()), series_behind(rule, rules)
    return AlertClaim(
        alert=rule.name,
        expr=rule.expr,
        for_s=rule.for_s,
        severity=rule.labels.get("severity", ""),
        covers=says.covers,
        locates=says.locates,
        reads=None if reads is None else tuple(sorted(reads)),
    )
