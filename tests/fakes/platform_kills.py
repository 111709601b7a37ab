"""Who is killed, and when: seeded harm to a running site."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import docker
from sqlmodel import col, select
from tests.fakes.own_engine import OwnEngine
from tests.fakes.platform_books import recorded
from tests.fakes.platform_site import WEB, Candidate, Site, seen
from tests.fakes.postgres import PostgresCluster
from tests.fakes.waiting import wait_until

from assay.bootstrap.installation import Installation
from assay.db.tables import Assessment, Evaluation, EvaluationStage
from assay.domain.lifecycle import AssessmentState, EvaluationState
from assay_sandbox.ownership import RUN_LABEL

MOMENT_S = 90.0
"""A busy machine, or an attempt that waits its minute, keeps us waiting for a stage."""
STAGES = ("checkout", "build", "boot", "contract")
MOMENTS = ("begins", "middle", "ends")
NOWAIT = ("-o", "nowait")
PUSHING_S = (0.05, 0.2, 0.4, 0.6, 0.8, 1.2, 2.0)
SERVES = ("boot", "contract")
"""Stages in which the candidate's container runs."""

Running = tuple[str, int, str, str]
"""Evaluation, attempt, stage, worker."""


@dataclass
class Harm:
    """Kills what a plan names, each at a moment of some evaluation.

    Attributes:
        cluster: The database's server, where there is one.
        engines: Container engines of our own, which may be killed.
        did: What was killed, and when.
        suspects: Evaluations whose container was killed: to them that is the service's own end.
    """

    site: Site
    installation: Installation
    candidates: Sequence[Candidate]
    chance: random.Random
    cluster: PostgresCluster | None = None
    engines: Sequence[OwnEngine] = ()
    did: list[str] = field(default_factory=list)
    suspects: set[str] = field(default_factory=set)

    def kill(self, victim: str) -> None:
        """Kill one, once there is one at a moment that chance has chosen."""
        ways: Mapping[str, Callable[[], str]] = {
            WEB: lambda: self._program(WEB),
            "worker": self._worker,
            "child": self._child,
            "database": self._database,
            "client": self._client,
            "receiving": self._receiving,
            "container": self._container,
            "engine": self._engine,
            "finishing": self._finishing,
        }
        self.keep_busy()
        self.did.append(f"{victim}: {ways[victim]()}")
        print(time.strftime("%H:%M:%S"), len(self.did), self.did[-1], flush=True)

    def keep_busy(self) -> None:
        """See that several evaluations wait or run, by pushing as a candidate does."""
        self.site.wait_until_it_answers()
        for candidate in self.chance.sample(self.active(), len(self.active())):
            if len(self.unended()) >= 3:
                return
            if candidate.idle():
                options = self.chance.choice([NOWAIT, ()])
                candidate.push(*options)
                with contextlib.suppress(AssertionError):
                    wait_until(lambda one=candidate: self.waits(one), 10, "no evaluation")

    def active(self) -> list[Candidate]:
        """Those who have not finished."""
        return [one for one in self.candidates if not one.finished]

    def waits(self, candidate: Candidate) -> bool:
        """Whether something of theirs is to be evaluated."""
        return candidate.sitting.assessment_id in {row.assessment_id for row in self.unended()}

    def unended(self) -> list[Evaluation]:
        under_way = (EvaluationState.QUEUED, EvaluationState.RUNNING)
        query = select(Evaluation).where(col(Evaluation.state).in_(under_way))
        return seen(self.installation, lambda session: list(session.exec(query)))

    def running(self) -> list[Running]:
        rows = [row for row in self.unended() if row.state is EvaluationState.RUNNING]
        return [(row.id, row.attempt, row.stage, row.worker_id or "") for row in rows]

    # ------------------------------------------------------------------------------ the moments

    def _moment(self, stages: Sequence[str] = STAGES) -> tuple[str, Running]:
        """Wait for the begin, the middle or the end of a stage; its name, and whose it is."""
        stage, moment = self.chance.choice(stages), self.chance.choice(MOMENTS)
        begun = self._begins(stage)
        if moment == "middle":
            time.sleep(self.chance.uniform(0.1, 1.2))
        if moment == "ends":
            with contextlib.suppress(AssertionError):  # it was faulted meanwhile: as good a moment
                wait_quickly(lambda: self._has_ended(begun), 20)
        return f"{stage} {moment}", begun

    def _begins(self, stage: str) -> Running:
        """A stage that begins from now on."""
        old, found = set(self.running()), list[Running]()

        def begun() -> bool:
            self.keep_pushing()
            now = set(self.running())
            found[:] = sorted(one for one in now - old if one[2] == stage)
            old.intersection_update(now)
            return bool(found)

        wait_quickly(begun, MOMENT_S)
        return found[0]

    def keep_pushing(self) -> None:
        """Whoever has nothing under way may push again while we wait."""
        if len(self.unended()) < 2 and self.site.answers():
            self.keep_busy()

    def _has_ended(self, stage: Running) -> bool:
        query = select(EvaluationStage.id).where(
            EvaluationStage.evaluation_id == stage[0],
            EvaluationStage.attempt == stage[1],
            EvaluationStage.stage == stage[2],
        )
        return seen(self.installation, lambda session: session.exec(query).first()) is not None

    # ------------------------------------------------------------------------------ the victims

    def _program(self, name: str) -> str:
        moment, _ = self._moment()
        program = self.site.programs[name]
        wait_until(lambda: program.alive, MOMENT_S, f"{name} does not run")
        program.kill()
        return moment

    def _worker(self) -> str:
        moment, (_, _, _, name) = self._moment()
        program = self.site.programs[name]
        wait_until(lambda: program.alive, MOMENT_S, f"{name} does not run")
        program.kill()
        return f"{name}, {moment}"

    def _child(self) -> str:
        while True:
            moment, _ = self._moment()
            pids = [pid for pid, words in self.site.processes().items() if is_child(words)]
            if pids:
                os.kill(self.chance.choice(pids), signal.SIGKILL)
                return moment

    def _database(self) -> str:
        if self.chance.choice([True, False]):
            return self._while_pushing(lambda _: self._restart_database(), *NOWAIT)
        moment, _ = self._moment()
        self._restart_database()
        return moment

    def _restart_database(self) -> None:
        assert self.cluster is not None
        self.cluster.stop()
        time.sleep(self.chance.uniform(0.2, 2.0))
        self.cluster.start()

    def _client(self) -> str:
        return self._while_pushing(Candidate.leave)

    def _receiving(self) -> str:
        """The web process while a push arrives: accepted, recorded and told are three moments."""
        return self._while_pushing(lambda _: self.site.programs[WEB].kill(), *NOWAIT)

    def _while_pushing(self, strike: Callable[[Candidate], None], *options: str) -> str:
        while True:
            self.site.wait_until_it_answers()
            for candidate in filter(Candidate.idle, self.active()):
                client = candidate.push(*options, pack_bytes=400_000)
                after_s = self.chance.choice(PUSHING_S)
                time.sleep(after_s)
                if client.poll() is None:
                    strike(candidate)
                    return f"after {after_s} s"
            time.sleep(0.2)

    def _container(self) -> str:
        while True:
            moment, (evaluation_id, *_) = self._moment(SERVES)
            suspects = {evaluation_id, *(one[0] for one in self.running())}
            if self._container_killed():
                self.suspects |= suspects
                return moment

    def _engine(self) -> str:
        """A container engine; an operator's supervisor starts it again a moment later."""
        moment, _ = self._moment()
        engine = self.chance.choice(self.engines)
        how = self.chance.choice(["killed", "stopped"])
        engine.kill() if how == "killed" else engine.stop()
        time.sleep(self.chance.uniform(0.2, 3.0))
        engine.start()
        return f"{how}, {moment}"

    def _finishing(self) -> str:
        """The web process while somebody presses Finish; who is not sure presses again."""
        candidate = self._who_can_finish()
        presses = threading.Thread(target=candidate.press_finish, daemon=True)
        presses.start()
        after_s = self.chance.choice(PUSHING_S)
        time.sleep(after_s)
        self.site.programs[WEB].kill()
        presses.join()
        while not self._has_finished(candidate):
            self.site.wait_until_it_answers()
            candidate.press_finish()
        candidate.finished = True
        return f"after {after_s} s"

    def _who_can_finish(self) -> Candidate:
        """Somebody whose client is idle, with a push that was accepted."""
        candidate = self.chance.choice(self.active())
        wait_until(candidate.idle, MOMENT_S, "the client does not end")
        if not candidate.accepted:
            candidate.push_until_accepted(MOMENT_S)
        heard = partial(recorded, self.installation, [candidate])
        wait_until(heard, MOMENT_S, "a push is not recorded")
        return candidate

    def _has_finished(self, candidate: Candidate) -> bool:
        sitting = candidate.sitting.assessment_id
        row = seen(self.installation, lambda session: session.get(Assessment, sitting))
        return row is not None and row.state is AssessmentState.FINISHED

    def _container_killed(self) -> bool:
        """Whether a container of a submission of this site was there and is dead."""
        urls = [engine.url for engine in self.engines]
        return any(self._killed_on(url) for url in urls or [None])

    def _killed_on(self, url: str | None) -> bool:
        with contextlib.closing(docker.APIClient(base_url=url)) as client:
            for row in client.containers(filters={"label": RUN_LABEL}):
                ours = row["Labels"][RUN_LABEL] in self.site.runs
                if ours and any("-submission-" in name for name in row["Names"]):
                    with contextlib.suppress(docker.errors.APIError):
                        client.kill(row["Id"])
                        return True
        return False


def plan(chance: random.Random, numbers: Mapping[str, int]) -> list[str]:
    """So many of each, in an order of chance."""
    victims = [victim for victim, number in numbers.items() for _ in range(number)]
    chance.shuffle(victims)
    return victims


def is_child(words: str) -> bool:
    return "assay.worker.child" in words


def wait_quickly(true: Callable[[], bool], seconds: float) -> None:
    """Wait for what is over soon after it began."""
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, f"the moment did not come within {seconds:.0f} s"
        time.sleep(0.03)
