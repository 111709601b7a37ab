"""`assay challenge new`, `fault`, `answer`, `brief`: what an author writes with."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.domain.errors import BadInput, Problem

if TYPE_CHECKING:
    from assay.toolkit.scaffold.planting import Saved

FAULT = re.compile(r"([a-z][a-z0-9_]*)/([a-z][a-z0-9_]*)")
ANSWER = re.compile(r"(accepted|partial|rejected)/([a-z][a-z0-9_-]*)")

WORDS = "in lower-case letters, digits and underscores"

AChallenge = Annotated[
    str, typer.Argument(help="Directory of a challenge, or its name under challenges/.")
]
Edit = Annotated[
    Path | None, typer.Option("--edit", help="Empty or new directory to write a copy into.")
]
Save = Annotated[
    Path | None, typer.Option("--save", help="The edited copy; what it changes is the patch.")
]


def new(
    name: Annotated[str, typer.Argument(help="Its slug: lower-case words with hyphens between.")],
    title: Annotated[
        str, typer.Option(help="What people read; made from the name if not given.")
    ] = "",
    into: Annotated[
        Path, typer.Option(help="Directory of challenges; made if it is not there.")
    ] = Path("challenges"),
) -> None:
    """Write a small, complete challenge that works, to change into yours."""
    from assay.cli.places import challenges_directory
    from assay.toolkit.scaffold.writer import write_scaffold

    made = write_scaffold(name, title, into)
    called = name if into == challenges_directory() else str(made)
    count = sum(path.is_file() for path in made.rglob("*"))
    typer.echo(f"{made}: {count} files, and it works as it is. Next:")
    for line in (
        f"assay challenge lint {called}",
        f"assay grade {called} --answer reference",
        f"assay challenge prove {called} --quick",
    ):
        typer.echo(f"  {line}")


def fault(
    challenge: AChallenge,
    which: Annotated[str, typer.Argument(metavar="SLOT/FAULT", help="Of the planted fault.")],
    edit: Edit = None,
    save: Save = None,
) -> None:
    """Plant a fault: --edit writes a copy of the reference, --save makes the patch from it."""
    from assay.cli.places import challenge_directory
    from assay.toolkit.scaffold.planting import fault_path, is_declared

    directory = challenge_directory(challenge)
    told = f"a fault is named SLOT/FAULT, {WORDS}: features/wrong_unit"
    slot, name = _parts(FAULT, which, told)
    patch = fault_path(directory, slot, name)
    if _edited_or_saved(directory, patch, edit, save) and not is_declared(directory, slot, name):
        typer.echo(DECLARE.format(slot=slot, fault=name))


def answer(
    challenge: AChallenge,
    which: Annotated[str, typer.Argument(metavar="KIND/NAME", help="Of the known answer.")],
    edit: Edit = None,
    save: Save = None,
) -> None:
    """Write a known answer as a patch: --edit and --save as of a fault."""
    from assay.cli.places import challenge_directory
    from assay.toolkit.files import EXPECTATION
    from assay.toolkit.scaffold.planting import answer_path

    directory = challenge_directory(challenge)
    told = (
        f"an answer is named KIND/NAME, its kind accepted, partial or rejected, its name {WORDS}: "
        "partial/hurried"
    )
    kind, name = _parts(ANSWER, which, told)
    patch = answer_path(directory, kind, name)
    expectation = patch.with_name(EXPECTATION)
    if _edited_or_saved(directory, patch, edit, save) and not expectation.exists():
        typer.echo(EXPECT.format(path=expectation))


def brief(challenge: AChallenge) -> None:
    """Write the tables of bands and limits in BRIEF.md anew from challenge.toml."""
    from assay.cli.places import challenge_directory
    from assay.toolkit.brief import write_tables
    from assay.toolkit.files import BRIEF

    directory = challenge_directory(challenge)
    write_tables(directory)
    typer.echo(str(directory / BRIEF))


DECLARE = """\
challenge.toml does not declare it yet. Under its [[slot]] (a new one has an id and a title) add:

  [[slot]]                       # only if there is no slot {slot!r} yet
  id = "{slot}"
  title = "..."

  [[slot.fault]]
  id = "{fault}"
  title = "..."                  # what is wrong, in one line
  why = "..."                    # how production teams meet it, and what mends it
  costs = ["..."]                # the criteria it must lower
  measured_by = "..."            # the stage that shows it"""

OPENED = {
    "reference": "{copy}: the reference, to edit",
    "patched": "{copy}: the reference with {patch} on it, to edit",
    "outdated": "{copy}: the reference alone, to edit. {patch} does not apply to it any more: "
    "read there what it did, do it again in the copy, and --save writes the patch anew",
}
"""What a copy holds (`planting.Copied`), in words."""

EXPECT = """\
It needs an expectation. Write {path}:

  about = "..."                  # what it is, in a sentence
  score_min = 0
  score_max = 100"""


def _parts(pattern: re.Pattern[str], which: str, told: str) -> tuple[str, str]:
    found = pattern.fullmatch(which)
    if found is None:
        raise BadInput(f"{which!r}: {told}")
    return found[1], found[2]


def _edited_or_saved(directory: Path, patch: Path, edit: Path | None, save: Path | None) -> bool:
    """Do the one of the two that was asked for; whether a patch was saved."""
    from assay.toolkit.scaffold.planting import open_copy, save_patch

    if edit is not None and save is None:
        typer.echo(OPENED[open_copy(directory, patch, edit)].format(copy=edit, patch=patch))
        return False
    if save is not None and edit is None:
        _tell(save_patch(directory, patch, save))
        return True
    raise BadInput("give either --edit DIR, to get a copy, or --save DIR, to make the patch")


def _tell(saved: "Saved") -> None:
    typer.echo(f"{saved.patch}: changes {', '.join(saved.files)}")
    if saved.conflicts:
        raise BadInput(
            Problem("is written, but no starter can have it together with:", str(saved.patch)),
            *saved.conflicts,
        )
