"""The service turns an application into the inputs that training saw."""

import numpy as np

import train
from app.features import CATEGORIES, codes_of, inputs_of
from app.rows import row_of
from app.schemas import Application


def as_application(row, application):
    income = row["income_eur_month"]
    fields = {name: row[name] for name in row if name in application}
    for name in ("seniority_years", "term_months", "age_years"):
        fields[name] = int(fields[name])
    fields["income_eur_year"] = None if income is None else income * 12
    return Application.model_validate(application | fields)


def test_inputs_of_the_training_rows_are_the_same_in_the_service(model, application):
    rows, _ = train.read_rows()
    applications = [as_application(row, application) for row in rows[:500]]
    served = model.inputs([row_of(one, one.income_eur_year) for one in applications])
    np.testing.assert_array_equal(served, inputs_of(rows[:500], codes_of(CATEGORIES)))


def test_the_contract_knows_the_categories_of_training():
    for name, values in CATEGORIES.items():
        annotation = Application.model_fields[name].annotation
        assert all(value in str(annotation) for value in values)
