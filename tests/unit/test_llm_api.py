"""The API: what is refused, how it is said, what is counted, billed and limited."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.llm import (
    KEY,
    ask,
    chat,
    error_of,
    model,
    models,
    object_of,
    records,
    request,
    respond,
    schema,
    text_of,
)  # fmt: skip

from assay_probe.gateways.llm.conditions import Conditions
from assay_probe.gateways.llm.gateway import LanguageModels
from assay_probe.gateways.llm.limits import Bucket
from assay_probe.gateways.llm.meter import Entry, Meter, Prices, Usage
from assay_probe.gateways.stand_in import Gateway
from assay_probe.gateways.wire import Request, Reset, Response


def get(known: LanguageModels, path: str, key: str = KEY) -> Response:
    return known(Request("GET", path, {"authorization": f"Bearer {key}"}, b""))


def headers(response: Response) -> dict[str, str]:
    return dict(response.headers)


# --------------------------------------------------------------- what is refused


@pytest.mark.parametrize("key", ["", "key-of-this-tesT", "another"])
def test_a_wrong_key_is_refused_and_not_repeated(tmp_path: Path, key: str) -> None:
    known = models(tmp_path)
    response = known(request("/v1/chat/completions", chat("Hello"), key=key))

    assert response.status == 401
    assert error_of(response)["code"] == "invalid_api_key"
    assert not key or key not in error_of(response)["message"]
    assert [(r["key"], r["status"], r["cost_pico_usd"]) for r in records(known)] == [("", 401, 0)]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"model": None}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": ["Hello"]}, "messages[0]"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
         "messages[0].content[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": True}, "max_completion_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": [""]}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tools": [{"type": "function"}]}, "tools[0]"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_object"}}, "messages"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.name"),
    ],
)  # fmt: skip
def test_a_senseless_request_is_refused_with_the_parameter(
    tmp_path: Path, changes: dict[str, Any], param: str
) -> None:
    response = respond(models(tmp_path), {**chat("Hello"), **changes})
    error = error_of(response)

    assert (response.status, error["type"]) == (400, "invalid_request_error")
    assert error["param"] == param
    assert error["message"]


def test_strict_schemas_must_be_strict(tmp_path: Path) -> None:
    form = schema(a={"type": "string"})
    form["json_schema"]["schema"]["required"] = []
    response = respond(models(tmp_path), chat("Hello", response_format=form))

    assert error_of(response)["code"] == "invalid_json_schema"


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b'{"messages": ' + b"[" * 100_000])
def test_what_is_no_json_object_is_refused(tmp_path: Path, body: bytes) -> None:
    assert models(tmp_path)(request("/v1/chat/completions", body)).status == 400


def test_unknown_models_and_paths_are_told(tmp_path: Path) -> None:
    known = models(tmp_path)
    response = respond(known, chat("Hello", model="gpt"))

    assert (response.status, error_of(response)["code"]) == (404, "model_not_found")
    assert get(known, "/v1/files").status == 404
    assert get(known, "/v1/models/gpt").status == 404


def test_paths_do_without_the_version_that_clients_leave_to_the_address(tmp_path: Path) -> None:
    known = models(tmp_path)
    assert get(known, "/models").body == get(known, "/v1/models").body
    assert get(known, "/models/assay-large").status == 200
    assert get(known, "/v1/v1/models").status == 404
    assert error_of(known(request("/chat/completions", b"{}"))) == error_of(
        known(request("/v1/chat/completions", b"{}"))
    )


def test_models_are_listed(tmp_path: Path) -> None:
    known = models(tmp_path)
    listed = json.loads(get(known, "/v1/models").body)

    assert [one["id"] for one in listed["data"]] == ["assay-large", "assay-embed"]
    assert json.loads(get(known, "/v1/models/assay-large").body) == listed["data"][0]


@pytest.mark.parametrize("more", [{}, {"max_tokens": 95}])
def test_what_does_not_fit_into_the_context_is_refused(
    tmp_path: Path, more: dict[str, int]
) -> None:
    known = models(tmp_path, models=[model(context_tokens=100)])
    response = respond(known, chat("word " * (10 if more else 100), **more))

    assert (response.status, error_of(response)["code"]) == (400, "context_length_exceeded")


# --------------------------------------------------------------- what is answered


def test_every_answer_has_an_id_of_its_own(tmp_path: Path) -> None:
    known = models(tmp_path)
    ids = [headers(respond(known, chat("Hello")))["x-request-id"] for _ in range(3)]

    assert len(set(ids)) == 3


def test_an_answer_ends_at_its_limit_and_says_so(tmp_path: Path) -> None:
    known = models(tmp_path)
    whole = ask(known, "Summarise.\n\nOne two three four five six seven.")
    short = ask(known, "Summarise.\n\nOne two three four five six seven.", max_tokens=3)

    assert whole["choices"][0]["finish_reason"] == "stop"
    assert short["choices"][0]["finish_reason"] == "length"
    assert short["usage"]["completion_tokens"] == 3
    assert text_of(whole).startswith(text_of(short).strip())


def test_an_answer_ends_before_a_stop(tmp_path: Path) -> None:
    text = "Summarise.\n\nOne two three four five six seven."

    assert text_of(ask(models(tmp_path), text, stop=["five", "three"])) == "One two "


def test_an_empty_text_is_answered_too(tmp_path: Path) -> None:
    form = schema(a={"type": "string"})

    assert object_of(ask(models(tmp_path), "", response_format=form)) == {"a": ""}


def events(response: Response) -> list[Any]:
    assert response.chunks is not None
    sent = b"".join(response.chunks).decode().split("\n\n")
    assert (sent[-2], sent[-1]) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in sent[:-2]]


def test_a_stream_has_the_same_words_as_the_whole_answer(tmp_path: Path) -> None:
    known = models(tmp_path)
    text = "Summarise.\n\nOne two three, four five; six seven."
    whole = ask(known, text)
    body = chat(text, stream=True, stream_options={"include_usage": True})
    *sent, last = events(respond(known, body))
    deltas = [event["choices"][0]["delta"] for event in sent]

    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content") or "" for delta in deltas) == text_of(whole)
    assert [e["choices"][0]["finish_reason"] for e in sent][-2:] == [None, "stop"]
    assert (last["choices"], last["usage"]) == ([], whole["usage"])


def test_a_stream_without_the_option_ends_without_usage(tmp_path: Path) -> None:
    sent = events(respond(models(tmp_path), chat("Hello", stream=True)))

    assert sent
    assert all("usage" not in event for event in sent)


# ---------------------------------------------------------------- embeddings


def embedded(known: LanguageModels, *texts: str, **more: Any) -> Any:
    body = {"model": "assay-embed", "input": list(texts), **more}
    response = known(request("/v1/embeddings", body))
    assert response.status == 200, response.body
    return json.loads(response.body)


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_alike_texts_lie_close_and_others_apart(tmp_path: Path) -> None:
    answer = embedded(
        models(tmp_path),
        "A pipe burst in the kitchen",
        "In the kitchen, pipes were bursting",
        "My bicycle was stolen yesterday",
    )
    a, b, c = (one["embedding"] for one in answer["data"])

    assert len(a) == 256
    assert cosine(a, a) == pytest.approx(1)
    assert cosine(a, b) > 0.45 > 0.3 > cosine(a, c)
    assert answer["usage"]["prompt_tokens"] == 7 + 9 + 7


@pytest.mark.parametrize(
    "changes", [{"input": []}, {"input": [1]}, {"dimensions": 0}, {"dimensions": 257},
                {"dimensions": True}, {"encoding_format": "text"}, {"model": "assay-large"}],
)  # fmt: skip
def test_senseless_embeddings_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    body = {"model": "assay-embed", "input": "x", **changes}

    assert models(tmp_path)(request("/v1/embeddings", body)).status in (400, 404)


# ------------------------------------------------------------------- the bill


def test_a_request_costs_what_its_tokens_cost(tmp_path: Path) -> None:
    known = models(tmp_path)
    usage = ask(known, "Hello there, dear model.")["usage"]
    (record,) = records(known)

    assert usage["prompt_tokens"] == 6 + 3 + 3
    expected = usage["prompt_tokens"] * 2_000_000 + usage["completion_tokens"] * 8_000_000
    assert record["cost_pico_usd"] == expected
    assert known.metered(0)["totals"]["key"]["triage"]["cost_pico_usd"] == expected


def test_cents_of_cents_add_up_exactly() -> None:
    prices = Prices(0.1, 0.025, 0.4)
    usage = Usage(prompt_tokens=1_000_001, cached_tokens=1, completion_tokens=3)

    assert prices.cost_pico_usd(usage) == 1_000_000 * 100_000 + 25_000 + 3 * 400_000


def test_a_long_beginning_is_cheaper_the_second_time(tmp_path: Path) -> None:
    known = models(tmp_path)
    rules = ("system", "Follow these rules. " * 400)
    first = ask(known, rules, "A first letter")["usage"]
    second = ask(known, rules, "Another letter")["usage"]
    other = ask(known, "Another beginning", rules)["usage"]

    def cached(usage: dict[str, Any]) -> int:
        return int(usage["prompt_tokens_details"]["cached_tokens"])

    assert cached(first) == cached(other) == 0
    assert cached(second) % 128 == 0
    assert 1400 < cached(second) < second["prompt_tokens"]
    assert records(known)[1]["cost_pico_usd"] < records(known)[0]["cost_pico_usd"]


def test_a_short_beginning_is_never_cached(tmp_path: Path) -> None:
    known = models(tmp_path)
    answers = [ask(known, "Follow these rules. " * 100) for _ in range(2)]

    assert [a["usage"]["prompt_tokens_details"]["cached_tokens"] for a in answers] == [0, 0]


def test_nobody_profits_from_what_another_key_sent(tmp_path: Path) -> None:
    keys = [{"key": KEY, "name": "a"}, {"key": "other-key", "name": "b"}]
    known = models(tmp_path, keys=keys)
    body = chat("Follow these rules. " * 400)
    answers = [
        json.loads(known(request("/v1/chat/completions", body, key=key)).body)
        for key in (KEY, "other-key")
    ]

    assert answers[1]["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


def test_the_meter_tells_who_asked_what_how_often(tmp_path: Path) -> None:
    known = models(tmp_path)
    for user in ("claim-1", "claim-1", "claim-2"):
        respond(known, chat("Hello", user=user), idempotency_key=f"once-{user}")
    respond(known, chat("Good bye"))
    told = records(known)

    assert [r["user"] for r in told] == ["claim-1", "claim-1", "claim-2", ""]
    assert [r["idempotency_key"] for r in told] == ["once-claim-1"] * 2 + ["once-claim-2", ""]
    assert [r["times"] for r in told] == [1, 2, 3, 1]
    assert len({r["digest"] for r in told}) == 2
    assert [r["number"] for r in told] == [1, 2, 3, 4]


def test_the_same_question_under_the_same_name_is_billed_once(tmp_path: Path) -> None:
    known = models(tmp_path)
    for text, name in (("Hello", "a"), ("Hello", "a"), ("Other", "a"), ("Hello", "b")):
        respond(known, chat(text), idempotency_key=name)
    respond(known, chat("Hello"))
    respond(known, chat("Hello"))
    told = records(known)

    assert [r["repeated"] for r in told] == [False, True, False, False, False, False]
    assert [r["cost_pico_usd"] > 0 for r in told] == [True, False, True, True, True, True]


def test_what_failed_is_billed_when_it_is_repeated(tmp_path: Path) -> None:
    known = models(tmp_path)
    respond(known, chat("Hello"), Conditions("error"), idempotency_key="a")
    respond(known, chat("Hello"), idempotency_key="a")

    assert [r["cost_pico_usd"] > 0 for r in records(known)] == [False, True]


def test_the_meter_keeps_the_system_messages(tmp_path: Path) -> None:
    known = models(tmp_path)
    for _ in range(2):
        ask(known, ("system", "Be brief."), "Hello")
    for number in range(40):
        ask(known, ("developer", f"Be {number}."), "Hello")

    kept = known.metered(0)["system_prompts"]
    assert kept[:2] == ["Be brief.", "Be 0."]
    assert len(kept) == 20


def test_sums_stay_exact_when_records_are_forgotten_and_pages_follow() -> None:
    kept = 5_000
    meter = Meter(records_most=kept)
    for i in range(kept + 10):
        meter.add(Entry(float(i), "/v1", "ok", key="k", status=200, cost_pico_usd=3))
    seen, page = [], meter.page(0)
    while page["next"] is not None:
        seen += page["records"]
        page = meter.page(page["next"])
    seen += page["records"]

    assert meter.totals()["all"]["cost_pico_usd"] == 3 * (kept + 10)
    assert [r["number"] for r in seen] == list(range(11, kept + 11))


# ----------------------------------------------------------------------- limits


def limited_models(folder: Path, **limits: int) -> LanguageModels:
    return models(folder, keys=[{"key": KEY, "name": "triage", **limits}])


def test_more_requests_than_a_minute_allows_are_told_when_to_come_back(tmp_path: Path) -> None:
    known = limited_models(tmp_path, requests_per_minute=2)
    responses = [respond(known, chat("Hello")) for _ in range(3)]
    told = headers(responses[2])

    assert [r.status for r in responses] == [200, 200, 429]
    assert error_of(responses[2])["code"] == "rate_limit_exceeded"
    assert 29_000 < int(told["retry-after-ms"]) <= 30_000
    assert told["retry-after"] == "30"
    assert headers(responses[0])["x-ratelimit-remaining-requests"] == "1"
    assert told["x-ratelimit-limit-requests"] == "2"
    assert [r["cost_pico_usd"] > 0 for r in records(known)] == [True, True, False]


def test_tokens_are_limited_too_and_answers_count(tmp_path: Path) -> None:
    known = limited_models(tmp_path, tokens_per_minute=60)
    responses = [respond(known, chat("Hello")) for _ in range(4)]

    assert responses[0].status == 200
    assert responses[-1].status == 429
    assert error_of(responses[-1])["type"] == "tokens"


def test_so_many_at_once_and_the_place_is_given_back(tmp_path: Path) -> None:
    known = limited_models(tmp_path, concurrent=1)
    first = respond(known, chat("Hello", stream=True))
    assert respond(known, chat("Hello")).status == 429
    assert first.chunks is not None
    first.chunks.close()

    assert respond(known, chat("Hello")).status == 200


def test_a_bucket_fills_evenly_and_never_over() -> None:
    bucket = Bucket(60)
    bucket.refill(0.0)
    bucket.take(60)
    assert bucket.wait_s(1) == pytest.approx(1.0)
    bucket.refill(30.0)
    assert bucket.wait_s(31) == pytest.approx(1.0)
    bucket.refill(1000.0)
    assert (bucket.left, bucket.wait_s(1_000_000)) == (60, 0)


# ---------------------------------------------------------------------- bad days


@pytest.mark.parametrize(
    ("under", "status", "kind"),
    [
        (Conditions("storm", retry_after_s=3), 429, "requests"),
        (Conditions("error", status=500), 500, "server_error"),
        (Conditions("error", status=503), 503, "service_unavailable"),
    ],
)
def test_a_provider_in_trouble_says_so_and_bills_nothing(
    tmp_path: Path, under: Conditions, status: int, kind: str
) -> None:
    known = models(tmp_path)
    response = respond(known, chat("Hello"), under)

    assert (response.status, error_of(response)["type"]) == (status, kind)
    assert headers(response).get("retry-after") == ("3" if status == 429 else None)
    assert [(r["status"], r["mode"], r["cost_pico_usd"]) for r in records(known)] == [
        (status, under.mode, 0)
    ]


def test_a_share_of_the_requests_is_struck_and_asking_again_is_another_draw(
    tmp_path: Path,
) -> None:
    known = models(tmp_path)
    under = Conditions("error", percent=30)
    statuses = [respond(known, chat(f"Hello {i}"), under).status for i in range(300)]
    again = [respond(known, chat("Once more"), under).status for _ in range(40)]

    assert 60 <= statuses.count(500) <= 120
    assert set(again) == {200, 500}


def test_malformed_is_a_sound_answer_whose_json_is_not(tmp_path: Path) -> None:
    known = models(tmp_path)
    answer = ask(
        known, "Hello", response_format=schema(a={"type": "string"}), under=Conditions("malformed")
    )

    with pytest.raises(json.JSONDecodeError):
        object_of(answer)
    assert records(known)[0]["cost_pico_usd"] > 0


def test_garbled_is_half_an_answer(tmp_path: Path) -> None:
    response = respond(models(tmp_path), chat("Hello"), Conditions("garbled"))

    assert response.status == 200
    with pytest.raises(ValueError, match=r"."):
        json.loads(response.body)


@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_connection_is_billed_as_far_as_it_came(tmp_path: Path, stream: bool) -> None:
    known = models(tmp_path)
    text = "Summarise.\n\nOne two three four five six seven."
    whole = ask(known, text)["usage"]["completion_tokens"]
    response = respond(known, chat(text, stream=stream), Conditions("cut"))
    assert response.chunks is not None
    with pytest.raises(Reset):
        list(response.chunks)
    record = records(known)[1]

    assert record["complete"] is False
    assert 0 < record["usage"]["completion_tokens"] <= whole
    assert (record["usage"]["completion_tokens"] < whole) is stream


def test_a_client_that_goes_away_is_metered(tmp_path: Path) -> None:
    known = models(tmp_path)
    response = respond(known, chat("Hello", stream=True))
    assert response.chunks is not None
    response.chunks.close()
    (record,) = records(known)

    assert (record["complete"], record["status"]) == (False, 200)
    assert record["usage"]["completion_tokens"] == 0


def test_times_are_those_of_the_model_and_always_the_same(tmp_path: Path) -> None:
    def waited(name: str) -> list[float]:
        slept: list[float] = []
        profiles = [model(first_token_ms=400), model("assay-small", first_token_ms=100)]
        known = models(tmp_path, slept.append, models=profiles, latency_percent=100)
        for i in range(200):
            ask(known, f"Hello {i}", model=name)
        return sorted(slept[::2])

    large, small = waited("assay-large"), waited("assay-small")
    assert large == waited("assay-large")
    assert large[100] == pytest.approx(0.4, rel=0.15)
    assert small[100] == pytest.approx(0.1, rel=0.15)
    assert large[0] < 0.3 < 0.6 < large[-1]


def test_slow_adds_to_the_time(tmp_path: Path) -> None:
    slept: list[float] = []
    ask(models(tmp_path, slept.append), "Hello", under=Conditions("slow", delay_ms=700))

    assert sum(slept) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("mode", "settings", "words"),
    [
        ("version", {"number": 9}, "no such number"),
        ("error", {"status": 404}, "500..599"),
        ("storm", {"percent": 101}, "0..100"),
        ("slow", {"delay_ms": -1}, "below 0"),
        ("storm", {"delay_ms": 1}, "takes no setting"),
        ("sulk", {}, "no mode"),
    ],
)
def test_a_mode_that_makes_no_sense_is_refused(
    tmp_path: Path, mode: str, settings: dict[str, int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Gateway(0, models(tmp_path)).set(mode, settings)
