"""What must hold between the parts of a challenge. Pure rules over a parsed package."""

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from assay.domain.challenge import Challenge
from assay.domain.errors import Problem
from assay.kit.tomlfile import Location, TomlFile
from assay.toolkit import incident_rules
from assay.toolkit.draft import Draft, Rule

FULL_MARKS = 100

NEEDS_TABLE = {
    "quality": ("quality_agreement", "quality_auc_gap"),
    "load": ("latency_ratio", "objective_share"),
    "capacity": ("throughput_ratio", "cost_ratio"),
    "incidents": (
        "alerts_score",
        "alerts_robust",
        "drift_located",
        "notified",
        "metrics_truthful",
        "metrics_cheap",
        "outage_answers",
        "wrong_served",
        "recovery",
        "error_budget",
    ),
    "shutdown": ("shutdown_in_flight", "shutdown_time"),
}
"""Table of challenge.toml -> checks that have nothing to look at without it."""


def problems(
    challenge: Challenge, root: Path, toml: TomlFile, checks: Collection[str]
) -> tuple[Problem, ...]:
    """Everything wrong between the parts, in the order of file and line."""
    draft = Draft(challenge, root, toml, checks)
    found = [problem for rule in RULES for problem in rule(draft)]
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line)))


def patch_path(root: Path, slot: str, fault: str) -> Path:
    """Where the patch of a planted fault is."""
    return root / "faults" / slot / f"{fault}.patch"


def _points_sum_to_100(draft: Draft) -> Iterator[Problem]:
    total = sum(criterion.points for criterion in draft.challenge.criterion)
    if total != FULL_MARKS:
        yield draft.at(
            ("criterion",), f"the criteria are worth {total} points; make them {FULL_MARKS}"
        )


def _criteria_name_what_exists(draft: Draft) -> Iterator[Problem]:
    areas = [area.id for area in draft.challenge.area]
    for index, criterion in enumerate(draft.challenge.criterion):
        if criterion.area not in areas:
            yield draft.at(
                ("criterion", index, "area"),
                f"criterion {criterion.id!r} is in area {criterion.area!r}, which does not "
                f"exist; use one of: {', '.join(areas)}",
            )
        if criterion.check not in draft.checks:
            yield draft.at(
                ("criterion", index, "check"),
                f"criterion {criterion.id!r} uses check {criterion.check!r}, which does not "
                f"exist; use one of: {', '.join(sorted(draft.checks))}",
            )


def _criteria_have_their_table(draft: Draft) -> Iterator[Problem]:
    for table, checks in NEEDS_TABLE.items():
        if getattr(draft.challenge, table) is not None:
            continue
        for index, criterion in enumerate(draft.challenge.criterion):
            if criterion.check in checks:
                yield draft.at(
                    ("criterion", index, "check"),
                    f"criterion {criterion.id!r} needs a [{table}] table; add it, or remove "
                    f"the criterion",
                )


def _names_are_unique(draft: Draft) -> Iterator[Problem]:
    challenge = draft.challenge
    groups: list[tuple[str, Location, list[str]]] = [
        ("area", ("area",), [area.id for area in challenge.area]),
        ("criterion", ("criterion",), [criterion.id for criterion in challenge.criterion]),
        ("slot", ("slot",), [slot.id for slot in challenge.slot]),
        ("dependency", ("dependency",), [one.name for one in challenge.dependency]),
        ("incident", ("incident",), [one.id for one in challenge.incident]),
        ("fault", ("slot",), [fault.id for slot in challenge.slot for fault in slot.fault]),
    ]
    for kind, location, names in groups:
        for name in sorted(name for name, times in Counter(names).items() if times > 1):
            place = location if kind == "fault" else (*location, _last_index(names, name))
            yield draft.at(place, f"there are two {kind} tables named {name!r}; rename one")


def _last_index(names: list[str], name: str) -> int:
    return len(names) - 1 - names[::-1].index(name)


def _faults_cost_criteria(draft: Draft) -> Iterator[Problem]:
    criteria = [criterion.id for criterion in draft.challenge.criterion if criterion.points]
    for s, slot in enumerate(draft.challenge.slot):
        for f, fault in enumerate(slot.fault):
            missing = [name for name in fault.costs if name not in criteria]
            if missing:
                yield draft.at(
                    ("slot", s, "fault", f, "costs"),
                    f"fault {fault.id!r} costs {', '.join(map(repr, missing))}, which is no "
                    f"criterion with points; use some of: {', '.join(criteria)}",
                )


def _faults_have_patches(draft: Draft) -> Iterator[Problem]:
    for s, slot in enumerate(draft.challenge.slot):
        for f, fault in enumerate(slot.fault):
            patch = patch_path(draft.root, slot.id, fault.id)
            if not patch.is_file():
                yield draft.at(
                    ("slot", s, "fault", f),
                    f"fault {fault.id!r} has no patch; write {patch.relative_to(draft.root)} "
                    f"with `git diff` against reference/",
                )


def _patches_have_faults(draft: Draft) -> Iterator[Problem]:
    named = {
        patch_path(draft.root, slot.id, fault.id)
        for slot in draft.challenge.slot
        for fault in slot.fault
    }
    for patch in sorted((draft.root / "faults").rglob("*.patch")):
        if patch not in named:
            yield Problem(
                "no [[slot.fault]] of challenge.toml names this patch; declare it, or delete it",
                str(patch),
            )


def _files_exist(draft: Draft) -> Iterator[Problem]:
    for location, name in _named_files(draft.challenge):
        path = draft.root / name
        if not path.is_file():
            yield draft.at(location, f"there is no file {name!r}; write it, or correct the path")
        elif not path.resolve().is_relative_to(draft.root.resolve()):
            yield draft.at(location, f"{name!r} is outside the package; move the file into it")


def _named_files(challenge: Challenge) -> Iterator[tuple[Location, str]]:
    yield (), "BRIEF.md"
    yield (), "reference/Dockerfile"
    yield ("build", "wheelhouse"), challenge.build.wheelhouse
    yield ("contract", "tests"), challenge.contract.tests
    yield ("contract", "rows"), challenge.contract.rows
    for index, dependency in enumerate(challenge.dependency):
        yield ("dependency", index, "data"), f"harness/{dependency.data}"
    if challenge.quality:
        yield ("quality", "holdout"), challenge.quality.holdout
    if challenge.incidents:
        yield ("incidents", "rows"), challenge.incidents.rows


def _protected_paths_exist(draft: Draft) -> Iterator[Problem]:
    """One with a slip of the pen protects nothing, and nobody notices."""
    reference = (draft.root / "reference").resolve()
    for index, name in enumerate(draft.challenge.practice.protected):
        path = (reference / name).resolve()
        if not path.exists() or not path.is_relative_to(reference):
            yield draft.at(
                ("practice", "protected", index),
                f"reference/ has no {name!r} to protect; correct the path",
            )


def _hidden_files_are_in_the_harness(draft: Draft) -> Iterator[Problem]:
    challenge = draft.challenge
    hidden: list[tuple[Location, str]] = [
        (("contract", "tests"), challenge.contract.tests),
        (("contract", "rows"), challenge.contract.rows),
    ]
    if challenge.incidents:
        hidden.append((("incidents", "rows"), challenge.incidents.rows))
    for location, name in hidden:
        if not name.startswith("harness/"):
            yield draft.at(
                location,
                f"{name!r} is not under harness/, which is all the probe is given; move it there",
            )


RULES: tuple[Rule, ...] = (
    _points_sum_to_100,
    _criteria_name_what_exists,
    _criteria_have_their_table,
    _names_are_unique,
    _faults_cost_criteria,
    _faults_have_patches,
    _patches_have_faults,
    _files_exist,
    _hidden_files_are_in_the_harness,
    _protected_paths_exist,
    *incident_rules.RULES,
)
