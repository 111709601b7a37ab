"""What a score is: complete the income, predict, decide, take note."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from app.bureau import Bureau
from app.decision import Decision, decide
from app.drift import DriftWindow
from app.features import INPUTS
from app.feedback import Outcomes
from app.metrics import count_scores
from app.model import Model
from app.rows import row_of
from app.schemas import Application

INCOME = INPUTS.index("income_eur_month")


class Score(TypedDict):
    """The answer to one application."""

    application_id: str
    probability_of_default: float
    decision: Decision
    income_source: str
    model_version: str


class Scorer:
    """Scores applications with one model; one path for a single one and for a batch."""

    def __init__(self, model: Model, bureau: Bureau) -> None:
        self.model = model
        self.bureau = bureau
        self.drift = DriftWindow(model.profile)
        self.outcomes = Outcomes()

    async def score(self, applications: Sequence[Application]) -> list[Score]:
        """Scores in the order of the applications."""
        incomes, sources = await self._incomes(applications)
        inputs = self.model.inputs(
            [row_of(one, income) for one, income in zip(applications, incomes, strict=True)]
        )
        probabilities = self.model.predict(inputs)
        scores = [
            self._answer(one, probability, source)
            for one, probability, source in zip(
                applications, probabilities.tolist(), sources, strict=True
            )
        ]
        self._take_note(scores, inputs, probabilities)
        return scores

    async def _incomes(
        self, applications: Sequence[Application]
    ) -> tuple[list[float | None], list[str]]:
        incomes = [one.income_eur_year for one in applications]
        sources = ["declared"] * len(incomes)
        unknown = [place for place, income in enumerate(incomes) if income is None]
        found = await self.bureau.incomes([applications[place].application_id for place in unknown])
        for place, income in zip(unknown, found, strict=True):
            incomes[place] = income
            sources[place] = "imputed" if income is None else "bureau"
        return incomes, sources

    def _answer(self, application: Application, probability: float, source: str) -> Score:
        return {
            "application_id": application.application_id,
            "probability_of_default": probability,
            "decision": decide(probability),
            "income_source": source,
            "model_version": self.model.version,
        }

    def _take_note(
        self, scores: Sequence[Score], inputs: np.ndarray, probabilities: np.ndarray
    ) -> None:
        seen = _as_sent(scores, inputs)
        count_scores(scores, seen)
        self.drift.add(np.column_stack([seen, probabilities]))
        self.outcomes.scored(
            (score["application_id"], score["probability_of_default"]) for score in scores
        )


def _as_sent(scores: Sequence[Score], inputs: np.ndarray) -> np.ndarray:
    """Inputs without the bureau's help: training had none, and it is callers that we watch."""
    helped = [score["income_source"] != "declared" for score in scores]
    seen = inputs.copy()
    seen[helped, INCOME] = np.nan
    return seen
