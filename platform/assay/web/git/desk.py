"""What git's hooks are told: whether a push is taken, and then how it is judged."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from assay.adapters.git_command import Git
from assay.adapters.push_ledger import Move
from assay.adapters.repositories import Repositories
from assay.kit.deadline import Deadline
from assay.web.git.gate import Line, PushGate
from assay.web.git.hooks import Question, Say
from assay.web.git.inspection import push_problems
from assay.web.git.limits import GitLimits
from assay.web.git.lines import COLOUR_OPTIONS, all_rendered, rendered
from assay.web.git.recorder import Recorder
from assay.web.git.rules import refusal

NO_WAIT_OPTIONS = frozenset({"nowait", "no-wait"})
ACCEPT, REFUSE = 0, 1
LATENESS = 1 / 8
"""Of what lasts a minute nobody minds to hear seven seconds late."""
STRANGER = "This push is not known here. Push again."
NO_LONGER = "This repository takes no more pushes."


@dataclass(frozen=True, slots=True)
class Visit:
    """A push that is under way.

    Attributes:
        token: It came with; what it opens is asked again when the push has arrived.
        on_recorded: Called from another thread once the platform knows of the push.
        left: Set when nobody listens any more.
    """

    repository: str
    token: str
    on_recorded: Callable[[], None]
    left: threading.Event = field(default_factory=threading.Event)


class Desk:
    """Answers hooks for the pushes that were admitted."""

    def __init__(
        self, repositories: Repositories, gate: PushGate, *, page_url: str, limits: GitLimits
    ) -> None:
        self._repositories, self._gate = repositories, gate
        self._recorder = Recorder(repositories, gate)
        self._page_url, self._limits = page_url, limits
        self._visits: dict[str, Visit] = {}
        self._working = threading.BoundedSemaphore(limits.at_work)
        self._closing = threading.Event()

    def full(self) -> bool:
        """Whether there are as many pushes as there may be."""
        return len(self._visits) >= self._limits.pushes

    def admit(self, visit: Visit) -> str:
        """The ticket with which the push's hooks come."""
        ticket = secrets.token_hex(16)
        self._visits[ticket] = visit
        return ticket

    def dismiss(self, ticket: str) -> None:
        """The push has ended."""
        self._visits.pop(ticket).left.set()

    def close(self) -> None:
        """Tell everybody who watches that the server ends."""
        self._closing.set()

    def answer(self, question: Question, say: Say) -> int:
        """See `hooks.Answer`."""
        visit = self._visits.get(question.ticket)
        if visit is None:
            say(f"{STRANGER}\n")
            return REFUSE
        colour = not COLOUR_OPTIONS.isdisjoint(question.options)
        if question.hook == "pre-receive":
            return self._judge(visit, question, say, colour=colour)
        self._take(visit, question, say, colour=colour)
        return ACCEPT

    def _judge(self, visit: Visit, question: Question, say: Say, *, colour: bool) -> int:
        """Before the branch moves: is the push taken?"""
        with self._working:
            problems = self._problems(visit, question)
        if not problems:
            return ACCEPT
        first, *rest = refusal(problems)
        lines = [Line(first, "title"), *(Line(text, "bad") for text in rest)]
        say(all_rendered(lines, colour=colour))
        return REFUSE

    def _problems(self, visit: Visit, question: Question) -> list[str]:
        access = self._gate.access(visit.repository, visit.token)
        if access is None or not access.write:
            return [access.refusal if access and access.refusal else NO_LONGER]
        return push_problems(
            self._quarantined(visit.repository, question),
            question.updates,
            access,
            history_bytes=self._limits.history_times * access.max_repository_bytes,
            deadline=Deadline.after(self._limits.inspect_s),
        )

    def _quarantined(self, repository: str, question: Question) -> Git:
        """The repository as the hook sees it: with the objects that may yet be thrown away."""
        path = self._repositories.path(repository).resolve()
        objects = (path / question.objects).resolve()
        if not objects.is_relative_to(path):
            raise ValueError(f"a hook named objects outside of {path.name}")
        variables = {"GIT_OBJECT_DIRECTORY": str(objects)}
        if question.alternates:
            variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(path / "objects")
        return Git(path, variables)

    def _take(self, visit: Visit, question: Question, say: Say, *, colour: bool) -> None:
        """After the branch moved: record it first of all, then let the pusher watch."""
        (update,) = question.updates
        say(rendered(Line(f"Received {update.new[:10]}.", "good"), colour=colour))
        move = Move(update.old, update.new)
        with self._working:
            evaluation = self._recorder.received(visit.repository, move, question.options)
        visit.on_recorded()
        for line in self._lines(visit, evaluation, question.options):
            say(rendered(line, colour=colour))

    def _lines(
        self, visit: Visit, evaluation: str | None, options: tuple[str, ...]
    ) -> Iterator[Line]:
        if not NO_WAIT_OPTIONS.isdisjoint(options):
            yield self._goodbye("Not waiting, as you asked")
            return
        deadline, heard_s = Deadline.after(self._limits.follow_s), time.monotonic()
        for line in self._gate.follow(visit.repository, evaluation):
            if line is not None:
                heard_s = time.monotonic()
                yield line
            elif visit.left.is_set():
                return
            elif self._closing.wait(pause_s(time.monotonic() - heard_s, self._limits)):
                yield self._goodbye("The server restarts; the evaluation goes on without it")
                return
            elif deadline.passed():
                yield self._goodbye("This takes long, and goes on without this terminal")
                return

    def _goodbye(self, why: str) -> Line:
        where = f": {self._page_url}" if self._page_url else " on the page of your assessment"
        return Line(f"{why}. See it{where}", "muted")


def pause_s(quiet_s: float, limits: GitLimits) -> float:
    """Before the next look at an evaluation that has had nothing to tell for so long."""
    return min(max(limits.pause_s, LATENESS * quiet_s), limits.longest_pause_s)
