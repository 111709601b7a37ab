"""Prove a challenge on real evaluations: plan, run what is not stored, judge, write."""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assay.bootstrap import provision
from assay.bootstrap.files import write_whole
from assay.bootstrap.program import this_program
from assay.bootstrap.proving_runner import ProcessRunner, tree_name
from assay.bootstrap.proving_store import RunStore, proofs_directory
from assay.bootstrap.publishing import linted
from assay.bootstrap.wire import Sandbox
from assay.bootstrap.workplace import work_directory
from assay.domain.errors import BadInput, PlatformFault, Problem
from assay.domain.evidence import Evidence
from assay.domain.judge import rescore
from assay.domain.scorecard import Scorecard
from assay.domain.scoring import rounded
from assay.features.scorecards.proof_page import render_proof
from assay.kit.clock import utc_now
from assay.toolkit import practice_kit
from assay.toolkit.expectation import Expectation, read_expectation
from assay.toolkit.files import digest
from assay.toolkit.package import ChallengePackage
from assay.toolkit.proving.assemble import proof_of
from assay.toolkit.proving.conduct import Carried, Gear, Keyed, carry_out, left, stored
from assay.toolkit.proving.digests import (
    Conditions,
    file_digests,
    key_of,
    measured_part,
)
from assay.toolkit.proving.matrix import matrix_page
from assay.toolkit.proving.plan import Options, Plan, plan_of
from assay.toolkit.proving.ports import Watcher
from assay.toolkit.proving.proof import Proof, Stamp
from assay.toolkit.proving.publication import (
    EVIDENCE_FOLDER,
    MATRIX_FILE,
    PAGE_FILE,
    PROOF_FILE,
    proof_place,
)
from assay.toolkit.proving.runs import Outcome, Results, Wanted
from assay.toolkit.variants import known_answers, write_tree

LOCK = "lock"
PROFILE = "standard"
APART_S = 15.0
"""Between the beginnings of timelines: longer than what sends most in our challenges."""


@dataclass(frozen=True, slots=True)
class ProofRequest:
    """What the author asked for.

    Attributes:
        challenge: Directory of the challenge.
        out: Where to write; None for the usual place.
    """

    challenge: Path
    options: Options
    sandbox: Sandbox = "auto"
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Proving:
    """A proof that is planned completely; nothing was started yet."""

    request: ProofRequest
    package: ChallengePackage
    expectations: dict[str, Expectation]
    plan: Plan
    keyed: tuple[Keyed, ...]
    conditions: Conditions
    trees: Path
    store: RunStore
    _cards: dict[str, Scorecard] = field(default_factory=dict)

    def left(self) -> tuple[int, float]:
        """How many evaluations are to be run, and in about how many seconds."""
        known = stored(self.keyed, self.store)
        return left(self.keyed, known, self.request.options.jobs)

    def run(self, watch: Watcher) -> Proof:
        """Run what is not stored yet, and judge all of it.

        Raises:
            PlatformFault: another proof runs on this machine, and something is left to run.
        """
        options = self.request.options
        runner = ProcessRunner(
            self.package,
            self.trees,
            sandbox=self.request.sandbox,
            seed=options.seed,
            jobs=options.jobs,
        )
        gear = Gear(self.store, runner, watch, self._told, options.jobs, time.monotonic, APART_S)
        with alone() if self.left()[0] else contextlib.nullcontext():
            try:
                carried = asyncio.run(carry_out(self.keyed, gear))
            finally:
                self._pack()
        return self._proof(carried)

    @property
    def out(self) -> Path:
        """Where the proof is written. Only a full one goes where publishing looks for it."""
        if self.request.out:
            return self.request.out
        if self.plan.scope == "full":
            return proof_place(self.package.root)
        return Path("out") / "proofs" / self.package.root.resolve().name

    def _pack(self) -> None:
        """What a full proof has measured so far travels with the challenge."""
        if self.plan.scope == "full":
            self.store.pack({one.key for one in self.keyed})

    def _proof(self, carried: Carried) -> Proof:
        runs = {one.wanted: self._outcome(one.key, carried) for one in self.keyed}
        results = Results(
            challenge=self.package.challenge,
            expectations=self.expectations,
            runs=runs,
            full=self.plan.scope == "full",
            left_out=self.plan.left_out,
        )
        return proof_of(results, self.plan.scope, self._stamp(results))

    def _outcome(self, key: str, carried: Carried) -> Outcome:
        evidence = carried.evidence.get(key)
        if evidence is None:
            return Outcome(key, fault=carried.faults.get(key, "it was not run"))
        others = [k for k, one in carried.evidence.items() if _is_copy(one, evidence) and k != key]
        if others:
            return Outcome(key, fault=f"its evidence is stored for another run, too: {others[0]}")
        card = self._card(evidence)
        return Outcome(
            key,
            card,
            evidence.stages,
            evidence.host,
            flags=tuple(sorted({flag.kind for flag in card.flags})),
            ready_s=evidence.boot.ready_s if evidence.boot else None,
            built=not (evidence.build and evidence.build.reused),
            images=evidence.versions.images,
        )

    def _card(self, evidence: Evidence) -> Scorecard:
        """By the rubric as it is now."""
        if evidence.evaluation_id not in self._cards:
            current = evidence.model_copy(update={"challenge": self.package.challenge})
            self._cards[evidence.evaluation_id] = rescore(current)
        return self._cards[evidence.evaluation_id]

    def _told(self, evidence: Evidence) -> str:
        card = self._card(evidence)
        if card.total is None:
            return "measured; not every gate was, so it has no score"
        return (
            f"{rounded(card.total)}{'' if card.status == 'complete' else ' of what was measured'}"
        )

    def _stamp(self, results: Results) -> Stamp:
        program = this_program()
        return Stamp(
            challenge_sha256=self.package.digest,
            files=file_digests(self.package),
            **asdict(program),
            seed=self.conditions.seed,
            profile=self.conditions.profile,
            jobs=self.request.options.jobs,
            host=results.reference.host,
            made_at=utc_now().isoformat(timespec="seconds"),
        )


def _is_copy(one: Evidence, other: Evidence) -> bool:
    """Every evaluation has an id of its own; a file under another name is no measurement."""
    return one.evaluation_id == other.evaluation_id


@contextlib.contextmanager
def prepared(request: ProofRequest) -> Iterator[Proving]:
    """Lint, plan, and write every tree, so that whatever is wrong is told before the start.

    Raises:
        BadInput: the challenge or the request is wrong.
        PlatformFault: there is no engine, or git failed.
    """
    package = linted(request.challenge)
    expectations = _expectations(package)
    plan = plan_of(package.challenge, expectations, request.options)
    program = this_program()
    conditions = Conditions(
        challenge_sha256=measured_part(package),
        harness_sha256=program.harness_sha256,
        assay=program.assay,
        seed=request.options.seed,
        engine=provision.engine_of(request.sandbox).name,
        profile=PROFILE,
    )
    with work_directory() as trees:
        keyed = _keyed(package, plan.runs, trees, conditions)
        store = RunStore(
            proofs_directory() / package.challenge.id,
            proof_place(package.root) / EVIDENCE_FOLDER,
        )
        yield Proving(request, package, expectations, plan, keyed, conditions, trees, store)


def _expectations(package: ChallengePackage) -> dict[str, Expectation]:
    """Of every known answer; all that is wrong at once."""
    found: dict[str, Expectation] = {}
    problems: list[Problem] = []
    for name, place in known_answers(package).items():
        try:
            found[name] = read_expectation(place)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(*problems)
    return found


def _keyed(
    package: ChallengePackage, runs: Sequence[Wanted], trees: Path, conditions: Conditions
) -> tuple[Keyed, ...]:
    """Write the tree of every run, and name the run by its content."""
    digests: dict[str, str] = {}
    for one in runs:
        name = tree_name(one)
        if name not in digests:
            digests[name] = _written(package, one, trees / name)
    return tuple(Keyed(one, key_of(one, digests[tree_name(one)], conditions)) for one in runs)


def _written(package: ChallengePackage, one: Wanted, tree: Path) -> str:
    """Digest of a tree that was written.

    The practice kit of a starter does not count: it has the bands and the digest of the package,
    and nothing that is measured.
    """
    if one.recipe:
        write_tree(package, one.recipe, tree, variant=one.variant, scratch=tree.parent)
    else:
        tree.mkdir()
    return digest(tree, without=practice_kit.FOLDER)


def write_proof(proof: Proof, out: Path) -> tuple[Path, ...]:
    """Write the proof for programs, for people, and its matrix for the documentation."""
    out.mkdir(parents=True, exist_ok=True)
    return (
        write_whole(out / PROOF_FILE, proof.model_dump_json(indent=1) + "\n"),
        write_whole(out / PAGE_FILE, render_proof(proof)),
        write_whole(out / MATRIX_FILE, matrix_page(proof)),
    )


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One proof at a time on a machine: two would measure each other."""
    with (proofs_directory() / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise PlatformFault(
                f"another proof runs on this machine (process {lock.read().strip() or 'unknown'})",
                remedy="wait until it has ended; what it finished need not be run again",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
