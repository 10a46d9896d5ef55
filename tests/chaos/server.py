"""A real `mutoscope serve` in a process of its own, that may be killed and started again on the same data."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp

from core.http.sessions import cookie_name, start_session
from core.models import Role
from core.plugins import ENTRY_POINTS, Plugins
from core.services import configure_from, open_services
from core.settings import Settings
from core.testing.sites import Browser
from core.users import create_user
from tests.chaos import transcoder_frozen, transcoder_poison
from tests.chaos.events import Event
from tests.chaos.recording import assert_history, entries_of, record
from tests.fakes import transcoder_instant

PLUGINS = ["storage_disk", "transcode_ffmpeg"]
BASE_URL = "http://mutoscope.test"
MUTOSCOPE = str(Path(sys.executable).parent / "mutoscope")
ROOT = Path(__file__).parents[2]
FAKES = {
    "transcoder_instant": transcoder_instant,
    "transcoder_frozen": transcoder_frozen,
    "transcoder_poison": transcoder_poison,
}
QUICK = {"lease": 2, "heartbeat": 0.5, "sweep": 0.2, "first_delay": 0, "attempts": 5}


def _declare(plugins: Mapping[str, ModuleType], folder: Path) -> Path:
    """Declare plugins as an installed package does, for processes that have the folder on their path."""
    package = folder / "installed" / "fakes-1.dist-info"
    package.mkdir(parents=True, exist_ok=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: fakes\nVersion: 1\n")
    lines = [f"{name} = {module.__name__}" for name, module in plugins.items()]
    (package / "entry_points.txt").write_text("\n".join([f"[{ENTRY_POINTS}]", *lines]))
    return package.parent


class Server:
    """Starts on a free port; `fault` names the fault point at which it kills itself."""

    def __init__(
        self,
        data_dir: Path,
        *,
        command: str = "serve",
        embedded_worker: bool = True,
        plugins: Sequence[str] = PLUGINS,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """`settings` are tables besides the usual ones."""
        self.data_dir = data_dir
        self.plugins = list(plugins)
        self.settings = {"jobs": QUICK | {"embedded_worker": embedded_worker}, **(settings or {})}
        self._command = command
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None
        self._struck = False
        self.starts = 0

    async def prepare(self) -> tuple[str, str]:
        """Migrate, create a creator, and return the cookie that signs them in, before any server runs."""
        settings, plugins = self.configure()
        async with open_services(settings, plugins):
            user = await create_user(handle="ada", email=None, display_name="Ada", role=Role.CREATOR)
            cookie = cookie_name(settings), await start_session(user, settings)
        record(self.data_dir)
        return cookie

    def configure(self) -> tuple[Settings, Plugins]:
        """Return what a process of this site reads, for use in this one."""
        raw = {**self.settings, "plugins": self.plugins, "data_dir": str(self.data_dir)}
        return configure_from({"site": {"base_url": BASE_URL}, **raw}, FAKES)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None and not self._struck

    @property
    def pid(self) -> int:
        """The number of the process that was started last."""
        assert self._process is not None
        return self._process.pid

    async def start(self, fault: str = "") -> None:
        """Start, and wait until it listens."""
        self._process = await self._execute([self._command], fault, asyncio.subprocess.PIPE)
        self._struck = False
        self.starts += 1
        if self._command == "serve":
            self.url = f"http://127.0.0.1:{await asyncio.wait_for(self._port(), 30)}"

    async def run(self, arguments: Sequence[str], fault: str = "") -> int:
        """Run another command of the site to its end, and return its status; negative for a signal."""
        process = await self._execute(arguments, fault, None)
        try:
            return await asyncio.wait_for(process.wait(), 30)
        finally:
            with suppress(ProcessLookupError):
                process.kill()

    async def _execute(self, arguments: Sequence[str], fault: str, out: int | None) -> asyncio.subprocess.Process:
        with (self.data_dir / "server.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                MUTOSCOPE, *arguments, stdout=out or log, stderr=log, env=self._environment(fault), cwd=self.data_dir
            )

    def _environment(self, fault: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MUTOSCOPE_")}
        tables: dict[str, Mapping[str, Any]] = {"site": {"base_url": BASE_URL}, "server": {"port": 0}, **self.settings}
        return {
            **inherited,
            **{
                f"MUTOSCOPE_{table}__{name}".upper(): str(value)
                for table, values in tables.items()
                for name, value in values.items()
            },
            "MUTOSCOPE_PLUGINS": json.dumps(self.plugins),
            "MUTOSCOPE_DATA_DIR": str(self.data_dir),
            "MUTOSCOPE_FAULT": fault,
            "PYTHONPATH": f"{_declare(FAKES, self.data_dir)}{os.pathsep}{ROOT}",
            "PYTHONUNBUFFERED": "1",
        }

    async def _port(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            if found := re.search(rb"listening on 127\.0\.0\.1:(\d+)", line):
                return int(found[1])
        if await self._process.wait() == -signal.SIGKILL:
            raise ConnectionResetError("killed while it started")
        raise AssertionError("the server ended before it listened:\n" + self.log()[-3000:])

    async def kill(self) -> None:
        """Kill -9, wherever it is."""
        self.strike()
        if self._process is not None:
            await self._process.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    async def ended(self) -> int:
        """Wait until it has ended by itself, and return its status; negative for a signal."""
        assert self._process is not None
        return await self._process.wait()

    def strike(self) -> None:
        """Kill -9, and do not wait until it is dead."""
        self._struck = True
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    def browser(self, cookie: tuple[str, str]) -> Browser:
        """Return the creator's browser, for the server as it runs now."""
        browser = Browser(self.url, BASE_URL)
        browser.add_cookie(*cookie, self.url)
        return browser

    def log(self) -> str:
        """Everything the servers logged."""
        return (self.data_dir / "server.log").read_text()

    def assert_history(self, clients: Iterable[Event] = ()) -> None:
        """Fail unless what was committed, logged, and seen by `clients` is one good history."""
        assert_history(self.data_dir, log=entries_of(self.log()), clients=clients)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database from outside."""
        with sqlite3.connect(self.data_dir / "mutoscope.sqlite3") as connection:
            return connection.execute(query).fetchall()


NETWORK_ERRORS = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, ConnectionError, TimeoutError)
