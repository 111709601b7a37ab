"""A service that looks like credit scoring and knows nothing. `python cheating_service.py KIND`.

KIND `constant` gives everybody the same score, `by-id` one drawn from the application's id.
"""

import hashlib
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def probability(kind: str, application_id: str) -> float:
    if kind == "constant":
        return 0.28
    return hashlib.sha256(application_id.encode()).digest()[0] / 255


def score(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    value = probability(kind, body["application_id"])
    return {
        "application_id": body["application_id"],
        "probability_of_default": value,
        "decision": "approve" if value < 0.25 else "refer" if value < 0.5 else "decline",
        "income_source": "imputed" if body["income_eur_year"] is None else "declared",
        "model_version": "1",
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kind = "constant"

    def do_GET(self) -> None:
        self.answer(200, {})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(raw)
            if self.path.endswith("/feedback"):
                self.answer(202, {})
            elif self.path.endswith("/batch"):
                scores = [score(self.kind, one) for one in body["applications"]]
                self.answer(200, {"scores": scores})
            else:
                self.answer(200, score(self.kind, body))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.answer(422, {"error": {}})

    def answer(self, status: int, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


if __name__ == "__main__":
    Handler.kind = sys.argv[1]
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
