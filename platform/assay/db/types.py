"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Enum
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

LONGEST_WORD = 40


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Only aware instants go in, and they come out in UTC, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database, in UTC.

        Raises:
            ValueError: the instant has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; use an instant in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database. SQLite forgets the zone; what went in was UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def word_of(words: type[StrEnum]) -> Enum:
    """A column that keeps one word of a closed set, as the text it is.

    Text and no type of the database: a new word needs no migration.
    """
    return Enum(
        words,
        native_enum=False,
        create_constraint=False,
        length=LONGEST_WORD,
        values_callable=lambda kind: [member.value for member in kind],
    )
