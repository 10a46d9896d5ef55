"""A browser that asks a site for anything in any order, and knows from a plain model what each answer has to be."""

from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from core.storage import PartRequest
from tests.core.videos.uploading import PART
from tests.threats.on_disk import ask
from tests.threats.test_u15_forgotten import let_hours_pass
from tests.threats.upload_model import CONTENT, PARTS, Kept, assert_as
from tests.threats.upload_stage import At, Stage, some, tried

NEW = {"file_name": "clip.mp4", "size": len(CONTENT)}
Far = Literal["open", "sent", "complete"]
FAR = st.sampled_from(["open", "sent", "complete"])


class Uploads(Stage):
    """A creator's browser that asks for anything at any time. Each rule says what the answer has to be."""

    @precondition(lambda self: sum(one.alive for one in self.kept) < 4)
    @rule(far=FAR)
    def create(self, *, far: Far) -> None:
        created = self.ask("POST", "/uploads", NEW)
        assert created.status == 201
        self.keep(created.json, far)

    @precondition(lambda self: self.kept and sum(one.alive for one in self.kept) < 6)
    @rule(at=some, far=FAR, own=st.sampled_from([True, True, True, False]))
    def replace(self, at: At, *, far: Far, own: bool) -> None:
        one = self.pick(at, "replace")
        browser, expected = self.ada, self.kept.answer(one, draft=409, complete=201)
        if not own:
            browser, expected = self.bob, 404
        created = self.ask("POST", "/uploads", {**NEW, "replaces": one.video_id}, browser=browser)
        assert created.status == expected
        if expected == 201:
            assert (created.json["video_id"], created.json["replaces"]) == (one.video_id, True)
            self.keep(created.json, far)

    def keep(self, created: dict[str, Any], far: Far) -> None:
        """Note a new upload, and bring it as far as it is to come at once."""
        self.kept.append(one := Kept(created["id"], created["video_id"], len(self.kept)))
        if far != "open":
            for number in sorted(PARTS):
                self.send_part(one, number)
        if far == "complete":
            assert self.call("POST", f"/uploads/{one.id}/complete", {}) == 200
            one.state, one.assembled = "accepted", True

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
            assert status in ({404, 409} if one.assembled else {200, 404})

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def complete(self, at: At) -> None:
        one = self.pick(at, "complete")
        late = self.kept.is_overtaken(one)
        expected = one.answer(when_open=422 if one.parts != PARTS else 409 if late else 200, accepted=200)
        assert self.call("POST", f"/uploads/{one.id}/complete", {}) == expected
        if expected in (200, 409):
            one.state, one.assembled = "gone" if expected == 409 else "accepted", True

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def cancel(self, at: At) -> None:
        one = self.pick(at, "cancel")
        expected = one.answer(when_open=204, accepted=409)
        assert self.call("DELETE", f"/uploads/{one.id}") == expected
        if expected == 204:
            one.state = "gone"

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def delete(self, at: At) -> None:
        one = self.pick(at, "delete")
        expected = self.kept.answer(one, draft=204, complete=204)
        assert self.call("DELETE", f"/videos/{one.video_id}") == expected
        if expected == 204:
            self.kept.delete(one.video_id)

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def restore(self, at: At) -> None:
        one = self.pick(at, "restore")
        expected = 200 if one.deleted and self.kept.newest(one.video_id) else 404
        assert self.call("POST", f"/videos/{one.video_id}/restore", {}) == expected
        if expected == 200:
            self.kept.restore(one.video_id)

    @precondition(lambda self: self.kept)
    @rule(at=some, visibility=st.sampled_from(["public", "unlisted", "private"]))
    def edit(self, at: At, visibility: str) -> None:
        one = self.pick(at, "edit")
        status = self.call("PATCH", f"/videos/{one.video_id}", {"visibility": visibility})
        assert status == self.kept.answer(one, draft=200, complete=200)

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def retry(self, at: At) -> None:
        one = self.pick(at, "retry")
        expected = self.kept.answer(one, draft=409, complete=202)
        assert self.call("POST", f"/videos/{one.video_id}/retry", {}) == expected

    @precondition(lambda self: self.kept)
    @rule(at=some)
    def download(self, at: At) -> None:
        one = self.pick(at, "download")
        answer, newest = self.ask("GET", f"/videos/{one.video_id}/original"), self.kept.newest(one.video_id)
        assert answer.status == self.kept.answer(one, draft=404, complete=303)
        if answer.status == 303:
            assert newest is not None
            assert newest.key in answer.headers["Location"]

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
        self.kept.settle()

    @precondition(lambda self: sum(one.alive and one.state == "open" for one in self.kept) > 2)
    @rule()
    def let_a_day_pass(self) -> None:
        self.run(let_hours_pass(self.site, 25))
        for one in self.kept:
            if one.state == "open":
                one.state = "gone"
        self.kept.settle()

    @invariant()
    def site_and_model_agree(self) -> None:
        tried["step", ""] += 1
        self.run(assert_as(self.kept, self.site, self.ada))
