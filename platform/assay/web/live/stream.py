"""The live panel of an evaluation as server-sent events: HTML that htmx puts in its place."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from fastapi.sse import ServerSentEvent

from assay.domain.challenge import Challenge
from assay.domain.errors import NotFound
from assay.domain.lifecycle import EvaluationState
from assay.features.submissions.reading import EVENTS_AT_ONCE, live
from assay.features.submissions.views import Live
from assay.web.live.now import challenge_of
from assay.web.live.progress import Watched
from assay.web.live.watch import Watch
from assay.web.platform import Platform
from assay.web.rendering import render

QUEUE_EVERY_S = 3.0
"""What happens to others moves a place in the queue without touching the evaluation."""
RUNNING_EVERY_S = 10.0
LASTS = timedelta(hours=1)
"""Then the browser connects again, and shows again that it may."""

ENDED = ServerSentEvent(event="ended", raw_data="")


async def events(
    platform: Platform, watch: Watch, evaluation_id: str, after: int
) -> AsyncIterator[ServerSentEvent]:
    """What happens to an evaluation from now on.

    The first event is the whole panel as it is, so that it does not matter what was missed; only
    the log is continued, after the event whose id is `after`.
    """
    until = platform.now() + LASTS
    watched = Watched(await asyncio.to_thread(_challenge, platform, evaluation_id))
    with watch.on(evaluation_id) as watcher:
        while platform.now() < until and not watch.is_over:
            try:
                found = await asyncio.to_thread(_read, platform, evaluation_id, after)
            except NotFound:  # it was deleted while it was watched; the page says so when it comes
                yield ENDED
                return
            event, after = _told(watched, found, platform.now()), found.last_event_id
            yield event
            if found.evaluation.ended:
                yield ENDED
                return
            if len(found.events) < EVENTS_AT_ONCE:
                await watcher.wait(_patience(found))


def _challenge(platform: Platform, evaluation_id: str) -> Challenge | None:
    with platform.database.read() as session:
        return challenge_of(session, platform, evaluation_id)


def _read(platform: Platform, evaluation_id: str, after: int) -> Live:
    with platform.database.read() as session:
        return live(session, evaluation_id, after)


def _patience(found: Live) -> float:
    waits = found.evaluation.state is EvaluationState.QUEUED
    return QUEUE_EVERY_S if waits else RUNNING_EVERY_S


def _told(watched: Watched, found: Live, now: datetime) -> ServerSentEvent:
    lines = watched.take(found)
    html = render("live/message.html", progress=watched.progress((), now), lines=lines, now=now)
    return ServerSentEvent(raw_data=html, id=str(found.last_event_id))
