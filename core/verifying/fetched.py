"""Where playlists and segments are read from: a folder, or anything that speaks HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiohttp

LARGEST = 256 * 1024 * 1024
"""Bytes of one file. A segment is held in memory while it is looked at, one at a time."""

_CHUNK = 1024 * 1024

Fetch = Callable[[str], Awaitable[bytes]]
"""Return the bytes at an absolute address. Raises NotFetched."""


class NotFetched(Exception):
    """A file that a playlist names could not be read; the message says why."""


def over_http(get: Callable[[str], AbstractAsyncContextManager[aiohttp.ClientResponse]]) -> Fetch:
    """Read http and https addresses by `get`: a session's, with whatever cookies and headers it has."""

    async def fetch(url: str) -> bytes:
        try:
            async with get(url) as response:
                if response.status != 200:
                    raise NotFetched(f"{url} answers {response.status}")
                return await _whole(response, url)
        except (aiohttp.ClientError, ValueError) as error:
            raise NotFetched(f"{url} cannot be read: {str(error) or type(error).__name__}") from error
        except TimeoutError as error:
            raise NotFetched(f"{url} was not read in time") from error

    return fetch


def from_folder(folder: Path) -> Fetch:
    """Read `file:` addresses below the folder, and none outside of it."""
    root = folder.resolve()

    def read(url: str) -> bytes:
        path = Path(unquote(urlsplit(url).path)).resolve()
        if urlsplit(url).scheme != "file" or not path.is_relative_to(root):
            raise NotFetched(f"{url} is outside of {root}")
        try:
            if path.stat().st_size > LARGEST:
                raise NotFetched(f"{path} has more than {LARGEST} bytes")
            return path.read_bytes()
        except OSError as error:
            raise NotFetched(f"{path} cannot be read: {error.strerror}") from error

    async def fetch(url: str) -> bytes:
        return await asyncio.to_thread(read, url)

    return fetch


async def _whole(response: aiohttp.ClientResponse, url: str) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > LARGEST:
            raise NotFetched(f"{url} has more than {LARGEST} bytes")
    return bytes(content)
