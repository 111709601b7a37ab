"""Some rows asked once more of both services: as they are, changed, and by strangers.

What the submission says is judged by what the reference, asked the same bytes at the same time,
has said. Nothing here ever ends a stage: what cannot be asked is not known.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from assay.domain.callers import Asked, Likeness, Moment
from assay.domain.errors import CandidateFault, PlatformFault
from assay.evaluation.callers import Group, keep
from assay.evaluation.material import Row
from assay.evaluation.ports import Role
from assay.evaluation.run import Run
from assay_probe.guises import GUISES, STRANGERS
from assay_probe.plan import AnswersPlan
from assay_probe.records import AnswersRecord

logger = logging.getLogger(__name__)

ROWS = 24
"""Asked in each likeness: a memory that fails on all of them fails beyond doubt."""
GUISE_ROWS = 12
AGAIN = "callers/again.jsonl"
CONCURRENCY = 2
AGAIN_S = 12.0

Body = Mapping[str, Any]


def ask_again(run: Run, moment: Moment) -> None:
    """Ask some rows of both services, as they are and changed; nothing if that cannot be done.

    Nor where answers are labelled: what two services say of a document is never the same number.
    """
    service = run.services.get("submission")
    if run.material.challenge.contract.answers is not None:
        return
    if service is None or service.exit() is not None or "reference" not in run.services:
        return
    run.say("asking some rows once more, as other callers and changed")
    try:
        keep(run, _asked_both(run, moment))
    except (CandidateFault, PlatformFault) as fault:
        run.say(f"they could not be asked: {fault}")
    except Exception:  # whatever it is, what the stage has measured stands
        logger.exception("rows could not be asked once more %s", moment)


def _asked_both(run: Run, moment: Moment) -> tuple[Asked, ...]:
    rng = Random(run.seed_for("callers", moment))  # noqa: S311  (a draw, not a secret)
    questions = questions_of(run.material.rows, rng)
    right = _asked(run, "reference", [q for q in questions if not q.guise])
    given = _asked(run, "submission", questions)
    return again(moment, questions, right, given, run.material.challenge.contract.score.tolerance)


@dataclass(frozen=True, slots=True)
class Question:
    """One row to ask.

    Attributes:
        id: Unique among the questions.
        guise: How the caller looks, "" for one by lot.
        like: Id of the question with the same body whose right answer is known; its own without.
    """

    id: str
    alike: Likeness
    body: Body
    guise: str = ""
    like: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What came back for a question."""

    letter: str
    answer: float | None
    latency_ms: float


def questions_of(rows: Sequence[Row], rng: Random) -> list[Question]:
    """Some rows, as they are and changed, in an order drawn by lot.

    Only rows without nulls: what is not there may be asked of a dependency, whose state is
    another matter. Rows whose body does not hold their id have no ids to exchange.
    """
    whole = [row for row in rows if None not in row.body.values()]
    drawn = rng.sample(whole, min(ROWS, len(whole)))
    key = id_field(drawn)
    found = [
        *_known(drawn),
        *_crossed(drawn, key, rng),
        *(_renamed(drawn, key, rng) if key else ()),
        *(_exchanged(drawn, key) if key else ()),
    ]
    rng.shuffle(found)
    return found


def id_field(rows: Sequence[Row]) -> str:
    """The field of the body that holds the row's id, "" if none does in all of them."""
    names = set.intersection(*(_own_id(row) for row in rows)) if rows else set()
    return min(names, default="")


def _own_id(row: Row) -> set[str]:
    return {name for name, value in row.body.items() if value == row.id}


def _known(rows: Sequence[Row]) -> Iterator[Question]:
    for row in rows:
        yield Question(f"known/{row.id}", "known", row.body)
    for row in rows[:GUISE_ROWS]:
        for guise in (*GUISES, *STRANGERS):
            name = f"guise/{guise.name}/{row.id}"
            yield Question(name, "guise", row.body, guise.name, f"known/{row.id}")


def _crossed(rows: Sequence[Row], key: str, rng: Random) -> Iterator[Question]:
    """Half of the plain fields from another row: valid field by field, seen by nobody."""
    for place, row in enumerate(rows):
        other = rows[(place + 1) % len(rows)]
        names = [n for n, v in row.body.items() if _is_plain(v) and n in other.body and n != key]
        taken = rng.sample(names, (len(names) + 1) // 2)
        body = {**row.body, **{name: other.body[name] for name in taken}}
        if key:
            body[key] = new_id(row.id, rng)
        yield Question(f"crossed/{row.id}", "crossed", body)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _renamed(rows: Sequence[Row], key: str, rng: Random) -> Iterator[Question]:
    for row in rows:
        yield Question(f"other/{row.id}", "other_id", {**row.body, key: new_id(row.id, rng)})


def _exchanged(rows: Sequence[Row], key: str) -> Iterator[Question]:
    """Bodies under the id of a row whose right answer is another: low ones with high ones."""
    known = sorted((row for row in rows if row.expected is not None), key=_expected)
    for low, high in zip(known, known[len(known) // 2 :], strict=False):
        yield Question(f"swapped/{low.id}", "swapped_id", {**low.body, key: high.id})


def _expected(row: Row) -> float:
    return row.expected or 0.0


def new_id(text: str, rng: Random) -> str:
    """An id of the same form with other digits; letters stay as they are."""
    return re.sub(r"\d", lambda _: str(rng.randrange(10)), text)


def _asked(run: Run, role: Role, questions: Sequence[Question]) -> Mapping[str, Given]:
    plan = AnswersPlan(
        target=run.target(role),
        request=run.request_spec(AGAIN),
        concurrency=CONCURRENCY,
        deadline_s=AGAIN_S,
    )
    files = {AGAIN: _lines(questions)}
    found = run.probe(plan, seconds=AGAIN_S, files=files)
    record = next((one for one in found if isinstance(one, AnswersRecord)), None)
    if record is None:
        raise PlatformFault("the probe wrote no answers")
    took_us = record.latency_us or [0] * len(record.outcomes)
    rows = zip(questions, record.outcomes, took_us, strict=True)
    return {q.id: Given(letter, record.answers[q.id], us / 1e3) for q, letter, us in rows}


def _lines(questions: Iterable[Question]) -> bytes:
    rows = ({"id": q.id, "body": q.body, "expected": None, "guise": q.guise} for q in questions)
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def again(
    moment: Moment,
    questions: Iterable[Question],
    right: Mapping[str, Given],
    given: Mapping[str, Given],
    tolerance: float,
) -> tuple[Asked, ...]:
    """What the submission gave beside what the reference gave; rows it refused are left out."""
    groups: dict[tuple[Likeness, str], Group] = {}
    for question in questions:
        known, got = right.get(question.like or question.id), given.get(question.id)
        if known is None or known.answer is None or got is None:
            continue
        group = groups.setdefault((question.alike, question.guise), Group())
        group.add(_letter(got, known.answer, tolerance), got.latency_ms)
    return tuple(group.fact(moment, *name) for name, group in groups.items())


def _letter(got: Given, right: float, tolerance: float) -> str:
    if got.answer is None:
        return got.letter
    return "o" if abs(got.answer - right) <= tolerance else "w"
