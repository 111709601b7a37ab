"""The port on which the harness steers stand-ins. It answers only to the plan's token.

POST   /modes/<name>     {"mode": "slow", "delay_ms": 300}
GET    /requests/<name>  {"count": 3, "requests": [{"path", "at_s", "mode"}]}
DELETE /requests/<name>  start counting anew
GET    /meter/<name>/<n> {"totals", "records", "next", ...}: after record n, see `llm.meter`
"""

import hmac
import json
from collections.abc import Callable, Mapping

from assay_probe.gateways.stand_in import Gateway
from assay_probe.gateways.wire import Request, Response, json_response


class Control:
    """Answers control requests for the stand-ins it is given."""

    def __init__(self, gateways: Mapping[str, Gateway], token: str) -> None:
        self._gateways = gateways
        self._expected = f"Bearer {token}".encode()

    def __call__(self, request: Request) -> Response:
        """401 without the token, 404 for what does not exist, 400 for a wrong mode."""
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._expected):
            return json_response(401, {"error": "wrong or missing token"})
        place, name, *_ = [*request.path.lstrip("/").split("/"), ""]
        action = _ACTIONS.get((request.method, place))
        if action is None or name not in self._gateways:
            return json_response(404, {"error": f"no {request.method} {request.path}"})
        try:
            return action(self._gateways[name], request)
        except (ValueError, LookupError, TypeError) as problem:
            return json_response(400, {"error": str(problem)})


def _set_mode(gateway: Gateway, request: Request) -> Response:
    settings = json.loads(request.body)
    gateway.set(settings.pop("mode"), settings)
    return json_response(200, {"mode": gateway.mode.name})


def _requests(gateway: Gateway, _request: Request) -> Response:
    return json_response(200, {"count": gateway.count, "requests": list(gateway.asked)})


def _forget(gateway: Gateway, _request: Request) -> Response:
    gateway.forget()
    return json_response(200, {"count": 0})


def _meter(gateway: Gateway, request: Request) -> Response:
    return json_response(200, gateway.metered(int(request.path.split("/")[3])))


_ACTIONS: dict[tuple[str, str], Callable[[Gateway, Request], Response]] = {
    ("POST", "modes"): _set_mode,
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _forget,
    ("GET", "meter"): _meter,
}
