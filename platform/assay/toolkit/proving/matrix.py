"""The attribution matrix as a page of the documentation, with what was proven around it."""

from collections.abc import Iterator, Sequence

from assay.toolkit.proving.proof import Cell, Proof

SHOWN = 0.05
"""Points; less is shown as nothing."""
SIGNS = {"green": "holds", "red": "does not hold", "incomplete": "could not be seen whole"}


def matrix_page(proof: Proof) -> str:
    """Markdown, written by `assay challenge prove` and by nobody else."""
    return "\n".join([*_head(proof), *_checks(proof), *_matrix(proof), *_scores(proof)]) + "\n"


def _head(proof: Proof) -> Iterator[str]:
    stamp = proof.stamp
    yield f"# Proof of {proof.challenge} {proof.version}: {proof.verdict}\n"
    yield f"Written by `assay challenge prove`; a {proof.scope} proof of {len(proof.runs)} runs.\n"
    yield f"* challenge `{stamp.challenge_sha256[:16]}`, harness {stamp.assay} "
    yield f"  `{stamp.harness_sha256[:16]}`, seed {stamp.seed}, {stamp.profile} timelines"
    if stamp.host:
        yield f"* {stamp.host.cores} cores, Linux {stamp.host.kernel}, {stamp.host.engine}"
    yield f"* {proof.evaluations_s / 60:.0f} minutes of evaluations"
    yield f"* put together {stamp.made_at}\n"


def _checks(proof: Proof) -> Iterator[str]:
    yield "| check | |"
    yield "|---|---|"
    for check in proof.checks:
        yield f"| {check.title} | {SIGNS[check.verdict]} |"
    yield ""
    for check in proof.checks:
        yield from (f"* {told}" for told in (*check.problems, *check.unseen))
    yield ""


def _matrix(proof: Proof) -> Iterator[str]:
    names = shown_criteria(proof)
    yield "## What each planted fault costs\n"
    yield "Points lost against the reference. **Bold**: the fault names the criterion. `!`: not as "
    yield "declared.\n"
    yield from _table(
        ["fault", *(name.replace("_", " ") for name in names), "score"],
        [[row.fault, *(_cell(row.cells.get(n)) for n in names), row.score] for row in proof.matrix],
    )
    yield ""


def shown_criteria(proof: Proof) -> list[str]:
    """Criteria that some fault names or costs, in the order of the rubric."""
    touched = {name for row in proof.matrix for name, cell in row.cells.items() if _is_shown(cell)}
    return [line.id for line in proof.criteria if line.id in touched]


def _is_shown(cell: Cell) -> bool:
    return bool(cell.verdict) or (cell.lost is not None and abs(cell.lost) >= SHOWN)


def _cell(cell: Cell | None) -> str:
    if cell is None or not _is_shown(cell):
        return ""
    figure = "?" if cell.lost is None else f"{-cell.lost:.1f}"
    if cell.verdict in ("shown", "silent"):
        figure = f"**{figure}**"
    return f"{figure} !" if cell.verdict in ("silent", "leak") else figure


def _scores(proof: Proof) -> Iterator[str]:
    yield "## What was scored\n"
    rows = [
        [
            f"{run.name}{f' ({run.again + 1})' if run.again else ''}",
            run.score,
            f"{run.expected[0]:g} to {run.expected[1]:g}" if run.expected else "",
            ", ".join(flag.replace("_", " ") for flag in run.flags),
            f"{run.seconds:.0f}",
        ]
        for run in proof.runs
    ]
    yield from _table(["submission", "score", "expected", "flags", "seconds"], rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in (header, *rows)
    ]
    yield lines[0]
    yield "|" + "|".join("-" * (w + 2) for w in widths) + "|"
    yield from lines[1:]
