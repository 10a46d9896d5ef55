"""What the JSON API takes and gives."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationInfo,
    field_validator,
)

from core.models import UploadState, Visibility
from core.storage import is_sha256

_NUMBER = re.compile("[1-9][0-9]{0,4}")


class Empty(BaseModel):
    """An empty object."""

    model_config = ConfigDict(extra="forbid")


class PartView(BaseModel):
    """A part the server has whole. Sizes are bytes."""

    number: int
    size: int
    sha256: str | None = Field(description="Base64; null where it was sent without one.")


class UploadView(BaseModel):
    """An upload. Every part but the last has `part_size` bytes.

    `replaces` says that its video has a file already, and that this one is to take that one's place.
    `checksums` says whether the storage compares parts with the SHA-256 that you declare when you sign them.
    """

    id: str
    video_id: str
    replaces: bool
    state: UploadState
    file_name: str
    fingerprint: str
    size: int
    part_size: int
    parts: int
    checksums: bool
    received: list[PartView]
    expires_at: datetime


class UploadList(BaseModel):
    """Your unfinished uploads."""

    items: list[UploadView]


def _sha256(text: str) -> str:
    if not is_sha256(text):
        raise ValueError("it must be a SHA-256 in base64: 44 characters")
    return text


def _number(text: object) -> object:
    # int() also reads "+1", "1_0", " 1" and "１", and two of them would be one key.
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise ValueError("the number of a part is written 1, 2, 3 …")
    return text


class SignParts(BaseModel):
    """The parts you are about to send."""

    model_config = ConfigDict(extra="forbid")

    parts: list[StrictInt] = Field(min_length=1, max_length=50)
    sha256: dict[Annotated[int, BeforeValidator(_number)], Annotated[str, AfterValidator(_sha256)]] = Field(
        {}, max_length=50, description="Base64 of the SHA-256 of parts' bytes, by number: other bytes are refused."
    )

    @field_validator("sha256")
    @classmethod
    def _of_these_parts(cls, checksums: dict[int, str], info: ValidationInfo) -> dict[int, str]:
        if not set(checksums) <= set(info.data.get("parts", checksums)):
            raise ValueError("it may name only parts that are signed")
        return checksums


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
