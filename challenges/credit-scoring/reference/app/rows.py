"""From the contract's words and units to those of the training data."""

from collections.abc import Mapping

from app.schemas import Application

Row = Mapping[str, float | str | None]


def row_of(application: Application, income_eur_year: float | None) -> Row:
    """The application as a line of the training file; None where nothing is known."""
    return {
        "seniority_years": application.seniority_years,
        "term_months": application.term_months,
        "age_years": application.age_years,
        "expenses_eur_month": application.expenses_eur_month,
        "income_eur_month": _per_month(income_eur_year),
        "assets_eur": application.assets_eur,
        "debt_eur": application.debt_eur,
        "amount_eur": application.amount_eur,
        "price_eur": application.price_eur,
        "home": application.home,
        "marital": application.marital,
        "records": application.records,
        "job": application.job,
    }


def _per_month(eur_year: float | None) -> float | None:
    return None if eur_year is None else eur_year / 12
