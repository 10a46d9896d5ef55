"""`mutoscope serve` on the embedded defaults, as a new user starts it, for a browser to visit."""

import asyncio
import os
import re
import signal
import socket
import sys
from pathlib import Path

from core.http.sessions import cookie_name, start_session
from core.models import Role
from core.services import configure_from, open_services
from core.users import create_user

MUTOSCOPE = str(Path(sys.executable).parent / "mutoscope")


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RunningSite:
    """The process, its address, and what it printed for the deployer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MUTOSCOPE_")},
            "MUTOSCOPE_SERVER__PORT": str(port),
            "MUTOSCOPE_SITE__BASE_URL": self.url,
            "PYTHONUNBUFFERED": "1",
        }
        self.notices = ""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start in an empty folder, and wait for the last line of the greeting."""
        with (self.folder / "site.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                MUTOSCOPE, "serve", stdout=asyncio.subprocess.PIPE, stderr=log, env=self.environment, cwd=self.folder
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(90):
            while line := (await self._process.stdout.readline()).decode():
                self.notices += line
                if "Ctrl+C" in line:
                    return
        raise AssertionError(f"mutoscope did not start:\n{self.log()[-3000:]}")

    async def stop(self) -> None:
        """Stop as Ctrl+C does."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(self._process.wait(), 30) == 0, self.log()[-3000:]

    async def kill(self) -> None:
        """End it at once, as a crash or the kernel does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def session(self, handle: str) -> tuple[str, str]:
        """Make a creator, from outside, and return name and value of the cookie that signs them in."""
        site = {"data_dir": str(self.folder / "data"), "site": {"base_url": self.url}}
        settings, plugins = configure_from(site)
        async with open_services(settings, plugins):
            user = await create_user(handle=handle, email=None, display_name=handle.title(), role=Role.CREATOR)
            return cookie_name(settings), await start_session(user, settings)

    def setup_link(self) -> str:
        """Return the one-time link that makes the first administrator."""
        found = re.search(r"http://\S+/setup\S+", self.notices)
        assert found, self.notices
        return found[0]

    def log(self) -> str:
        """Everything it logged."""
        return (self.folder / "site.log").read_text()
