"""What the hidden tests send: nonsense, the forbidden, and the barely allowed."""

import math

NOT_JSON = {
    "cut off": b'{"application_id": "A-1", ',
    "empty": b"",
    "not UTF-8": b'{"application_id": "\xff\xfe"}',
    "too deep": b"[" * 20_000,
}

WRONG = {
    "text for a number": {"amount_eur": "a lot"},
    "a number in quotes": {"age_years": "41"},
    "a fraction for a whole number": {"term_months": 12.5},
    "true for a number": {"expenses_eur_month": True},
    "a list for a number": {"price_eur": [1000]},
    "null where a value is needed": {"amount_eur": None},
    "a number for a name": {"applicant": {"name": 7, "email": "a@b.example", "national_id": "X"}},
    "an unknown home": {"home": "castle"},
    "an unknown job": {"job": "fixed "},
    "an unknown marital status": {"marital": "Married"},
    "null for records": {"records": None},
    "a negative amount": {"amount_eur": -1000},
    "a negative income": {"income_eur_year": -1},
    "a negative expense": {"expenses_eur_month": -0.01},
    "an amount of nothing": {"amount_eur": 0},
    "too young": {"age_years": 17},
    "older than anybody": {"age_years": 121},
    "no term": {"term_months": 0},
    "a term without end": {"term_months": 100_000},
    "a price beyond the limit": {"price_eur": 1e12},
    "a number too large for a float": {"assets_eur": 10**400},
    "NaN": {"debt_eur": math.nan},
    "Infinity": {"income_eur_year": math.inf},
    "an empty id": {"application_id": ""},
    "an id that is a path": {"application_id": "../../admin?x=1#"},
    "an endless id": {"application_id": "A" * 65},
}

NO_JSON_NUMBER = ("NaN", "Infinity")
"""JSON has no such values, so refusing the whole body as malformed is right too."""

EXTREMES = {
    "nothing owned, earned or spent": {
        "income_eur_year": 0,
        "expenses_eur_month": 0,
        "assets_eur": 0,
        "debt_eur": 0,
    },
    "the smallest loan": {"amount_eur": 0.01, "price_eur": 0.01},
    "a tiny price": {"amount_eur": 100_000_000, "price_eur": 1e-9},
    "the largest loan": {"amount_eur": 100_000_000, "price_eur": 100_000_000},
    "large everything": dict.fromkeys(
        ["income_eur_year", "expenses_eur_month", "assets_eur", "debt_eur"], 100_000_000
    ),
    "the youngest, shortest": {"age_years": 18, "term_months": 1, "seniority_years": 0},
    "the oldest, longest": {"age_years": 120, "term_months": 600, "seniority_years": 80},
    "a number next to nothing": {"debt_eur": 5e-324, "assets_eur": -0.0},
}
