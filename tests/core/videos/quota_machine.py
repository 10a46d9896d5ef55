"""A creator who does everything in any order, and a model of what that must cost."""

from contextlib import ExitStack
from typing import Any, Literal
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from core.models import Video
from core.storage import StorageFull
from core.transcoding import MediaRejected, Reason
from tests.core.videos.quota_account import Account, pick_of
from tests.core.videos.quota_stage import Sent
from tests.core.videos.uploading import PART, due
from tests.fakes.storage_memory import MemoryStorage
from tests.fakes.transcoder_instant import InstantTranscoder, instant_video

QUOTA = 40_000
OPEN = 4
Fault = Literal["none", "encoder", "full disk", "deletion"]
PICK = st.integers(0, 9)


class QuotaMachine(Account):
    """Between two steps nothing runs, so every moment is a quiet one."""

    @initialize()
    def begin(self) -> None:
        assert self.used() == 0

    @rule(size=st.sampled_from([1024, 3000, 9000, 30_000, QUOTA, QUOTA + 1]), good=st.booleans())
    def create(self, size: int, good: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.begin_upload(size, good=good)

    def begin_upload(self, size: int, *, good: bool, replaces: str | None = None) -> None:
        """Open an upload, of a new video or in the place of another file, and see that it is taken as it should be."""
        content = (instant_video() if good else b"Dear diary").ljust(size)
        new = {"file_name": "clip.mp4", "size": size} | ({"replaces": replaces} if replaces else {})
        answer = self.api("POST", "/uploads", new)
        fits = self.used() + self.reserved() + size <= QUOTA
        expected = 429 if len(self.open) == OPEN else 201 if fits else 413
        if replaces not in (None, *self.alive):
            expected = 404 if replaces in self.deleted else 409
        assert answer.status == expected, answer.text
        if answer.status == 201:
            self.begun += 1
            self.open[answer.json["id"]] = Sent(answer.json, content, self.begun)

    @precondition(lambda self: self.open or self.alive or self.deleted)
    @rule(pick=PICK, size=st.sampled_from([1024, 9000, QUOTA]), good=st.booleans())
    def replace(self, pick: int, size: int, good: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        drafts = {sent.view["video_id"] for sent in self.open.values()} - {*self.alive}
        video_id = pick_of([*self.alive, *self.alive, *self.deleted, *sorted(drafts)], pick)
        self.begin_upload(size, good=good, replaces=video_id)

    @precondition(lambda self: self.open)
    @rule(pick=PICK, whole=st.booleans())
    def send(self, pick: int, whole: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        sent = pick_of(list(self.open.values()), pick)
        wanted = range(1, sent.view["parts"] + 1) if whole else [pick % sent.view["parts"] + 1]
        for number in wanted:
            part = sent.content[(number - 1) * PART : number * PART]
            self.stage.memory.uploads[self.target(sent).upload_id][number] = (part, None)
            sent.parts.add(number)

    @precondition(lambda self: self.open)
    @rule(pick=PICK)
    def complete(self, pick: int) -> None:
        upload_id = pick_of(list(self.open), pick)
        sent = self.open[upload_id]
        answer = self.api("POST", f"/uploads/{upload_id}/complete", {})
        whole, video_id = len(sent.parts) == sent.view["parts"], sent.view["video_id"]
        overtaken = self.newest.get(video_id, 0) > sent.number
        assert answer.status == (422 if not whole else 409 if overtaken else 200), answer.text
        if not whole:
            return
        del self.open[upload_id]
        if overtaken:
            self.work("none")  # until its object is gone again
            return
        self.newest[video_id] = sent.number
        if video_id not in self.alive:
            self.alive.append(video_id)

    @precondition(lambda self: self.open)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        upload_id = pick_of(list(self.open), pick)
        del self.open[upload_id]
        assert self.api("DELETE", f"/uploads/{upload_id}").status == 204

    @precondition(lambda self: self.open)
    @rule(pick=PICK)
    def delete_what_is_uploaded_to(self, pick: int) -> None:
        video_id = pick_of(list(self.open.values()), pick).view["video_id"]
        assert self.api("DELETE", f"/videos/{video_id}").status == 204
        self.note_deletion(video_id)

    @precondition(lambda self: self.alive)
    @rule(pick=PICK)
    def delete(self, pick: int) -> None:
        video_id = pick_of(self.alive, pick)
        assert self.api("DELETE", f"/videos/{video_id}").status == 204
        self.note_deletion(video_id)

    @precondition(lambda self: self.alive or self.deleted)
    @rule(pick=PICK)
    def delete_for_good(self, pick: int) -> None:
        video_id = pick_of([*self.alive, *self.deleted], pick)
        assert self.api("DELETE", f"/videos/{video_id}?for_good=true").status == 204
        self.note_deletion(video_id)
        self.erase()

    @precondition(lambda self: self.deleted)
    @rule(pick=PICK)
    def restore(self, pick: int) -> None:
        video_id = pick_of(self.deleted, pick)
        assert self.api("POST", f"/videos/{video_id}/restore", {}).status == 200
        self.deleted.remove(video_id)
        self.alive.append(video_id)

    @precondition(lambda self: self.alive)
    @rule(pick=PICK)
    def process_again(self, pick: int) -> None:
        assert self.api("POST", f"/videos/{pick_of(self.alive, pick)}/retry", {}).status == 202

    @rule(fault=st.sampled_from(["none", "none", "encoder", "full disk", "deletion"]))
    def work(self, fault: Fault) -> None:
        with ExitStack() as stack:
            self.inject(fault, stack)
            self.run(self.stage.site.work())
        # The row of a deleted draft goes when it is erased.
        self.run(due(self.stage.site, "videos.sweep_attempts"))

    def inject(self, fault: Fault, stack: ExitStack) -> None:
        """Let work end badly."""
        put_file = MemoryStorage.put_file

        async def put(memory: MemoryStorage, key: Any, *arguments: Any, **options: Any) -> Any:
            if key.endswith("_00001.m4s") and fault == "full disk":
                raise StorageFull("no space left on device")
            stored = await put_file(memory, key, *arguments, **options)
            if (video_id := key.split("/")[1]) in self.alive and fault == "deletion":
                assert (await self.stage.studio.api("DELETE", f"/videos/{video_id}")).status == 204
                self.note_deletion(video_id)
            return stored

        async def encode(*_: object) -> None:
            raise MediaRejected(Reason.DAMAGED, "cut off")

        stack.enter_context(patch.object(MemoryStorage, "put_file", put))
        if fault == "encoder":
            stack.enter_context(patch.object(InstantTranscoder, "encode", encode))

    @rule(kind=st.sampled_from(["videos.erase", "videos.retire", "uploads.expire"]))
    def let_time_pass(self, kind: str) -> None:
        if kind == "videos.erase":
            self.erase()
            return
        self.run(due(self.stage.site, kind))
        if kind == "uploads.expire":
            self.open.clear()

    def erase(self) -> None:
        """Let every deletion come to its end."""
        self.run(due(self.stage.site, "videos.erase"))
        left = {str(video_id) for video_id in self.run(Video.all().values_list("id", flat=True))}
        assert not left.intersection(self.deleted)
        self.deleted.clear()
        self.alive = [video_id for video_id in self.alive if video_id in left]

    @invariant()
    def counted_is_stored_and_within_the_quota(self) -> None:
        use = self.api("GET", "/storage").json
        assert use["used"] == self.used()
        assert use["reserved"] == self.reserved()
        objects = self.stage.memory.objects.items()
        assert use["deleted"] == sum(len(content) for key, content in objects if key.split("/")[1] in self.deleted)
        originals = sum(len(content) for key, content in objects if key.startswith("originals/"))
        assert originals + use["reserved"] <= QUOTA
