"""Rows that the challenge's own module has made in a probe: taken only if they can be judged.

Rows that cannot be made are our fault or the challenge's, never a candidate's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from assay.domain.challenge import Challenge, Contract
from assay.domain.errors import PlatformFault
from assay.domain.labelled import LabelledAnswers
from assay.evaluation.material import Material, Row, field_value, row_of
from assay_probe.plan import LabelledSpec
from assay_probe.records import GeneratedRecord, Record, RowsRecord

MEND = "mend the challenge's generator: `assay challenge lint` tells what it can see"


def with_rows(material: Material, records: Iterable[Record]) -> Material:
    """The material with the rows that a probe wrote.

    Raises:
        PlatformFault: the module failed, or made rows that cannot be judged.
    """
    found: dict[str, list[Row]] = {}
    ended: GeneratedRecord | None = None
    for record in records:
        if isinstance(record, RowsRecord):
            found.setdefault(record.set, []).extend(map(row_of, record.rows))
        elif isinstance(record, GeneratedRecord):
            ended = record
    if ended is None:
        raise PlatformFault("the probe did not tell how the making of the rows ended")
    sets = {name: tuple(rows) for name, rows in found.items()}
    problem = ended.problem or _unjudgeable(material.challenge, sets)
    if problem:
        raise PlatformFault(
            f"the rows of this evaluation could not be made: {problem}", remedy=MEND
        )
    return _taken(material, sets)


def _taken(material: Material, sets: Mapping[str, tuple[Row, ...]]) -> Material:
    """Every stage its set: what boots, loads and stops a service is `load`."""
    traffic = sets.get("load") or sets.get("contract") or next(iter(sets.values()))
    return replace(
        material,
        sets=sets,
        rows=traffic,
        holdout=sets.get("quality", ()),
        pool=sets.get("incidents", ()),
    )


def _unjudgeable(challenge: Challenge, sets: Mapping[str, tuple[Row, ...]]) -> str:
    """Words, if no answer to some row could be judged."""
    answers = challenge.contract.answers
    for name, rows in sets.items() if answers else ():
        for number, row in enumerate(rows, 1):
            if answers and (told := truth_problem(row.truth, answers)):
                return f"set {name!r}, row {number}: {told}"
    for attacks in challenge.attacks:
        if told := twins_problem(sets.get(attacks.set, ()), attacks.obeyed):
            return f"set {attacks.set!r}: {told}"
    return ""


def truth_problem(truth: Mapping[str, object] | None, answers: LabelledAnswers) -> str:
    """Why a truth cannot be compared with an answer, "" if it can."""
    if truth is None:
        return "has no truth, which [contract.answers] needs"
    if not isinstance(field_value(truth, answers.decision.field), str):
        return f"its truth has no {answers.decision.field!r}, which is text"
    if not isinstance(field_value(truth, answers.fields), Mapping):
        return f"its truth has no {answers.fields!r}, which is an object"
    return ""


def twins_problem(rows: Iterable[Row], obeyed: str) -> str:
    """Why rows are not all twins of which one is attacked, "" if they are."""
    pairs: dict[str, list[bool]] = {}
    for row in rows:
        pairs.setdefault(row.pair, []).append(in_truth(row, obeyed) is not None)
    for name, attacked in pairs.items():
        if sorted(attacked) != [False, True]:
            return f"pair {name!r} is not one row with {obeyed} and one without"
    return ""


def in_truth(row: Row, path: str) -> object:
    """What stands at "truth.some.where" of a row, None if nothing does."""
    return field_value(row.truth or {}, path.removeprefix("truth."))


def labelled_spec(contract: Contract) -> LabelledSpec | None:
    """How the probe compares answers, None where they are numbers."""
    answers = contract.answers
    if answers is None:
        return None
    return LabelledSpec(
        fields=answers.fields,
        compare=dict(answers.compare),
        class_field=answers.class_field or "",
        tolerance=answers.tolerance,
        decision=answers.decision.field,
        withheld=answers.decision.withheld,
        confidence=answers.decision.confidence or "",
        number=contract.score.answer,
        number_tolerance=contract.score.tolerance,
    )
