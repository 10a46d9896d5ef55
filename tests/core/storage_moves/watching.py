"""A viewer who fetches everything of a video, and the steps of a move as tests take them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from yarl import URL

from core.models import Job, RenditionSet, StorageCopy, Upload
from core.storage_moves import DROP, Course, Move
from core.testing.sites import Answer, Browser, Site
from tests.fakes import storage_memory, transcoder_instant
from tests.fakes.storage_memory import MemoryStorage

PLUGINS = {"storage_memory": storage_memory, "transcoder_instant": transcoder_instant}
SETTINGS = {"storage": {"primary": "storage_memory"}, "storage_memory": {"also": ["attic"]}}

_ADDRESS = re.compile(r'URI="([^"]+)"|^([^#\n].*)$', re.MULTILINE)


@dataclass(slots=True)
class Viewer:
    """Somebody who may watch."""

    browser: Browser
    video_id: str
    watched: int = 0
    troubles: list[str] = field(default_factory=list)

    async def addresses(self) -> list[str]:
        """Return the address of every object, as the playlists and the page of this moment name them."""
        view = (await self.browser.api("GET", f"/videos/{self.video_id}")).json
        media = [view["poster_url"]]
        for playlist in _named_in(await self._text(view["hls_url"])):
            media += _named_in(await self._text(playlist))
        return media

    async def watch(self, addresses: list[str] | None = None) -> bool:
        """Fetch every object once; what is not answered with 200 becomes a trouble."""
        before = len(self.troubles)
        for address in addresses or await self.addresses():
            answer = await self.fetch(address)
            if answer.status != 200 or not answer.body:
                self.troubles.append(f"{answer.status} {address}")
        self.watched += 1
        return len(self.troubles) == before

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch again and again until the end of the block, each time from the playlist on, and once more after it."""
        end = asyncio.Event()

        async def again() -> None:
            while not end.is_set():
                await self.watch()
                await asyncio.sleep(0.01)  # leave something of the processor to the move

        task = asyncio.create_task(again())
        try:
            yield
        finally:
            end.set()
            await task
        assert await self.watch()

    async def fetch(self, address: str) -> Answer:
        """Read an address of the site or of a store, without re-encoding what is signed."""
        async with self.browser.request("GET", URL(address, encoded=True)) as response:
            return Answer(response.status, response.headers, await response.read(), response.cookies)

    async def _text(self, address: str) -> str:
        answer = await self.browser.get(address)
        if answer.status != 200:
            self.troubles.append(f"{answer.status} {address}")
        return answer.text


def _named_in(playlist: str) -> list[str]:
    return [quoted or plain for quoted, plain in _ADDRESS.findall(playlist)]


async def storages_of_rows() -> list[str]:
    """Return the storage of every original and every set."""
    return [row.storage for row in await Upload.all()] + [row.storage for row in await RenditionSet.all()]


def memory_of(site: Site, name: str) -> MemoryStorage:
    """Return one of the site's memories, to look into it."""
    storage = site.services.storages[name]
    assert isinstance(storage, MemoryStorage)
    return storage


def contents(storage: MemoryStorage) -> list[bytes]:
    """Return what is stored there, whatever the keys."""
    return sorted(storage.objects.values())


@dataclass(slots=True)
class Mover:
    """Runs moves on a site, and keeps what they say."""

    site: Site
    said: list[str] = field(default_factory=list)

    async def move(self, to: str, source: str | None = None, *, back: bool = False) -> bool:
        """Run the command's work once."""
        return await Move(self.site.services, Course(to, source, back=back), self.said.append).run()

    async def die(self) -> None:
        """Let the leases of runs that have ended without a word run out."""
        await StorageCopy.filter(lease_until__isnull=False).update(lease_until=datetime.now(UTC) - timedelta(seconds=1))

    async def erase(self) -> None:
        """Let the time come in which deleted videos are erased."""
        await self._due("videos.erase")

    async def retire(self) -> None:
        """Let the time come in which sets that were replaced go."""
        await self._due("videos.retire")

    async def _due(self, kind: str) -> None:
        await Job.filter(kind=kind).update(run_at=datetime.now(UTC))
        await self.site.work()

    async def after_six_hours(self) -> None:
        """Let the time of all links pass, and the workers do what is due then."""
        await StorageCopy.all().update(keep_until=datetime.now(UTC) - timedelta(seconds=1))
        await self._due(DROP)
