"""What the upload protocol allows, written a second time in the plainest way, for U-20 to compare the site with."""

from dataclasses import dataclass, field
from typing import Literal

from core.models import Upload, UploadState
from core.testing.sites import Browser, Site
from tests.core.videos.uploading import PART, stored

PARTS = frozenset({1, 2})
CONTENT = b"\0\0\0\x18ftypisom".ljust(PART + 500, b".")
"""Two parts of a file that the instant transcoder takes for a video."""


@dataclass
class Kept:
    """One upload and its video, as they should be."""

    id: str
    video_id: str
    number: int
    """It was the so-manieth to be asked for: of several files of one video the last one is wanted."""
    state: Literal["open", "accepted", "gone"] = "open"
    deleted: bool = False
    parts: set[int] = field(default_factory=set)
    link: str | None = None
    """Of part 1, from when it was first asked for."""
    assembled: bool = False
    """Whether the storage has made one object of the parts, and has not been told yet to forget it."""

    @property
    def alive(self) -> bool:
        return self.state != "gone" and not self.deleted

    @property
    def situation(self) -> str:
        return "deleted" if self.deleted and self.state == "accepted" else self.state

    @property
    def key(self) -> str:
        return f"originals/{self.video_id}/{self.id}"

    def when(self) -> int:
        """Return what uploads are sorted by."""
        return self.number

    def answer(self, *, when_open: int, accepted: int) -> int:
        """Return the status that an operation is due, by the state it finds."""
        if not self.alive:
            return 404
        return when_open if self.state == "open" else accepted


class Shelf(list[Kept]):
    """Every upload of a run, in the order in which they were asked for."""

    def of(self, video_id: str) -> list[Kept]:
        """Return the uploads of one video."""
        return [one for one in self if one.video_id == video_id]

    def is_shown(self, video_id: str) -> bool:
        """Tell whether the video is there for its owner."""
        return any(one.alive for one in self.of(video_id))

    def newest(self, video_id: str) -> Kept | None:
        """Return the complete file of a video that was asked for last."""
        return max((one for one in self.of(video_id) if one.state == "accepted"), key=Kept.when, default=None)

    def is_overtaken(self, one: Kept) -> bool:
        """Tell whether a file that was asked for later is complete already."""
        newest = self.newest(one.video_id)
        return newest is not None and newest.number > one.number

    def answer(self, one: Kept, *, draft: int, complete: int) -> int:
        """Return the status that an operation on the video of an upload is due."""
        if not self.is_shown(one.video_id):
            return 404
        return complete if self.newest(one.video_id) else draft

    def delete(self, video_id: str) -> None:
        """Delete a video. What was never complete is gone for good; the rest only looks so until it is restored."""
        for one in self.of(video_id):
            one.deleted = True
            if one.state == "open":
                one.state = "gone"

    def restore(self, video_id: str) -> None:
        """Take a deletion back."""
        for one in self.of(video_id):
            one.deleted = False

    def settle(self) -> None:
        """All work is done: of several complete files of a video the last one is played, and the others are gone."""
        for one in self:
            if not one.deleted and one.state == "accepted" and one is not self.newest(one.video_id):
                one.state = "gone"
            if not one.deleted and one.state == "gone":
                one.assembled = False


async def assert_as(kept: Shelf, site: Site, browser: Browser) -> None:
    """Compare what the database, the API and the storage have of the uploads with what they should have."""
    rows = await Upload.filter(video__deleted_at__isnull=True).exclude(state=UploadState.ABORTED)
    assert {row.id: row.state.value for row in rows} == {one.id: one.state for one in kept if one.alive}
    listed = (await browser.api("GET", "/uploads")).json["items"]
    received = {each["id"]: {part["number"] for part in each["received"]} for each in listed}
    assert received == {one.id: one.parts for one in kept if one.alive and one.state == "open"}
    accepted = {one.key for one in kept if one.state == "accepted" and not one.deleted}
    assert accepted <= await stored(site) <= {one.key for one in kept if one.assembled}
