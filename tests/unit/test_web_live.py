"""Watching an evaluation: what is shown, what is sent, and who is woken when."""

import asyncio
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.fakes.rubric import make_challenge
from tests.fakes.web import Site, a_site

from assay.audit.ledger import SYSTEM
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.assessments import removal
from assay.features.submissions.views import EvaluationView, EventView, Live, StageView
from assay.web.live.progress import LOG_LINES, Progress, Watched
from assay.web.live.stream import events
from assay.web.live.watch import Watch, Watcher, marks_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def an_evaluation(
    state: EvaluationState = EvaluationState.RUNNING,
    *,
    stage: str = "load",
    lane: Lane = Lane.PRACTICE,
    attempt: int = 1,
    position: int | None = None,
) -> EvaluationView:
    return EvaluationView(
        id="evl_1",
        lane=lane,
        state=state,
        stage=stage,
        position=position,
        score=None,
        complete=False,
        message="cancelled by the hiring team",
        attempt=attempt,
        queued_at=NOW,
        started_at=NOW,
        ended_at=None,
    )


def an_event(number: int, state: str, detail: str = "", **other: int) -> EventView:
    return EventView(
        id=number,
        attempt=other.get("attempt", 1),
        at=NOW,
        stage="load",
        state=state,
        detail=detail,
        elapsed_s=0,
        expected_s=100,
        done=other.get("done", 0),
        total=other.get("total", 0),
    )


def shown(
    evaluation: EvaluationView,
    *events: EventView,
    stages: tuple[StageView, ...] = (),
    after_s: float = 25,
) -> Progress:
    watched = Watched(make_challenge())
    log = watched.take(Live(evaluation, stages, events, last_event_id=len(events)))
    return watched.progress(log, NOW + timedelta(seconds=after_s))


def row(progress: Progress, name: str) -> tuple[str, str, float | None]:
    found = next(row for row in progress.stages if row.name == name)
    return found.how, found.words, found.share


def test_the_running_stage_shows_how_far_it_is_and_what_it_does() -> None:
    progress = shown(an_evaluation(), an_event(1, "start"), an_event(2, "step", "pair 3"))

    assert row(progress, "load") == ("running", "pair 3", 25.0)
    assert row(progress, "shutdown")[0] == "waiting"
    assert re.match(r"About \d+ minutes? to go\.", progress.words)


def test_a_stage_that_takes_longer_than_expected_never_claims_to_be_done() -> None:
    assert row(shown(an_evaluation(), an_event(1, "start"), after_s=900), "load")[2] == 99.0


def test_stages_that_are_over_say_how_they_ended() -> None:
    ended = (
        StageView(1, "checkout", "done", "", 1.0),
        StageView(1, "build", "candidate_fault", "pip could not find flask", 7.0),
        StageView(1, "boot", "skipped", "", 0.0),
    )
    progress = shown(an_evaluation(EvaluationState.JUDGED, stage=""), stages=ended)

    assert row(progress, "checkout")[:2] == ("done", "")
    assert row(progress, "build")[:2] == ("ended", "pip could not find flask")
    assert row(progress, "boot")[0] == "left_out"
    assert row(progress, "load")[0] == "left_out"


def test_the_log_holds_lines_and_no_ticks() -> None:
    progress = shown(
        an_evaluation(),
        an_event(1, "start"),
        an_event(2, "log", "Step 1/7"),
        an_event(3, "step", "asking", done=3, total=90),
        an_event(4, "log", "old", attempt=0),
    )

    assert progress.log == ["[load] Step 1/7"]


def test_a_sealed_evaluation_shows_stages_and_nothing_it_found() -> None:
    ended = (StageView(1, "build", "candidate_fault", "secret row 17", 1.0),)
    events = (an_event(1, "start"), an_event(2, "step", "seed 4711"), an_event(3, "log", "4711"))
    progress = shown(an_evaluation(lane=Lane.SEALED), *events, stages=ended)

    assert "4711" not in repr(progress)
    assert "secret" not in repr(progress)
    assert not progress.log
    assert row(progress, "load")[0] == "running"


@pytest.mark.parametrize(
    ("evaluation", "headline"),
    [
        (an_evaluation(EvaluationState.QUEUED, attempt=0, position=1), "Next in the queue"),
        (an_evaluation(EvaluationState.QUEUED, attempt=0, position=4), "In the queue"),
        (an_evaluation(EvaluationState.QUEUED, attempt=1, position=1), "Trying again"),
        (an_evaluation(EvaluationState.SUPERSEDED), "Replaced by a newer push"),
        (an_evaluation(EvaluationState.CANCELLED), "Cancelled"),
        (an_evaluation(EvaluationState.PLATFORM_FAULT), "Failed on our side"),
    ],
)
def test_every_state_has_words(evaluation: EvaluationView, headline: str) -> None:
    progress = shown(evaluation)

    assert progress.headline == headline
    assert progress.words


def test_a_page_begins_with_the_end_of_a_long_log(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.begin(evaluation_id)
    for number in range(LOG_LINES + 30):
        site.tell(evaluation_id, f"line {number};")
    page = site.of_candidate(assessment_id).get(f"/candidate/evaluations/{evaluation_id}").text

    assert "line 0;" not in page
    assert f"line {LOG_LINES + 29};" in page


def streamed(site: Site, assessment_id: str, evaluation_id: str, **headers: str) -> str:
    """What a browser is sent until the evaluation has ended."""
    path = f"/candidate/evaluations/{evaluation_id}/events"
    return site.of_candidate(assessment_id).get(path, headers=headers).text


def test_the_stream_sends_the_panel_the_log_and_the_end(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.begin(evaluation_id)
    last = site.tell(evaluation_id, "Step 1/7")
    site.judge(evaluation_id)
    stream = streamed(site, assessment_id, evaluation_id)

    assert 'hx-target="#panel"' in stream
    assert "[build] Step 1/7" in stream
    assert f"id: {last}" in stream
    assert stream.rstrip().rsplit("\n\n", 1)[-1].startswith("event: ended")


def test_who_connects_again_gets_the_log_from_where_it_broke_off(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.begin(evaluation_id)
    seen = site.tell(evaluation_id, "seen before")
    site.tell(evaluation_id, "new since")
    site.judge(evaluation_id)
    stream = streamed(site, assessment_id, evaluation_id, **{"last-event-id": str(seen)})

    assert "seen before" not in stream
    assert "new since" in stream


def test_who_connects_to_a_server_that_stops_is_not_kept(site: Site) -> None:
    evaluation_id = site.pushed(site.house.started())
    site.begin(evaluation_id)
    watch = Watch(Marks())
    watch.wind_down()

    async def listen() -> int:
        async with asyncio.timeout(10):
            return len([event async for event in events(site.platform, watch, evaluation_id, 0)])

    assert asyncio.run(listen()) == 0


def test_who_watches_what_is_deleted_is_told_that_it_is_over(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.begin(evaluation_id)
    house = site.house

    async def listen() -> list[str | None]:
        told = []
        async with asyncio.timeout(10):
            async for event in events(site.platform, Watch(Marks()), evaluation_id, 0):
                told.append(event.event)
                if len(told) == 1:
                    with house.write() as session:
                        removal.delete(
                            session, house.jobs, assessment_id, house.repositories, house.time,
                            actor=SYSTEM,
                        )  # fmt: skip
        return told

    assert asyncio.run(listen()) == [None, "ended"]


def test_the_stream_needs_no_cache_and_no_buffer(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.judge(evaluation_id)
    path = f"/candidate/evaluations/{evaluation_id}/events"
    headers = site.of_candidate(assessment_id).get(path).headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] in {"no-cache", "no-store"}


def test_the_page_says_where_its_stream_is_and_from_which_event(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.begin(evaluation_id)
    last = site.tell(evaluation_id, "Step 1/7")
    page = site.of_candidate(assessment_id).get("/candidate").text

    url = f"/candidate/evaluations/{evaluation_id}/events?after={last}"
    assert f'hx-sse:connect="{url}"' in page
    assert '<noscript><meta http-equiv="refresh" content="5; url=?"></noscript>' in page


# ------------------------------------------------------------------------------------- the watch


class Marks:
    """Changes when a test says so; counts how often it is asked."""

    def __init__(self) -> None:
        self.mark = 0
        self.asked = 0

    def __call__(self, evaluation_ids: Collection[str]) -> dict[str, object]:
        self.asked += 1
        return dict.fromkeys(evaluation_ids, self.mark)


async def seconds_until_woken(watcher: Watcher, at_most_s: float) -> float:
    began = asyncio.get_running_loop().time()
    await watcher.wait(at_most_s)
    return asyncio.get_running_loop().time() - began


async def look_once(watch: Watch, at_most_s: float) -> None:
    """Watch until the first look, and then so long."""
    with watch.on("evl_1") as watcher:
        await watcher.wait(5)
        await watcher.wait(at_most_s)


def test_a_watcher_is_woken_by_a_change_and_not_before() -> None:
    async def run() -> tuple[float, float]:
        marks = Marks()
        with Watch(marks).on("evl_1") as watcher:
            await watcher.wait(5)  # the first look
            quiet = await seconds_until_woken(watcher, 1.2)
            marks.mark = 1
            return quiet, await seconds_until_woken(watcher, 10)

    quiet, woken = asyncio.run(run())
    assert quiet >= 1.1
    assert woken < 2


def test_who_comes_second_is_woken_too() -> None:
    async def run() -> float:
        marks = Marks()
        watch = Watch(marks)
        with watch.on("evl_1") as first, watch.on("evl_1") as second:
            await first.wait(5)
            await second.wait(5)
            marks.mark = 1
            await first.wait(10)
            return await seconds_until_woken(second, 10)

    assert asyncio.run(run()) < 2


def test_what_happens_between_reading_and_waiting_wakes_at_once() -> None:
    async def run() -> float:
        marks = Marks()
        watch = Watch(marks)
        with watch.on("evl_1") as watcher:
            await watcher.wait(5)
            marks.mark = 1
            await asyncio.sleep(1.2)
            return await seconds_until_woken(watcher, 5)

    assert asyncio.run(run()) < 0.5


def test_many_watchers_ask_the_database_once() -> None:
    async def run() -> int:
        marks = Marks()
        watch = Watch(marks)
        await asyncio.gather(*(look_once(watch, 0.3) for _ in range(50)))
        return marks.asked

    assert asyncio.run(run()) < 8


def test_nobody_watching_asks_nothing() -> None:
    async def run() -> tuple[int, int, int]:
        marks = Marks()
        watch = Watch(marks)
        await look_once(watch, 0.1)
        await asyncio.sleep(1.2)
        asked = marks.asked
        await asyncio.sleep(1.2)
        return watch.watchers, asked, marks.asked

    watchers, before, after = asyncio.run(run())
    assert watchers == 0
    assert before == after


def test_who_watches_a_server_that_stops_is_woken_from_another_thread() -> None:
    async def run() -> tuple[float, bool]:
        watch = Watch(Marks())
        with watch.on("evl_1") as watcher:
            await watcher.wait(5)  # the first look
            woken = asyncio.create_task(seconds_until_woken(watcher, 10))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(watch.wind_down)
            return await woken, watch.is_over

    seconds, is_over = asyncio.run(run())
    assert seconds < 2
    assert is_over


def test_everything_that_is_shown_changes_the_mark(site: Site) -> None:
    evaluation_id = site.pushed(site.house.started())
    ask = marks_of(site.house.database)
    marks = [ask([evaluation_id])]
    site.begin(evaluation_id)
    marks.append(ask([evaluation_id]))
    site.tell(evaluation_id, "more")
    marks.append(ask([evaluation_id]))
    site.judge(evaluation_id)
    marks.append(ask([evaluation_id]))

    assert all(one != other for one, other in pairwise(marks))
    assert ask(["evl_none"]) == {}
