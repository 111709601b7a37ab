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
  request and begins no sooner after one than the probe waits for an answer.
- When the counters were read is known as well as the scrape was quick: what was answered while
  either scrape was under way may be on both sides.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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

LEAST_S = 5.0
LEAST_REQUESTS = 100
"""Below this a request more or less is more than the one per cent that is asked for."""
EDGE_SLOTS = 4
"""Of so many scrapes at either end the quickest is taken: its instant is known best."""
SLACK_MAX_S = 0.25
"""Half of what a scrape took, at most: nobody gets room for his counts by answering slowly."""
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
        start_slack_s, end_slack_s: How far that may be off.
    """

    first: int
    last: int
    start_s: float
    end_s: float
    start_slack_s: float = 0.0
    end_slack_s: float = 0.0

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

    def within(self, stretch: Stretch, wider: float = 0.0) -> "Traffic":
        """What was answered in a stretch.

        Args:
            stretch: When it began and ended.
            wider: 1 for all that can have been, -1 for what must have been.
        """
        start_s = stretch.start_s - wider * stretch.start_slack_s
        end_s = stretch.end_s + wider * stretch.end_slack_s
        chosen = (self.ended_s > start_s) & (self.ended_s <= end_s) & self.answered
        return Traffic(
            self.sent_s[chosen], self.ended_s[chosen], self.letters[chosen], self.classes[chosen]
        )


def stretches(
    segments: Sequence[SegmentRecord],
    scrapes: Iterable[ScrapeRecord],
    readable: Collection[int],
    settle_s: float,
) -> tuple[Stretch, ...]:
    """Of every segment its longest part in which the service answered, if that is long enough.

    Args:
        segments: In order; an incident's, too: a service has to tell the truth under stress.
        scrapes: All of them.
        readable: Slots whose scrape was answered and could be read.
        settle_s: As long as the probe waits for an answer: what it gave up on has ended by then.
    """
    if not segments:
        return ()
    traffic = Traffic.of(segments)
    good = [s for s in scrapes if s.slot in readable]
    origin_s = segments[0].origin_s
    starts = [s.started_s - origin_s for s in segments]
    spans = pairwise([*starts, segments[-1].ended_s - origin_s])
    calm = (_calm(start_s, end_s, traffic, settle_s) for start_s, end_s in spans)
    found = (_between_scrapes(start_s, end_s, good, origin_s) for start_s, end_s in calm)
    return tuple(
        s for s in found if s is not None and len(traffic.within(s).letters) >= LEAST_REQUESTS
    )


def _calm(start_s: float, end_s: float, traffic: Traffic, settle_s: float) -> tuple[float, float]:
    """The longest part of a span that no unanswered request touches."""
    lost = ~traffic.answered
    begins, ends = traffic.sent_s[lost], traffic.ended_s[lost] + settle_s
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
    slack_s = [min(SLACK_MAX_S, took_s / 2) for _, took_s, _ in (first, last)]
    return Stretch(first[0], last[0], first[2], last[2], *slack_s)


def _instant(scrape: ScrapeRecord, origin_s: float) -> float:
    """When the service read its counters: half way between question and answer."""
    return scrape.started_s - origin_s + scrape.took_s / 2


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
            question, answers.get(question.probe, ()), traffic, known
        )
    )


_Reader = Callable[
    [Question, tuple[Sample, ...], Traffic, tuple[Series, ...]], Iterator[SliReading]
]


def _requests(
    question: Question, said: tuple[Sample, ...], traffic: Traffic, _series: tuple[Series, ...]
) -> Iterator[SliReading]:
    yield _counted(question, said, traffic, lambda seen: len(seen.letters))


def _errors(
    question: Question, said: tuple[Sample, ...], traffic: Traffic, _series: tuple[Series, ...]
) -> Iterator[SliReading]:
    yield _counted(question, said, traffic, lambda seen: int((seen.letters == "5").sum()))


def _predictions(
    question: Question, said: tuple[Sample, ...], traffic: Traffic, _series: tuple[Series, ...]
) -> Iterator[SliReading]:
    """One reading for each class that the probe saw or the candidate claims to have served."""
    if not question.label:
        yield _counted(question, said, traffic, lambda seen: int((seen.classes != "").sum()))
        return
    sent = {str(name) for name in np.unique(traffic.within(question.stretch).classes) if name}
    claimed = {s.label(question.label) for s in said if s.value}
    for name in sorted(sent | claimed)[:LABELS_MAX]:
        of_class = tuple(s for s in said if s.label(question.label) == name)
        counted = partial(_of_class, name)
        yield _counted(question, of_class, traffic, counted).model_copy(update={"label": name})


def _of_class(name: str, seen: Traffic) -> int:
    return int((seen.classes == name).sum())


def _latency_mean(
    question: Question, said: tuple[Sample, ...], traffic: Traffic, _series: tuple[Series, ...]
) -> Iterator[SliReading]:
    seen = traffic.within(question.stretch)
    yield _reading(question, _only(said), float(np.mean(seen.ended_s - seen.sent_s)))


def _latency_p95(
    question: Question, said: tuple[Sample, ...], traffic: Traffic, series: tuple[Series, ...]
) -> Iterator[SliReading]:
    seen = traffic.within(question.stretch)
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


def _reading(question: Question, reported: float | None, sent: float) -> SliReading:
    return SliReading(
        sli=question.sli,
        expr=question.probe.expr,
        start_min=question.stretch.first * VIRTUAL_SCRAPE_S / 60,
        end_min=question.stretch.last * VIRTUAL_SCRAPE_S / 60,
        reported=reported,
        sent=sent,
    )


def _counted(
    question: Question,
    said: tuple[Sample, ...],
    traffic: Traffic,
    count: Callable[[Traffic], int],
) -> SliReading:
    """A count beside the likely, the least and the largest that it can be."""
    sent, low, high = (float(count(traffic.within(question.stretch, w))) for w in (0, -1, 1))
    reading = _reading(question, _count(said), sent)
    return reading.model_copy(update={"low": low, "high": high})


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
