"""The timeline of the incidents stage: open-loop traffic by segments, and all that goes with it.

Everything runs on one loop, each part on connections of its own: requests leave when the
schedule says, `/metrics` is scraped in every slot, late labels follow, stand-ins change, marks
tell whoever harms the service when. Nothing waits for anything else.
"""

import gc
import math
import time
from collections.abc import Callable, Mapping, Sequence

import gevent
from gevent.event import AsyncResult
from gevent.pool import Pool

from assay_probe import feedback as late_labels
from assay_probe.arrivals import fresh_string
from assay_probe.canary import Canary
from assay_probe.checking import OK, word
from assay_probe.client import Client
from assay_probe.crew import Crew
from assay_probe.dispatch import on_schedule, sleep_until
from assay_probe.feedback import Feedback
from assay_probe.outbox import Outbox
from assay_probe.pacer import new_pacer
from assay_probe.plan import IncidentsPlan, Mark, StandInChange
from assay_probe.recorder import Recorder
from assay_probe.records import Event, Record
from assay_probe.reply import Reply
from assay_probe.segment_tally import SegmentTally
from assay_probe.steering import Dependencies
from assay_probe.timeline_rows import TimelineRow, judged, read_timeline_rows
from assay_probe.timeline_schedule import SegmentArrivals, draw, row_files
from assay_probe.urgency import ask_for_short_slices

LEAD_S = 0.2
"""Between the word of the origin and the origin: whoever acts on marks hears of it before."""
CANARIES = 16
"""Requests to the service nobody harms that are in flight at once."""
DRAIN_SLACK_S = 1.0
"""Beyond the timeout of the last request, in which its greenlet must have ended."""

Emit = Callable[[Record], None]


def run(plan: IncidentsPlan, emit: Emit) -> None:
    """Carry the timeline out; whatever happens, stand-ins are well again afterwards.

    Raises:
        StandInFault: one could not be steered.
        ValueError: a file of rows holds something else.
    """
    outbox, hands = Outbox(emit), Dependencies(plan.stand_ins)
    ask_for_short_slices()
    try:
        for change in plan.changes:
            hands(change.name)
        _carry_out(plan, Client(plan.target.url, plan.request.max_response_bytes), hands, outbox)
    finally:
        outbox.close()
        hands.reset()


def _carry_out(plan: IncidentsPlan, client: Client, hands: Dependencies, outbox: Outbox) -> None:
    id_field = plan.feedback.id_field if plan.feedback else ""
    rows = {
        path: read_timeline_rows(path, plan.request, client, id_field) for path in row_files(plan)
    }
    arrivals = draw(plan, {path: len(found) for path, found in rows.items()})
    timeline = _Timeline(plan, client, rows, outbox)
    gc.collect()
    gc.freeze()  # a full collection would stop the loop; what is here now stays to the end
    timeline.origin_s = time.monotonic() + LEAD_S  # from here on nothing may be read or made
    outbox.emit(Event("origin", timeline.origin_s))
    try:
        whole = timeline.parts.spawn(timeline.run, arrivals, hands)
        gevent.joinall([whole, timeline.failure], raise_error=True, count=1)
    finally:
        timeline.kill()
        client.close()


class _Timeline:
    """One timeline under way.

    Attributes:
        origin_s: When it begins.
        failure: Set by the first greenlet that fails.
        parts: What runs beside the requests.
        requests, scrapes, labels: Those that are in flight.
    """

    def __init__(
        self,
        plan: IncidentsPlan,
        client: Client,
        rows: Mapping[str, Sequence[TimelineRow]],
        outbox: Outbox,
    ) -> None:
        self.plan, self.client, self.rows, self.outbox = plan, client, rows, outbox
        self.origin_s = 0.0
        self.failure = AsyncResult()
        self.parts, self.requests = Crew(self.failure), Crew(self.failure)
        self.scrapes = Crew(self.failure, Pool(plan.scrape.in_flight))
        self.labels = Crew(self.failure, Pool(late_labels.IN_FLIGHT))
        self.canary: Canary | None = None
        if plan.canary is not None:
            crew = Crew(self.failure, Pool(CANARIES))
            self.canary = Canary(plan.canary, plan.request, plan.seed, crew)
        self.feedback: Feedback | None = None
        if plan.feedback is not None:
            self.feedback = Feedback(plan.feedback, plan.target, self.labels)

    def run(self, arrivals: Sequence[SegmentArrivals], hands: Dependencies) -> None:
        """Everything from the origin to the last scrape."""
        recorder = Recorder(self.plan.scrape, self.origin_s, self.outbox.emit_made, self.scrapes)
        scraping = self.parts.spawn(recorder.run)
        acting = [self.parts.spawn(self._steer, hands), self.parts.spawn(self._mark)]
        labelling = self.parts.spawn(self.feedback.run) if self.feedback else None
        watching = self.parts.spawn(self.canary.run, self.origin_s) if self.canary else None
        self.parts.spawn(self._tell_seconds)
        self._send([SegmentTally(one, self.origin_s) for one in arrivals])
        gevent.joinall(acting)
        if self.feedback and labelling:
            labelling.kill()
            self.outbox.emit(self.feedback.finish())
        if self.canary and watching:
            watching.kill()
            self.outbox.emit(self.canary.finish())
        idle_s = time.monotonic()
        recorder.stop_at(idle_s + self.plan.idle_s)
        self.outbox.emit(Event("idle", idle_s))
        scraping.join()

    def kill(self) -> None:
        """End whatever still runs."""
        for crew in (self.parts, self.requests, self.scrapes, self.labels):
            crew.kill()
        if self.canary:
            self.canary.close()

    # ------------------------------------------------------------------ requests

    def _send(self, tallies: Sequence[SegmentTally]) -> None:
        """Send every request at its instant; return when all are answered or given up."""
        places = [(t, i) for t in tallies for i in range(t.left)]
        intended_us = [us for t in tallies for us in t.arrivals.intended_us]
        pacer = new_pacer()
        for index in on_schedule(pacer, self.origin_s, intended_us):
            self.requests.spawn(self._one, *places[index])
        pacer.close()
        self.requests.join(self.plan.request.timeout_s + DRAIN_SLACK_S)
        self.requests.kill()
        for tally in tallies:
            self._write(tally)

    def _one(self, tally: SegmentTally, number: int) -> None:
        arrivals = tally.arrivals
        row = self.rows[arrivals.file(number)][arrivals.rows[number]]
        fresh = fresh_string(self.plan.seed, arrivals.index, number)
        reply = self.client.send(row.request(fresh), self.plan.request.timeout_s)
        letter, fallback = judged(reply, row, self.plan.request)
        tally.note(number, reply, letter, fallback=fallback, seen=self._class(reply))
        if self.feedback and arrivals.labelled[number] and reply.status == OK:
            _owe(self.feedback, reply, row, fresh)
        if not tally.left:
            self._write(tally)

    def _class(self, reply: Reply) -> str | None:
        if not self.plan.answer_class or reply.status != OK:
            return None
        return word(reply.body, self.plan.answer_class)

    def _write(self, tally: SegmentTally) -> None:
        if not tally.written:
            tally.written = True
            self.outbox.emit_made(tally.record, time.monotonic())

    # ---------------------------------------------------------- beside the requests

    def _steer(self, hands: Dependencies) -> None:
        changes: list[StandInChange] = sorted(self.plan.changes, key=lambda c: c.at_s)
        for change in changes:
            sleep_until(self.origin_s + change.at_s)
            hands(change.name).set(change.mode, **change.settings)

    def _mark(self) -> None:
        marks: list[Mark] = sorted(self.plan.marks, key=lambda m: m.at_s)
        for mark in marks:
            sleep_until(self.origin_s + mark.at_s)
            self.outbox.emit(Event(mark.name, time.monotonic(), mark.detail))

    def _tell_seconds(self) -> None:
        total = math.ceil(self.plan.segments[-1].end_s + self.plan.idle_s)
        for second in range(1, total + 1):
            sleep_until(self.origin_s + second)
            self.outbox.emit(Event("minute", time.monotonic(), "", second, total))


def _owe(feedback: Feedback, reply: Reply, row: TimelineRow, fresh: str) -> None:
    if row.label is not None:
        label_id = fresh if row.label_id is None else row.label_id
        feedback.owe(reply.ended_s, label_id, row.label)
