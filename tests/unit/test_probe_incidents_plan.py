"""A timeline that makes no sense is refused before anything is sent, with every reason."""

import json
from dataclasses import replace

import pytest

from assay_probe import plan as plans
from assay_probe.plan import FeedbackSpec, IncidentsPlan, ScrapeSpec, Segment, StandInChange

URL = "http://127.0.0.1:8080"
CALM = Segment("", 0.0, 15.0, 60.0, "clean.jsonl", "")
SOUND = IncidentsPlan(
    target=plans.Target("submission", URL),
    request=plans.RequestSpec("POST", "/score", "clean.jsonl", "p", 0.001),
    segments=[CALM, Segment("shift", 15.0, 30.0, 60.0, "shift.jsonl", "clean.jsonl", 0.0, 1.0)],
    changes=[StandInChange(3.0, "bureau", "slow", {"delay_ms": 300})],
    marks=[plans.Mark(15.0, "begin", "shift")],
    stand_ins=[plans.StandIn("bureau", "http://127.0.0.1:9", "token")],
    scrape=ScrapeSpec(URL, "/metrics"),
    seed=7,
    feedback=FeedbackSpec("POST", "/feedback", "id", "bad", 4.0, 0.5),
)


def refused(plan: IncidentsPlan) -> str:
    with pytest.raises(ValueError, match="plan") as caught:
        plans.load(plans.dump(plan))
    return str(caught.value)


def test_a_sound_timeline_survives_the_way_to_the_probe() -> None:
    assert plans.load(plans.dump(SOUND)) == SOUND


def test_a_timeline_without_late_labels_survives_too() -> None:
    plan = replace(SOUND, feedback=None)
    assert plans.load(plans.dump(plan)) == plan


def test_what_is_wrong_inside_an_optional_part_is_named() -> None:
    fields = json.loads(plans.dump(SOUND))
    fields["feedback"]["share"] = "half"
    with pytest.raises(ValueError, match=r"plan\.feedback\.share: expected float, got 'half'"):
        plans.load(json.dumps(fields))


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        ([], "needs at least one"),
        ([replace(CALM, rate_rps=0)], "rate_rps must be above 0"),
        ([replace(CALM, end_s=0.0)], "0 to 0 s is no time"),
        ([replace(CALM, start_s=-1.0)], "-1 to 15 s is no time"),
        ([replace(CALM, share_to=1.5)], "within 0..1"),
        ([replace(CALM, share_from=0.0)], "needs a `base`"),
        ([CALM, replace(CALM, start_s=16.0, end_s=20.0)], r"segments[1]: starts at 16 s"),
        ([CALM, replace(CALM, start_s=14.0, end_s=20.0)], "the one before ends at 15 s"),
    ],
)
def test_impossible_segments_are_refused_in_words(segments: list[Segment], words: str) -> None:
    assert words in refused(replace(SOUND, segments=segments))


def test_a_change_needs_a_stand_in() -> None:
    plan = replace(SOUND, changes=[StandInChange(1.0, "nobody", "down")])
    assert "no stand-in is called 'nobody'" in refused(plan)


def test_all_that_is_wrong_is_told_at_once() -> None:
    words = refused(
        replace(
            SOUND,
            segments=[replace(CALM, rate_rps=0), replace(CALM, start_s=16.0)],
            scrape=replace(SOUND.scrape, every_s=0.0),
        )
    )
    assert "rate_rps" in words
    assert "starts at 16" in words
    assert "every_s" in words
