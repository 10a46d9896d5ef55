"""A sender who never gives up, notes what was promised, and complains as soon as a promise is broken."""

import asyncio
import base64
import hashlib
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from core.storage import PartRequest
from core.testing.sites import Answer, Browser
from tests.chaos.mishaps import Step
from tests.chaos.plans import Ending
from tests.chaos.server import NETWORK_ERRORS
from tests.chaos.stage import Stage

Result = TypeVar("Result")

_LATER = frozenset({408, 429, 500, 503, 507})
_PATIENCE = 150


class NotNow(Exception):
    """The site asks to try again."""


class Closed(Exception):
    """The upload takes no parts any more: an earlier try to complete it came further than was known."""


class LookAgain(Exception):
    """Parts are missing, or the page was loaded anew: what the site has decides how to go on."""


class Uploader:
    """Sends the plan's file through a stage."""

    def __init__(self, stage: Stage, replaces: str | None = None) -> None:
        """`replaces` is the id of a video whose file this is to take the place of."""
        self._replaces = replaces
        self._stage, self._plan, self._journal = stage, stage.plan, stage.journal
        self._content = self._plan.content
        self._choose = random.Random(self._plan.seed)  # noqa: S311 - reproducible, not secret
        self._completing = False

    async def run(self) -> dict[str, Any]:
        """Send the file to the end that is planned, and return the upload as it was last seen."""
        async with asyncio.timeout(_PATIENCE):
            upload = await self._stubbornly(Step.OPEN, self._open)
            if not self._plan.finishes:
                await self._begin(upload)
                return upload
            while True:
                with suppress(Closed):
                    await self._send(upload)
                with suppress(LookAgain):
                    completed = await self._completed(upload)
                    self._journal.acknowledge(upload["id"])
                    return completed

    async def _stubbornly(self, step: Step, action: Callable[[Browser], Awaitable[Result]]) -> Result:
        failures = 0
        while True:
            try:
                async with self._stage.trying(step), self._stage.browser() as browser:
                    return await action(browser)
            except (NotNow, *NETWORK_ERRORS) as error:
                self._journal.tell(f"{step}: {type(error).__name__} {error}")
            failures += 1
            await self._stage.pause(failures)

    async def _open(self, browser: Browser) -> dict[str, Any]:
        # The answer to an earlier try may have been lost: the fingerprint finds that upload again.
        for known in self._good(await browser.api("GET", "/uploads")).json["items"]:
            if known["fingerprint"] == "chaos":
                return dict(known)
        new = {"file_name": "clip.mp4", "size": len(self._content), "content_type": "video/mp4", "fingerprint": "chaos"}
        new |= {"replaces": self._replaces} if self._replaces else {}
        return dict(self._good(await browser.api("POST", "/uploads", new)).json)

    async def _begin(self, upload: dict[str, Any]) -> None:
        """Try to send one part, and then leave or cancel."""
        await self._send_part(upload, 1)
        if self._plan.ending is Ending.CANCELS:
            await self._stubbornly(Step.CANCEL, lambda browser: self._cancel(browser, upload["id"]))

    async def _cancel(self, browser: Browser, upload_id: str) -> None:
        answer = await browser.api("DELETE", f"/uploads/{upload_id}")
        if answer.status != 404:  # an earlier try was answered, and the answer lost
            self._good(answer)

    async def _send(self, upload: dict[str, Any]) -> None:
        """Send what is missing until nothing is."""
        failures = 0
        while missing := await self._missing(upload):
            for number in self._choose.sample(missing, len(missing)):
                if not await self._send_part(upload, number):
                    failures += 1
                    await self._stage.pause(failures)

    async def _missing(self, upload: dict[str, Any]) -> list[int]:
        troubled = any(mishap.step is Step.LOOK for mishap in self._plan.mishaps)

        async def look(browser: Browser) -> list[int]:
            upload.update(self._good(await browser.api("GET", f"/uploads/{upload['id']}")).json)
            return [part["number"] for part in upload["received"]]

        received = await self._stubbornly(Step.LOOK, look)
        lost = sorted(self._journal.parts - set(received))
        # A store may list its newest part late when it is told to; and the storage may have completed the upload.
        assert troubled or self._completing or not lost, f"parts {lost} were acknowledged, and are gone"
        return sorted(set(range(1, upload["parts"] + 1)) - set(received)) if upload["state"] == "open" else []

    async def _send_part(self, upload: dict[str, Any], number: int) -> bool:
        """Try once, and tell whether the part was taken."""
        start = (number - 1) * upload["part_size"]
        body = self._content[start : start + upload["part_size"]]
        declared = (
            {str(number): base64.b64encode(hashlib.sha256(body).digest()).decode()} if upload["checksums"] else {}
        )
        wanted = {"parts": [number], "sha256": declared}

        async def sign(browser: Browser) -> Any:
            return self._good(await browser.api("POST", f"/uploads/{upload['id']}/sign", wanted)).json["parts"][0]

        signed = await self._stubbornly(Step.SIGN, sign)
        self._journal.parts.discard(number)
        request = PartRequest(signed["url"], signed["headers"] | {"Accept": "application/json"})
        try:
            trying = self._stage.trying(Step.PART, len(body), checked=bool(declared))
            async with trying, self._stage.browser() as browser:
                answer = await browser.put_part(request, body)
        except NETWORK_ERRORS as error:
            self._journal.tell(f"part {number}: {type(error).__name__} {error}")
            return False
        self._journal.tell(f"part {number}: {answer.status} {answer.text[:200] if answer.status >= 300 else ''}")
        if answer.status < 300:
            self._journal.parts.add(number)
            return True
        closed = answer.status == 404 or "upload_closed" in answer.text
        assert self._completing or not closed, f"nobody has completed the upload, and it takes no parts: {answer.text}"
        # moto answers a part of a complete upload with 500, S3 with 404; to complete it again tells how it stands.
        if closed or (self._completing and answer.status == 500):
            raise Closed
        return False

    async def _completed(self, upload: dict[str, Any]) -> dict[str, Any]:
        """Return the accepted upload. Raises LookAgain."""
        self._completing = True
        if not self._plan.reloads:
            return await self._stubbornly(Step.COMPLETE, lambda browser: self._complete(browser, upload["id"]))
        try:
            async with self._stage.trying(Step.COMPLETE), self._stage.browser() as browser:
                return await self._complete(browser, upload["id"])
        except (NotNow, *NETWORK_ERRORS) as error:
            self._journal.tell(f"complete, and reload: {type(error).__name__} {error}")
            await self._stage.pause(1)
            raise LookAgain from error

    async def _complete(self, browser: Browser, upload_id: str) -> dict[str, Any]:
        twins = [self._complete_once(browser, upload_id) for _ in range(2 if self._plan.twins else 1)]
        results = await asyncio.gather(*twins, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, (NotNow, LookAgain, *NETWORK_ERRORS)):
                raise result
        for result in results:
            if not isinstance(result, BaseException):
                return result
        assert isinstance(results[0], BaseException)
        raise results[0]

    async def _complete_once(self, browser: Browser, upload_id: str) -> dict[str, Any]:
        answer = await browser.api("POST", f"/uploads/{upload_id}/complete", {})
        self._journal.tell(f"complete: {answer.status} {answer.text[:200]}")
        if answer.status == 422 and answer.json["code"] == "upload_mismatch":
            raise LookAgain
        return dict(self._good(answer).json)

    def _good(self, answer: Answer) -> Answer:
        if answer.status in _LATER:
            raise NotNow(f"{answer.status} {answer.text[:200]}")
        assert answer.status < 300, f"{answer.status} {answer.text}"
        return answer
