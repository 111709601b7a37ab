"""What benchmarks of a full database share: SQLite and PostgreSQL, filled alike, visited alike."""

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import text
from tests.benchmarks.table import markdown, publish, seconds
from tests.fakes.crowds import Crowd, Filling
from tests.fakes.postgres import PROGRAMS, PostgresCluster
from tests.fakes.web import Site, a_site

from assay.db.migrate import upgrade
from assay.db.session import Database
from assay.web.app import create_app
from assay.web.logs import configure_logs

EACH_S = seconds(5.0)
TRIES_MAX = 400
LOG = io.StringIO()
"""What the application says; told if it fails."""
Figures = tuple[float, float]
"""p50 and p95 in milliseconds."""


@dataclass(frozen=True)
class Visit:
    """Something that is done again and again. `do` gets the number of the try."""

    name: str
    do: Callable[[int], object]


Plan = Callable[[Site, Path], Sequence[Visit]]
"""What is done at a full site; the directory is for files."""


def page(name: str, browser: TestClient, paths: Sequence[str]) -> Visit:
    """These pages in turn."""
    return pages(name, [(browser, path) for path in paths])


def pages(name: str, asked: Sequence[tuple[TestClient, str]]) -> Visit:
    """These pages in turn, each by its own browser."""

    def visit(tried: int) -> None:
        browser, path = asked[tried % len(asked)]
        answer = browser.get(path)
        if answer.status_code != 200:
            said = LOG.getvalue()[-3000:]
            raise SystemExit(f"{name}: {path} answered {answer.status_code}\n{said}")

    return Visit(name, visit)


def compared(crowd_of: Callable[[Site], Crowd], plan: Plan) -> dict[str, tuple[float, ...]]:
    """Name of a visit -> p50 and p95 on SQLite, p50 and p95 on PostgreSQL."""
    if not (PROGRAMS / "postgres").exists():
        raise SystemExit(f"no PostgreSQL in {PROGRAMS}: apt-get install postgresql-15")
    configure_logs(LOG)
    with tempfile.TemporaryDirectory(prefix="assay-many-") as scratch:
        here, there = (
            _run(kind, Path(scratch, kind.__name__), crowd_of, plan)
            for kind in (_sqlite, _postgresql)
        )
    return {name: (*here[name], *there[name]) for name in here}


def tell(
    name: str,
    figures: Mapping[str, tuple[float, ...]],
    about: str,
    p95_max_ms: float,
    *,
    is_full: bool,
) -> int:
    """Publish a full run, print another; the exit code says whether all p95 are in the limit."""
    header = ("what", "SQLite p50 ms", "p95 ms", "PostgreSQL p50 ms", "p95 ms")
    rows = [(one, *(f"{ms:.1f}" for ms in each)) for one, each in figures.items()]
    slowest = max(max(each[1], each[3]) for each in figures.values())
    verdict = f"Slowest p95 {slowest:.0f} ms, limit {p95_max_ms:.0f} ms."
    if is_full:
        publish(name, header, rows, [about, verdict])
    else:
        sys.stdout.write(markdown(header, rows) + f"\n\n* {about}\n* {verdict}\n")
    return int(slowest > p95_max_ms)


@contextmanager
def _sqlite(directory: Path) -> Iterator[str]:
    """The address of one."""
    yield f"sqlite:///{directory}/assay.db"


@contextmanager
def _postgresql(directory: Path) -> Iterator[str]:
    """The address of one, with a server of its own."""
    cluster = PostgresCluster()
    cluster.start()
    try:
        yield cluster.url(cluster.create_database())
    finally:
        cluster.remove()


def _filled(directory: Path, url: str, crowd_of: Callable[[Site], Crowd]) -> Site:
    """A site whose database is full."""
    upgrade(url)
    site = a_site(directory, database=Database(url))
    with site.house.write() as session:
        Filling(session, crowd_of(site)).fill()
    with site.house.write() as session:
        session.execute(text("ANALYZE"))
    return replace(site, app=create_app(site.platform))  # `/metrics` counts from its start


def _run(
    kind: Callable[[Path], AbstractContextManager[str]],
    directory: Path,
    crowd_of: Callable[[Site], Crowd],
    plan: Plan,
) -> dict[str, Figures]:
    """Name of a visit -> its figures, on one kind of database."""
    directory.mkdir()
    with kind(directory) as url:
        site = _filled(directory, url, crowd_of)
        try:
            found = {}
            for visit in plan(site, directory):
                found[visit.name] = measured(site, visit)
                sys.stderr.write(
                    f"{kind.__name__:<12}{visit.name:<30}{found[visit.name][1]:8.1f} ms\n"
                )
            return found
        finally:
            site.house.database.dispose()


def measured(site: Site, visit: Visit) -> Figures:
    """Its figures, after two tries that do not count."""
    took_ms: list[float] = []
    over = time.perf_counter() + EACH_S
    while len(took_ms) < TRIES_MAX and (time.perf_counter() < over or len(took_ms) < 22):
        site.forget_tries()  # nobody is slowed down here for asking too often
        began = time.perf_counter()
        visit.do(len(took_ms))
        took_ms.append(1000 * (time.perf_counter() - began))
    kept = took_ms[2:]
    return statistics.median(kept), statistics.quantiles(kept, n=20)[18]
