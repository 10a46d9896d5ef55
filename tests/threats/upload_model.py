"""What the upload protocol allows, written a second time in the plainest way, for U-20 to compare the site with."""

from collections.abc import Sequence
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
    state: Literal["open", "accepted", "gone"] = "open"
    deleted: bool = False
    parts: set[int] = field(default_factory=set)
    link: str | None = None
    """Of part 1, from when it was first asked for."""

    @property
    def alive(self) -> bool:
        return self.state != "gone" and not self.deleted

    @property
    def situation(self) -> str:
        return "deleted" if self.deleted and self.state == "accepted" else self.state

    @property
    def key(self) -> str:
        return f"originals/{self.video_id}/{self.id}"

    def answer(self, *, when_open: int, accepted: int) -> int:
        """Return the status that an operation is due, by the state it finds."""
        if not self.alive:
            return 404
        return when_open if self.state == "open" else accepted

    def end(self) -> None:
        """What was never complete is gone for good; a complete one only looks so until it is restored."""
        if self.state == "open":
            self.state = "gone"
        self.deleted = True


async def assert_as(kept: Sequence[Kept], site: Site, browser: Browser) -> None:
    """Compare what the database, the API and the storage have of the uploads with what they should have."""
    rows = await Upload.filter(video__deleted_at__isnull=True).exclude(state=UploadState.ABORTED)
    assert {row.id: row.state.value for row in rows} == {one.id: one.state for one in kept if one.alive}
    listed = (await browser.api("GET", "/uploads")).json["items"]
    received = {each["id"]: {part["number"] for part in each["received"]} for each in listed}
    assert received == {one.id: one.parts for one in kept if one.alive and one.state == "open"}
    accepted = {one.key: one.deleted for one in kept if one.state == "accepted"}
    originals = await stored(site)
    assert {key for key, deleted in accepted.items() if not deleted} <= originals <= set(accepted)
