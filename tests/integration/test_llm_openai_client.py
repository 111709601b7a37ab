"""The official `openai` client works against the gateway unchanged."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel
from tests.fakes.llm import KEY
from tests.fakes.llm_served import Served, served

LETTER = "<document>\nPolicy number: HH-204417\nTotal amount: EUR 1,234.50\n</document>"
TASK = "Extract policy_number and total_amount as JSON."
KEYS = [{"key": KEY, "name": "triage"}, {"key": "poor", "name": "poor", "requests_per_minute": 1}]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("llm"), keys=KEYS) as running:
        yield running


@pytest.fixture
def client(models: Served) -> Iterator[OpenAI]:
    """With the address as services get it."""
    models.set("ok")
    with OpenAI(base_url=models.url, api_key=KEY, max_retries=0, timeout=5) as client:
        yield client


def messages(task: str = TASK, text: str = LETTER) -> list:
    return [{"role": "system", "content": task}, {"role": "user", "content": text}]


def test_chat(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="assay-large", messages=messages())

    assert json.loads(answer.choices[0].message.content)["policy_number"] == "HH-204417"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens_details.cached_tokens == 0
    assert answer.model == "assay-large-2026-03-01"
    assert answer.system_fingerprint.startswith("fp_")
    assert answer._request_id.startswith("req_")


def test_an_address_with_the_version_does_as_well(client: OpenAI, models: Served) -> None:
    other = client.with_options(base_url=f"{models.url}/v1")

    assert other.models.list().data == client.models.list().data


def test_stream(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="assay-large",
        messages=messages(),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)

    assert json.loads(text)["policy_number"] == "HH-204417"
    assert chunks[-1].usage.completion_tokens > 0
    assert [c.choices[0].finish_reason for c in chunks[:-1]][-1] == "stop"


def tools() -> list:
    parameters = {"type": "object", "properties": {"policy_number": {"type": "string"}}}
    function = {"name": "record_claim", "description": "Records a claim", "parameters": parameters}
    return [{"type": "function", "function": function}]


def test_tools_and_their_results(client: OpenAI) -> None:
    asked = messages("Use record_claim, then say what it answered.")
    first = client.chat.completions.create(model="assay-large", messages=asked, tools=tools())
    (call,) = first.choices[0].message.tool_calls
    asked += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "ok"}]
    second = client.chat.completions.create(model="assay-large", messages=asked, tools=tools())

    assert json.loads(call.function.arguments) == {"policy_number": "HH-204417"}
    assert first.choices[0].finish_reason == "tool_calls"
    assert second.choices[0].finish_reason == "stop"


def test_tools_in_a_stream(client: OpenAI) -> None:
    with client.chat.completions.stream(
        model="assay-large", messages=messages("Use record_claim."), tools=tools()
    ) as stream:
        (call,) = stream.get_final_completion().choices[0].message.tool_calls

    assert json.loads(call.function.arguments) == {"policy_number": "HH-204417"}


def test_json_mode(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="assay-large", messages=messages(), response_format={"type": "json_object"}
    )

    assert set(json.loads(answer.choices[0].message.content)) == {"policy_number", "total_amount"}


class Claim(BaseModel):
    policy_number: str
    total_amount: float | None


def test_a_schema_made_by_the_client(client: OpenAI) -> None:
    answer = client.chat.completions.parse(
        model="assay-large", messages=messages(), response_format=Claim
    )

    assert answer.choices[0].message.parsed == Claim(policy_number="HH-204417", total_amount=1234.5)


def test_embeddings(client: OpenAI) -> None:
    answer = client.embeddings.create(model="assay-embed", input=["a pipe burst", "fire"])
    plain = client.embeddings.create(
        model="assay-embed", input="a pipe burst", encoding_format="float"
    )

    assert [len(one.embedding) for one in answer.data] == [256, 256]
    assert list(answer.data[0].embedding) == pytest.approx(plain.data[0].embedding, abs=1e-6)


def test_models(client: OpenAI) -> None:
    assert [m.id for m in client.models.list()][:3] == [
        "assay-large",
        "assay-medium",
        "assay-small",
    ]
    assert client.models.retrieve("assay-small").id == "assay-small"


@pytest.mark.parametrize(
    ("ask", "error", "code"),
    [
        (lambda c: c.with_options(api_key="no"), openai.AuthenticationError, "invalid_api_key"),
        (lambda c: c, openai.NotFoundError, "model_not_found"),
    ],
)
def test_errors_of_the_caller(
    client: OpenAI, ask: Callable[[OpenAI], OpenAI], error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as problem:
        ask(client).chat.completions.create(model="gpt", messages=messages())
    assert problem.value.code == code
    assert problem.value.request_id.startswith("req_")


def test_too_long_a_prompt(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as problem:
        client.chat.completions.create(
            model="assay-small", messages=messages(text="word " * 20_000)
        )
    assert problem.value.code == "context_length_exceeded"


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("error", openai.InternalServerError),
        ("storm", openai.RateLimitError),
        ("reset", openai.APIConnectionError),
        ("cut", openai.APIConnectionError),
        ("down", openai.APIConnectionError),
    ],
)
def test_errors_of_the_provider(
    models: Served, client: OpenAI, mode: str, error: type[Exception]
) -> None:
    models.set(mode)
    with pytest.raises(error):
        client.chat.completions.create(model="assay-large", messages=messages())


def test_a_hanging_provider_is_a_timeout(models: Served, client: OpenAI) -> None:
    models.set("hang")
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.3).chat.completions.create(
            model="assay-large", messages=messages()
        )


def test_the_client_s_own_retries_bring_it_through(models: Served, client: OpenAI) -> None:
    before = models.metered()["totals"]["all"]["requests"]
    models.set("error", percent=50)
    patient = client.with_options(max_retries=8)
    for number in range(4):
        patient.chat.completions.create(
            model="assay-small", messages=messages(text=f"Letter {number}")
        )
    told = models.metered(before)["records"]

    assert [record["status"] for record in told].count(200) == 4
    assert {record["status"] for record in told} == {200, 500}


def test_the_client_waits_as_long_as_it_is_told(models: Served, client: OpenAI) -> None:
    models.set("storm", retry_after_s=1)
    begin_s = time.monotonic()
    healing = threading.Timer(0.5, models.set, ("ok",))
    healing.start()
    client.with_options(max_retries=1).chat.completions.create(
        model="assay-large", messages=messages()
    )
    healing.join()

    assert time.monotonic() - begin_s >= 1.0


def test_limits_of_a_key_are_told_in_headers(client: OpenAI) -> None:
    poor = client.with_options(api_key="poor")
    raw = poor.chat.completions.with_raw_response.create(model="assay-small", messages=messages())
    with pytest.raises(openai.RateLimitError) as problem:
        poor.chat.completions.create(model="assay-small", messages=messages())

    assert raw.headers["x-ratelimit-remaining-requests"] == "0"
    assert int(problem.value.response.headers["retry-after"]) in range(50, 61)


def test_many_at_once(client: OpenAI) -> None:
    def one(number: int) -> str:
        text = f"<document>Policy number: HH-{number}</document>"
        answer = client.chat.completions.create(model="assay-large", messages=messages(text=text))
        return str(json.loads(answer.choices[0].message.content)["policy_number"])

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(one, range(100, 200))) == [f"HH-{n}" for n in range(100, 200)]
