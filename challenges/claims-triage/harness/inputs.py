"""What the hidden tests send: nonsense, the forbidden, and the barely allowed."""

import math

NOT_JSON = {
    "cut off": b'{"claim_id": "C-1", ',
    "empty": b"",
    "not UTF-8": b'{"claim_id": "\xff\xfe"}',
    "too deep": b"[" * 20_000,
}
PAGE = {"document_id": "D1", "name": "a.txt", "text": "Hello."}
WRONG = {
    "an empty id": {"claim_id": ""},
    "an id that is a path": {"claim_id": "../../admin?x=1#"},
    "an endless id": {"claim_id": "A" * 65},
    "a number for an id": {"claim_id": 7},
    "no date": {"received_on": "yesterday"},
    "a date that no calendar has": {"received_on": "2026-02-31"},
    "no documents": {"documents": []},
    "null for documents": {"documents": None},
    "a text for documents": {"documents": "Hello."},
    "a document without text": {"documents": [{"document_id": "D1", "name": "a.txt"}]},
    "a number for a text": {"documents": [{**PAGE, "text": 7}]},
    "a name that is a list": {"documents": [{**PAGE, "name": []}]},
    "NaN for a text": {"documents": [{**PAGE, "text": math.nan}]},
    "two documents of one id": {"documents": [PAGE, PAGE]},
    "too many documents": {
        "documents": [{**PAGE, "document_id": f"D{n}"} for n in range(21)],
    },
    "too much text": {"documents": [{**PAGE, "text": "x" * 120_001}]},
    "no contact": {"contact": None},
    "a contact without account": {"contact": {"email": "a@b.example", "customer_number": "K"}},
}
NO_JSON_NUMBER = ("NaN for a text",)
"""JSON has no such value, so refusing the whole body as malformed is right too."""

ODD = {
    "an empty page": [{**PAGE, "text": ""}],
    "a page of spaces": [{**PAGE, "text": " \n\t " * 200}],
    "another alphabet": [{**PAGE, "text": "Þetta er bréf. 这是一封信。 هذه رسالة. 🙂" * 20}],
    "control characters": [{**PAGE, "text": "a\u0000b\u001bc\u200b\ufeff" * 50}],
    "one endless word": [{**PAGE, "text": "x" * 100_000}],
    "numbers without end": [{**PAGE, "text": "1.234,56 " * 9_000}],
    "twenty pages": [{**PAGE, "document_id": f"D{n}"} for n in range(20)],
}
