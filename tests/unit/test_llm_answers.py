"""What the models answer: fields, labels and judgements by rules on the request's text alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.llm import HOPELESS, ask, fields, model, models, object_of, schema, text_of

from assay_probe.gateways.llm.conditions import Conditions

LETTER = """Dear Sir or Madam,
Policy number: HH-204417
Date of loss: 3 March 2026
a pipe burst in our kitchen and the floor is under water.
Total amount: EUR 1,234.50
Kind regards, Jane Roe"""

TASK = ("system", "Extract the fields as JSON. Dates as YYYY-MM-DD.")


def document(text: str) -> str:
    return f"<document>\n{text}\n</document>"


def test_labelled_fields_are_found(tmp_path: Path) -> None:
    form = fields(["policy_number", "date_of_loss", "total_amount"])
    answer = ask(models(tmp_path), TASK, document(LETTER), response_format=form)

    assert object_of(answer) == {
        "policy_number": "HH-204417",
        "date_of_loss": "2026-03-03",
        "total_amount": "EUR 1,234.50",
    }


@pytest.mark.parametrize(
    ("kind", "value"), [("number", 1234.5), ("integer", 1234), ("string", "EUR 1,234.50")]
)
def test_a_value_has_the_type_of_the_schema(tmp_path: Path, kind: str, value: object) -> None:
    form = schema(total_amount={"type": kind})
    answer = ask(models(tmp_path), TASK, document(LETTER), response_format=form)

    assert object_of(answer)["total_amount"] == value


def test_what_is_not_there_is_null_where_it_may_be(tmp_path: Path) -> None:
    form = schema(iban={"type": ["string", "null"]}, phone={"type": "string"})
    answer = ask(models(tmp_path), TASK, document(LETTER), response_format=form)

    assert object_of(answer) == {"iban": None, "phone": ""}


def test_an_author_says_how_a_field_is_labelled(tmp_path: Path) -> None:
    rule = {"name": "policy_number", "aliases": ["contract"], "aliases_other": ["Vertrag Nr"]}
    known = models(tmp_path, fields=[rule])
    form = fields(["policy_number"])

    for text in ("Contract: A-1", "Vertrag-Nr. : A-1"):
        answer = ask(known, TASK, document(text), response_format=form)
        assert object_of(answer) == {"policy_number": "A-1"}


@pytest.mark.parametrize(("only", "value"), [(False, "99.00"), (True, None)])
def test_a_value_without_a_label_counts_unless_the_author_says_no(
    tmp_path: Path, only: bool, value: str | None
) -> None:
    rule = {"name": "due", "kind": "amount", "pattern": r"\d+\.\d\d", "labelled_only": only}
    known = models(tmp_path, fields=[rule])
    answer = ask(known, TASK, document("It was 99.00 then."), response_format=fields(["due"]))

    assert object_of(answer) == {"due": value}


def test_labels_and_digits_that_a_scanner_spoilt_are_read(tmp_path: Path) -> None:
    rule = {"name": "policy_number", "aliases": ["policy no"], "pattern": r"[A-Z]{2}-\d{6}"}
    answer = ask(
        models(tmp_path, fields=[rule]),
        TASK,
        document("P0l1cy No: HH-2O44l7"),
        response_format=fields(["policy_number"]),
    )

    assert object_of(answer) == {"policy_number": "HH-204417"}


@pytest.mark.parametrize(
    ("trait", "text"),
    [
        ("ocr", "P0l1cy no: HH-204417"),
        ("language", "Vertragsnummer: HH-204417"),
        ("unlabelled", "We write about HH-204417 again."),
        ("far", f"{'lorem ipsum. ' * 400}\nPolicy no: HH-204417\n{'dolor sit. ' * 400}"),
    ],
)
def test_a_model_fails_at_what_its_profile_says_is_hard(
    tmp_path: Path, trait: str, text: str
) -> None:
    rule = {
        "name": "policy_number",
        "aliases": ["policy no"],
        "aliases_other": ["Vertragsnummer"],
        "pattern": r"[A-Z]{2}-\d{6}",
    }
    blind = model("assay-small", attention_tokens=500)
    blind["miss"] = {**blind["miss"], trait: 1.0}
    known = models(tmp_path, fields=[rule], models=[model(attention_tokens=500), blind])
    form = fields(["policy_number"])

    right = ask(known, TASK, document(text), response_format=form)
    wrong = ask(known, TASK, document(text), response_format=form, model="assay-small")
    easy = ask(known, TASK, document("Policy no: HH-1"), response_format=form, model="assay-small")

    assert object_of(right) == {"policy_number": "HH-204417"}
    assert object_of(wrong)["policy_number"] in (None, "HH-024417")
    assert easy["choices"]


def test_a_missed_value_is_another_one_of_the_text_where_there_is_one(tmp_path: Path) -> None:
    known = models(tmp_path, models=[model(**HOPELESS)])
    text = "Invoice date: 2026-01-02\nInvoice date: 2026-05-06"
    answer = ask(known, TASK, document(text), response_format=fields(["invoice_date"]))

    assert object_of(answer) == {"invoice_date": "2026-05-06"}


def test_the_same_question_has_the_same_answer_whatever_the_temperature(tmp_path: Path) -> None:
    half = model(miss={**model()["miss"], "plain": 0.5})
    form = fields(["policy_number", "date_of_loss", "total_amount"])
    answers = {
        text_of(
            ask(
                models(tmp_path / str(i), models=[half]),
                TASK,
                document(LETTER),
                response_format=form,
                temperature=i / 10,
                seed=i,
            )
        )
        for i in range(6)
    }

    assert len(answers) == 1


def test_words_around_a_question_do_not_draw_its_error_anew(tmp_path: Path) -> None:
    half = model(miss={**model()["miss"], "plain": 0.5})
    known = models(tmp_path, models=[half])
    form = fields(["policy_number"])
    answers = {
        text_of(ask(known, ("system", f"{TASK[1]} {i}"), document(LETTER), response_format=form))
        for i in range(12)
    }

    assert len(answers) == 1


def test_errors_are_as_frequent_as_the_profile_says(tmp_path: Path) -> None:
    third = model(miss={**model()["miss"], "plain": 0.3})
    known = models(tmp_path, models=[third])
    wrong = 0
    for i in range(400):
        text = f"Policy number: HH-{204000 + i}"
        answer = ask(known, TASK, document(text), response_format=fields(["policy_number"]))
        wrong += object_of(answer)["policy_number"] != f"HH-{204000 + i}"

    assert 85 <= wrong <= 155


# -------------------------------------------------------------------- labels


LABELS = [
    {"name": "water", "words": ["pipe", "water", "leak"], "words_other": ["Wasser", "Rohrbruch"]},
    {"name": "fire", "words": ["fire", "smoke", "burnt"], "words_other": ["Feuer", "Brand"]},
]
CATEGORY = {"type": "string", "enum": ["fire", "water", "other"]}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (LETTER, "water"),
        ("There was smoke and everything is burnt.", "fire"),
        ("Nach dem Rohrbruch steht Wasser im Keller.", "water"),
        ("My bicycle is gone.", "other"),
    ],
)
def test_a_label_is_chosen_by_its_words(tmp_path: Path, text: str, label: str) -> None:
    known = models(tmp_path, labels=LABELS)
    answer = ask(known, TASK, document(text), response_format=schema(category=CATEGORY))

    assert object_of(answer) == {"category": label}


def test_a_wrong_label_is_the_next_best(tmp_path: Path) -> None:
    known = models(tmp_path, labels=LABELS, models=[model(**HOPELESS)])
    answer = ask(known, TASK, document(LETTER), response_format=schema(category=CATEGORY))

    assert object_of(answer) == {"category": "fire"}


@pytest.mark.parametrize(
    "prompt",
    [
        "Classify the letter as one of: fire, water, theft. Answer with the label alone.",
        "Which of these labels fits: fire, water or theft?",
        "Classify the letter as fire, water or theft.",
    ],
)
def test_labels_of_a_plain_prompt_are_chosen_from(tmp_path: Path, prompt: str) -> None:
    answer = ask(models(tmp_path, labels=LABELS), ("system", prompt), document(LETTER))

    assert text_of(answer) == "water"


def test_what_a_prompt_says_of_a_label_counts(tmp_path: Path) -> None:
    told = {
        "type": "string",
        "enum": ["a", "b"],
        "description": "a: bicycles, scooters and skates; b: kitchens, floors and furniture",
    }
    text = "All of the kitchens and floors are gone."
    answer = ask(models(tmp_path), TASK, document(text), response_format=schema(category=told))

    assert object_of(answer) == {"category": "b"}


# ----------------------------------------------------------- judgements, the rest


@pytest.mark.parametrize(("text", "answer"), [(LETTER, "yes"), ("A bicycle was stolen.", "no")])
def test_a_judgement_is_yes_where_the_question_s_words_stand(
    tmp_path: Path, text: str, answer: str
) -> None:
    question = "Answer yes or no: burst pipe kitchen?"

    assert text_of(ask(models(tmp_path), ("system", question), document(text))) == answer


def test_an_author_s_judgement_comes_first(tmp_path: Path) -> None:
    rule = {"asks": "signed", "yes": r"(?:regards|gez\.),? \w+"}
    form = schema(signed={"type": "boolean"})
    known = models(tmp_path, judgements=[rule])

    assert object_of(ask(known, TASK, document(LETTER), response_format=form)) == {"signed": True}
    assert object_of(ask(known, TASK, document("Bye"), response_format=form)) == {"signed": False}


def test_a_summary_is_made_of_the_text_s_own_sentences(tmp_path: Path) -> None:
    said = text_of(ask(models(tmp_path), ("system", "Summarise the letter."), document(LETTER)))

    assert "pipe burst in our kitchen" in said
    assert set(said.split()) <= set(LETTER.split())


def test_evidence_is_the_line_in_which_a_value_was_found(tmp_path: Path) -> None:
    form = fields(["policy_number", "policy_number_evidence"])
    answer = ask(models(tmp_path), TASK, document(LETTER), response_format=form)

    assert object_of(answer)["policy_number_evidence"] == "Policy number: HH-204417"


def test_a_sober_model_is_less_sure_of_what_is_hard_and_a_boaster_is_not(tmp_path: Path) -> None:
    hard = {"plain": 0.01, "ocr": 0.5}
    sober = model(miss={**model()["miss"], **hard})
    boaster = model("assay-small", miss={**model()["miss"], **hard}, overconfidence=1.0)
    known = models(tmp_path, models=[sober, boaster])
    form = schema(policy_number={"type": "string"}, confidence={"type": "number"})

    def sure(text: str, name: str) -> float:
        answer = ask(known, TASK, document(text), response_format=form, model=name)
        return float(object_of(answer)["confidence"])

    noisy = "P0licy number: HH-204417"
    assert sure(LETTER, "assay-large") == 0.99
    assert sure(noisy, "assay-large") == pytest.approx(0.495, abs=0.01)
    assert sure(noisy, "assay-small") == 0.97


def test_json_is_made_of_the_keys_of_an_example(tmp_path: Path) -> None:
    prompt = (
        'Answer in JSON like {"policy_number": "text", "total_amount": 0, "kind": "fire|water"}.'
    )
    known = models(tmp_path, labels=LABELS)
    answer = ask(
        known, ("system", prompt), document(LETTER), response_format={"type": "json_object"}
    )

    assert object_of(answer) == {
        "policy_number": "HH-204417",
        "total_amount": 1234.5,
        "kind": "water",
    }


def test_json_that_no_schema_enforces_is_wrapped_by_careless_models(tmp_path: Path) -> None:
    prompt = "Extract `policy_number` and reply in JSON."
    careless = models(tmp_path, models=[model(malformed=1.0)])
    said = text_of(ask(careless, ("system", prompt), document(LETTER)))

    with pytest.raises(json.JSONDecodeError):
        json.loads(said)
    assert json.loads(said.split("```json")[1].rstrip("`\n")) == {"policy_number": "HH-204417"}


def test_nested_objects_lists_and_references_are_filled(tmp_path: Path) -> None:
    inner: dict[str, Any] = {
        "type": "object",
        "properties": {"total_amount": {"type": "number"}},
        "required": ["total_amount"],
        "additionalProperties": False,
    }
    form = schema(
        bill={"$ref": "#/$defs/Bill"},
        dates={"type": "array", "items": {"type": "string"}},
        country={"const": "DE"},
    )
    form["json_schema"]["schema"]["$defs"] = {"Bill": inner}
    text = f"{LETTER}\nDates: 2026-03-04"
    made = object_of(ask(models(tmp_path), TASK, document(text), response_format=form))

    assert made == {"bill": {"total_amount": 1234.5}, "dates": ["2026-03-04"], "country": "DE"}


def test_a_schema_that_refers_to_itself_ends(tmp_path: Path) -> None:
    knot: dict[str, Any] = {
        "type": "object",
        "properties": {name: {"$ref": "#/$defs/Knot"} for name in "abcdefgh"},
    }
    form = {
        "type": "json_schema",
        "json_schema": {
            "name": "knot",
            "schema": {"$defs": {"Knot": knot}, "$ref": "#/$defs/Knot"},
        },
    }

    known = models(tmp_path, models=[model(context_tokens=64_000, output_tokens=32_000)])
    assert object_of(ask(known, TASK, document(LETTER), response_format=form))


# ------------------------------------------------------------------ tools


TOOL = {
    "type": "function",
    "function": {
        "name": "record_claim",
        "description": "Write down the policy number of a claim",
        "parameters": {"type": "object", "properties": {"policy_number": {"type": "string"}}},
    },
}


@pytest.mark.parametrize(
    "choice", ["auto", "required", {"type": "function", "function": {"name": "record_claim"}}]
)
def test_a_tool_is_called_with_arguments_from_the_text(tmp_path: Path, choice: object) -> None:
    task = ("system", "Use record_claim for every letter.")
    answer = ask(models(tmp_path), task, document(LETTER), tools=[TOOL], tool_choice=choice)
    choice_made = answer["choices"][0]

    assert choice_made["finish_reason"] == "tool_calls"
    assert choice_made["message"]["content"] is None
    (call,) = choice_made["message"]["tool_calls"]
    assert call["function"]["name"] == "record_claim"
    assert json.loads(call["function"]["arguments"]) == {"policy_number": "HH-204417"}


def test_no_tool_is_called_against_the_choice_or_without_a_need(tmp_path: Path) -> None:
    known = models(tmp_path)
    forbidden = ask(
        known, ("system", "Use record_claim."), LETTER, tools=[TOOL], tool_choice="none"
    )
    needless = ask(known, ("system", "Be friendly."), "Good morning!", tools=[TOOL])

    assert [a["choices"][0]["finish_reason"] for a in (forbidden, needless)] == ["stop", "stop"]


def test_what_a_tool_answered_is_read_and_it_is_not_called_again(tmp_path: Path) -> None:
    messages = [
        {"role": "system", "content": "Use record_claim, then summarise what came of it."},
        {"role": "user", "content": LETTER},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function"}]},
        {"role": "tool", "tool_call_id": "c1", "content": "The claim is known already."},
    ]
    answer = ask(models(tmp_path), messages=messages, tools=[TOOL])

    assert answer["choices"][0]["finish_reason"] == "stop"
    assert "known already" in text_of(answer)


# -------------------------------------------------------------------- versions


VERSION = {
    "number": 2,
    "suffix": "2026-09-01",
    "where": "kitchen",
    "relabel": {"water": "other"},
}


def test_a_new_version_answers_differently_on_its_slice_only(tmp_path: Path) -> None:
    known = models(tmp_path, labels=LABELS, versions=[VERSION])
    form = schema(category=CATEGORY)

    def label(text: str, version: int) -> object:
        under = Conditions("version", version=version)
        answer = ask(known, TASK, document(text), response_format=form, under=under)
        return object_of(answer)["category"]

    cellar = "The cellar is under water, a pipe has a leak."
    assert (label(LETTER, 1), label(LETTER, 2)) == ("water", "other")
    assert (label(cellar, 1), label(cellar, 2)) == ("water", "water")


def test_a_new_version_says_so(tmp_path: Path) -> None:
    known = models(tmp_path, versions=[VERSION])
    first = ask(known, "Hello")
    second = ask(known, "Hello", under=Conditions("version", version=2))

    assert (first["model"], second["model"]) == ("assay-large-2026-03-01", "assay-large-2026-09-01")
    assert first["system_fingerprint"] != second["system_fingerprint"]
