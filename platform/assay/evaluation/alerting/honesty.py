"""The candidate's SLIs beside what the probe sent. Readings: what is honest is judged elsewhere.

What counts as a request. The probe sends scores, late labels and scrapes; the SLIs of
`monitoring.yml` speak of scores alone: `requests` counts every answered POST of the contract's
scoring endpoint, `errors` those answered with 5xx, the latencies and `predictions` are theirs.
Candidates are told so in the brief. Whoever counts feedback or scrapes as well counts too much.

How both sides come to speak of the same requests:
- A stretch begins and ends at a scrape. With a window as long as the stretch `increase` then
  has a sample at both ends and extrapolates nothing: its value is a difference of counters.
- The service counts a request when it answers, so the probe's count is of answers that
  arrived between the two scrapes.
- What the probe gave up on, the service may still have counted. A stretch holds no such
  request and begins no sooner than `SETTLE_S` after one.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assay.domain.incidents import SliReading
from assay.domain.statistics import percentile
from assay.domain.timeline import VIRTUAL_S_PER_S, VIRTUAL_SCRAPE_S
from assay.evaluation.alerting.monitoring_file import Sli
from assay.evaluation.alerting.probes import Answers, Probe, Sample
from assay.evaluation.alerting.recording import Series
from assay.evaluation.alerting.rules import metric_names, with_window
from assay_probe.records import ScrapeRecord, SegmentRecord

SETTLE_S = 2.0
"""As long as the probe waits for an answer: whatever it gave up on has ended by then."""
LEAST_S = 5.0
LEAST_REQUESTS = 100
"""Below this a request more or less is more than the one per cent that is asked for."""
EDGE_SLOTS = 4
"""Of so many scrapes at either end the quickest is taken: its instant is known best."""
LABELS_MAX = 50
BORDER_S, BORDER_SHARE = 0.001, 0.05
"""How far the probe's view of a latency is from the service's own: the way there and back."""

ANSWERED = "owmeh45"
COUNTS = frozenset({"requests", "errors", "predictions"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one scrape to another.

    Attributes:
        first, last: Their slots.
        start_s, end_s: When they were answered, real seconds after the origin.
    """

    first: int
    last: int
    start_s: float
    end_s: float

    @property
    def window_s(self) -> int:
        """Length on the virtual clock."""
        return round((self.last - self.first) * VIRTUAL_SCRAPE_S)

    @property
    def asked_at_s(self) -> int:
        """Virtual instant of the end."""
        return round(self.last * VIRTUAL_SCRAPE_S)


@dataclass(frozen=True, slots=True)
class Question:
    """One SLI over one stretch, as it is put to the recording."""

    sli: str
    label: str
    template: str
    stretch: Stretch
    probe: Probe


@dataclass(frozen=True, slots=True)
class Traffic:
    """Every score request, as the probe saw it. Real seconds after the origin."""

    sent_s: NDArray[np.float64]
    ended_s: NDArray[np.float64]
    letters: NDArray[np.str_]
    classes: NDArray[np.str_]

    @classmethod
    def of(cls, segments: Iterable[SegmentRecord]) -> "Traffic":
        """All segments together."""
        sent: list[int] = []
        took: list[int] = []
        letters: list[str] = []
        classes: list[str] = []
        for segment in segments:
            sent += segment.intended_us
            took += segment.latency_us
            letters += segment.outcomes
            classes += [segment.classes[n] if n >= 0 else "" for n in segment.class_of]
        start = np.array(sent, dtype=np.float64) / 1e6
        return cls(
            start,
            start + np.array(took, dtype=np.float64) / 1e6,
            np.array(letters, dtype=np.str_),
            np.array(classes, dtype=np.str_),
        )

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Whether there was an answer at all."""
        return np.isin(self.letters, list(ANSWERED))

    def within(self, stretch: Stretch) -> "Traffic":
        """What was answered in a stretch."""
        chosen = (self.ended_s > stretch.start_s) & (self.ended_s <= stretch.end_s) & self.answered
        return Traffic(
            self.sent_s[chosen], self.ended_s[chosen], self.letters[chosen], self.classes[chosen]
        )


def stretches(
    segments: Sequence[SegmentRecord], scrapes: Iterable[ScrapeRecord], readable: Collection[int]
) -> tuple[Stretch, ...]:
    """Of every segment its longest part in which the service answered, if that is long enough.

    Args:
        segments: In order; an incident's, too: a service has to tell the truth under stress.
        scrapes: All of them.
        readable: Slots whose scrape was answered and could be read.
    """
    if not segments:
        return ()
    traffic = Traffic.of(segments)
    good = [s for s in scrapes if s.slot in readable]
    origin_s = segments[0].origin_s
    starts = [s.started_s - origin_s for s in segments]
    spans = pairwise([*starts, segments[-1].ended_s - origin_s])
    calm = (_calm(start_s, end_s, traffic) for start_s, end_s in spans)
    found = (_between_scrapes(start_s, end_s, good, origin_s) for start_s, end_s in calm)
    return tuple(
        s for s in found if s is not None and len(traffic.within(s).letters) >= LEAST_REQUESTS
    )


def _calm(start_s: float, end_s: float, traffic: Traffic) -> tuple[float, float]:
    """The longest part of a span that no unanswered request touches."""
    lost = ~traffic.answered
    begins, ends = traffic.sent_s[lost], traffic.ended_s[lost] + SETTLE_S
    touching = (ends > start_s) & (begins < end_s)
    order = np.argsort(begins[touching], kind="stable")
    best, here_s = (start_s, start_s), start_s
    for begin_s, until_s in zip(begins[touching][order], ends[touching][order], strict=True):
        best = max(best, (here_s, float(begin_s)), key=_length)
        here_s = max(here_s, float(until_s))
    return max(best, (here_s, end_s), key=_length)


def _length(span: tuple[float, float]) -> float:
    return span[1] - span[0]


def _between_scrapes(
    start_s: float, end_s: float, scrapes: Iterable[ScrapeRecord], origin_s: float
) -> Stretch | None:
    """The stretch between two quick scrapes at the ends of a span."""
    inside = sorted(
        (s.slot, s.took_s, _instant(s, origin_s))
        for s in scrapes
        if start_s <= _instant(s, origin_s) <= end_s
    )
    if not inside:
        return None
    first = min(inside[:EDGE_SLOTS], key=lambda scrape: scrape[1])
    last = min(reversed(inside[-EDGE_SLOTS:]), key=lambda scrape: scrape[1])
    if last[2] - first[2] < LEAST_S:
        return None
    return Stretch(first[0], last[0], first[2], last[2])


def _instant(scrape: ScrapeRecord, origin_s: float) -> float:
    """When the service read its counters: half way between question and answer."""
    return scrape.due_s - origin_s + scrape.took_s / 2


def questions(slis: Mapping[str, Sli], over: Iterable[Stretch]) -> tuple[Question, ...]:
    """Every SLI that can be compared, over every stretch."""
    return tuple(
        Question(
            name,
            sli.label,
            sli.expr,
            stretch,
            Probe(with_window(sli.expr, stretch.window_s), stretch.asked_at_s),
        )
        for stretch in over
        for name, sli in slis.items()
        if name in _READERS
    )


def readings(
    asked: Iterable[Question],
    answers: Answers,
    segments: Iterable[SegmentRecord],
    series: Iterable[Series],
) -> tuple[SliReading, ...]:
    """What the candidate's PromQL says beside what the probe saw.

    Args:
        asked: See `questions`.
        answers: To their probes, on the virtual clock.
        segments: All segments of the run.
        series: Of the recording, for the bounds of histograms.
    """
    traffic = Traffic.of(segments)
    known = tuple(series)
    return tuple(
        reading
        for question in asked
        for reading in _READERS[question.sli](
            question,
            answers.get(question.probe, ()),
            traffic.within(question.stretch),
            known,
        )
    )


_Reader = Callable[
    [Question, tuple[Sample, ...], Traffic, tuple[Series, ...]], Iterator[SliReading]
]


def _requests(
    question: Question, said: tuple[Sample, ...], seen: Traffic, _series: tuple[Series, ...]
) -> Iterator[SliReading]:
    yield _reading(question, _count(said), float(len(seen.letters)))


def _errors(
    question: Question, said: tuple[Sample, ...], seen: Traffic, _series: tuple[Series, ...]
) -> Iterator[SliReading]:
    yield _reading(question, _count(said), float(np.count_nonzero(seen.letters == "5")))


def _predictions(
    question: Question, said: tuple[Sample, ...], seen: Traffic, _series: tuple[Series, ...]
) -> Iterator[SliReading]:
    """One reading for each class that the probe saw or the candidate claims to have served."""
    classes, counts = np.unique(seen.classes[seen.classes != ""], return_counts=True)
    if not question.label:
        yield _reading(question, _count(said), float(counts.sum()))
        return
    sent = {str(name): float(n) for name, n in zip(classes, counts, strict=True)}
    claimed = {s.label(question.label) for s in said if s.value}
    for name in sorted(sent.keys() | claimed)[:LABELS_MAX]:
        of_class = tuple(s for s in said if s.label(question.label) == name)
        yield _reading(question, _count(of_class), sent.get(name, 0.0), label=name)


def _latency_mean(
    question: Question, said: tuple[Sample, ...], seen: Traffic, _series: tuple[Series, ...]
) -> Iterator[SliReading]:
    yield _reading(question, _only(said), float(np.mean(seen.ended_s - seen.sent_s)))


def _latency_p95(
    question: Question, said: tuple[Sample, ...], seen: Traffic, series: tuple[Series, ...]
) -> Iterator[SliReading]:
    sent_s = percentile((seen.ended_s - seen.sent_s).tolist(), 0.95)
    if sent_s is not None:
        low, high = bucket(bounds(question.template, series), sent_s) or (None, None)
        reading = _reading(question, _only(said), sent_s)
        yield reading.model_copy(update={"low": low, "high": high})


_READERS: dict[str, _Reader] = {
    "requests": _requests,
    "errors": _errors,
    "latency_mean": _latency_mean,
    "latency_p95": _latency_p95,
    "predictions": _predictions,
}
"""The SLIs whose truth the probe knows."""


def _reading(
    question: Question, reported: float | None, sent: float, *, label: str = ""
) -> SliReading:
    return SliReading(
        sli=question.sli,
        label=label,
        expr=question.probe.expr,
        start_min=question.stretch.first * VIRTUAL_SCRAPE_S / 60,
        end_min=question.stretch.last * VIRTUAL_SCRAPE_S / 60,
        reported=reported,
        sent=sent,
    )


def _count(said: tuple[Sample, ...]) -> float | None:
    """A number of real requests: on the virtual clock counters are multiplied."""
    values = _finite(said)
    return sum(values) / VIRTUAL_S_PER_S if values else None


def _only(said: tuple[Sample, ...]) -> float | None:
    """The one value of an answer; several latencies are not one."""
    values = _finite(said)
    return values[0] if len(values) == 1 and len(said) == 1 else None


def _finite(said: tuple[Sample, ...]) -> list[float]:
    return [s.value for s in said if math.isfinite(s.value)]


def bounds(template: str, series: Iterable[Series]) -> tuple[float, ...]:
    """Upper bounds (`le`) of the histograms an expression reads, ascending, without +Inf.

    () if it reads none, or if that cannot be told.
    """
    names = metric_names(with_window(template, 60)) or frozenset()
    texts = {v for s in series if s.name in names for k, v in s.labels if k == "le"}
    return tuple(sorted({b for text in texts if math.isfinite(b := _number(text))}))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def bucket(limits: Sequence[float], value_s: float) -> tuple[float, float] | None:
    """Lower and upper bound of the bucket that holds a latency, None without buckets.

    A latency at the very border of two buckets may be in either: the service did not wait for
    the network. Then the bounds are those of both. The last bucket has no upper bound.
    """
    if not limits:
        return None
    slack_s = max(BORDER_S, BORDER_SHARE * value_s)
    low = max((b for b in limits if b < value_s - slack_s), default=0.0)
    high = min((b for b in limits if b >= value_s + slack_s), default=math.inf)
    return low, high
