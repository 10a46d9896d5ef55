"""Keeps captions, and says where they are."""

import asyncio
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from tortoise.backends.base.client import BaseDBAsyncClient

from core.api import (
    OptionalLine,
    Problem,
    Services,
    TextTrack,
    count_attachment,
    key_of,
    locked_owner,
    not_found,
    transaction,
)
from core.models import User, Video
from plugins.captions.languages import Language, name_of
from plugins.captions.models import Caption
from plugins.captions.parsing import rewrite

MAX_LANGUAGES = 40


class TrackFields(BaseModel):
    """What is said of a file of captions."""

    model_config = ConfigDict(extra="forbid")

    language: Language = Field(description="A BCP 47 tag: language, script, region.")
    label: Annotated[OptionalLine, Field(max_length=60)] = Field(
        "", description="What viewers choose it by; the language's own name where this is empty."
    )


async def put_caption(services: Services, video: Video, fields: TrackFields, content: bytes) -> None:
    """Keep the captions, in place of those in the same language. Raises Problem for what is not taken.

    Their bytes count as their owner's. `video.current_set` is loaded: without a duration nobody can say whether the
    times fit.
    """
    if video.current_set is None:
        raise Problem(409, "not_playable", "Captions can be added as soon as the video can be watched.")
    text = await asyncio.to_thread(rewrite, content, video.current_set.duration)
    async with transaction() as connection:
        owner = await locked_owner(video, connection)
        if await Video.filter(id=video.id, deleted_at__isnull=True).select_for_update().get_or_none() is None:
            raise not_found()
        await Caption.filter(video_id=video.id, language=fields.language).delete()
        if await Caption.filter(video_id=video.id).count() >= MAX_LANGUAGES:
            raise Problem(409, "too_many_languages", f"A video may have captions in {MAX_LANGUAGES} languages.")
        label = fields.label or name_of(fields.language)
        size = len(text.encode())
        await Caption.create(video_id=video.id, language=fields.language, label=label, text=text, size=size)
        await _count(services, owner, video, connection)


async def delete_caption(services: Services, video: Video, language: str) -> None:
    """Forget the captions in a language. Raises Problem 404 when there are none."""
    async with transaction() as connection:
        owner = await locked_owner(video, connection)
        if not await Caption.filter(video_id=video.id, language=language).delete():
            raise not_found()
        await _count(services, owner, video, connection)


async def _count(services: Services, owner: User, video: Video, connection: BaseDBAsyncClient) -> None:
    size = sum([caption.size for caption in await Caption.filter(video_id=video.id).only("id", "size")])
    await count_attachment(owner, video, "captions", size, services.settings.core.uploads, connection)


async def tracks_of(video: Video, services: Services) -> list[TextTrack]:
    """Return the video's captions, ordered by their labels; the texts are not read."""
    rows = await Caption.filter(video_id=video.id).order_by("label", "language").values("id", "language", "label")
    return [TextTrack(row["id"], row["language"], row["label"], _address(services, video, row["id"])) for row in rows]


def _address(services: Services, video: Video, caption_id: str) -> str:
    return services.urls.path("captions.text", video_id=video.id, caption_id=caption_id, key=key_of(video))
