"""What the API says when it does not answer: the shapes, types and codes that clients know."""

import json
import math

from assay_probe.gateways.wire import Response

INVALID = "invalid_request_error"


class ApiError(Exception):
    """A request that is not answered.

    Attributes:
        status: Of HTTP.
        kind, code, param: As the body of the error has them.
        headers: Of the response.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code = status, message, kind, code
        self.param, self.headers = param, headers

    def response(self) -> Response:
        """As it is sent."""
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        body = json.dumps({"error": error}).encode()
        return Response(self.status, body, headers=self.headers)


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """400: the request makes no sense."""
    return ApiError(400, message, param=param, code=code)


def wrong_key(key: str) -> ApiError:
    """401, with no more of the key than its end."""
    shown = f"Incorrect API key provided: ***{key[-4:]}." if key else "No API key was provided."
    message = f"{shown} Send the key you were given as `Authorization: Bearer KEY`."
    return ApiError(401, message, code="invalid_api_key")


def unknown_model(name: str) -> ApiError:
    """404: no such model."""
    message = f"The model `{name}` does not exist; `GET /v1/models` lists those that do."
    return ApiError(404, message, param="model", code="model_not_found")


def unknown_path(method: str, path: str) -> ApiError:
    """404: no such endpoint."""
    return ApiError(404, f"Invalid URL ({method} {path})", code="unknown_url")


def unsized() -> ApiError:
    """411: a body in chunks, whose length nobody said before."""
    return ApiError(411, "Send the length of the body as `Content-Length`, not in chunks.")


def too_long(limit: int, prompt: int, answer: int) -> ApiError:
    """400: prompt and answer do not fit into the model's context."""
    message = (
        f"This model's maximum context length is {limit} tokens, but {prompt + answer} were "
        f"asked for ({prompt} in the messages, {answer} in the completion). Shorten either."
    )
    return ApiError(400, message, param="messages", code="context_length_exceeded")


def limited(what: str, wait_s: float, headers: tuple[tuple[str, str], ...] = ()) -> ApiError:
    """429, with the time after which it is worth trying again."""
    retry = (("retry-after", str(max(1, math.ceil(wait_s)))),)
    precise = (("retry-after-ms", str(max(1, round(wait_s * 1000)))),)
    message = f"Rate limit reached for {what}. Please try again in {wait_s:.3f}s."
    kind = "tokens" if what == "tokens" else "requests"
    return ApiError(
        429,
        message,
        kind=kind,
        code="rate_limit_exceeded",
        headers=(*headers, *retry, *precise),
    )


def failed(status: int) -> ApiError:
    """500 or another: the provider's own fault."""
    overloaded = status == 503
    message = (
        "The engine is currently overloaded, please try again later."
        if overloaded
        else "The server had an error while processing your request. Sorry about that!"
    )
    kind = "service_unavailable" if overloaded else "server_error"
    return ApiError(status, message, kind=kind)
