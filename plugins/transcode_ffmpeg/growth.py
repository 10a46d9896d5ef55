"""Tells what is whole while ffmpeg goes on writing."""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

from core.api import EncodedSet, Grown
from plugins.transcode_ffmpeg.playlists import Shape, longest, read_playlist, with_segments

Result = TypeVar("Result")

_PAUSE = 0.5
"""Seconds from the end of one look to the next; segments come every few seconds."""


class Growth:
    """Watches the folder that ffmpeg writes to and tells of each further segment, one call after another."""

    def __init__(self, folder: Path, shapes: Sequence[Shape], grown: Grown) -> None:
        self._folder = folder
        self._shapes = shapes
        self._grown = grown
        self._told = 0
        self._over = asyncio.Event()

    async def during(self, conversion: Coroutine[None, None, Result]) -> Result:
        """Watch until the conversion is done, and return what it returns. An error of either ends both."""
        converting, watching = asyncio.ensure_future(conversion), asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait([converting, watching], return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                watching.result()
            result = await converting
            self._over.set()
            await watching
            return result
        finally:
            for task in (converting, watching):
                task.cancel()
            await asyncio.gather(converting, watching, return_exceptions=True)

    async def _watch(self) -> None:
        while not self._over.is_set():
            so_far = await asyncio.to_thread(self._look)
            if so_far is not None:
                await self._grown(so_far)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE):
                    await self._over.wait()

    def _look(self) -> EncodedSet | None:
        """Return what is whole in every rendition if it is more than the last time, and less than all."""
        listed = [read_playlist(self._folder, shape) for shape in self._shapes]
        found = [each for each in listed if each is not None]
        videos = [each for each in found if each.rendition.kind == "video"]
        count = min((len(each.rendition.segments) for each in videos), default=0)
        if len(found) < len(listed) or count <= self._told or all(each.ended for each in videos):
            return None
        self._told = count
        parts = [
            with_segments(rendition, rendition.segments[:count]) if rendition.kind == "video" else rendition
            for rendition in (each.rendition for each in found)
        ]
        return EncodedSet(renditions=tuple(parts), duration=longest(parts))
