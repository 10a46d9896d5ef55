"""Where a run is played: wires between browser, site and store, and what makes its mishaps happen."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from core.testing.sites import Browser
from tests.chaos.crashing import crash_at
from tests.chaos.full_disk import full_disk
from tests.chaos.journal import Journal
from tests.chaos.mishaps import ATTEMPTS, Kind, Mishap, Step
from tests.chaos.plans import Plan
from tests.chaos.server import Server
from tests.chaos.wire import Break, Trap, Way, Wire
from tests.s3_faults import Faults
from tests.s3_gateway import Gateway

_SHORTEST_HEAD = 150
_LONGEST_HEAD = 1200
"""Bytes of a request before its body."""
_ANSWER = 600
"""Bytes that a store answers with, more or less."""
_GIVES_UP = 0.5  # seconds after which a browser leaves a store that does not answer
_WRITES = 12
"""Writes to the disk in the longest step, more or less."""


@dataclass
class Store:
    """An S3 store behind its gateway, as browsers and as the site reach it."""

    gateway: Gateway
    from_browsers: Wire
    from_site: Wire


@dataclass
class Trial:
    """One try of a step."""

    happened: bool = False
    """Whether something went wrong; known at the end."""


@dataclass
class Stage:
    """What a sender uses; `trying` lets the next mishap of a step happen."""

    plan: Plan
    journal: Journal
    site: Wire
    store: Store | None
    origin: str
    settings: dict[str, Any]
    """For the site that is to play here."""
    cookie: tuple[str, str] = ("", "")
    server: Server | None = None
    """The process to kill, where the site is one of its own."""

    def browser(self) -> Browser:
        """Return a browser with a connection of its own."""
        browser = Browser(self.site.url, self.origin)
        browser.add_cookie(*self.cookie, self.site.url)
        return browser

    @asynccontextmanager
    async def trying(self, step: Step, size: int = 0, *, checked: bool = False) -> AsyncIterator[Trial]:
        """Let the step's next mishap happen meanwhile. One that the step has not come to waits for the next try.

        `size` is that of the request's body in bytes. Nothing is changed on the way where nobody checks it.
        """
        trial = Trial()
        mishap = next((each for each in self.plan.mishaps if each.step is step), None)
        if mishap is None or (mishap.kind is Kind.BYTE_CHANGED and not checked):
            yield trial
            return
        self.plan.mishaps.remove(mishap)
        self.journal.tell(f"{step}: {mishap}")
        try:
            with self._happening(mishap, size, trial):
                yield trial
        finally:
            if not trial.happened and not mishap.late:
                self.journal.tell("not reached")
                self.plan.mishaps.insert(0, mishap)

    def assert_played(self) -> None:
        """Fail where the run did not come to what was planned for it."""
        assert self.plan.mishaps == [], "not reached: " + ", ".join(map(str, self.plan.mishaps))

    @contextmanager
    def _happening(self, mishap: Mishap, size: int, trial: Trial) -> Iterator[None]:
        if mishap.kind is Kind.DISK_FULL:
            with full_disk(round(mishap.share * _WRITES)) as refused:
                try:
                    yield
                finally:
                    trial.happened = bool(refused)
                    self.journal.tell(f"refused by the disk: {refused}")
        elif mishap.kind is Kind.CRASH:
            with crash_at(mishap.operation) as died:
                try:
                    yield
                finally:
                    trial.happened = bool(died)
        elif mishap.kind is Kind.STORE_FAILS:
            with self._failing_store(mishap, trial):
                yield
        else:
            with self._trapped(*self._trap(mishap, size), trial):
                yield

    @contextmanager
    def _failing_store(self, mishap: Mishap, trial: Trial) -> Iterator[None]:
        assert self.store is not None
        assert mishap.fault is not None
        faults = self.store.gateway.faults
        faults.order(mishap.operation, *[mishap.fault] * mishap.times)
        try:
            yield
        finally:
            self.store.gateway.faults = Faults()
            trial.happened = bool(faults.happened)
            self.journal.tell(f"refused by the store: {[(what, fault.name) for what, fault in faults.happened]}")

    def _trap(self, mishap: Mishap, size: int) -> tuple[Wire, Trap]:
        if mishap.kind in (Kind.STORE_SILENT, Kind.STORE_CUT):
            return self._trap_of_store(mishap)
        wire = self.store.from_browsers if self.store and mishap.step is Step.PART else self.site
        asked = round(mishap.share * (_SHORTEST_HEAD + size))
        in_body = _LONGEST_HEAD + round(mishap.share * (size - _LONGEST_HEAD))
        traps = {
            Kind.BYTE_CHANGED: Trap(Way.ASKED, in_body, Break.CHANGED),
            Kind.KILLED_ASKING: Trap(Way.ASKED, asked, also=self._kill),
            Kind.KILLED_ANSWERING: Trap(Way.ANSWERED, 0, also=self._kill),
            Kind.REQUEST_CUT: Trap(Way.ASKED, asked),
            Kind.ANSWER_LOST: Trap(Way.ANSWERED, 0),
        }
        return wire, traps[mishap.kind]

    def _trap_of_store(self, mishap: Mishap) -> tuple[Wire, Trap]:
        assert self.store is not None
        if mishap.step is Step.PART:
            wire = self.store.from_browsers
            return wire, Trap(Way.ANSWERED, 0, Break.SILENT, also=lambda: _give_up(wire))
        what = Break.SILENT if mishap.kind is Kind.STORE_SILENT else Break.CUT
        return self.store.from_site, Trap(Way.ANSWERED, round(mishap.share * ATTEMPTS * _ANSWER), what)

    @contextmanager
    def _trapped(self, wire: Wire, trap: Trap, trial: Trial) -> Iterator[None]:
        wire.trap = trap
        try:
            yield
        finally:
            trial.happened = wire.trap is not trap
            if trial.happened:
                self.journal.tell(f"{trap.what} {trap.way}")
            wire.trap = None

    async def play_on(self, server: Server) -> None:
        """Let the site be a process of its own, and start it."""
        self.server = server
        await self._revive()

    async def pause(self, failures: int) -> None:
        """Wait before the next try, longer after each failure, as the upload page does, and see that the site lives."""
        await asyncio.sleep(min(0.3, 0.01 * 2**failures))
        await self._revive()

    async def _revive(self) -> None:
        while self.server is not None and not self.server.alive:
            await self.server.kill()
            with suppress(ConnectionResetError):  # it was killed again while it started
                await self.server.start()
                self.site.port = int(self.server.url.rpartition(":")[2])
                self.journal.tell("the server was started")

    def _kill(self) -> None:
        assert self.server is not None
        self.server.strike()


def _give_up(wire: Wire) -> None:
    asyncio.get_running_loop().call_later(_GIVES_UP, wire.hang_up)
