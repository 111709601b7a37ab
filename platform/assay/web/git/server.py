"""Git over HTTP: who may come in, how many at once, and that nothing accepted is ever lost.

`GitApp` is a raw ASGI application (bodies of any size stream through); `WithGit` puts it in
front of the web application, so that no middleware meets a push.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assay.adapters.repositories import Repositories
from assay.web.git import http
from assay.web.git.cgi import Exchange, Phases, Recording, conducted, started
from assay.web.git.desk import Desk, Visit
from assay.web.git.environment import cgi_environment
from assay.web.git.gate import Access, Line, PushGate
from assay.web.git.hooks import HOOKS, HookServer
from assay.web.git.http import GitRequest
from assay.web.git.limits import GitLimits
from assay.web.git.lines import all_rendered
from assay.web.git.recorder import Recorder
from assay.web.git.rules import refusal, too_large
from assay.web.git.tries import WrongTries

log = logging.getLogger(__name__)

MOUNT = "/git"
THREADS = 8
T = TypeVar("T")


class GitApp:
    """The git server. Works between the begin and the end of `running`."""

    def __init__(
        self,
        home: Path,
        gate: PushGate,
        *,
        page_url: str = "",
        limits: GitLimits | None = None,
    ) -> None:
        """Put it together; nothing is started.

        Args:
            home: The data directory: repositories are in `repositories`.
            gate: The platform.
            page_url: Where a candidate sees the assessment, for messages.
            limits: Of everything.
        """
        self._limits = limits or GitLimits()
        self._gate = gate
        self.repositories = Repositories(home / "repositories")
        self._recorder = Recorder(self.repositories, gate)
        self._desk = Desk(self.repositories, gate, page_url=page_url, limits=self._limits)
        self._hooks = HookServer(home / "run", self._desk.answer)
        self._tries = WrongTries(self._limits.wrong_tokens, self._limits.wrong_per_s)
        self._slots = asyncio.Semaphore(self._limits.slots)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="git")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for hooks, record what was left unrecorded, and keep trying."""
        self._hooks.start()
        late = asyncio.create_task(self._settle_late())
        try:
            yield
        finally:
            self.wind_down()
            late.cancel()
            await asyncio.gather(late, return_exceptions=True)
            self._hooks.stop()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def wind_down(self) -> None:
        """Send home who only watches, so that a server can end soon. From any thread."""
        self._desk.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = http.git_request(scope) if scope["type"] == "http" else None
        if request is None:
            await http.no_git()(scope, receive, send)
            return
        admitted = await self._admitted(request)
        if isinstance(admitted, PlainTextResponse):
            await admitted(scope, receive, send)
            return
        async with _Slot(self._slots) as slot:
            if request.carries_push:
                await self._push(request, admitted, slot, receive, send)
            else:
                await self._read(request, receive, send)

    async def _admitted(self, request: GitRequest) -> Access | PlainTextResponse:
        """What the client may do, or the answer that sends it away."""
        if not request.token:
            return http.who_are_you()
        key = f"{request.client} {request.repository}"
        if wait_s := self._tries.wait_s(key, time.monotonic()):
            return http.wait(wait_s)
        try:
            opens = partial(self._gate.access, request.repository, request.token)
            access = await self._threaded(opens)
        except Exception:  # whatever it is, the person at the other end gets words
            log.exception("what a token of repository %s opens is not known", request.repository)
            return http.our_fault()
        if access is None:
            self._tries.count(key, time.monotonic())
            return http.who_are_you()
        return self._refused(request, access) or access

    def _refused(self, request: GitRequest, access: Access) -> PlainTextResponse | None:
        if not (access.write if request.pushes else access.read):
            return http.forbidden(access.refusal)
        if request.pushes and self._desk.full():
            return http.busy()
        if (request.content_length or 0) > self._most_bytes(request):
            return http.request_too_large()
        return None

    def _most_bytes(self, request: GitRequest) -> int:
        limits = self._limits
        return limits.drained_bytes if request.carries_push else limits.request_bytes

    async def _read(self, request: GitRequest, receive: Receive, send: Send) -> None:
        """Anything that moves no branch."""
        process = await started(self._environment(request, {}))
        most, silent_s = self._most_bytes(request), self._limits.silent_s
        exchange = Exchange(process, receive, send, most, silent_s, lambda _: b"")
        await conducted(exchange, self._phases(), None)

    async def _push(
        self, request: GitRequest, access: Access, slot: "_Slot", receive: Receive, send: Send
    ) -> None:
        """A push: once it is recorded, others may use its slot while it is watched."""
        loop, recorded = asyncio.get_running_loop(), asyncio.Event()

        def on_recorded() -> None:
            with suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(recorded.set)

        visit = Visit(request.repository, request.token, on_recorded)
        ticket = self._desk.admit(visit)
        try:
            await self._threaded(partial(self.repositories.sweep, request.repository))
            hooks = self._hooks.environment(ticket)
            most = str(access.max_push_bytes)
            settings = {"core.hooksPath": str(HOOKS), "receive.maxInputSize": most}
            process = await started({**self._environment(request, settings), **hooks})
            most_bytes, silent_s = self._most_bytes(request), self._limits.silent_s
            preface = _refusal_of_size(access)
            exchange = Exchange(process, receive, send, most_bytes, silent_s, preface)
            signs = Recording(recorded, slot.release, visit.left.set)
            await conducted(exchange, self._phases(), signs)
        finally:
            self._desk.dismiss(ticket)
            if not recorded.is_set():
                await asyncio.shield(self._settle(request.repository))

    def _phases(self) -> Phases:
        limits = self._limits
        return Phases(limits.pack_s, limits.follow_s + limits.abandoned_s, limits.abandoned_s)

    def _environment(self, request: GitRequest, settings: Mapping[str, str]) -> dict[str, str]:
        root, most = self.repositories.root.resolve(), self._limits.request_bytes
        return cgi_environment(request, root, settings, most_buffered_bytes=most)

    async def _settle(self, repository: str) -> None:
        """Record what the hook of a push could not; what fails now is tried again later."""
        try:
            await self._threaded(partial(self._recorder.settle_if_needed, repository))
        except Exception:  # whatever it is, the push is in the repository and must not be lost
            log.exception("the pushes of repository %s could not be recorded", repository)

    async def _settle_late(self) -> None:
        """What servers before this one left; then, again and again, what any server leaves."""
        waited_s = 0.0
        while True:
            try:
                await self._threaded(partial(self._recorder.reconcile, waited_s=waited_s))
            except Exception:  # nobody else would look
                log.exception("pushes that were not recorded could not be looked for")
            waited_s = self._limits.settle_s
            await asyncio.sleep(waited_s)

    async def _threaded(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


class WithGit:
    """The whole server: git below /git, the web application everywhere else.

    Serve it with uvicorn's `lifespan="on"`: a git server that cannot start must be seen.
    """

    def __init__(self, web: ASGIApp, git: GitApp) -> None:
        self._web = web
        self.git = git

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the git server lives as long as the application does."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http" and http.path_within(scope).startswith(f"{MOUNT}/"):
            inner = {**scope, "root_path": scope.get("root_path", "") + MOUNT}
            await self.git(inner, receive, send)
        else:
            await self._web(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The lifespan. The word that all has ended is held back until git has ended, too."""
        last_words: list[Message] = []

        async def tell(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                last_words.append(message)
            else:
                await send(message)

        async with self.git.running():
            await self._web(scope, receive, tell)
        for message in last_words:
            await send(message)


class _Slot:
    """One of the slots; may be given back before the end."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots = slots
        self._held = False

    async def __aenter__(self) -> "_Slot":
        await self._slots.acquire()
        self._held = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Give it back; once is enough."""
        if self._held:
            self._held = False
            self._slots.release()


def _refusal_of_size(access: Access) -> Callable[[int], bytes]:
    """What is said before git's own, terser words about a push that is too large."""

    def preface(body_bytes: int) -> bytes:
        if body_bytes <= access.max_push_bytes:
            return b""
        first, *rest = refusal([too_large(access)])
        lines = [Line(first, "title"), *(Line(text, "bad") for text in rest)]
        return _to_terminal(all_rendered(lines, colour=False))

    return preface


def _to_terminal(text: str) -> bytes:
    """A packet of git's side band 2: what a client prints after "remote: "."""
    content = b"\x02" + text.encode()
    return b"%04x" % (len(content) + 4) + content
