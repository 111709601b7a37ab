"""Behaviours of an engine: starting, output, ending, removal."""

import os
import time
from dataclasses import replace

from assay_sandbox.conformance_lab import (
    SMALL,
    START_S,
    exited,
    expect,
    laboratory,
    wait_for_end,
    wait_for_word,
)
from assay_sandbox.engine import ContainerSpec, Engine, Exited, Running

SECRET = "ASSAY_CONFORMANCE_SECRET"  # noqa: S105 - the name of a variable
SLEEP = "import time; print('up'); time.sleep(60)"


def exit_status_is_reported(engine: Engine, image: str) -> None:
    """The status of the main process is the code."""
    with laboratory(engine, image) as lab:
        _, end = lab.run("raise SystemExit(7)")
        expect(end == Exited(code=7), f"expected status 7, got {end}")


def death_by_signal_is_128_plus_its_number(engine: Engine, image: str) -> None:
    """SIGTERM with its default meaning gives 143."""
    with laboratory(engine, image) as lab:
        container = lab.start(
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_DFL);"
            "print('up'); time.sleep(60)"
        )
        wait_for_word(container, "up")
        container.signal("SIGTERM")
        expect(wait_for_end(container).code == 143, f"expected 143, got {container.state()}")


def ignoring_sigterm_does_not_help_against_sigkill(engine: Engine, image: str) -> None:
    """SIGTERM may be ignored, SIGKILL ends with 137."""
    with laboratory(engine, image) as lab:
        container = lab.start("import signal; signal.signal(15, signal.SIG_IGN);" + SLEEP)
        wait_for_word(container, "up")
        container.signal("SIGTERM")
        time.sleep(0.3)
        expect(isinstance(container.state(), Running), "it should have ignored SIGTERM")
        container.signal("SIGKILL")
        expect(wait_for_end(container).code == 137, f"expected 137, got {container.state()}")


def command_that_cannot_run_is_an_exit(engine: Engine, image: str) -> None:
    """A missing program is the image's fault: 126 or 127 as a shell says, and no error."""
    with laboratory(engine, image) as lab:
        spec = ContainerSpec(lab.run_id, "sut", image, command=("/no/such/program",))
        container = engine.start(spec, deadline_s=START_S)
        end = wait_for_end(container)
        expect(end.code in (126, 127), f"expected 126 or 127, got {end}")
        expect("no such" in container.logs().text.lower(), f"no reason: {container.logs()}")
        container.remove()


def environment_is_only_ours(engine: Engine, image: str) -> None:
    """Nothing of our own environment is visible inside, not even that of process 1."""
    program = """
import json, os
first = open('/proc/1/environ', 'rb').read() if os.access('/proc/1/environ', os.R_OK) else b''
print(json.dumps({'own': dict(os.environ), 'first': first.decode(errors='replace')}))
"""
    os.environ[SECRET] = "mark-4711"
    try:
        with laboratory(engine, image) as lab:
            seen = lab.answer(program, environment={"GIVEN": "yes"})
    finally:
        del os.environ[SECRET]
    expect(seen["own"].get("GIVEN") == "yes", f"our variable is missing: {seen['own']}")
    expect("mark-4711" not in str(seen), "the environment of the platform leaked")


def output_is_handed_over_line_by_line(engine: Engine, image: str) -> None:
    """`follow` gives every line, also those printed before, stdout and stderr."""
    with laboratory(engine, image) as lab:
        container = lab.start(
            "import sys, time\nprint('one'); print('two', file=sys.stderr); time.sleep(1);"
            "sys.stdout.write('three\\nlast without newline')"
        )
        wait_for_word(container, "two")
        lines: list[str] = []
        end = exited(container.follow(lines.append, deadline_s=10))
        expect(end.code == 0, f"ended with {end}")
        expect(sorted(lines[:2]) == ["one", "two"], f"first lines: {lines}")
        expect(lines[2:] == ["three", "last without newline"], f"last lines: {lines}")


def undecodable_output_is_kept(engine: Engine, image: str) -> None:
    """A stray byte costs one character, not the log."""
    with laboratory(engine, image) as lab:
        lines, _ = lab.run("import os; os.write(1, b'a\\xffb\\n')")
        expect(lines == ["a\ufffdb"], f"got {lines}")


def follow_ends_the_work_at_its_deadline(engine: Engine, image: str) -> None:
    """The container is dead when `follow` returns."""
    with laboratory(engine, image) as lab:
        container = lab.start(SLEEP)
        began_s = time.monotonic()
        end = exited(container.follow(lambda line: None, deadline_s=1.0))
        took_s = time.monotonic() - began_s
        expect(end.code == 137, f"expected 137, got {end}")
        expect(took_s < 6.0, f"took {took_s:.1f} s for a deadline of 1 s")


def long_output_keeps_head_and_tail(engine: Engine, image: str) -> None:
    """`logs` is bounded, says so, and counts everything."""
    with laboratory(engine, image) as lab:
        container = lab.start(
            "print('first'); [print('x' * 99) for _ in range(5000)]; print('last')"
        )
        wait_for_end(container)
        log = container.logs()
        expect(log.total_bytes == 6 + 5000 * 100 + 5, f"counted {log.total_bytes}")
        expect(log.truncated and len(log.text) < 200_000, f"kept {len(log.text)} characters")
        expect(log.text.startswith("first") and log.text.rstrip().endswith("last"), "no edges")


def flood_of_output_is_ended(engine: Engine, image: str) -> None:
    """One byte over the budget and the container is killed, and the state says why."""
    flood = "import os\nwhile True: os.write(1, b'y' * 4095 + b'\\n')"
    endless_line = "import os\nwhile True: os.write(1, b'y' * 4096)"
    for program in (flood, endless_line):
        with laboratory(engine, image) as lab:
            container = lab.start(program)
            end = wait_for_end(container)
            expect(end.log_flood, f"expected log_flood, got {end}")
            expect(end.code == 137, f"expected 137, got {end}")
            kept = len(container.logs().text)
            expect(kept <= SMALL.log_bytes, f"kept {kept} characters")


def files_are_placed_before_the_start(engine: Engine, image: str) -> None:
    """Trusted containers find their files, and may write beside them."""
    program = """
import json
open('/probe/out', 'w').write('x')
print(json.dumps([open('/probe/plan.json').read(), open('/probe/deep/er/rows').read()]))
"""
    files = {"/probe/plan.json": b"plan", "/probe/deep/er/rows": b"rows"}
    with laboratory(engine, image) as lab:
        read = lab.answer(program, role="probe", files=files, trusted=True)
        expect(read == ["plan", "rows"], f"read {read}")


def removal_is_idempotent_and_final(engine: Engine, image: str) -> None:
    """A living container can be removed, twice, and is then known to be gone."""
    with laboratory(engine, image) as lab:
        container = lab.start(SLEEP)
        wait_for_word(container, "up")
        container.remove()
        container.remove()
        expect(isinstance(container.state(), Exited), "a removed container cannot run")
        expect("up" in container.logs().text, "its output was lost")
        container.signal("SIGTERM")


def reaping_a_run_takes_everything_of_it(engine: Engine, image: str) -> None:
    """Containers and networks of this run go, those of another stay."""
    with laboratory(engine, image) as lab, laboratory(engine, image) as other:
        lab.network("left")
        left, kept = lab.start(SLEEP), other.start(SLEEP)
        wait_for_word(left, "up")
        removed = engine.reap(lab.run_id)
        expect(len(removed) >= 1, f"removed only {removed}")
        expect(isinstance(left.state(), Exited), "the run's container lives")
        expect(isinstance(kept.state(), Running), "another run's container was removed")
        expect(engine.reap(lab.run_id) == (), "the second time something was left")
        left.remove()
        kept.remove()


def reaping_spares_what_has_a_living_owner(engine: Engine, image: str) -> None:
    """A full reap leaves the containers of living processes alone."""
    with laboratory(engine, image) as lab:
        container = lab.start(SLEEP)
        wait_for_word(container, "up")
        engine.reap()
        expect(isinstance(container.state(), Running), "its owner lives, and it was removed")
        container.remove()


def unknown_image_is_none(engine: Engine, image: str) -> None:
    """Asking for an image that is not there is no error; for one that is, describes it."""
    expect(engine.image("assay-test/no-such-image:none") is None, "described a missing image")
    expect(engine.image(image) is not None, "did not find the image it runs")


def small_budget_ends_even_a_short_flood(engine: Engine, image: str) -> None:
    """A process that prints too much and exits at once is a flood all the same."""
    with laboratory(engine, image) as lab:
        _, end = lab.run("print('y' * 70_000)", limits=replace(SMALL, log_bytes=65_536))
        expect(end.log_flood, f"expected log_flood, got {end}")
