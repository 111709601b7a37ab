"""A demo data set of the quick challenge, recorded by real pushes. What is measured is told."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import col, select
from tests.fakes.browsing import served
from tests.fakes.evaluators import Studio, attempt, judge_fast
from tests.fakes.evidence import GOOD, make_contract, make_evidence, make_test
from tests.fakes.ports import free_port
from tests.fakes.quick_challenge import APP, DOCKERFILE, write_quick_challenge

from assay.bootstrap.demo_data.dataset import Dataset
from assay.bootstrap.demo_data.recording import Recorder
from assay.bootstrap.demo_data.roster import ROSTER
from assay.bootstrap.installation import Installation, opened
from assay.bootstrap.settings import read_settings
from assay.db.tables import Evaluation
from assay.domain.lifecycle import EvaluationState
from assay.features.submissions.work import DatabaseWork, Equipment
from assay.kit.clock import utc_now
from assay.web.serving import application

ROSTER_TEXT = """\
challenge = "doubling"
position = "Doubler"

[[candidate]]
slug = "una"
name = "Una Prima"
email = "una@example.org"
answer = "accepted/tidy"

    [[candidate.review]]
    by = "Noor Adeyemi"
    summary = "Demo review. Tidy."
    lines = { design = 4, documentation = 3 }
    notes = { design = "Small." }

    [candidate.decision]
    by = "Noor Adeyemi"
    verdict = "advance"
    reason = "Demo decision."

[[candidate]]
slug = "duo"
name = "Duo Secunda"
email = "duo@example.org"
answer = "starter"
notes = { "NOTES.md" = "Nothing yet." }
"""
TIDY = {
    "Dockerfile": DOCKERFILE.replace("WORKDIR /srv", "WORKDIR /srv/app"),
    "app.py": APP.replace("Doubles a number.", "Doubles a number, tidily."),
    "README.md": "# Doubling\n",
    "tests/test_app.py": "def test_nothing():\n    pass\n",
    "expect.toml": 'about = "Tidy."\nscore_min = 90\nscore_max = 100\n',
}


def write_demo_set(root: Path) -> Path:
    """A roster with nothing recorded; the directory."""
    (root / "data").mkdir(parents=True, exist_ok=True)
    (root / "data" / ROSTER).write_text(ROSTER_TEXT)
    return root / "data"


def write_challenge(root: Path) -> Path:
    """The quick challenge with an answer that changes several things; the directory of it."""
    package = write_quick_challenge(root)
    for name, text in TIDY.items():
        path = package / "answers" / "accepted" / "tidy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return package


@contextmanager
def an_installation(home: Path, challenges: Path, port: int = 8000) -> Iterator[Installation]:
    """One of its own."""
    own = {
        "ASSAY_HOME": str(home),
        "ASSAY_CHALLENGES": str(challenges),
        "ASSAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ASSAY_ALLOW_UNPROVEN": "yes",
    }
    with opened(read_settings({**os.environ, **own})) as made:
        yield made


@dataclass
class Studios:
    """A worker whose evaluations find one of two tests passed. `wait` works off what is queued."""

    installation: Installation
    said: list[str]

    def wait(self, _: float) -> None:
        package = self.installation.challenges["doubling"]
        tests = (make_test("It doubles", "right"), make_test("It is ready", "right", passed=False))
        contract = make_contract(GOOD).model_copy(update={"tests": tests})
        facts = make_evidence(challenge=package.challenge, contract=contract)
        studio = Studio(evidence=facts.model_dump_json().encode())
        work = DatabaseWork(
            Equipment(
                database=self.installation.database,
                jobs=self.installation.queue,
                challenges=self.installation.challenges,
                new_evaluator=studio.new,
                judge=judge_fast,
                public_url="http://127.0.0.1",
                worker_id="studio",
                now=utc_now,
            )
        )
        for evaluation_id in self._queued():
            asyncio.run(attempt(work, evaluation_id, 1))

    def _queued(self) -> list[str]:
        wanted = select(Evaluation.id).where(col(Evaluation.state) == EvaluationState.QUEUED)
        with self.installation.database.read() as session:
            return list(session.exec(wanted))


@contextmanager
def a_recorder(root: Path, data: Path) -> Iterator[Recorder]:
    """A platform with pages that really answer, and a recorder of that data set."""
    port = free_port()
    with an_installation(root / "recording", root / "challenges", port) as installation:
        studio = Studios(installation, [])
        with served(application(installation), port):
            yield Recorder(installation, Dataset.at(data), say=studio.said.append, wait=studio.wait)


def recorded(root: Path) -> Path:
    """The data set, everybody of it recorded; its directory."""
    write_challenge(root / "challenges")
    data = write_demo_set(root)
    for candidate in Dataset.at(data).roster.candidate:
        with a_recorder(root, data) as recorder:
            recorder.record(candidate)
    return data
