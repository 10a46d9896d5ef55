"""A real `mutoscope serve` in a process of its own, that may be killed and started again on the same data."""

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

from core.http.sessions import cookie_name, start_session
from core.models import Role
from core.services import configure_from, open_services
from core.testing.sites import Browser
from core.users import create_user

PLUGINS = ["storage_disk", "transcode_ffmpeg"]
BASE_URL = "http://mutoscope.test"
MUTOSCOPE = str(Path(sys.executable).parent / "mutoscope")
_QUICK = {"LEASE": "2", "HEARTBEAT": "0.5", "SWEEP": "0.2", "FIRST_DELAY": "0", "ATTEMPTS": "5"}


class Server:
    """Starts on a free port; `fault` names the fault point at which it kills itself."""

    def __init__(self, data_dir: Path, *, command: str = "serve", embedded_worker: bool = True) -> None:
        self.data_dir = data_dir
        self._command = command
        self._embedded_worker = embedded_worker
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    async def prepare(self) -> tuple[str, str]:
        """Migrate, create a creator, and return the cookie that signs them in, before any server runs."""
        settings, plugins = configure_from(
            {"plugins": PLUGINS, "data_dir": str(self.data_dir), "site": {"base_url": BASE_URL}}
        )
        async with open_services(settings, plugins):
            user = await create_user(handle="ada", email=None, display_name="Ada", role=Role.CREATOR)
            return cookie_name(settings), await start_session(user, settings)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.returncode is None

    async def start(self, fault: str = "") -> None:
        """Start, and wait until it listens."""
        environment: Mapping[str, str] = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MUTOSCOPE_")},
            **{f"MUTOSCOPE_JOBS__{name}": value for name, value in _QUICK.items()},
            "MUTOSCOPE_PLUGINS": str(PLUGINS).replace("'", '"'),
            "MUTOSCOPE_DATA_DIR": str(self.data_dir),
            "MUTOSCOPE_SITE__BASE_URL": BASE_URL,
            "MUTOSCOPE_SERVER__PORT": "0",
            "MUTOSCOPE_JOBS__EMBEDDED_WORKER": str(self._embedded_worker).lower(),
            "MUTOSCOPE_FAULT": fault,
            "PYTHONUNBUFFERED": "1",
        }
        with (self.data_dir / "server.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                MUTOSCOPE, self._command, stdout=asyncio.subprocess.PIPE, stderr=log, env=environment, cwd=self.data_dir
            )
        self.starts += 1
        if self._command == "serve":
            self.url = f"http://127.0.0.1:{await asyncio.wait_for(self._port(), 30)}"

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
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def browser(self, cookie: tuple[str, str]) -> Browser:
        """Return the creator's browser, for the server as it runs now."""
        browser = Browser(self.url, BASE_URL)
        browser.add_cookie(*cookie, self.url)
        return browser

    def log(self) -> str:
        """Everything the servers logged."""
        return (self.data_dir / "server.log").read_text()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database from outside."""
        with sqlite3.connect(self.data_dir / "mutoscope.sqlite3") as connection:
            return connection.execute(query).fetchall()


NETWORK_ERRORS = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, ConnectionError, TimeoutError)
