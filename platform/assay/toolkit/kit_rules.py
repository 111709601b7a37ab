"""What must hold for a practice kit: it can be run, and gives nothing hidden away."""

from collections.abc import Iterator
from pathlib import Path

from assay.domain.challenge import PracticeKit
from assay.domain.errors import Problem
from assay.toolkit.draft import Draft, Rule

HIDDEN = ("harness", "reference", "faults", "answers")
PLACE = ("practice", "kit")


def _kit_is_a_folder_of_its_own(draft: Draft) -> Iterator[Problem]:
    kit = draft.challenge.practice.kit
    if kit is None:
        return
    for name, path in (("tests", kit.tests), ("rows", kit.rows)):
        top = Path(path).parts[0]
        if top in HIDDEN or len(Path(path).parts) < 2:
            yield draft.at(
                (*PLACE, name),
                f"{path!r} would hand out everything beside it; put the public files into a folder "
                f"of their own, such as practice/",
            )
        elif not (draft.root / path).is_file():
            yield draft.at((*PLACE, name), f"there is no file {path!r}; write it")
    if Path(kit.rows).parent != Path(kit.tests).parent:
        yield draft.at((*PLACE, "rows"), f"{kit.rows!r} is not beside {kit.tests!r}; move it there")


def _kit_gives_nothing_hidden_away(draft: Draft) -> Iterator[Problem]:
    hidden = _hidden_lines(draft.root)
    for path in _public_files(draft):
        inside = path.resolve().is_relative_to(_folder(draft).resolve())
        if path.is_symlink() or not inside:
            yield Problem("is a link, and what it leads to would be handed out", str(path))
            continue
        lines = path.read_bytes().splitlines()
        number = next((n for n, line in enumerate(lines, 1) if line in hidden), 0)
        if number:
            yield Problem(
                "this row is one of harness/, and the kit is public; draw other rows for it",
                str(path),
                number,
            )


def _kit_has_the_data_of_every_dependency(draft: Draft) -> Iterator[Problem]:
    if draft.challenge.practice.kit is None:
        return
    for index, dependency in enumerate(draft.challenge.dependency):
        if not (_folder(draft) / dependency.data).is_file():
            yield draft.at(
                ("dependency", index, "data"),
                f"the practice kit has no {dependency.data!r} for the stand-in of "
                f"{dependency.name!r}; write one that knows the public rows",
            )


def _shown_incidents_exist(draft: Draft) -> Iterator[Problem]:
    kit = draft.challenge.practice.kit
    known = {one.id for one in draft.challenge.incident}
    unknown = [name for name in kit.incidents if name not in known] if kit else []
    if unknown:
        yield draft.at(
            (*PLACE, "incidents"),
            f"no [[incident]] is called {', '.join(map(repr, unknown))}; use some of: "
            f"{', '.join(sorted(known)) or 'none, there is no [[incident]] table'}",
        )


def _shown_incidents_make_a_timeline(draft: Draft) -> Iterator[Problem]:
    kit, rules = draft.challenge.practice.kit, draft.challenge.incidents
    shown = [one for one in draft.challenge.incident if kit and one.id in kit.incidents]
    if kit is None or rules is None or not shown:
        return
    if not any(one.kind == "decoy" for one in shown):
        yield draft.at(
            (*PLACE, "incidents"), "show a decoy too, or an alert that always fires looks good"
        )
    busy_min = sum(one.length_min for one in shown)
    needed_min = rules.warmup_min + max(
        busy_min + rules.gap_min * len(shown), busy_min / (1 - rules.quiet_share)
    )
    if needed_min > kit.incidents_min:
        yield draft.at(
            (*PLACE, "incidents_min"),
            f"the incidents that are shown need {needed_min:.0f} virtual minutes with warm-up and "
            f"quiet, and have {kit.incidents_min:g}; allow more, or show fewer",
        )


def _folder(draft: Draft) -> Path:
    kit: PracticeKit | None = draft.challenge.practice.kit
    return draft.root / Path(kit.tests).parent if kit else draft.root / "practice"


def _public_files(draft: Draft) -> list[Path]:
    kit = draft.challenge.practice.kit
    if kit is None or Path(kit.tests).parts[0] in HIDDEN or len(Path(kit.tests).parts) < 2:
        return []  # the first rule tells
    return sorted(path for path in _folder(draft).rglob("*") if path.is_symlink() or path.is_file())


def _hidden_lines(root: Path) -> set[bytes]:
    """Rows of hidden data; lines of code may be alike by chance."""
    found = (path.read_bytes().splitlines() for path in (root / "harness").rglob("*.jsonl"))
    return {line for lines in found for line in lines if line.strip()}


RULES: tuple[Rule, ...] = (
    _kit_is_a_folder_of_its_own,
    _kit_gives_nothing_hidden_away,
    _kit_has_the_data_of_every_dependency,
    _shown_incidents_exist,
    _shown_incidents_make_a_timeline,
)
