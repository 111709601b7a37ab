"""A real challenge with a bill: a service of one file that asks a language model, in plain HTTP."""

import json
from pathlib import Path

from tests.fakes.quick_challenge import DOCKERFILE
from tests.fakes.small_challenges import ANSWER, BUILDS, CORRECTNESS, head, right, write_package

ROWS = 24
SPEC = (
    head(
        "reading",
        "A service that reads an amount with a language model and doubles it. For tests.",
    )
    + """\
rows = "harness/rows.jsonl"
score = { path = "/score", answer = "score", tolerance = 0.01, unique = "id" }
batch = { path = "/batch", rows_field = "rows", answers_field = "scores", max_rows = 10 }

[[dependency]]
name = "model"
environment = "MODEL_URL"
key_environment = "MODEL_KEY"
port = 9100
behaviour = "llm"
data = "model-rules.json"
meter = true
told = { path = "/costs/{id}", id_field = "id", field = "usd" }
settings = { latency_percent = 5 }

[quality]
holdout = "harness/holdout.jsonl"
concurrency = 4

[incidents]
rows = "harness/holdout.jsonl"
rate_rps = 10
warmup_min = 5
gap_min = 3
standard_min = 24
draw = [{ group = "provider", count = 1 }, { group = "passing", count = 1 }]

[[incident]]
id = "storm"
title = "The provider answers 429"
kind = "fault"
group = "provider"
injector = "dependency"
settings = { name = "model", mode = "storm" }
observable = "service"
length_min = 5
budget_min = 8
accepts = ["dependency"]

[[incident]]
id = "more_traffic"
title = "Half as much traffic again"
kind = "decoy"
group = "passing"
injector = "traffic_surge"
settings = { factor = 1.5 }
observable = "none"
length_min = 3
"""
    + CORRECTNESS
    + """
[[area]]
id = "money"
title = "Money"
question = "What does it cost?"
"""
    + BUILDS
    + right(40, "Read the amount, and double it.")
    + """
[[criterion]]
id = "cost"
area = "money"
title = "Dollars for each right answer"
check = "metered_cost"
points = 30
band = { floor = 0.001, target = 0.0004, scale = "log" }
unit = "$"
advice = "Ask once."

[[criterion]]
id = "retries"
area = "money"
title = "Calls that ask again while 429 rains"
check = "retry_spend"
points = 10
band = { floor = 5, target = 1 }
unit = "a request"
advice = "Retry once, and not at once."

[[criterion]]
id = "told"
area = "money"
title = "It knows what it spends"
check = "cost_told"
points = 20
band = { floor = 0.5, target = 0.97 }
unit = "share"
advice = "Count the tokens that you are told."

[[slot]]
id = "asking"
title = "How the model is asked"

[[slot.fault]]
id = "asks_twice"
title = "Asks twice"
why = "To be sure. The same question has the same answer."
costs = ["cost"]
measured_by = "quality"
"""
)

APP = (
    '''\
"""Reads an amount with a language model, and doubles it."""

import json
import os
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TIMES = 1
TRIES = 2
PLACE = urlsplit(os.environ["MODEL_URL"]).netloc
KEY = os.environ["MODEL_KEY"]
FORM = {
    "type": "object",
    "properties": {"total_amount": {"type": "number"}},
    "required": ["total_amount"],
    "additionalProperties": False,
}
COSTS = {}


def asked(text):
    """Status and body of one call."""
    question = {
        "model": "assay-large",
        "messages": [
            {"role": "system", "content": "Extract total_amount as JSON."},
            {"role": "user", "content": f"<document>\\nTotal amount: EUR {text}\\n</document>"},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": FORM}},
    }
    connection = HTTPConnection(PLACE, timeout=3)
    try:
        head = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", json.dumps(question), head)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def price(usage):
    """Dollars, by the price sheet."""
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    fresh = usage["prompt_tokens"] - cached
    return (fresh * 2.5 + cached * 1.25 + usage["completion_tokens"] * 10) / 1e6


def read(name, text):
    """The amount, and what it cost; None if the model does not answer."""
    for _ in range(TRIES):
        status, body = asked(text)
        if status == 200:
            COSTS[name] = COSTS.get(name, 0.0) + price(body["usage"])
            return json.loads(body["choices"][0]["message"]["content"])["total_amount"]
    return None


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/costs/"):
            self.answer(200, {"usd": COSTS.get(unquote(self.path.removeprefix("/costs/")))})
        else:
            self.answer(200, {"status": "ok"})

    def do_POST(self):
        row = json.loads(self.rfile.read(int(self.headers["content-length"])))
        amounts = [read(row["id"], row["text"]) for _ in range(TIMES)]
        if amounts[-1] is None:
            self.answer(503, {"error": "the model does not answer"})
        else:
            self.answer(200, {"score": 2 * amounts[-1]})
'''
    + ANSWER
    + """\
if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
"""
)

CONTRACT = '''\
"""What a reading service promises."""

import pytest

right = pytest.mark.criterion("right")


@right
def test_it_reads_and_doubles(service):
    """Two times the amount is the score."""
    answer = service.post("/score", json={"id": "a", "text": "21.00"})
    assert answer.json()["score"] == 42


@right
def test_one_answer_is_one_call(service, meter):
    """One answer costs one call."""
    _, spent = meter("model").of(lambda: service.post("/score", json={"id": "b", "text": "8.00"}))
    assert spent.calls == 1, f"{spent.calls} calls"
    assert 0 < spent.dollars < 0.001, f"${spent.dollars}"


@right
def test_it_says_so_while_429_rains(service, dependency, meter):
    """While the model answers 429, it answers 503 and asks again once."""
    dependency("model").set("storm")
    answer, spent = meter("model").of(lambda: service.post("/score", json={"id": "c", "text": "9"}))
    assert answer.status == 503
    assert (spent.refused, spent.extra_calls, spent.dollars) == (2, 1, 0)
'''

ASKS_TWICE = """\
--- a/app.py
+++ b/app.py
@@ -6,7 +6,7 @@
 from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
 from urllib.parse import unquote, urlsplit
 
-TIMES = 1
+TIMES = 2
 TRIES = 2
 PLACE = urlsplit(os.environ["MODEL_URL"]).netloc
 KEY = os.environ["MODEL_KEY"]
"""


def row(name: str, number: int) -> str:
    """A line of a file of rows: an amount in a sentence, and twice of it."""
    text = f"{number}.00"
    body = {"id": f"{name}-{number}", "text": text}
    line = {"id": body["id"], "body": body, "expected": 2 * number, "label": number % 2}
    return json.dumps(line) + "\n"


def write_metered_challenge(root: Path) -> Path:
    """Write the package into `root/reading` and return that directory."""
    files = {
        "challenge.toml": SPEC,
        "BRIEF.md": "# Reading\n\nRead an amount, and double it.\n",
        "wheelhouse.txt": "",
        "harness/test_contract.py": CONTRACT,
        "harness/model-rules.json": "{}",
        "harness/rows.jsonl": "".join(row("row", 100 + n) for n in range(ROWS)),
        "harness/holdout.jsonl": "".join(row("held", 200 + n) for n in range(ROWS)),
        "reference/Dockerfile": DOCKERFILE,
        "reference/app.py": APP,
        "faults/asking/asks_twice.patch": ASKS_TWICE,
    }
    return write_package(root / "reading", files)
