"""Upload a file as the browser does: parts with their checksums, signed in batches, four in flight.

The bytes go from the file to the socket inside the kernel (sendfile), so that the sender costs next to nothing beside
what is measured.
"""

import asyncio
import base64
import hashlib
from collections import deque
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from core.testing.sites import Answer, Browser

IN_FLIGHT = 4
_SIGNED_AT_ONCE = 50


def checksums_of(path: Path, part_size: int) -> dict[int, str]:
    """Return the SHA-256 of each part in base64, by number."""
    found: dict[int, str] = {}
    with path.open("rb") as file:
        while content := file.read(part_size):
            found[len(found) + 1] = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return found


async def send_file(
    browser: Browser, path: Path, checksums: Mapping[int, str] | None = None, **fields: object
) -> dict[str, Any]:
    """Upload a file and return the accepted upload. Raises RuntimeError for any other answer than expected.

    `checksums` of the parts are declared where the storage compares them.
    """
    size = (await asyncio.to_thread(path.stat)).st_size
    new = {"file_name": path.name, "size": size, "content_type": "video/mp4", **fields}
    upload = _expected(201, await browser.api("POST", "/uploads", new))
    parts = _Parts(browser, upload, checksums if checksums and upload["checksums"] else {})

    async def send() -> None:
        while part := await parts.take():
            start = (part["number"] - 1) * upload["part_size"]
            length = min(upload["part_size"], size - start)
            url = urljoin(browser.base_url, part["url"])
            await asyncio.to_thread(_put, url, part["headers"], path, start, length)

    await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
    return _expected(200, await browser.api("POST", f"/uploads/{upload['id']}/complete", {}))


class _Parts:
    """The parts of an upload that nobody sends yet; they are signed in batches."""

    def __init__(self, browser: Browser, upload: Mapping[str, Any], checksums: Mapping[int, str]) -> None:
        self._browser, self._path, self._checksums = browser, f"/uploads/{upload['id']}/sign", checksums
        self._unsigned = deque(range(1, upload["parts"] + 1))
        self._signed: deque[dict[str, Any]] = deque()
        self._signing = asyncio.Lock()

    async def take(self) -> dict[str, Any] | None:
        """Return the next part, None when there is none left."""
        async with self._signing:
            if not self._signed and self._unsigned:
                numbers = [self._unsigned.popleft() for _ in range(min(_SIGNED_AT_ONCE, len(self._unsigned)))]
                known = {str(number): self._checksums[number] for number in numbers if number in self._checksums}
                answer = await self._browser.api("POST", self._path, {"parts": numbers, "sha256": known})
                self._signed.extend(_expected(200, answer)["parts"])
            return self._signed.popleft() if self._signed else None


def _put(url: str, headers: Mapping[str, str], path: Path, start: int, length: int) -> None:
    """Send a piece of a file. Raises RuntimeError when it is refused."""
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=120)) as connection, path.open("rb") as file:
        connection.putrequest("PUT", f"{parts.path}?{parts.query}", skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.sock.sendfile(file, start, length)
        answer = connection.getresponse()
        if answer.status >= 300:
            raise RuntimeError(f"a part was answered with {answer.status}: {answer.read().decode()}")


def _expected(status: int, answer: Answer) -> dict[str, Any]:
    if answer.status != status:
        raise RuntimeError(f"{answer.status} instead of {status}: {answer.text}")
    found: dict[str, Any] = answer.json
    return found
