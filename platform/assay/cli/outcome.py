"""How a command ends: exit codes, and what is said on the way out.

0    done; an evaluation is done whatever its score
1    a proof is red, or the linter found an error
2    what we were given is wrong: every problem, with file and line
3    the platform failed: what, and the remedy
75   a platform or a worker lost the lock that shows it is alive: start it again
130  cancelled by Ctrl-C or SIGTERM; everything started was removed
"""

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from assay.cli.console import err, printable
from assay.domain.errors import BadInput, PlatformFault
from assay_sandbox.errors import SandboxError

BAD_INPUT = 2
PLATFORM_FAULT = 3
CANCELLED = 130


def exit_code(command: Callable[[], object], *, debug: bool = False) -> int:
    """Run a command and tell in one place how it ended."""
    try:
        with cancellable():
            command()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1 if end.code else 0
        return _cancelled() if code == CANCELLED else code
    except KeyboardInterrupt:
        return _cancelled()
    except BadInput as error:
        return _bad_input(error, debug=debug)
    except (PlatformFault, SandboxError) as error:
        return _platform_fault(error, debug=debug)
    except Exception:  # noqa: BLE001 - the last place that can turn a bug into words
        return _bug()
    return 0


@contextmanager
def cancellable() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does, so that whatever it started is removed.

    Only the first signal cancels: a second one must not cut the removal short.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def cancel(number: int, frame: FrameType | None) -> NoReturn:
        for each in before:
            signal.signal(each, _patience)
        err().print("cancelled; removing what was started …", style="yellow")
        raise KeyboardInterrupt

    for number in before:
        signal.signal(number, cancel)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _patience(number: int, frame: FrameType | None) -> None:
    err().print("still removing; after a SIGKILL the next `assay` start removes the rest")


def _cancelled() -> int:
    err().print("cancelled; nothing was left running", style="yellow")
    return CANCELLED


def _bad_input(error: BadInput, *, debug: bool) -> int:
    for problem in error.problems:
        err().print(f"[bold red]error[/] {_plain(str(problem))}", soft_wrap=True)
    if debug:
        _trace()
    return BAD_INPUT


def _platform_fault(error: PlatformFault | SandboxError, *, debug: bool) -> int:
    err().print(f"[bold red]platform fault[/] {_plain(str(error))}", soft_wrap=True)
    if error.remedy:
        err().print(f"[bold]remedy[/] {_plain(error.remedy)}", soft_wrap=True)
    if debug:
        _trace()
    else:
        err().print("(add --debug for the traceback)", style="dim")
    return PLATFORM_FAULT


def _bug() -> int:
    _trace()
    err().print("[bold red]platform fault[/] this is a mistake in assay", soft_wrap=True)
    err().print("[bold]remedy[/] please report the lines above", soft_wrap=True)
    return PLATFORM_FAULT


def _plain(text: str) -> str:
    """Brackets in messages are text, not markup."""
    return printable(text).replace("[", r"\[")


def _trace() -> None:
    err().print(printable(traceback.format_exc(), limit=20_000), markup=False, soft_wrap=True)
