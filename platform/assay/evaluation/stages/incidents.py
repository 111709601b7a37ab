"""incidents: drifts, faults and decoys on the running service, and what its alerts make of them.

The candidate's rules are judged on the recording of this one timeline: what really happened to
the service, what it exported while it did, and when its own unmodified rules would have fired.
"""

from collections.abc import Sequence
from dataclasses import replace

from assay.domain.errors import BadInput, PlatformFault
from assay.domain.incidents import RECORDING_FILE, REPLAY_FILE, IncidentsMeasurement
from assay.domain.timeline import INSTANCE, SCRAPE_S, IncidentRules
from assay.evaluation.alerting.live import LiveRun, live_run
from assay.evaluation.alerting.monitoring_file import Monitoring, read_monitoring
from assay.evaluation.alerting.stored import StoredRun, packed
from assay.evaluation.asking_again import ask_again
from assay.evaluation.callers import note_segments
from assay.evaluation.incidents.beside import beside
from assay.evaluation.incidents.bill import with_bill
from assay.evaluation.incidents.conduct import Conductor
from assay.evaluation.incidents.measured import Seen, measured
from assay.evaluation.incidents.preparation import Prepared, prepared
from assay.evaluation.incidents.ruled import Ruled, Scraped, ruled
from assay.evaluation.incidents.timeline import Timeline, draw_timeline
from assay.evaluation.incidents.traffic import BASE, Traffic, traffic_of
from assay.evaluation.run import PROBE_SLACK_S, Run
from assay_probe.plan import CanarySpec, FeedbackSpec, IncidentsPlan, ScrapeSpec, Target
from assay_probe.records import CanaryRecord, Record, ScrapeRecord, SegmentRecord

IDLE_S = 3.0
"""After the last request nothing is sent for so long: honest counters stand still."""


def incidents(run: Run) -> None:
    """Carry the timeline out, then replay the rules over what was recorded.

    Raises:
        CandidateFault: the service cannot be started any more.
        PlatformFault: the timeline could not be carried out, or the rules not be replayed.
    """
    rules = run.material.challenge.incidents
    if rules is None:
        raise PlatformFault("the challenge has an incidents stage but no [incidents] table")
    monitoring = read_monitoring(run.tree)
    exporter = _exporter(run, monitoring, run.target("submission"))
    timeline, rows, traffic = _planned(run, rules)
    scrape = ScrapeSpec(exporter.url, monitoring.scrape.path, SCRAPE_S)
    plan = replace(_plan(run, rules, traffic, scrape), round_rows=rows.round_rows)
    conductor = Conductor(run, timeline)
    with beside(run, _live(run, monitoring, exporter, timeline)) as watch:
        records = conductor.records(plan, traffic.files)
    run.say("replaying the alert rules over the recording")
    scraped = _scraped(run, _port(run, monitoring), conductor, records)
    answers = ruled(run, monitoring, timeline, scraped)
    facts = measured(
        run,
        rules,
        Seen(timeline, monitoring, rows, conductor.carried, scraped, answers),
        live=watch.facts(conductor.origin_s),
    )
    facts = with_bill(run, facts, conductor.origin_s)
    run.facts["incidents"] = facts
    run.artifacts |= _kept(facts, answers, scraped.port)
    note_segments(run, plan.seed, scraped.segments)
    ask_again(run, "after_incidents")


def _kept(facts: IncidentsMeasurement, answers: Ruled, port: int) -> dict[str, bytes]:
    """Files to rehearse with: promtool's test of the recording, and the recording itself."""
    stored = StoredRun(facts, answers.recording, answers.quiet, port)
    found = {REPLAY_FILE: answers.test_file, RECORDING_FILE: packed(stored)}
    return {name: content for name, content in found.items() if content}


def _planned(run: Run, rules: IncidentRules) -> tuple[Timeline, Prepared, Traffic]:
    """What will happen, with all that is sent. A challenge that cannot be played is our fault."""
    try:
        timeline = draw_timeline(rules, run.material.challenge.incident, run.profile, run.seed)
        rows = prepared(run, timeline, rules)
        return timeline, rows, traffic_of(timeline, rules, rows.clean, rows.drifted)
    except BadInput as problem:
        raise PlatformFault(
            str(problem), remedy="mend [incidents] and [[incident]] of the challenge"
        ) from problem


def _port(run: Run, monitoring: Monitoring) -> int:
    return monitoring.scrape.port or run.material.challenge.contract.port


def _exporter(run: Run, monitoring: Monitoring, service: Target) -> Target:
    """Where `/metrics` is: the service, on another port if `monitoring.yml` says so."""
    port = _port(run, monitoring)
    if port == run.material.challenge.contract.port:
        return service
    return Target(service.name, run.service("submission").url_at(port))


def _plan(run: Run, rules: IncidentRules, traffic: Traffic, scrape: ScrapeSpec) -> IncidentsPlan:
    return IncidentsPlan(
        target=run.target("submission"),
        request=run.request_spec(BASE),
        segments=traffic.segments,
        changes=traffic.changes,
        marks=traffic.marks,
        stand_ins=list(run.world.stand_ins()),
        scrape=scrape,
        seed=run.seed_for("incidents"),
        feedback=_feedback(rules),
        idle_s=IDLE_S,
        answer_class=rules.answer_class,
        canary=CanarySpec(run.target("reference"), BASE) if run.has_reference else None,
    )


def _feedback(rules: IncidentRules) -> FeedbackSpec | None:
    """Late labels; a virtual minute is a second of the probe."""
    late = rules.feedback
    if late is None:
        return None
    return FeedbackSpec(
        method=late.method,
        path=late.path,
        id_field=late.id_field,
        label_field=late.label_field,
        delay_s=late.delay_min,
        share=late.share,
    )


def _live(run: Run, monitoring: Monitoring, exporter: Target, timeline: Timeline) -> LiveRun | None:
    """What runs beside the service; nothing if there is no alert that could be sent."""
    if not monitoring.rules.alerts:
        return None
    instance = INSTANCE.format(port=_port(run, monitoring))
    limit_s = timeline.length_min + 2 * PROBE_SLACK_S
    return live_run(monitoring, exporter, instance=instance, limit_s=limit_s)


def _scraped(run: Run, port: int, conductor: Conductor, records: Sequence[Record]) -> Scraped:
    segments = [r for r in records if isinstance(r, SegmentRecord)]
    if not segments:
        raise PlatformFault("the probe recorded nothing of the timeline")
    clock = run.clock
    return Scraped(
        scrapes=[r for r in records if isinstance(r, ScrapeRecord)],
        segments=sorted(segments, key=lambda one: one.index),
        port=port,
        unix_s=clock.unix_s() - clock.monotonic_s() + conductor.origin_s,
        idle_from_min=conductor.idle_s - conductor.origin_s,
        canary_ms=[us / 1e3 for r in records if isinstance(r, CanaryRecord) for us in r.latency_us],
    )
