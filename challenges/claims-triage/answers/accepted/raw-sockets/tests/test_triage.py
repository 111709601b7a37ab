"""What was read, decided and refused, with a gateway of our own on a socket."""

import asyncio
import json
from pathlib import Path

import pytest

from triage.exports import Exports
from triage.incoming import Refused, claim_of, parse
from triage.models import Models
from triage.office import Office
from triage.spotting import cleaned, spotted_in
from triage.wire import Reply, read_message

ROWS = [json.loads(line) for line in (Path(__file__).parent.parent / "data/claims.jsonl").read_text().splitlines()]


def decided(rows, answers=True):
    """Decisions on rows, by models that are right, or away."""

    async def serve(reader, writer):
        message = await read_message(reader, 10**6)
        asked = json.loads(message.body)
        pages = asked["messages"][1]["content"]
        right = next(r["right"] for r in ROWS if r["right"]["fields"]["policy_number"] in pages)
        wanted = asked["response_format"]["json_schema"]["schema"]["properties"]
        told = {name: {**right["fields"], "category": right["category"]}[name] for name in wanted}
        value = {"choices": [{"message": {"content": json.dumps(told)}, "finish_reason": "stop"}],
                 "usage": {"prompt_tokens": 100, "completion_tokens": 10}, "model": asked["model"]}
        writer.write(Reply(200 if answers else 500, value).encode(keep=False))
        await writer.drain()
        writer.close()

    async def run():
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            office = Office(Models(url, "k", Exports()), Exports())
            return [(await office.decide([claim_of(row["body"])]))[0] for row in rows], office

    return asyncio.run(run())


def test_adjudicated_claims_are_decided_as_they_were():
    for row, got in zip(ROWS, decided(ROWS)[0], strict=True):
        assert got["fields"] == row["right"]["fields"]
        assert got["decision"] == row["right"]["decision"], (row["right"]["reasons"], got["reasons"])


def test_without_models_a_person_decides_and_nothing_is_made_up():
    [got] = decided(ROWS[:1], answers=False)[0]
    assert got["reasons"] == ["model_unavailable"]
    assert set(got["fields"].values()) == {None}


def test_the_record_adds_up_all_calls():
    [got], office = decided(ROWS[:1])
    record = office.records[got["claim_id"]]
    assert record["cost_usd"] == pytest.approx(sum(call["cost_usd"] for call in record["calls"]))
    assert record["cost_usd"] > 0


def test_honest_claims_are_left_alone_and_orders_are_found():
    found = [cleaned({d["document_id"]: d["text"] for d in row["body"]["documents"]})[1] for row in ROWS]
    assert found == [False] * 42 + [False, True] * 3


def test_what_is_right_is_spotted():
    for row in ROWS:
        found = spotted_in({d["document_id"]: d["text"] for d in row["body"]["documents"]})
        right = row["right"]["fields"]
        assert found.policy() == right["policy_number"] or row["right"]["reasons"]
        assert right["loss_date"] in {one.value for one in found.days}
        assert str(round(right["claimed_eur"] * 100)) in {one.value for one in found.amounts}


@pytest.mark.parametrize("body", [b"", b"[", b'{"a": NaN}', b"\xff"])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(Refused):
        parse(body)


def test_a_claim_without_documents_is_refused_by_field():
    with pytest.raises(Refused) as refused:
        claim_of({**ROWS[0]["body"], "documents": []})
    assert refused.value.fields == ("documents",)
