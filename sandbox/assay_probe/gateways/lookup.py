"""A register that is asked for one record by its id: a credit bureau, a feature store."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from assay_probe.gateways.wire import Request, Response, json_response


class Lookup:
    """Answers `GET <path>` from a file of JSON lines.

    Settings:
        path: Template such as "/income/{id}".
        fields: Names of the record's fields to give away; all without it.
        key: Field of the file that `{id}` names; "id" without it.
    """

    def __init__(self, data: Path, settings: Mapping[str, Any]) -> None:
        before, _, after = str(settings["path"]).partition("{id}")
        self._path = re.compile(f"{re.escape(before)}([^/?]+){re.escape(after)}")
        key, names = settings.get("key", "id"), settings.get("fields")
        self._records = {
            str(record[key]): {name: record[name] for name in names or record}
            for record in map(json.loads, data.read_text().splitlines())
        }

    def __call__(self, request: Request) -> Response:
        """200 with the record, 404 without one, 400 for anything that is not a look-up."""
        found = self._path.fullmatch(request.path)
        if request.method != "GET" or not found:
            return json_response(400, {"error": "not a look-up"})
        record = self._records.get(unquote(found[1]))
        return json_response(200, record) if record else json_response(404, {"error": "unknown"})
