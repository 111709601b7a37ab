"""`proof.html`: the proof of a challenge on one page that needs nothing else, for its author.

Names and sentences come from the challenge and from submissions of ours; they are escaped all the
same, and the page forbids scripts and any request.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assay.features.scorecards.report import environment
from assay.toolkit.proving.estimate import told
from assay.toolkit.proving.matrix import shown_criteria
from assay.toolkit.proving.proof import Cell, CheckResult, CriterionLine, MatrixRow, Proof, RunLine

SHADES = 5
"""Steps of the heat map: a fifth of a criterion's points each."""
WORDS = {"green": "holds", "red": "does not hold", "incomplete": "not all was seen"}
TONES = {"green": "good", "red": "poor", "incomplete": "fair"}


@dataclass(frozen=True, slots=True)
class Heat:
    """One cell of the heat map.

    Attributes:
        figure: Points lost, as shown; "" for nothing.
        tone: CSS classes: how dark, and whether it is as declared.
        told: The same in words, for whoever cannot see colours.
    """

    figure: str
    tone: str
    told: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One planted fault."""

    row: MatrixRow
    cells: tuple[Heat, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template needs, put into words.

    Attributes:
        columns: Criteria that some fault touches.
    """

    proof: Proof
    columns: tuple[CriterionLine, ...]
    rows: tuple[HeatRow, ...]
    bars: tuple["Bar", ...]

    def word(self, check: CheckResult) -> str:
        """Whether it holds."""
        return WORDS[check.verdict]

    def tone(self, check: CheckResult) -> str:
        """CSS class."""
        return TONES[check.verdict]

    @property
    def verdict_tone(self) -> str:
        """CSS class of the whole."""
        return TONES[self.proof.verdict]

    @property
    def took(self) -> str:
        """All evaluations one after another."""
        return told(self.proof.evaluations_s)


@dataclass(frozen=True, slots=True)
class Bar:
    """A run on the scale of 0 to 100, with where it must be.

    Attributes:
        at, low, high: Percent; `at` None without a complete score.
    """

    run: RunLine
    name: str
    at: float | None
    low: float
    high: float
    good: bool


def render_proof(proof: Proof) -> str:
    """The page as HTML text."""
    return environment().get_template("proof.html").render(page=page_of(proof))


def page_of(proof: Proof) -> Page:
    """What the page shows."""
    names = shown_criteria(proof)
    lines = {line.id: line for line in proof.criteria}
    columns = tuple(lines[name] for name in names)
    return Page(
        proof=proof,
        columns=columns,
        rows=tuple(_heat_row(row, columns) for row in proof.matrix),
        bars=tuple(_bars(proof)),
    )


def _heat_row(row: MatrixRow, columns: tuple[CriterionLine, ...]) -> HeatRow:
    return HeatRow(row, tuple(_heat(row, column) for column in columns))


def _heat(row: MatrixRow, column: CriterionLine) -> Heat:
    cell = row.cells.get(column.id, Cell(lost=None, verdict=""))
    if cell.lost is None:
        return Heat("?" if cell.verdict else "", f"heat-none {cell.verdict}", "not measured")
    size = f"{abs(cell.lost):.1f}"
    sign = "" if size == "0.0" else "-" if cell.lost > 0 else "+"
    figure = f"{sign}{size}" if sign or cell.verdict else ""
    shade = 0 if cell.lost < column.noise else _shade(cell.lost, column.max or 100)
    return Heat(figure, f"heat-{shade} {cell.verdict}".strip(), _words(row, column, cell))


def _shade(lost: float, most: float) -> int:
    return min(SHADES, max(1, round(SHADES * lost / most)))


def _words(row: MatrixRow, column: CriterionLine, cell: Cell) -> str:
    verdicts = {
        "shown": "as declared",
        "silent": "declared, and does not cost it",
        "leak": "not declared",
    }
    said = verdicts.get(cell.verdict, "within the noise")
    most = f" of {column.max}" if column.max else " of the whole score"
    return f"{row.fault} costs {cell.lost:.2f}{most} points of {column.title}: {said}"


def _bars(proof: Proof) -> Iterator[Bar]:
    for run in proof.runs:
        low, high = run.expected or (0.0, 100.0)
        inside = run.total is None or low <= run.total <= high
        again = f" ({run.again + 1})" if run.again else ""
        yield Bar(run, f"{run.name}{again}", run.total, low, high, inside)
