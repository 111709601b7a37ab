"""Other rules over a run that is over: what they would have made of it."""

from dataclasses import dataclass

from assay.domain.incidents import IncidentsMeasurement
from assay.evaluation.alerting.monitoring_file import Monitoring
from assay.evaluation.alerting.replay import Runner, replay_all
from assay.evaluation.alerting.stored import StoredRun
from assay.evaluation.incidents.ruled import circumstances, with_round


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The same run with other rules.

    Attributes:
        before: As it was.
        now: With the rules of today, judged although the machine may have disturbed the run. The
            honesty of the figures is what it was: what was sent is not in the recording.
    """

    before: IncidentsMeasurement
    now: IncidentsMeasurement


def rehearse(run: StoredRun, monitoring: Monitoring, engines: Runner) -> Rehearsal:
    """Replay the rules over the recording, and over what could have happened instead.

    Args:
        run: That was kept.
        monitoring: As it is now, with an alert.
        engines: Where promtool and prometheus are.

    Raises:
        PlatformFault: an engine said or did something it never does.
    """
    done = replay_all(
        circumstances(monitoring, run.quiet, run.recording, run.port),
        monitoring.rules,
        run=engines,
    )
    now = run.measurement.model_copy(
        update={
            "monitoring": monitoring.facts,
            "replays": with_round(done.replays, run.quiet),
            "live": None,
            "void": None,
        }
    )
    return Rehearsal(run.measurement, now)
