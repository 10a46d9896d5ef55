"""A client that uploads a file and waits for it to be published, however often the server dies under it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.storage import PartRequest
from core.testing.sites import Answer, Browser
from tests.chaos.events import Acknowledged, Event
from tests.chaos.server import NETWORK_ERRORS, Server
from tests.chaos.witness import Witness

Result = TypeVar("Result")


@dataclass(slots=True)
class Journey:
    """Starts a dead server again, without its fault, and repeats the step that was lost, as the uploader does."""

    server: Server
    cookie: tuple[str, str]
    content: bytes
    witness: Witness = field(default_factory=Witness)

    @property
    def seen(self) -> list[Event]:
        """What the client was told, and what could be watched meanwhile."""
        return self.witness.seen

    async def run(self) -> dict[str, Any]:
        """Return the final status."""
        async with asyncio.timeout(160):
            upload = await self._repeat(self._open)
            await self._repeat(lambda browser: self._send(browser, upload["id"]))
            accepted = await self._repeat(lambda browser: self._complete(browser, upload["id"]))
            self.seen.append(Acknowledged(upload["id"]))
            status = await self._until_ended(accepted["video_id"])
            await self._repeat(self.witness.look_back)
            return status

    async def _repeat(self, step: Callable[[Browser], Awaitable[Result]]) -> Result:
        while True:
            with suppress(*NETWORK_ERRORS):
                if not self.server.alive:
                    await self.server.start()
                async with self.server.browser(self.cookie) as browser:
                    return await step(browser)

    async def _open(self, browser: Browser) -> dict[str, Any]:
        # The answer to an earlier try may have been lost with the server: the fingerprint finds that upload again.
        known = (await browser.api("GET", "/uploads")).json["items"]
        if known:
            return dict(known[0])
        new = {"file_name": "clip.mp4", "size": len(self.content), "content_type": "video/mp4", "fingerprint": "f"}
        return dict(_good(await browser.api("POST", "/uploads", new)).json)

    async def _send(self, browser: Browser, upload_id: str) -> None:
        upload = _good(await browser.api("GET", f"/uploads/{upload_id}")).json
        missing = sorted(set(range(1, upload["parts"] + 1)) - {part["number"] for part in upload["received"]})
        if not missing:
            return
        signed = _good(await browser.api("POST", f"/uploads/{upload_id}/sign", {"parts": missing})).json
        for part in signed["parts"]:
            start = (part["number"] - 1) * upload["part_size"]
            body = self.content[start : start + upload["part_size"]]
            _good(await browser.put_part(PartRequest(part["url"], part["headers"]), body))

    async def _complete(self, browser: Browser, upload_id: str) -> dict[str, Any]:
        return dict(_good(await browser.api("POST", f"/uploads/{upload_id}/complete", {})).json)

    async def _until_ended(self, video_id: str) -> dict[str, Any]:
        async def look(browser: Browser) -> dict[str, Any]:
            await self.witness.look(browser, video_id)
            return dict(_good(await browser.api("GET", f"/videos/{video_id}/status")).json)

        while (status := await self._repeat(look))["state"] not in ("published", "failed"):
            await asyncio.sleep(0.1)
        return status


def _good(answer: Answer) -> Answer:
    assert answer.status < 300, answer.text
    return answer
