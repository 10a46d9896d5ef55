"""Where a run is played: wires between browser, site and store, and what makes its mishaps happen."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from core.testing.sites import Browser
from tests.chaos.full_disk import full_disk
from tests.chaos.journal import Journal
from tests.chaos.mishaps import ATTEMPTS, Kind, Mishap, Step
from tests.chaos.plans import Plan
from tests.chaos.server import Server
from tests.chaos.wire import Break, Trap, Way, Wire
from tests.s3_faults import Faults
from tests.s3_gateway import Gateway

_HEAD = 600
"""Bytes of a request before its body, more or less."""
_WRITES = 12
"""Writes to the disk in the longest step, more or less."""


class Crash(Exception):
    """What a fault point raises where the process has to live on."""


@dataclass
class Store:
    """An S3 store behind its gateway, as browsers and as the site reach it."""

    gateway: Gateway
    from_browsers: Wire
    from_site: Wire


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
    async def trying(self, step: Step, size: int = 0, *, checked: bool = False) -> AsyncIterator[bool]:
        """Let the step's next mishap happen meanwhile; yields whether there is one.

        `size` is that of the request's body in bytes. Nothing is changed on the way where nobody checks it.
        """
        mishap = next((each for each in self.plan.mishaps if each.step is step), None)
        if mishap is None or (mishap.kind is Kind.BYTE_CHANGED and not checked):
            yield False
            return
        self.plan.mishaps.remove(mishap)
        self.journal.tell(f"{step}: {mishap}")
        with self._happening(mishap, size):
            yield True

    @contextmanager
    def _happening(self, mishap: Mishap, size: int) -> Iterator[None]:
        if mishap.kind is Kind.DISK_FULL:
            with full_disk(round(mishap.share * _WRITES)) as refused:
                try:
                    yield
                finally:
                    self.journal.tell(f"refused by the disk: {refused}")
        elif mishap.kind is Kind.CRASH:
            with crash_at(mishap.operation):
                yield
        elif mishap.kind is Kind.STORE_FAILS:
            with self._failing_store(mishap):
                yield
        else:
            with self._trapped(*self._trap(mishap, size)):
                yield

    @contextmanager
    def _failing_store(self, mishap: Mishap) -> Iterator[None]:
        assert self.store is not None
        assert mishap.fault is not None
        faults = self.store.gateway.faults
        faults.order(mishap.operation, *[mishap.fault] * mishap.times)
        try:
            yield
        finally:
            self.store.gateway.faults = Faults()
            self.journal.tell(f"refused by the store: {[(what, fault.name) for what, fault in faults.happened]}")

    def _trap(self, mishap: Mishap, size: int) -> tuple[Wire, Trap]:
        wire = self.store.from_browsers if self.store and mishap.step is Step.PART else self.site
        asked = round(mishap.share * (_HEAD + size))
        if mishap.kind is Kind.BYTE_CHANGED:
            return wire, Trap(Way.ASKED, 2 * _HEAD + round(mishap.share * size * 0.9), Break.CHANGED)
        if mishap.kind is Kind.KILLED_ASKING:
            return wire, Trap(Way.ASKED, asked, also=self._kill)
        if mishap.kind is Kind.KILLED_ANSWERING:
            return wire, Trap(Way.ANSWERED, 0, also=self._kill)
        if mishap.kind is Kind.REQUEST_CUT:
            return wire, Trap(Way.ASKED, asked)
        if mishap.kind is Kind.ANSWER_LOST:
            return wire, Trap(Way.ANSWERED, 0)
        assert self.store is not None
        what = Break.SILENT if mishap.kind is Kind.STORE_SILENT else Break.CUT
        return self.store.from_site, Trap(Way.ANSWERED, round(mishap.share * ATTEMPTS * _HEAD), what)

    @contextmanager
    def _trapped(self, wire: Wire, trap: Trap) -> Iterator[None]:
        wire.trap = trap
        try:
            yield
        finally:
            self.journal.tell("not reached" if wire.trap is trap else f"{trap.what} {trap.way}")
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


@contextmanager
def crash_at(point: str) -> Iterator[None]:
    """Raise Crash at a fault point, once, instead of dying there."""

    def raise_once(*_: object) -> None:
        patch.setattr("core.faults._ARMED", "")
        raise Crash(point)

    class Mortal:
        getpid = staticmethod(lambda: 0)
        kill = staticmethod(raise_once)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.faults._ARMED", point)
        patch.setattr("core.faults.os", Mortal)
        yield
