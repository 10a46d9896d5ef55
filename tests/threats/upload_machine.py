"""A browser that asks a site for anything in any order, and knows from a plain model what each answer has to be."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.storage import PartRequest
from core.testing.sites import Browser, Site, open_site
from tests.core.videos.uploading import LIMITS, PART
from tests.threats.on_disk import PLUGINS, SETTINGS, ask
from tests.threats.test_u15_forgotten import let_hours_pass
from tests.threats.upload_model import CONTENT, PARTS, Kept, assert_as

ROOMY = {**SETTINGS, "uploads": {**LIMITS, "open_per_user": 1000, "daily": 0, "quota": 0}}
NEW = {"file_name": "clip.mp4", "size": len(CONTENT)}
SITUATIONS = ("open", "accepted", "deleted", "gone")
At = tuple[str, int]
some = st.tuples(st.sampled_from([*SITUATIONS, "open", "accepted"]), st.integers(0, 3))
tried: Counter[tuple[str, str]] = Counter()


class Uploads(RuleBasedStateMachine):
    """A creator's browser that asks for anything at any time. Each rule says what the answer has to be."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Kept] = []
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.opening = open_site(Path(self.folder.name), PLUGINS, ROOMY)
        self.site: Site = self.run(self.opening.__aenter__())
        self.ada: Browser = self.run(self._browser())

    async def _browser(self) -> Browser:
        return await self.site.browser(await self.site.user("ada"))

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(step)

    def teardown(self) -> None:
        try:
            self.run(self.site.work())
            for one in self.kept:
                if one.alive and one.state == "accepted":
                    assert self.get(f"/videos/{one.video_id}/status")["state"] == "published"
        finally:
            self.run(self.opening.__aexit__(None, None, None))
            self.runner.close()
            self.folder.cleanup()

    def pick(self, at: At, operation: str) -> Kept:
        """Return one of the uploads, in the situation that is asked for if there is one, and count what is tried."""
        situation, number = at
        among = [one for one in self.kept if one.situation == situation] or self.kept
        one = among[number % len(among)]
        tried[operation, one.situation] += 1
        return one

    def call(self, method: str, path: str, body: object = None) -> int:
        status: int = self.run(self.ada.api(method, path, body)).status
        return status

    def get(self, path: str) -> Any:
        return self.run(self.ada.api("GET", path)).json

    def sign(self, one: Kept, number: int) -> Any:
        return self.run(self.ada.api("POST", f"/uploads/{one.id}/sign", {"parts": [number]}))

    @precondition(lambda self: sum(one.alive for one in self.kept) < 4)
    @rule(whole=st.booleans())
    def create(self, *, whole: bool) -> None:
        created = self.run(self.ada.api("POST", "/uploads", NEW))
        assert created.status == 201
        self.kept.append(one := Kept(created.json["id"], created.json["video_id"]))
        if whole:
            for number in sorted(PARTS):
                self.send_part(one, number)

    @precondition(lambda self: self.kept)
    @rule(at=some, number=st.sampled_from(sorted(PARTS)))
    def send(self, at: At, number: int) -> None:
        self.send_part(self.pick(at, "send"), number)

    def send_part(self, one: Kept, number: int) -> None:
        signed = self.sign(one, number)
        assert signed.status == one.answer(when_open=200, accepted=409)
        if signed.status == 200:
            part = signed.json["parts"][0]
            body = CONTENT[(number - 1) * PART : number * PART]
            assert self.run(self.ada.put_part(PartRequest(part["url"], part["headers"]), body)).status == 200
            one.parts.add(number)
            if number == 1:
                one.link = one.link or part["url"]

    @precondition(lambda self: self.kept)
    @rule(at=some, number=st.sampled_from([0, 3, 10_000]))
    def sign_no_part(self, at: At, number: int) -> None:
        one = self.pick(at, "sign_no_part")
        assert self.sign(one, number).status == one.answer(when_open=422, accepted=409)

    @precondition(lambda self: any(one.link for one in self.kept))
    @rule(at=some)
    def replay(self, at: At) -> None:
        linked = [one for one in self.kept if one.link]
        one = linked[at[1] % len(linked)]
        status = self.run(ask(self.site, "PUT", str(one.link), CONTENT[:PART])).status
        if one.alive:
            assert status == one.answer(when_open=200, accepted=409)
            one.parts |= {1} if one.state == "open" else set()
        else:  # what is deleted is not erased at once, and until then takes parts that nobody will see
            assert status in ({404, 409} if one.state == "accepted" else {200, 404})

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def complete(self, at: At) -> None:
        one = self.pick(at, "complete")
        expected = one.answer(when_open=200 if one.parts == PARTS else 422, accepted=200)
        assert self.call("POST", f"/uploads/{one.id}/complete", {}) == expected
        if expected == 200:
            one.state = "accepted"

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def cancel(self, at: At) -> None:
        one = self.pick(at, "cancel")
        expected = one.answer(when_open=204, accepted=409)
        assert self.call("DELETE", f"/uploads/{one.id}") == expected
        if expected == 204:
            one.end()

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def delete(self, at: At) -> None:
        one = self.pick(at, "delete")
        expected = one.answer(when_open=204, accepted=204)
        assert self.call("DELETE", f"/videos/{one.video_id}") == expected
        if expected == 204:
            one.end()

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def restore(self, at: At) -> None:
        one = self.pick(at, "restore")
        expected = 200 if one.state == "accepted" and one.deleted else 404
        assert self.call("POST", f"/videos/{one.video_id}/restore", {}) == expected
        if expected == 200:
            one.deleted = False

    @precondition(lambda self: self.kept)
    @rule(at=some, visibility=st.sampled_from(["public", "unlisted", "private"]))
    def edit(self, at: At, visibility: str) -> None:
        one = self.pick(at, "edit")
        status = self.call("PATCH", f"/videos/{one.video_id}", {"visibility": visibility})
        assert status == one.answer(when_open=200, accepted=200)

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def retry(self, at: At) -> None:
        one = self.pick(at, "retry")
        assert self.call("POST", f"/videos/{one.video_id}/retry", {}) == one.answer(when_open=409, accepted=202)

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def download(self, at: At) -> None:
        one = self.pick(at, "download")
        assert self.call("GET", f"/videos/{one.video_id}/original") == one.answer(when_open=404, accepted=303)

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def skip_a_step(self, at: At) -> None:
        one = self.pick(at, "skip_a_step")
        assert self.call("PATCH", f"/videos/{one.video_id}", {"published_at": "2026-01-01T00:00:00Z"}) == 422
        assert self.call("POST", f"/videos/{one.video_id}/publish", {}) in (404, 405)
        assert self.call("POST", "/uploads", {**NEW, "video_id": one.video_id}) == 422
        assert self.call("PUT", f"/videos/{one.video_id}/original", {}) in (404, 405)

    @rule()
    def work(self) -> None:
        self.run(self.site.work())

    @precondition(lambda self: sum(one.alive and one.state == "open" for one in self.kept) > 2)
    @rule()
    def let_a_day_pass(self) -> None:
        self.run(let_hours_pass(self.site, 25))
        for one in self.kept:
            if one.state == "open":
                one.end()

    @invariant()
    def site_and_model_agree(self) -> None:
        tried["step", ""] += 1
        self.run(assert_as(self.kept, self.site, self.ada))
