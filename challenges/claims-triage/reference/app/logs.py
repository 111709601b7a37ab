"""One JSON object per line on stdout. Nothing that stands in a claim belongs here."""

import logging
import sys
import traceback
from typing import TextIO

import orjson

_LOGGER = logging.getLogger("claims")


class JsonLines(logging.Formatter):
    """Formats a record and the fields given with it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON; of exceptions the kind, for messages may quote claims."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "event": record.msg if record.name == "claims" else f"from {record.name}",
            **getattr(record, "fields", {}),
        }
        return orjson.dumps(line, default=str).decode()


def set_up(stream: TextIO | None = None) -> None:
    """Send everything, the server's own lines included, to stdout (or `stream`) as JSON."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def info(event: str, **fields: object) -> None:
    """Something that went as planned."""
    _LOGGER.info(event, extra={"fields": fields})


def warning(event: str, **fields: object) -> None:
    """Something that somebody may want to look at."""
    _LOGGER.warning(event, extra={"fields": fields})


def error(event: str, exception: BaseException, **fields: object) -> None:
    """Something that must not happen. Places only: messages may repeat what was sent."""
    places = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(exception.__traceback__)
    ]
    fields |= {"exception": type(exception).__name__, "places": places}
    _LOGGER.error(event, extra={"fields": fields})
