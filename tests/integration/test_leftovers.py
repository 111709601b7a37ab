"""Whatever is being made when the program is killed, the next start removes it from the disk."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.processes import alive
from tests.fakes.waiting import wait_until

from assay_sandbox.mmdebstrap import run_mmdebstrap

pytestmark = [pytest.mark.slow, pytest.mark.alone]

ROOT = Path(__file__).parents[2]
LONGEST_S = 120.0

FAKE_MMDEBSTRAP = f"""#!{sys.executable} -S
# As the real one: ends, and tidies up, when all of its session is told to. No shell, whose children
# can lose a signal between fork and exec.
import os, shutil, signal, subprocess, sys
root, pids = os.environ["TMPDIR"] + "/mmdebstrap.x", os.environ["PIDS"]
def told(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # told twice: by name, and with its group
    shutil.rmtree(root)
    os._exit(1)
signal.signal(signal.SIGTERM, told)
os.mkdir(root)
child = subprocess.Popen(["sleep", "600"])
with open(pids, "w") as file:
    file.write(str(os.getpid()) + " " + str(child.pid))
for word in sys.argv[1:]:
    if word.endswith(".tar"):
        with open(word, "w") as file:
            file.write("half")
print("making it", flush=True)
open(pids + ".said", "w").close()  # from here on nothing goes into a pipe that ends with its reader
child.wait()
"""

MAKING = {
    "the context of an image": """
from assay_sandbox import images
with images._context(images.BASE_IMAGES["probe"], {"assay_probe": images.PROBE_SOURCE}) as made:
    assert (made / "Dockerfile").exists()
    print(made, flush=True)
    sys.stdin.read()
""",
    "a root from Debian packages": """
from assay_sandbox import debian_root, images
with debian_root.debian_root(images.IMAGES / "python", "amd64", say): pass
""",
    "programs from Debian packages": """
from assay_sandbox import debian_programs, images
debian_programs.fetch_programs(images.IMAGES / "monitoring", ("amtool",), "amd64", say)
""",
    "wheels": """
from assay_sandbox import wheels
from pathlib import Path
requirements = Path(os.environ["TMPDIR"], "none.txt")
requirements.write_text("")
wheels.fetch_wheels(requirements, "amd64", lambda line: (print(line, flush=True), sys.stdin.read()))
""",
    "an evaluation": """
from assay.bootstrap.workplace import work_directory
with work_directory() as work:
    (work / "tree").mkdir()
    print(work, flush=True)
    sys.stdin.read()
""",
}
WITH_MMDEBSTRAP = [name for name in MAKING if "Debian" in name]
CLEAN = (
    "from assay.bootstrap.workplace import remove_orphans as remove; print(*remove(), sep='\\n')"
)
BEFORE = "import os, sys\ndef say(line): print(line, flush=True)\n"


def _hear_ctrl_c() -> None:
    """Whoever starts the tests in the background of a shell has it ignored, and so have we."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Place:
    """A machine's worth of directories: for temporary files, the cache and evaluations."""

    def __init__(self, top: Path) -> None:
        self.top = top
        for name in ("tmp", "cache", "home", "bin"):
            (top / name).mkdir()
        program = top / "bin/mmdebstrap"
        program.write_text(FAKE_MMDEBSTRAP)
        program.chmod(0o755)
        self.environment = {
            **os.environ,
            "TMPDIR": str(top / "tmp"),
            "ASSAY_CACHE": str(top / "cache"),
            "ASSAY_HOME": str(top / "home"),
            "PATH": f"{top / 'bin'}:{os.environ['PATH']}",
            "PIDS": str(top / "pids"),
            "DOCKER_HOST": "unix:///nowhere/docker.sock",
        }

    @contextlib.contextmanager
    def making(self, what: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A process in the middle of making something."""
        with subprocess.Popen(
            [sys.executable, "-c", BEFORE + MAKING[what]],
            env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=_hear_ctrl_c,
        ) as process:  # fmt: skip
            try:
                assert process.stdout is not None
                assert process.stdout.readline(), "nothing was begun"
                if what in WITH_MMDEBSTRAP:
                    wait_until((self.top / "pids.said").exists, LONGEST_S)
                yield process
            finally:
                process.kill()

    def pids(self) -> set[int]:
        """Of what `mmdebstrap` has started, itself included."""
        path = self.top / "pids"
        return {int(line) for line in path.read_text().split()} if path.exists() else set()

    def left(self) -> list[str]:
        """Directories that somebody was working in."""
        found = [path.name for path in self.top.rglob("*") if path.is_dir()]
        return sorted(name for name in found if name.startswith(("assay-", "mmdebstrap")))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a Python program there to its end."""
        return subprocess.run(
            [sys.executable, *words], check=False,
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=LONGEST_S,
        )  # fmt: skip

    def clean(self) -> str:
        """What every start says of what it removes."""
        done = self.run("-c", CLEAN)
        assert done.returncode == 0, done.stderr
        return done.stdout


def finish(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    process.send_signal(number)
    process.wait(LONGEST_S)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for pid in alive(made.pids()):
        with contextlib.suppress(ProcessLookupError):  # it may end by itself just now
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("what", MAKING)
def test_what_a_killed_process_was_making_is_removed_by_the_next_start(
    place: Place, what: str
) -> None:
    with place.making(what) as process:
        assert any(name.startswith("assay-") for name in place.left())
        finish(process, signal.SIGKILL)

    said = place.clean()

    assert place.left() == []
    assert said.count("directory ") == 1


@pytest.mark.parametrize("what", MAKING)
def test_what_is_still_being_made_survives_the_start_of_another(place: Place, what: str) -> None:
    with place.making(what):
        before = place.left()

        said = place.clean()

        assert place.left() == before
    assert said == "\n"


def test_the_next_start_begins_with_that(place: Place) -> None:
    with place.making("the context of an image") as process:
        (left,) = place.left()
        finish(process, signal.SIGKILL)

    done = place.run("-m", "assay.cli", "grade", "credit-scoring", "--answer", "nobody's")

    assert done.returncode == 2
    assert left in done.stderr.replace("\n", "")
    assert place.left() == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("what", WITH_MMDEBSTRAP)
def test_a_program_that_makes_a_root_ends_with_us_and_tidies_up(
    place: Place, what: str, number: signal.Signals
) -> None:
    with place.making(what) as process:
        started = place.pids()
        finish(process, number)

    wait_until(lambda: not alive(started), LONGEST_S)
    wait_until(lambda: not list(place.top.glob("tmp/mmdebstrap*")), LONGEST_S)


def test_an_interrupted_caller_that_lives_on_has_ended_it_too(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PATH", "TMPDIR", "PIDS"):
        monkeypatch.setenv(name, place.environment[name])

    def interrupted(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_mmdebstrap([], place.top / "root.tar", interrupted, remedy="")

    assert len(place.pids()) == 2
    wait_until(lambda: not alive(place.pids()), LONGEST_S)
    assert not list(place.top.glob("tmp/mmdebstrap*"))
