"""What the JSON API takes and gives."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from core.models import UploadState, Visibility


class Empty(BaseModel):
    """An empty object."""

    model_config = ConfigDict(extra="forbid")


class PartView(BaseModel):
    """A part the server has whole. Sizes are bytes."""

    number: int
    size: int


class UploadView(BaseModel):
    """An upload. Every part but the last has `part_size` bytes."""

    id: str
    video_id: str
    state: UploadState
    file_name: str
    fingerprint: str
    size: int
    part_size: int
    parts: int
    received: list[PartView]
    expires_at: datetime


class UploadList(BaseModel):
    """Your unfinished uploads."""

    items: list[UploadView]


class SignParts(BaseModel):
    """The parts you are about to send."""

    model_config = ConfigDict(extra="forbid")

    parts: list[StrictInt] = Field(min_length=1, max_length=50)


class SignedPart(BaseModel):
    """Send the part's bytes by PUT to `url`, with exactly these headers."""

    number: int
    url: str
    headers: dict[str, str]


class SignedParts(BaseModel):
    """One request for each part; they are dead after a while, so sign again before a retry."""

    parts: list[SignedPart]


class OwnerView(BaseModel):
    """Whose video it is."""

    handle: str
    display_name: str


class VideoView(BaseModel):
    """A video. URLs are relative to the site; `duration` is in seconds; null while there is nothing to play."""

    id: str
    title: str
    description: str
    visibility: Visibility
    watch_url: str | None
    hls_url: str | None
    poster_url: str | None
    duration: float | None
    created_at: datetime
    published_at: datetime | None
    owner: OwnerView
