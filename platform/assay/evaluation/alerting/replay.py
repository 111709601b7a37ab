"""The candidate's rules over recordings: promtool where it can, a backfilled Prometheus beyond.

promtool decides. It is Prometheus itself, and what it decided can be rerun at home. It knows
one evaluation interval only, stops at the first rule that fails at run time, and is slow where
rules read many series; then `tsdb` takes over. Whatever the rules do, there is a `Replay`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.incidents import REPLAY_FILE, Episode, Replay
from assay.evaluation.alerting import tsdb
from assay.evaluation.alerting.episodes import MINUTE_S, episodes, read_promtool
from assay.evaluation.alerting.probes import Answers, Probe, Sample
from assay.evaluation.alerting.promtool_file import RuleCopies, rule_copies, unit_test
from assay.evaluation.alerting.recording import Recording
from assay.evaluation.alerting.rules import RuleFiles, metric_names, referenced
from assay.evaluation.alerting.stretch import STEP_S, end_s
from assay_probe.plan import Plan, RangeReplayPlan, RuleReplayPlan, RuleTest
from assay_probe.records import RangeRecord, Record, ToolRecord

Runner = Callable[[Plan, Mapping[str, bytes]], list[Record]]
"""Carries a plan out where promtool and prometheus are, with files beside it."""

FOLDER = "replay"
"""Where the rules and the tests lie, beside the plan."""
CHECK = "check"
TEST_S, TESTS_S = 60.0, 120.0
"""One test, and all tests, which share it evenly. A test takes 1 s as a rule; one that takes
longer than its part is given to the other engine, and so are those after it."""
RANGE_S, RANGES_S, SLOW_SHARE = 60.0, 180.0, 0.9
"""All questions to one backfilled recording, and to all of them; one that used nearly all of
its time is the last."""
PROMTOOL_READS_MAX = 1_000_000
"""Series read by all rules in all evaluations that promtool is asked to read: 4 to 6 µs each."""
EPISODES_MAX = 5_000
"""Over one recording; rules that page oftener than this are not worth keeping in detail."""
RULES_DIFFER = 1
"""Exit status of promtool when the answers were not those expected, which they never are."""


@dataclass(frozen=True, slots=True)
class Replays:
    """What the rules make of every recording.

    Attributes:
        replays: In the order of the recordings.
        answers: To the probes, over the first recording.
        test_file: promtool's test of the first recording, to be rerun at home; b"" if the
            rules read more of it than can be replayed.
    """

    replays: tuple[Replay, ...]
    answers: Answers
    test_file: bytes


@dataclass(slots=True)
class _Session:
    """The recordings, the rules, and what has been found out so far."""

    recordings: Mapping[str, Recording]
    rules: RuleFiles
    copies: RuleCopies
    keep: Collection[str] | None
    probes: Sequence[Probe]
    run: Runner
    replays: dict[str, Replay] = field(default_factory=dict)
    answers: dict[Probe, tuple[Sample, ...]] = field(default_factory=dict)
    ranges_s: float = 0.0
    hopeless: str = ""

    @property
    def first(self) -> str:
        """The recording that is asked more than the others."""
        return next(iter(self.recordings))

    def probes_of(self, name: str) -> Sequence[Probe]:
        """What is asked of a recording besides the alerts."""
        return self.probes if name == self.first else ()


def replay(
    recording: Recording,
    rules: RuleFiles,
    *,
    run: Runner,
    name: str = "recorded",
    probes: Iterable[Probe] = (),
) -> tuple[Replay, Answers]:
    """One recording; see `replay_all`."""
    done = replay_all({name: recording}, rules, run=run, probes=probes)
    return done.replays[0], done.answers


def replay_all(
    recordings: Mapping[str, Recording],
    rules: RuleFiles,
    *,
    run: Runner,
    probes: Iterable[Probe] = (),
) -> Replays:
    """Replay the rules over every recording; in one container where promtool can do it.

    Args:
        recordings: Name -> recording, one at least; the first is what really happened.
        rules: The candidate's.
        run: Where the engines are. It may raise `CandidateFault` for rules that break limits.
        probes: Expressions to ask of the first recording, whether the rules are sound or not.

    Raises:
        PlatformFault: an engine said or did something it never does.
    """
    asked = tuple(dict.fromkeys(probes))
    exprs = [rule.expr for group in rules.groups for rule in group.rules]
    session = _Session(
        recordings=recordings,
        rules=rules,
        copies=rule_copies(rules),
        keep=referenced([*exprs, *(probe.expr for probe in asked)]),
        probes=asked,
        run=run,
    )
    tests = _tests(session)
    _by_promtool(session, tests)
    for name in recordings:
        if name not in session.replays:
            session.replays[name] = _by_tsdb(session, name)
    replays = tuple(session.replays[name] for name in recordings)
    return Replays(replays, session.answers, tests.get(_file(session.first), b""))


def limit_s(plan: Plan) -> float:
    """How long a replay's plan takes at most, by its own limits."""
    match plan:
        case RangeReplayPlan():
            return plan.timeout_s
        case RuleReplayPlan():
            return RANGE_S + sum(test.timeout_s for test in plan.tests)
        case _:
            raise TypeError(f"{plan.kind} is no plan of a replay")


def promtool_reads(recording: Recording, rules: RuleFiles) -> int:
    """Series that all rules read over all evaluations: what a replay by promtool costs."""
    of_name: dict[str, int] = {}
    for series in recording.series:
        of_name[series.name] = of_name.get(series.name, 0) + 1
    everything = len(recording.series)
    each = (metric_names(rule.expr) for group in rules.groups for rule in group.rules)
    reads = (
        everything if names is None else sum(of_name.get(name, 0) for name in names)
        for names in each
    )
    return recording.slots * sum(reads)


# ------------------------------------------------------------------------------------- promtool


def _tests(session: _Session) -> dict[str, bytes]:
    """Path beside the rules -> promtool's test of a recording."""
    return {
        _file(name): unit_test(
            recording,
            session.copies,
            name=REPLAY_FILE,
            keep=session.keep,
            probes=session.probes_of(name),
        )
        for name, recording in session.recordings.items()
        if _suits_promtool(session, recording)
        or (name == session.first and not tsdb.too_large(recording, session.keep))
    }


def _suits_promtool(session: _Session, recording: Recording) -> bool:
    steps = {tsdb.evaluated_every_s(group.interval_s) for group in session.rules.groups}
    return (
        steps <= {STEP_S}
        and promtool_reads(recording, session.rules) <= PROMTOOL_READS_MAX
        and not tsdb.too_large(recording, session.keep)
    )


def _by_promtool(session: _Session, tests: Mapping[str, bytes]) -> None:
    """Fill in the replays of the recordings that promtool can replay."""
    suiting = [n for n, r in session.recordings.items() if _suits_promtool(session, r)]
    if not suiting:
        return
    records = _tool_records(session, suiting, tests)
    check = records.pop(CHECK, None)
    if check is not None and check.code != 0:
        _all_refused(session, check)
        return
    for name, record in records.items():
        _note(session, name, record)


def _tool_records(
    session: _Session, names: Collection[str], tests: Mapping[str, bytes]
) -> dict[str, ToolRecord]:
    """What promtool said, by the name of the record; nothing if it went over a limit."""
    each_s = min(TEST_S, TESTS_S / len(names))
    plan = RuleReplayPlan(
        rule_files=[f"{FOLDER}/{path}" for path in session.copies.files],
        tests=[RuleTest(name, f"{FOLDER}/{_file(name)}", each_s) for name in names],
    )
    files = {**session.copies.files, **tests}
    try:
        records = session.run(plan, {f"{FOLDER}/{path}": text for path, text in files.items()})
    except CandidateFault:
        return {}  # the other engine needs less, and will say what it cannot do
    return {record.name: record for record in records if isinstance(record, ToolRecord)}


def _note(session: _Session, name: str, record: ToolRecord) -> None:
    """Keep what promtool found, unless it could not finish or one of the rules failed."""
    if record.cut or record.code not in (0, RULES_DIFFER):
        return
    said = read_promtool(record.output)
    if said.rule_errors:
        return
    found = episodes(said.firing, end_s=end_s(session.recordings[name]))
    session.replays[name] = Replay(
        name=name,
        engine="promtool",
        episodes=_bounded(found),
        seconds=record.seconds,
        error=_too_many(found),
        length_min=_length_min(session.recordings[name]),
    )
    session.answers.update(said.answers)


def _all_refused(session: _Session, check: ToolRecord) -> None:
    """No Prometheus would start with these rules; the probes are asked without them."""
    said = check.output.strip() or "promtool had no time to check the rules"
    for name in session.recordings:
        session.replays[name] = Replay(
            name=name, engine="promtool", episodes=(), seconds=check.seconds, error=said
        )
    if session.probes and session.rules.groups:
        unruled = RuleFiles({}, (), ())
        alone = {session.first: session.recordings[session.first]}
        done = replay_all(alone, unruled, run=session.run, probes=session.probes)
        session.answers.update(done.answers)


def _too_many(found: Sequence[Episode]) -> str:
    """Why episodes are not kept, "" if they are."""
    if len(found) <= EPISODES_MAX:
        return ""
    return f"alerts fired {len(found):,} times, more than {EPISODES_MAX:,}: aggregate their series"


def _bounded(found: tuple[Episode, ...]) -> tuple[Episode, ...]:
    return () if _too_many(found) else found


def _length_min(recording: Recording) -> float:
    return recording.slots * STEP_S / MINUTE_S


def _file(name: str) -> str:
    return f"assay-{name}.json"


# ----------------------------------------------------------------------------------------- tsdb


def _by_tsdb(session: _Session, name: str) -> Replay:
    """One recording by the second engine. After one that was hopeless none is tried."""
    recording = session.recordings[name]
    session.hopeless = session.hopeless or tsdb.too_large(recording, session.keep)
    if session.hopeless:
        return _failed(session, name)
    asked = tsdb.range_replay(
        recording,
        session.rules,
        probes=session.probes_of(name),
        timeout_s=min(RANGE_S, RANGES_S - session.ranges_s),
    )
    files = {tsdb.SAMPLES: tsdb.openmetrics(recording, session.keep)}
    try:
        records = session.run(asked.plan, files)
    except CandidateFault as fault:
        session.hopeless = str(fault)
        return _failed(session, name)
    return _answered(session, name, asked, records)


def _answered(session: _Session, name: str, asked: tsdb.Asked, records: Sequence[Record]) -> Replay:
    ranges = [record for record in records if isinstance(record, RangeRecord)]
    expected = sum(len(step) for step in asked.plan.steps)
    if len(ranges) != expected:
        raise PlatformFault(f"the replay answered {len(ranges)} of {expected} questions")
    answered = tsdb.read_answers(asked, ranges, session.recordings[name])
    session.answers.update(answered.answers)
    seconds = sum(r.seconds for r in records if isinstance(r, RangeRecord | ToolRecord))
    _count_time(session, seconds, asked.plan.timeout_s)
    return Replay(
        name=name,
        engine="tsdb",
        episodes=_bounded(answered.episodes),
        seconds=seconds,
        error=_too_many(answered.episodes),
        length_min=_length_min(session.recordings[name]),
        rule_errors=answered.rule_errors,
    )


def _count_time(session: _Session, seconds: float, limit_s: float) -> None:
    """After a recording: whether there is time for another."""
    session.ranges_s += seconds
    if seconds > SLOW_SHARE * limit_s:
        session.hopeless = f"the rules took {seconds:.0f} s over one recording: make them simpler"
    elif session.ranges_s > SLOW_SHARE * RANGES_S:
        session.hopeless = (
            f"the rules took {session.ranges_s:.0f} s over the recordings before this one: "
            f"make them simpler"
        )


def _failed(session: _Session, name: str) -> Replay:
    return Replay(name=name, engine="tsdb", episodes=(), seconds=0.0, error=session.hopeless)
