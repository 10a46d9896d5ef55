"""Where the quota machine plays: one site and its creator, for one run after the other."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from core.models import Job, Video
from core.testing.sites import Browser, Site
from tests.fakes.storage_memory import MemoryStorage


@dataclass(slots=True)
class Stage:
    """The site and its creator."""

    runner: asyncio.Runner
    site: Site
    studio: Browser

    @property
    def memory(self) -> MemoryStorage:
        """The storage, to be looked into."""
        storage = self.site.services.storage
        assert isinstance(storage, MemoryStorage)
        return storage

    async def clear(self) -> None:
        """Leave nothing to the next run."""
        await Job.all().delete()
        await Video.all().delete()
        self.memory.objects.clear()
        self.memory.uploads.clear()


@dataclass(slots=True)
class Sent:
    """An upload as its sender knows it."""

    view: dict[str, Any]
    content: bytes
    number: int
    """It was the so-manieth to be asked for."""
    parts: set[int] = field(default_factory=set)
