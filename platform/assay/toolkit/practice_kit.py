"""The public part of a challenge, as every starter carries it: what `assay check` runs at home.

    .assay/README.md        what this folder is
    .assay/kit.json         the public edition of challenge.toml, and whose it is
    .assay/wheelhouse.txt   the packages a build can install
    .assay/harness/         the folder of the public tests, whole

The public edition says what the brief says: limits, contract, bands, the incidents that the
author shows. It has no slots, no hidden file, and nothing that needs the reference service.
"""

import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assay.domain.challenge import Challenge, Contract, PracticeKit
from assay.domain.errors import BadInput, Problem
from assay.domain.timeline import Draw
from assay.toolkit.files import digest, files_of
from assay.toolkit.lint.modes import METERED
from assay.toolkit.lint.traits import NEEDS_TABLE
from assay.toolkit.package import ChallengePackage

FOLDER, SPEC, README = ".assay", "kit.json", "README.md"
HARNESS, WHEELHOUSE = "harness", "wheelhouse.txt"
BESIDE_REFERENCE = ("latency_ratio", "throughput_ratio", "cost_ratio")
"""Checks that compare with the reference service, which no candidate has."""
OF_HIDDEN_ROWS = ("attack_twins",)
"""Checks of rows that only a generator makes, which is not handed out."""
PUBLIC = (
    "format",
    "id",
    "version",
    "title",
    "summary",
    "license",
    "time_box",
    "limits",
    "dependency",
    "load",
    "shutdown",
    "area",
    "criterion",
)
"""Tables that are handed out as they are: the brief says what stands there."""
BRING_BACK = "git checkout $(git rev-list --max-parents=0 HEAD) -- .assay"


class KitSpec(BaseModel):
    """`kit.json`.

    Attributes:
        challenge_sha256: Digest of the package this is the public part of.
        only_there: Titles of the criteria that cannot be measured at home.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    challenge_sha256: str
    challenge: Challenge
    only_there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit that was read.

    Attributes:
        package: The public edition as a package without a reference, rooted in the kit.
        only_there: Titles of the criteria that cannot be measured at home.
    """

    package: ChallengePackage
    only_there: tuple[str, ...]


def public_edition(challenge: Challenge, kit: PracticeKit) -> Challenge:
    """The challenge as its candidates may know it: what `PUBLIC` names, and the kit's own files.

    A table that is not named there stays hidden until somebody decides that it may be shown.
    """
    rows = f"{HARNESS}/{Path(kit.rows).name}"
    return Challenge(
        **{name: getattr(challenge, name) for name in PUBLIC},
        build=challenge.build.model_copy(update={"wheelhouse": WHEELHOUSE}),
        contract=_public_contract(challenge.contract, kit, rows),
        quality=challenge.quality and challenge.quality.model_copy(update={"holdout": rows}),
        **_public_incidents(challenge, kit, rows),
    )


def only_there(challenge: Challenge, kit: PracticeKit) -> tuple[str, ...]:
    """Titles of the criteria that cannot be measured without hidden parts."""
    edition = public_edition(challenge, kit)
    gone = [table for table in NEEDS_TABLE if getattr(edition, table) is None]
    checks = {
        *BESIDE_REFERENCE,
        *OF_HIDDEN_ROWS,
        *(check for table in gone for check in NEEDS_TABLE[table]),
    }
    return tuple(one.title for one in challenge.criterion if one.check in checks)


def write_kit(package: ChallengePackage, tree: Path) -> None:
    """Add the practice kit to a starter, if the challenge has one. Same package, same bytes.

    Raises:
        BadInput: the starter has such a folder already.
    """
    kit = package.challenge.practice.kit
    if kit is None:
        return
    folder = tree / FOLDER
    if folder.exists():
        message = f"the starter has a folder {FOLDER}/ of its own; rename it in reference/"
        raise BadInput(Problem(message, str(package.root / "reference" / FOLDER)))
    spec = KitSpec(
        challenge_sha256=package.digest,
        challenge=public_edition(package.challenge, kit),
        only_there=only_there(package.challenge, kit),
    )
    _copy(package.root / Path(kit.tests).parent, folder / HARNESS)
    shutil.copyfile(package.wheelhouse, folder / WHEELHOUSE)
    (folder / SPEC).write_text(spec.model_dump_json(indent=1, exclude_none=True) + "\n")
    (folder / README).write_text(_readme(package.challenge))


def find_kit(start: Path) -> Path:
    """The folder that holds the kit: where `assay check` is run, or further up.

    Raises:
        BadInput: there is none.
    """
    here = start.resolve()
    found = next((at for at in (here, *here.parents) if (at / FOLDER / SPEC).is_file()), None)
    if found is None:
        raise BadInput(
            Problem(
                f"there is no practice kit ({FOLDER}/{SPEC}) here or further up; run it in the "
                f"repository you cloned. If the folder was deleted, `{BRING_BACK}` brings it back; "
                f"a challenge without one is practised by pushing",
                str(start),
            )
        )
    return found


def read_kit(root: Path) -> Kit:
    """The kit of a work tree.

    Raises:
        BadInput: it was changed so that it cannot be used, or is of a later version.
    """
    folder = root / FOLDER
    spec = _spec_of(folder / SPEC)
    contract = spec.challenge.contract
    named = (contract.tests, contract.rows, spec.challenge.build.wheelhouse)
    missing = [name for name in named if not (folder / name).is_file()]
    if missing:
        raise BadInput(
            *(Problem(f"is missing; `{BRING_BACK}`", str(folder / name)) for name in missing)
        )
    return Kit(ChallengePackage(spec.challenge, folder, digest(folder)), spec.only_there)


def _spec_of(path: Path) -> KitSpec:
    try:
        return KitSpec.model_validate_json(path.read_text())
    except (ValidationError, OSError, UnicodeDecodeError) as error:
        raise BadInput(
            Problem(
                f"cannot be read: it was changed, or a newer Assay wrote it. `{BRING_BACK}` brings "
                f"back the one you were given; else install the version of Assay that the hiring "
                f"team hands out",
                str(path),
            )
        ) from error


def _public_contract(contract: Contract, kit: PracticeKit, rows: str) -> Contract:
    tests = f"{HARNESS}/{Path(kit.tests).name}"
    return contract.model_copy(update={"tests": tests, "rows": rows})


def _public_incidents(challenge: Challenge, kit: PracticeKit, rows: str) -> dict[str, Any]:
    """The timeline of the incidents that are shown: all of them, once."""
    rules = challenge.incidents
    shown = tuple(one for one in challenge.incident if one.id in kit.incidents)
    if rules is None or not shown:
        return {"incidents": None, "incident": ()}
    groups = [one.group for one in shown]
    draw = tuple(Draw(group=name, count=groups.count(name)) for name in dict.fromkeys(groups))
    length = {"standard_min": kit.incidents_min, "thorough_min": kit.incidents_min}
    public = rules.model_copy(update={"rows": rows, "draw": draw, "thorough_draw": (), **length})
    return {"incidents": public, "incident": shown}


def _copy(source: Path, destination: Path) -> None:
    for path in files_of(source):
        target = destination / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _readme(challenge: Challenge) -> str:
    asks_models = any(one.behaviour in METERED for one in challenge.dependency)
    names = ("practice_readme.md", *(["practice_readme_models.md"] if asks_models else []))
    text = "".join(files("assay.toolkit").joinpath(name).read_text() for name in names)
    return text.replace("{title}", challenge.title)
