"""Rows asked once more tell a memory from a model; whatever happens then, no stage suffers."""

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.fakes.challenges import make_material
from tests.fakes.evidence import make_evidence
from tests.fakes.incident_run import Staged, make_staged
from tests.fakes.world import FakeService

from assay.domain.callers import Asked, CallersMeasurement
from assay.domain.errors import PlatformFault
from assay.domain.flags.answers import answers_by_id, memorised_answers
from assay.evaluation.asking_again import (
    GUISE_ROWS,
    ROWS,
    Given,
    Question,
    again,
    ask_again,
    id_field,
    new_id,
    questions_of,
)
from assay.evaluation.callers import (
    by_guise,
    keep,
    note_answers,
    note_segments,
    note_turned_away,
    note_windows,
)
from assay.evaluation.material import Row
from assay.evaluation.ports import ExitReport
from assay_probe.arrivals import fresh_string, own_string
from assay_probe.guises import GUISES, STRANGERS, guise_of
from assay_probe.records import AnswersRecord, OpenLoopRecord, SegmentRecord

Body = Mapping[str, Any]


def model(body: Body) -> float:
    """The approved model."""
    return round((body["income"] % 997) / 1000 + body["age"] / 1000, 6)


def make_rows(count: int = 40) -> tuple[Row, ...]:
    bodies = ({"id": f"A-{1000 + n}", "income": 900 * n + 7, "age": 20 + n} for n in range(count))
    return tuple(Row(body["id"], body, model(body)) for body in bodies)


ROWS_MADE = make_rows()


def memory(body: Body) -> float:
    """Knows every row by what is in it, but for the id, and guesses at all others."""
    known = {(row.body["income"], row.body["age"]): row.expected for row in ROWS_MADE}
    return known.get((body["income"], body["age"])) or 0.5


def by_id(body: Body) -> float:
    """Says again what it said of this id."""
    known = {row.id: row.expected for row in ROWS_MADE}
    return known.get(body["id"]) or model(body)


def lru_cache() -> Callable[[Body], float]:
    """An honest cache of features: sooner, and never another answer."""
    kept: dict[tuple[int, int], float] = {}

    def scores(body: Body) -> float:
        return kept.setdefault((body["income"], body["age"]), model(body))

    return scores


def staged(tmp_path: Path, scores: Callable[[Body], float], **changes: Any) -> Staged:
    service = FakeService(scores=scores, **changes)
    found = make_staged(tmp_path, submission=service, reference=FakeService(scores=model))
    found.run.material = make_material()
    object.__setattr__(found.run.material, "rows", ROWS_MADE)
    return found


def flags(run: Staged) -> list[str]:
    evidence = make_evidence(callers=run.run.facts.get("callers"))
    return [flag.kind for rule in (memorised_answers, answers_by_id) for flag in rule(evidence)]


@pytest.mark.parametrize(
    ("scores", "raised"),
    [
        (model, []),
        (lru_cache(), []),
        (memory, ["memorised_answers"]),
        (by_id, ["answers_by_id"]),
        (lambda _: 0.28, []),
    ],
    ids=["the model", "an honest cache", "a memory", "by id", "a constant"],
)
def test_asking_once_more_tells_a_memory_from_a_model(
    scores: Callable[[Body], float], raised: list[str], tmp_path: Path
) -> None:
    run = staged(tmp_path, scores)
    ask_again(run.run, "after_load")

    assert flags(run) == raised


def test_a_service_that_cannot_be_asked_is_left_alone(tmp_path: Path) -> None:
    dead = staged(tmp_path, model, ends=ExitReport(1, False, False))
    ask_again(dead.run, "after_load")

    assert dead.world.plans == []
    assert "callers" not in dead.run.facts


@pytest.mark.parametrize("problem", [PlatformFault("no probe"), ZeroDivisionError("our own bug")])
def test_what_goes_wrong_then_ends_no_stage(problem: Exception, tmp_path: Path) -> None:
    def broken(_body: Body) -> float:
        raise problem

    run = staged(tmp_path, broken)
    ask_again(run.run, "after_load")

    assert "callers" not in run.run.facts


# ------------------------------------------------------------------------------ what is asked


def drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311  (not a secret)


def asked(rows: tuple[Row, ...] = ROWS_MADE, seed: int = 3) -> list[Question]:
    return questions_of(rows, drawn(seed))


def alike(kind: str, questions: list[Question]) -> list[Question]:
    return [one for one in questions if one.alike == kind]


def test_every_likeness_is_asked_and_every_stranger_asks() -> None:
    questions = asked()

    assert len(alike("known", questions)) == len(alike("crossed", questions)) == ROWS
    assert len(alike("guise", questions)) == GUISE_ROWS * len((*GUISES, *STRANGERS))
    assert len(alike("swapped_id", questions)) == ROWS // 2
    assert len({one.id for one in questions}) == len(questions)


def test_the_same_seed_asks_the_same() -> None:
    assert asked() == asked()
    assert asked(seed=4) != asked()


def test_a_crossed_row_is_valid_field_by_field_and_nobodys() -> None:
    incomes, ages = ({row.body[f] for row in ROWS_MADE} for f in ("income", "age"))
    pairs = {(row.body["income"], row.body["age"]) for row in ROWS_MADE}
    ids = {row.id for row in ROWS_MADE}

    for one in alike("crossed", asked()):
        assert one.body["income"] in incomes
        assert one.body["age"] in ages
        assert (one.body["income"], one.body["age"]) not in pairs
        assert one.body["id"] not in ids


def test_ids_are_exchanged_between_rows_with_different_answers() -> None:
    expected = {row.id: row.expected for row in ROWS_MADE}

    for one in alike("swapped_id", asked()):
        assert abs(expected[one.body["id"]] - model(one.body)) > 0.05


def test_rows_with_nulls_are_not_asked() -> None:
    """What a dependency would be asked for may be away just now."""
    holes = tuple(
        Row(r.id, {**r.body, "income": None} if n % 2 else r.body, r.expected)
        for n, r in enumerate(ROWS_MADE)
    )

    assert all(one.body["income"] is not None for one in asked(holes))


def test_rows_that_do_not_hold_their_id_have_no_ids_to_exchange() -> None:
    anonymous = tuple(Row(r.id, {"income": r.body["income"], "age": 3}, 0.1) for r in ROWS_MADE)
    questions = asked(anonymous)

    assert id_field(anonymous) == ""
    assert {one.alike for one in questions} == {"known", "crossed", "guise"}


def test_without_rows_nothing_is_asked() -> None:
    assert asked(()) == []


def test_a_new_id_has_the_form_of_the_old() -> None:
    found = new_id("A-500001", drawn(1))

    assert (found[:2], len(found), found[2:].isdigit()) == ("A-", 8, True)
    assert new_id("Ada", drawn(1)) == "Ada"


# --------------------------------------------------------------------------- what is compared


def test_the_reference_says_what_is_right() -> None:
    question = Question("known/1", "known", {})
    right, near = Given("o", 0.5, 2.0), Given("o", 0.501, 3.0)

    [same] = again("after_load", [question], {"known/1": right}, {"known/1": near}, 0.002)
    [other] = again("after_load", [question], {"known/1": right}, {"known/1": near}, 0.0005)

    assert (same.outcomes, same.latency_ms_p50) == ({"o": 1}, 3.0)
    assert other.outcomes == {"w": 1}


def test_a_stranger_is_compared_with_what_is_right_for_the_same_row() -> None:
    question = Question("guise/curl/1", "guise", {}, "curl", "known/1")
    given = {"guise/curl/1": Given("5", None, 1.0)}

    [found] = again("after_load", [question], {"known/1": Given("o", 0.5, 2.0)}, given, 0.1)

    assert (found.name, found.outcomes) == ("curl", {"5": 1})


def test_rows_that_the_reference_refuses_say_nothing() -> None:
    question = Question("crossed/1", "crossed", {})
    refused, wrong = Given("4", None, 1.0), Given("o", 0.9, 1.0)

    assert again("after_load", [question], {"crossed/1": refused}, {"crossed/1": wrong}, 0.1) == ()


# --------------------------------------------------------------------------- traffic by guise


def test_traffic_is_grouped_by_what_each_request_wore() -> None:
    texts = [fresh_string(7, n) for n in range(600)]
    cheated = [(t, "o" if guise_of(t).name == "curl" else "w", 2.0) for t in texts]

    groups = {g.name: g for g in by_guise("under_load", cheated)}

    assert set(groups) == {guise.name for guise in GUISES}
    assert sum(g.requests for g in groups.values()) == 600
    assert groups["curl"].outcomes.keys() == {"o"}
    assert all(g.outcomes.keys() == {"w"} for name, g in groups.items() if name != "curl")


def window(outcomes: str, latency_us: int = 2000) -> OpenLoopRecord:
    count = len(outcomes)
    return OpenLoopRecord(
        target="submission",
        label="pair-1",
        rate_rps=100.0,
        seed=5,
        started_s=1000.0,
        ended_s=1002.0,
        offered=count,
        intended_us=list(range(count)),
        latency_us=[latency_us if letter == "o" else 500 for letter in outcomes],
        outcomes=outcomes,
        send_lag_us_p50=0,
        send_lag_us_p99=0,
        send_lag_us_max=0,
        generator_cpu_s=0.1,
        hdr="",
        schedule_sha256="",
    )


def test_windows_and_rows_are_kept_side_by_side_and_each_once(tmp_path: Path) -> None:
    run = staged(tmp_path, model).run
    answers = AnswersRecord({}, "o" * 40, 0.0, 1.0, [900] * 40)
    note_answers(run, answers, ROWS_MADE)
    note_windows(run, "under_load", [window("o" * 300)])
    note_windows(run, "under_load", [window("o" * 200)])

    found = run.facts["callers"]
    assert sent(found, "before_load") == 40
    assert sent(found, "under_load") == 200
    names = {guise_of(own_string(row.id)).name for row in ROWS_MADE}
    assert {g.name for g in found.asked if g.moment == "before_load"} == names


def sent(found: CallersMeasurement, moment: str) -> int:
    return sum(group.requests for group in found.asked if group.moment == moment)


def cheated(texts: list[str]) -> str:
    """Right for callers that look like curl alone."""
    return "".join("o" if guise_of(text).name == "curl" else "w" for text in texts)


def right_for(found: CallersMeasurement) -> set[str]:
    return {group.name for group in found.asked if "o" in group.outcomes}


def test_a_request_of_a_window_wore_what_its_string_says(tmp_path: Path) -> None:
    run = staged(tmp_path, model).run
    note_windows(run, "under_load", [window(cheated([fresh_string(5, n) for n in range(90)]))])

    assert right_for(run.facts["callers"]) == {"curl"}


def test_a_request_of_the_timeline_wore_what_its_string_says(tmp_path: Path) -> None:
    run = staged(tmp_path, model).run
    outcomes = cheated([fresh_string(11, 2, n) for n in range(90)])
    note_segments(run, 11, [segment(2, outcomes)])

    assert right_for(run.facts["callers"]) == {"curl"}
    assert sent(run.facts["callers"], "incidents") == 90


def segment(index: int, outcomes: str) -> SegmentRecord:
    count = len(outcomes)
    return SegmentRecord(
        index=index,
        incident="",
        origin_s=1000.0,
        started_s=1000.0,
        ended_s=1010.0,
        intended_us=list(range(count)),
        latency_us=[2000] * count,
        outcomes=outcomes,
        drifted="0" * count,
        fallbacks=0,
        classes=[],
        class_of=[-1] * count,
        send_lag_us=[0] * count,
    )


def test_what_was_turned_away_is_told_with_how_busy_the_service_was(tmp_path: Path) -> None:
    run = staged(tmp_path, model, cpu_share=0.4).run
    keep(run, [Asked(moment="under_load", alike="guise", outcomes={"o": 1})])
    note_turned_away(run, [window("o" * 80 + "5" * 15 + "4" * 5)])

    found = run.facts["callers"].turned_away
    assert (found.requests, found.turned_away) == (100, 20)
    assert (found.turned_away_ms_p50, found.answered_ms_p50) == (0.5, 2.0)
    assert found.cpu_share == 0.4
    assert run.facts["callers"].asked


def test_without_counters_of_the_kernel_nobody_knows_how_busy_it_was(tmp_path: Path) -> None:
    run = staged(tmp_path, model, counted=False).run
    note_turned_away(run, [window("o5")])

    assert run.facts["callers"].turned_away.cpu_share is None
