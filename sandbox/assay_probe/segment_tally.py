"""What became of the requests of one segment, kept small until the last of them has ended."""

from assay_probe.records import SegmentRecord
from assay_probe.reply import Reply
from assay_probe.timeline_schedule import SegmentArrivals

MOST_CLASSES = 20
"""Different values of the answer's class that are told apart in one segment."""
OTHER = "(other)"
CLASS_CHARACTERS = 64


class SegmentTally:
    """Counts up to a `SegmentRecord`.

    Attributes:
        arrivals: What is sent.
        left: Requests that have not ended yet.
        written: Whether its record was; for whoever writes it.
    """

    def __init__(self, arrivals: SegmentArrivals, origin_s: float) -> None:
        requests = len(arrivals.intended_us)
        self.arrivals, self.left, self.written = arrivals, requests, False
        self._origin_s = origin_s
        self._ended_s = origin_s + arrivals.segment.start_s
        self._letters = ["t"] * requests
        self._latency_us: list[int | None] = [None] * requests
        self._lag_us = [0] * requests
        self._classes: list[str] = []
        self._class_of = [-1] * requests
        self._fallbacks = 0

    def note(
        self, number: int, reply: Reply, letter: str, *, fallback: bool, seen: str | None
    ) -> None:
        """One request has ended.

        Args:
            number: Its place in the segment.
            reply: What came back.
            letter: Its outcome.
            fallback: Whether only the fallback answer made it right.
            seen: Value of the answer's class, None without one.
        """
        self._letters[number] = letter
        self._latency_us[number] = self._since_intended_us(number, reply.ended_s)
        self._lag_us[number] = self._since_intended_us(number, reply.started_s)
        self._ended_s = max(self._ended_s, reply.ended_s)
        self._fallbacks += fallback
        if seen is not None:
            self._class_of[number] = self._class(seen)
        self.left -= 1

    def record(self, now_s: float) -> SegmentRecord:
        """The segment as it stands; what has not ended was given up now, unanswered."""
        ended_s = now_s if self.left else self._ended_s
        return SegmentRecord(
            index=self.arrivals.index,
            incident=self.arrivals.segment.incident,
            origin_s=self._origin_s,
            started_s=self._origin_s + self.arrivals.segment.start_s,
            ended_s=ended_s,
            intended_us=list(self.arrivals.intended_us),
            latency_us=[
                self._since_intended_us(number, ended_s) if us is None else us
                for number, us in enumerate(self._latency_us)
            ],
            outcomes="".join(self._letters),
            drifted=self.arrivals.drifted,
            fallbacks=self._fallbacks,
            classes=self._classes,
            class_of=self._class_of,
            send_lag_us=list(self._lag_us),
        )

    def _since_intended_us(self, number: int, instant_s: float) -> int:
        intended_s = self._origin_s + self.arrivals.intended_us[number] * 1e-6
        return max(0, round((instant_s - intended_s) * 1e6))

    def _class(self, seen: str) -> int:
        name = seen[:CLASS_CHARACTERS]
        if name not in self._classes and len(self._classes) >= MOST_CLASSES:
            name = OTHER
        if name not in self._classes:
            self._classes.append(name)
        return self._classes.index(name)
