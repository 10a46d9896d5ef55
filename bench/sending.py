"""Upload a file as the browser does: signed parts, four in flight."""

import asyncio
from pathlib import Path
from typing import Any

from core.storage import PartRequest
from core.testing.sites import Answer, Browser

IN_FLIGHT = 4
_SIGNED_AT_ONCE = 50


async def send_file(browser: Browser, path: Path, **fields: object) -> dict[str, Any]:
    """Upload a file and return the accepted upload. Raises RuntimeError for any other answer than expected."""
    size = (await asyncio.to_thread(path.stat)).st_size
    new = {"file_name": path.name, "size": size, "content_type": "video/mp4", **fields}
    upload = _expected(201, await browser.api("POST", "/uploads", new))
    numbers = list(range(1, upload["parts"] + 1))
    free = asyncio.Semaphore(IN_FLIGHT)

    async def send(part: dict[str, Any]) -> None:
        async with free:
            content = await asyncio.to_thread(_part, path, part["number"], upload["part_size"])
            answer = await browser.put_part(PartRequest(part["url"], part["headers"]), content)
            if answer.status >= 300:
                raise RuntimeError(f"part {part['number']} was answered with {answer.status}: {answer.text}")

    for start in range(0, len(numbers), _SIGNED_AT_ONCE):
        wanted = {"parts": numbers[start : start + _SIGNED_AT_ONCE]}
        signed = _expected(200, await browser.api("POST", f"/uploads/{upload['id']}/sign", wanted))
        await asyncio.gather(*(send(part) for part in signed["parts"]))
    return _expected(200, await browser.api("POST", f"/uploads/{upload['id']}/complete", {}))


def _part(path: Path, number: int, part_size: int) -> bytes:
    with path.open("rb") as file:
        file.seek((number - 1) * part_size)
        return file.read(part_size)


def _expected(status: int, answer: Answer) -> dict[str, Any]:
    if answer.status != status:
        raise RuntimeError(f"{answer.status} instead of {status}: {answer.text}")
    found: dict[str, Any] = answer.json
    return found
