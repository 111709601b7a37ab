"""What the insurer sells and how far a service may decide alone: the brief says the same."""

from dataclasses import dataclass

OTHER = "other"
NOTICE_DAYS = 30
NEW_TYPE = "pet_treatment"
"""In no published list: what the truth calls `other`."""


@dataclass(frozen=True, slots=True)
class Product:
    """One category of claims. Money in whole EUR."""

    category: str
    prefix: str
    limit_eur: int
    deductible_eur: int


PRODUCTS = {
    product.category: product
    for product in (
        Product("motor_damage", "MO", 3000, 300),
        Product("home_water", "HO", 2500, 150),
        Product("home_burglary", "HO", 1500, 150),
        Product("storm_damage", "HO", 4000, 250),
        Product("travel_cancellation", "TR", 2000, 100),
        Product("travel_medical", "TR", 1500, 50),
        Product("liability_property", "LI", 2000, 0),
    )
}
UNLISTED = Product(OTHER, "PE", 2000, 0)


def product_of(kind: str) -> Product:
    """The product of a category; `UNLISTED` for what nobody has listed."""
    return PRODUCTS.get(kind, UNLISTED)


def check_digit(digits: str) -> str:
    """The digit that makes a number pass the Luhn test (ISO/IEC 7812-1, annex B)."""
    doubled = (int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits)))
    return str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)


def policy_number(prefix: str, serial: int) -> str:
    """Two letters, eight digits, a check digit: `HO-4821-7736-5`."""
    digits = f"{serial:08d}"
    return f"{prefix}-{digits[:4]}-{digits[4:]}-{check_digit(digits)}"


def with_wrong_check(number: str) -> str:
    """The same number with a check digit that is off by one to nine."""
    return number[:-1] + str((int(number[-1]) + 4) % 10)


def is_valid(number: str) -> bool:
    """Whether the check digit is right."""
    digits = number.replace("-", "")[2:]
    return digits[-1] == check_digit(digits[:-1])
