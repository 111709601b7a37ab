"""Keeps a brief true: its tables of limits and bands are written from `challenge.toml`.

`python -m assay.toolkit.brief CHALLENGE...` rewrites the tables between their markers.
"""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from assay.domain.challenge import Challenge
from assay.domain.errors import BadInput, Problem
from assay.domain.rubric import Criterion
from assay.toolkit.files import BRIEF
from assay.toolkit.reading import read_draft


def refreshed(text: str, challenge: Challenge) -> str:
    """The brief with every generated table rewritten.

    Raises:
        BadInput: a table's markers are missing.
    """
    for name, table in TABLES.items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        if not block.search(text):
            raise BadInput(
                Problem(f"has no table {name!r}; add <!-- {name} --> and <!-- end {name} -->")
            )
        new = f"\n{table(challenge)}\n\n"
        text = block.sub(lambda found, new=new: found[1] + new + found[2], text)  # type: ignore[misc]
    return text


def bands_table(challenge: Challenge) -> str:
    """What every criterion pays, by area; gates apart, for they multiply."""
    rows = [
        f"| {area.title} | {criterion.title} | {criterion.points} | {_band(criterion)} |"
        for area in challenge.area
        for criterion in challenge.criterion
        if criterion.area == area.id and not criterion.gate
    ]
    gates = [f"| {c.title} | {_band(c)} |" for c in challenge.criterion if c.gate]
    return "\n".join(
        [
            "| area | criterion | points | all of them at | none at | unit |",
            "|---|---|--:|--:|--:|---|",
            *rows,
            "",
            "| gate (multiplies the whole score) | whole at | nothing at | unit |",
            "|---|--:|--:|---|",
            *gates,
        ]
    )


def limits_table(challenge: Challenge) -> str:
    """What the service and its build may use."""
    limits = challenge.limits
    rows = {
        "CPU": f"{limits.cores} core, pinned",
        "memory": f"{limits.memory_mib} MiB, no swap",
        "processes and threads": f"{limits.pids}",
        "writable": f"/tmp only, {limits.tmp_mib} MiB, in memory",  # noqa: S108 - prose
        "image": f"{limits.image_mib} MiB",
        "build": f"{limits.build_s:g} s",
        "start until ready": f"{limits.boot_s:g} s",
        "repository": f"{limits.repository_mib} MiB, {limits.repository_files} files, no symlinks",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| what | limit |", "|---|---|", *lines])


TABLES: dict[str, Callable[[Challenge], str]] = {"bands": bands_table, "limits": limits_table}
"""Name between the markers -> what stands there."""


def _band(criterion: Criterion) -> str:
    band = criterion.band
    scale = " (log scale)" if band.scale == "log" else ""
    return f"{band.target:g} | {band.floor:g} | {criterion.unit}{scale}"


def write_tables(directory: Path) -> None:
    """Rewrite the tables of a challenge's brief.

    Raises:
        BadInput: there is no challenge or no brief, or it is not UTF-8.
    """
    brief = directory / BRIEF
    challenge = read_draft(directory).challenge
    try:
        text = brief.read_text()
    except UnicodeDecodeError as error:
        raise BadInput(Problem("is not UTF-8; save it as UTF-8", str(brief))) from error
    brief.write_text(refreshed(text, challenge))


def main(names: Iterable[str]) -> None:
    """Rewrite the tables of each challenge directory named."""
    for name in names:
        write_tables(Path(name))


if __name__ == "__main__":
    main(sys.argv[1:])
