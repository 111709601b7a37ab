"""Dates and amounts as people write them, in English and German, and one way to write them."""

import re
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "januar", "jan", "jänner"),
            ("february", "februar", "feb"),
            ("march", "märz", "maerz", "mar", "mär"),
            ("april", "apr"),
            ("may", "mai"),
            ("june", "juni", "jun"),
            ("july", "juli", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oktober", "oct", "okt"),
            ("november", "nov"),
            ("december", "dezember", "dec", "dez"),
        ),
        1,
    )
    for name in names
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DATE = re.compile(
    r"\b(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})[./-][ ]?(?P<m2>\d{1,2})[./-][ ]?(?P<y2>\d{4}|\d{2})"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th|\.)?[ ](?:of[ ])?(?P<m3>{_MONTH})\.?,?[ ](?P<y3>\d{{4}})"
    rf"|(?P<m4>{_MONTH})\.?[ ](?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?[ ](?P<y4>\d{{4}}))\b",
    re.IGNORECASE,
)
_CURRENCY = r"(?:EUR|USD|GBP|CHF|Euro|\u20ac|\$|\u00a3)"
_NUMBER = r"\d[\d.,'\u2019]{0,17}"
AMOUNT = re.compile(rf"{_CURRENCY}[ ]?({_NUMBER})|\b({_NUMBER})[ ]?{_CURRENCY}", re.IGNORECASE)
NUMBER = re.compile(rf"-?{_NUMBER}")
CENTURY = 2000


def iso_date(text: str) -> str | None:
    """The date in a text as YYYY-MM-DD, None without one. 3/4/2026 is the third of April."""
    match = DATE.search(text)
    if not match:
        return None
    given = {name[0]: value for name, value in match.groupdict().items() if value}
    month = MONTHS.get(given["m"].lower().rstrip(".")) or int(given["m"])
    day, year = int(given["d"]), int(given["y"])
    if month > 12:
        day, month = month, day
    try:
        return date(year + CENTURY if year < 100 else year, month, day).isoformat()
    except ValueError:
        return None


def number(text: str) -> float | None:
    """The first number in a text, None without one. 1.234,50 and 1,234.50 are the same."""
    match = NUMBER.search(text)
    if not match:
        return None
    digits = match[0].rstrip(".,'\u2019")
    whole, mark, cents = _parts(digits)
    plain = re.sub(r"[.,'\u2019]", "", whole)
    return float(f"{plain}.{cents}") if mark else float(plain)


def _parts(digits: str) -> tuple[str, str, str]:
    """Whole part, decimal mark and decimals; a mark before three digits is one of thousands."""
    match = re.fullmatch(r"(.*)([.,])(\d{1,2}|\d{4,})", digits)
    if match and match[2] not in match[1]:
        return match[1], match[2], match[3]
    return digits, "", ""
