"""The form of a position: text as it was typed, until it is read. Nothing typed is lost."""

from pydantic import BaseModel

from assay.db.tables import Position
from assay.domain.errors import BadInput
from assay.domain.hiring import ReleasePolicy
from assay.domain.weights import weights_of
from assay.features.positions.service import HOUR_S, Terms
from assay.web.forms import FormLine
from assay.web.unseen import mark_of


class PositionForm(BaseModel):
    """What is typed. `area` and `factor` belong together, one by one.

    `seen` is the mark of what the position said when the form was shown.
    """

    challenge: FormLine = ""
    title: FormLine = ""
    area: list[FormLine] = []
    factor: list[FormLine] = []
    hours: FormLine = ""
    release: FormLine = ReleasePolicy.BY_HAND.value
    keep_days: FormLine = ""
    seen: FormLine = ""

    def terms(self) -> Terms:
        """What it says.

        Raises:
            BadInput: a figure is none, or the choice of release is unknown; all are named.
        """
        problems: list[str] = []
        typed = {
            area: _figure(f"Weight of {area}", text, problems)
            for area, text in zip(self.area, self.factor, strict=False)
        }
        factors = {area: factor for area, factor in typed.items() if factor is not None}
        hours = _figure("Time box", self.hours, problems)
        days = _figure("Keep personal data", self.keep_days, problems)
        if days is not None and days != int(days):
            problems.append("Keep personal data: give whole days")
        if self.release not in set(ReleasePolicy):
            problems.append("Release: choose one of the three")
        if problems:
            raise BadInput(*problems)
        return Terms(
            title=self.title,
            factors=factors,
            time_box_h=hours,
            release=ReleasePolicy(self.release),
            keep_days=None if days is None else int(days),
        )


def form_of(row: Position) -> PositionForm:
    """The form as it would be filled in to get this position."""
    weights = weights_of(row.weights)
    return PositionForm(
        challenge=row.challenge,
        title=row.title,
        area=list(weights),
        factor=[f"{float(factor):g}" for factor in weights.values()],
        hours="" if row.time_box_s is None else f"{row.time_box_s / HOUR_S:.10g}",
        release=row.release.value,
        keep_days="" if row.keep_days is None else str(row.keep_days),
        seen=mark_of(row),
    )


def _figure(name: str, text: str, problems: list[str]) -> float | None:
    """None if nothing was typed, or what is no number: then a problem is noted."""
    if not text:
        return None
    try:
        figure = float(text.replace(",", "."))
    except ValueError:
        problems.append(f"{name}: {text!r} is no number")
        return None
    if abs(figure) > 10**6 or figure != figure:
        problems.append(f"{name}: {text!r} cannot be")
        return None
    return figure
