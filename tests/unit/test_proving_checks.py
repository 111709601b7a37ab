"""What must hold of a challenge besides the attribution of its faults."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.proofs import (
    EXPECTED,
    NOTHING_THERE,
    REFERENCE,
    a_card,
    a_proof,
    a_stamp,
    answer,
    empty,
    good_results,
    good_runs,
    mutant,
    outcome,
    proven_challenge,
    starter,
    with_runs,
)

from assay.domain.challenge import Challenge
from assay.toolkit.expectation import Expectation
from assay.toolkit.proving.assemble import proof_of
from assay.toolkit.proving.proof import CheckResult
from assay.toolkit.proving.runs import Outcome, Results, Wanted


def check(name: str, results: Results) -> CheckResult:
    proof = proof_of(results, "full", a_stamp())
    return next(one for one in proof.checks if one.id == name)


def test_a_challenge_in_which_everything_holds_is_green() -> None:
    assert a_proof().verdict == "green", [c for c in a_proof().checks if c.verdict != "green"]


def test_the_same_results_give_the_same_proof() -> None:
    first, second = (proof_of(good_results(), "full", a_stamp()) for _ in range(2))

    assert first.model_dump_json() == second.model_dump_json()


EASY = {starter(1): outcome({"agreement": 33.1, "validation": 25, "stops": 30})}
"""A variant that earns three points more than the other."""

BROKEN: list[tuple[str, Mapping[Wanted, Outcome], str]] = [
    (
        "separation",
        {REFERENCE: outcome({"stops": 6})},
        "reference earns 94.0, less than 95: -6.0 stops (It was seen)",
    ),
    (
        "separation",
        {starter(1): outcome({"stops": 30})},
        "starter 1 earns 70.0, more than 40; plant another fault, or give the criteria of its "
        "faults more points",
    ),
    (
        "separation",
        {answer("partial/half"): outcome({"stops": 1})},
        "partial/half earns 99.0, accepted/second only 98.0",
    ),
    (
        "answers",
        {answer("rejected/cheat"): outcome({"agreement": 40, "validation": 29.9})},
        "rejected/cheat earns 30.1, more than 30",
    ),
    (
        "answers",
        {answer("accepted/second"): outcome({"agreement": 11})},
        "accepted/second earns 89.0, less than 90",
    ),
    (
        "ordering",
        {
            REFERENCE: outcome({"validation": 4}),
            replace(REFERENCE, again=1): outcome({"validation": 4}),
            mutant("ignores_sigterm"): outcome({"stops": 0.5}),
        },
        "ignores_sigterm earns 99.5, the reference 96.0",
    ),
    (
        "budget",
        {REFERENCE: outcome(build=151.0)},
        "reference: build takes 151 s of the 300 s allowed",
    ),
    (
        "budget",
        {answer("accepted/second"): outcome({"stops": 2}, ready_s=15.1)},
        "accepted/second: boot takes 15 s of the 30 s allowed",
    ),
    (
        "variants",
        EASY,
        "starters earn 11.9 to 15.0, a spread of more than 3 points",
    ),
]


@pytest.mark.parametrize(("name", "runs", "problem"), BROKEN)
def test_what_does_not_hold_is_told_with_its_figures(
    name: str, runs: Mapping[Wanted, Outcome], problem: str
) -> None:
    found = check(name, with_runs(runs))

    assert found.verdict == "red"
    assert problem in found.problems


def test_making_the_surroundings_takes_none_of_the_time_that_a_service_has_to_boot() -> None:
    assert check("budget", with_runs({REFERENCE: outcome(boot=17.5)})).verdict == "green"


@pytest.mark.parametrize(
    ("lost", "verdict"),
    [
        ({"stops": None, "agreement": 20}, "green"),
        ({"stops": None, "agreement": 21}, "incomplete"),
        ({"stops": None, "agreement": 19.9}, "incomplete"),
    ],
)
def test_a_line_without_a_measurement_matters_if_the_score_could_be_unexpected(
    lost: Mapping[str, float | None], verdict: str
) -> None:
    """It must earn 50 to 80: without that line it has 50, and with all its points 80."""
    found = check("answers", with_runs({answer("partial/half"): outcome(lost)}))

    assert found.verdict == verdict
    assert all("it matters what is missing" in told for told in found.unseen)


def test_an_order_that_hangs_on_what_was_not_measured_is_no_order() -> None:
    found = check("separation", with_runs({answer("partial/half"): outcome({"agreement": None})}))

    assert any("partial/half" in told for told in found.problems)


def test_two_faults_never_outscore_one_of_them() -> None:
    both = Wanted("pair", "wrong_unit + null_is_500", "fault:wrong_unit+null_is_500", ())
    found = check("ordering", with_runs({both: outcome({"agreement": 28})}))

    assert found.problems == ("wrong_unit + null_is_500 earns 72.0, wrong_unit alone only 70.0",), (
        "one point is noise, two are not; null_is_500 alone earns more"
    )


def test_an_empty_repository_that_scores_is_red() -> None:
    found = check("empty", with_runs({empty(): outcome({"agreement": 30})}))

    assert found.verdict == "red"


def test_an_empty_repository_that_fails_without_saying_whose_fault_it_is_is_red() -> None:
    found = check("empty", with_runs({empty(): replace(NOTHING_THERE, stages=())}))

    assert found.problems == ("empty: 0.0 points, and no stage says that nothing is there",)


def test_a_known_answer_that_raises_no_flag_is_red() -> None:
    flagged = EXPECTED["rejected/cheat"].model_copy(update={"flags": ("sheds_load", "memorises")})
    results = good_results(
        expectations={**EXPECTED, "rejected/cheat": flagged},
        runs={
            **good_runs(),
            answer("rejected/cheat"): outcome(
                {"agreement": 40, "validation": 30}, flags=("sheds_load",)
            ),
        },
    )

    assert check("answers", results).problems == ("rejected/cheat is not flagged: memorises",)


@pytest.mark.parametrize("honest", [REFERENCE, answer("accepted/second"), answer("partial/half")])
def test_an_honest_answer_that_is_flagged_is_red(honest: Wanted) -> None:
    flagged = replace(good_runs()[honest], flags=("memorises",))

    assert check("answers", with_runs({honest: flagged})).problems == (
        f"{honest.name} is flagged, and has done nothing wrong: memorises",
    )


def test_a_cheat_that_raises_more_flags_than_it_must_is_no_matter() -> None:
    cheat = answer("rejected/cheat")
    flagged = replace(good_runs()[cheat], flags=("memorises",))

    assert check("answers", with_runs({cheat: flagged})).verdict == "green"


def test_a_cheat_in_a_quick_proof_may_earn_no_more_of_what_was_measured() -> None:
    some = outcome({"stops": None, "agreement": 20})
    results = good_results(runs={**good_runs(), answer("rejected/cheat"): some}, full=False)

    assert some.total is None
    assert check("answers", results).problems == ("rejected/cheat earns 71.4, more than 30",)


def test_a_cheat_that_is_flagged_may_earn_much_of_the_part_that_was_measured() -> None:
    flagged = EXPECTED["rejected/cheat"].model_copy(update={"flags": ("sheds_load",)})
    some = outcome({"stops": None, "agreement": 20}, flags=("sheds_load",))
    results = good_results(
        expectations={**EXPECTED, "rejected/cheat": flagged},
        runs={**good_runs(), answer("rejected/cheat"): some},
        full=False,
    )

    assert check("answers", results).problems == ()


def test_a_run_that_could_not_be_measured_makes_a_proof_incomplete_not_red() -> None:
    spoilt = Outcome("k", fault="load: the machine was too noisy")
    proof = proof_of(with_runs({mutant("wrong_unit"): spoilt}), "full", a_stamp())

    assert proof.verdict == "incomplete"
    assert proof.checks[0].unseen == ("wrong_unit: load: the machine was too noisy",)


def test_a_reference_without_a_complete_score_proves_nothing() -> None:
    proof = proof_of(with_runs({REFERENCE: outcome({"stops": None})}), "full", a_stamp())

    assert proof.verdict == "incomplete"
    assert "reference: stops was not measured: It was seen." in proof.checks[0].unseen


@pytest.mark.parametrize(
    "wanted",
    [
        starter(0),
        starter(1),
        replace(REFERENCE, again=1),
        Wanted("pair", "wrong_unit + null_is_500", "fault:wrong_unit+null_is_500", ()),
    ],
)
def test_what_is_compared_by_its_score_must_have_one(wanted: Wanted) -> None:
    lost = {"agreement": 30, "validation": None, "stops": 30}
    found = check("measured", with_runs({wanted: outcome(lost)}))

    assert found.unseen == (f"{wanted.shown} has no complete score: validation not measured",)


def test_an_empty_repository_must_have_a_score_and_it_must_be_nothing() -> None:
    gate = a_card(proven_challenge(), {"builds": None})
    unknown = Outcome("empty", gate, NOTHING_THERE.stages)

    assert check("empty", with_runs({empty(): unknown})).verdict == "red"


def test_a_proof_that_repeats_nothing_is_not_whole() -> None:
    once = {wanted: one for wanted, one in good_runs().items() if not wanted.again}

    found = check("repeatability", good_results(runs=once))
    assert found.unseen == ("nothing was repeated; say --repeat 3",)
    assert check("repeatability", good_results()).verdict == "green"


@pytest.mark.parametrize(("flags", "verdict"), [((), "red"), (("sheds_load",), "green")])
def test_a_cheat_that_pays_is_at_least_flagged(flags: tuple[str, ...], verdict: str) -> None:
    """Whatever its author expects of it."""
    pays = EXPECTED["rejected/cheat"].model_copy(update={"score_max": 99.0, "flags": flags})
    results = good_results(
        expectations={**EXPECTED, "rejected/cheat": pays},
        runs={**good_runs(), answer("rejected/cheat"): outcome({"stops": 2}, flags=flags)},
    )
    found = check("answers", results)

    assert found.verdict == verdict
    assert flags or found.problems == (
        "rejected/cheat earns 98.0 and is not flagged: a rejected answer earns 40 or less, or a "
        "person is told",
    )


def test_a_run_beside_other_images_is_told() -> None:
    ours, other = {"monitoring": "a", "probe": "b"}, {"monitoring": "a", "probe": "c"}
    runs = {
        REFERENCE: replace(outcome(), images=ours),
        starter(0): replace(good_runs()[starter(0)], images=ours),
        starter(1): replace(good_runs()[starter(1)], images=other),
    }

    assert check("measured", with_runs(runs)).notes == (
        "starter 1 was measured with another image: probe",
    )


def test_a_build_that_was_there_already_is_not_said_to_have_been_quick() -> None:
    there = replace(outcome(), built=False)

    assert check("budget", with_runs({REFERENCE: there})).notes == (
        "reference: its image was there, so its build took no time",
    )


def of_a_quick_one(results: Results) -> CheckResult:
    return proof_of(results, "quick", a_stamp()).checks[0]


def test_a_stage_that_ran_and_measured_nothing_makes_a_quick_proof_incomplete() -> None:
    broken = outcome({"validation": None}, contract=3.0)
    results = good_results(runs={**good_runs(), REFERENCE: broken}, full=False)

    assert of_a_quick_one(results).unseen == (
        "reference: validation was not measured: It was seen.",
    )


def test_a_stage_that_was_left_out_does_not() -> None:
    some = outcome({"validation": None}, quality=3.0)
    results = good_results(runs={**good_runs(), REFERENCE: some}, full=False)

    assert of_a_quick_one(results).verdict == "green"


def test_a_reference_that_falls_short_is_told_with_its_gates_and_the_three_dearest_lines() -> None:
    short = outcome({"builds": 10, "stops": 2, "agreement": 9, "validation": 1})
    (told,) = check("separation", with_runs({REFERENCE: short})).problems

    assert told.endswith(
        "less than 95: gate builds (It was seen); -9.0 agreement (It was seen); "
        "-2.0 stops (It was seen); -1.0 validation (It was seen)"
    )


def test_what_no_run_was_asked_for_is_said_beside_the_tick() -> None:
    proof = proof_of(good_results(runs={REFERENCE: outcome()}, full=False), "partial", a_stamp())
    notes = {one.id: one.notes for one in proof.checks}

    assert notes["separation"] == ("no starter was run",)
    assert notes["answers"] == ("no known answer was run",)
    assert notes["empty"] == ("it was not run",)


def test_what_was_run_needs_no_such_note() -> None:
    notes = {one.id: one.notes for one in a_proof().checks}

    assert (notes["separation"], notes["answers"], notes["empty"]) == ((), (), ())
    assert notes["attribution"] == ()


def test_what_is_broken_outweighs_what_was_not_seen() -> None:
    spoilt = Outcome("k", fault="the machine was too noisy")
    leaking = outcome({"agreement": 30, "stops": 9})
    runs = {mutant("wrong_unit"): leaking, mutant("wrong_order"): spoilt}

    assert proof_of(with_runs(runs), "full", a_stamp()).verdict == "red"


def with_fault(place: int, **changed: Any) -> Challenge:
    """The challenge with another alternative in its first slot."""
    fields = proven_challenge().model_dump()
    fields["slot"][0]["fault"][place].update(changed)
    return Challenge.model_validate(fields)


def test_variants_whose_faults_name_unequal_points_are_red() -> None:
    challenge = with_fault(1, costs=["stops"])
    least, most = proof_of(good_results(challenge=challenge), "full", a_stamp()).variants.at_stake

    assert most - least <= 3, "combinations of unequal stakes are not handed out"


def test_unlike_starters_tell_which_fault_leaves_more_than_it_says() -> None:
    notes = check("variants", with_runs(EASY)).notes

    assert notes[:2] == (
        "wrong_unit alone takes 30.0 of the 40 points of agreement, and stakes are reckoned with "
        "40.0: if it takes no more in a starter, say so in its `partly`",
        "wrong_order alone takes 29.0 of the 40 points of agreement, and stakes are reckoned with "
        "40.0: if it takes no more in a starter, say so in its `partly`",
    )
    assert not [note for note in notes if note.startswith("ignores_sigterm")], "it takes all"
    assert check("variants", good_results()).notes == (), "they are alike: nothing to look for"


def test_a_fault_that_says_what_it_leaves_is_not_named() -> None:
    challenge = with_fault(0, partly={"agreement": 0.75})
    results = good_results(challenge=challenge, runs={**good_runs(), **EASY})

    assert not [note for note in check("variants", results).notes if "wrong_unit" in note]


def test_a_reference_whose_score_wanders_is_red() -> None:
    runs = {
        replace(REFERENCE, again=1): outcome({"stops": 2.0}),
        replace(REFERENCE, again=2): outcome({"stops": 4.0}),
    }
    found = check("repeatability", with_runs(runs))

    assert found.problems[0].startswith("the reference's score moves by 2.00 points")


def test_evaluations_that_stand_for_several_runs_are_counted_once() -> None:
    same = {REFERENCE: outcome(key="one", boot=10), starter(0): outcome(key="one", boot=10)}

    assert proof_of(good_results(runs=same), "full", a_stamp()).evaluations_s == 10


def test_an_expectation_is_exact_at_its_ends() -> None:
    card = a_card(proven_challenge(), {"agreement": 40, "validation": 29.9})
    exactly = Expectation(about="At the edge.", score_min=30.1, score_max=30.1)
    results = good_results(
        expectations={**EXPECTED, "rejected/cheat": exactly},
        runs={**good_runs(), answer("rejected/cheat"): Outcome("k", card)},
    )

    assert check("answers", results).problems == ()
