"""A new upload: agree on a file, reserve the space for it, and open it in the storage."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from core.hooks import GuardFailed
from core.models import Upload, UploadState, User, Video, Visibility, new_id, new_secret_id
from core.moderation import Refusal
from core.problems import Problem
from core.storage import StorageKey
from core.text import Line, OptionalLine, Prose
from core.videos.access import ORIGINAL_ROOT, owned
from core.videos.quota import reserve

if TYPE_CHECKING:
    from core.services import Services

EXPIRE = "uploads.expire"
MAX_PARTS = 10_000
MIN_SIZE = 1024  # bytes; no video is smaller, and each file costs a probe
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")


class NewUpload(BaseModel):
    """What a client says of the file it wants to send. `fingerprint` lets it recognise the same file later."""

    model_config = ConfigDict(extra="forbid")

    # Field() as a default would not tighten the limit that Line brings along; inside Annotated it does.
    file_name: Annotated[Line, Field(max_length=255)]
    size: StrictInt = Field(ge=0, le=2**53, description="Bytes.")
    content_type: Annotated[OptionalLine, Field(max_length=100)] = ""
    fingerprint: Annotated[OptionalLine, Field(max_length=200)] = ""
    title: Annotated[OptionalLine, Field(max_length=120)] | None = None
    description: Prose = ""
    visibility: Visibility = Visibility.PUBLIC
    replaces: Annotated[str, Field(max_length=16, pattern=r"^[0-9a-z]{16}$")] | None = Field(
        None,
        description="Id of your video whose file this is to take the place of. It keeps its address, its texts and its "
        "statistics, and plays the old file until all of the new one is ready. Of several such uploads the one that "
        "was created last wins. The other fields of the video are ignored.",
    )


async def create_upload(services: "Services", owner: User, new: NewUpload) -> Upload:
    """Open an upload and its draft video, or one for a video that is there.

    Raises Problem 403, 404, 409, 413, 422, 429 or 507, and then nothing was kept.
    """
    limits = services.settings.core.uploads
    if new.size == 0:
        raise Problem(422, "empty_file", "The file is empty.", errors={"size": "The file is empty."})
    if new.size < MIN_SIZE:
        tiny = f"A file of {new.size} bytes is no video; the smallest has {MIN_SIZE}."
        raise Problem(422, "file_too_small", tiny, errors={"size": tiny})
    if new.size > limits.max_size:
        raise Problem(
            413, "file_too_large", f"A file may have at most {limits.max_size} bytes; this one has {new.size}."
        )
    video = await _replaced(owner, new.replaces) if new.replaces else _draft(owner, new)
    upload = Upload(
        id=new_secret_id(),
        owner_id=owner.id,
        video_id=video.id,
        storage=services.storage.name,
        file_name=new.file_name,
        fingerprint=new.fingerprint,
        content_type=new.content_type,
        size=new.size,
        part_size=max(limits.part_size, services.storage.minimum_part_size, -(-new.size // MAX_PARTS)),
        expires_at=datetime.now(UTC) + timedelta(hours=limits.life_hours),
    )
    upload.key = StorageKey(f"{ORIGINAL_ROOT}/{video.id}/{upload.id}")
    await _ask_plugins(services, owner, upload)
    target = await services.storage.open_upload(
        StorageKey(upload.key), size=upload.size, part_size=upload.part_size, content_type=upload.content_type
    )
    upload.storage_upload_id = target.upload_id
    try:
        await _save_new(services, upload, None if new.replaces else video)
    except BaseException:
        await services.storage.abort_upload(target)
        raise
    return upload


def _draft(owner: User, new: NewUpload) -> Video:
    return Video(id=new_id(), owner=owner, title=_title(new), description=new.description, visibility=new.visibility)


async def _replaced(owner: User, video_id: str) -> Video:
    video = await owned(owner, video_id)
    if not await Upload.filter(video_id=video.id, state=UploadState.ACCEPTED).exists():
        raise Problem(409, "no_original", "The first upload of this video is not complete. Finish or cancel it first.")
    return video


def _title(new: NewUpload) -> str:
    # "My_holiday-2026.final.MP4" reads "My holiday-2026.final".
    from_name = _EXTENSION.sub("", new.file_name).replace("_", " ").strip()
    return (new.title or " ".join(from_name.split()) or "Untitled")[:120]


async def _ask_plugins(services: "Services", owner: User, upload: Upload) -> None:
    try:
        refusals = await services.hooks.ask_guards("accept_upload", user=owner, upload=upload)
    except GuardFailed as error:
        raise Problem(503, "not_checked", "The upload could not be checked just now. Try again in a moment.") from error
    for refusal in refusals:
        if isinstance(refusal, Refusal):
            raise Problem(refusal.status, refusal.code, refusal.sentence)


async def _save_new(services: "Services", upload: Upload, draft: Video | None) -> None:
    limits = services.settings.core.uploads
    async with services.jobs.transaction() as work:
        # The owner's row is the lock that keeps two tabs from passing a limit together.
        owner = await User.filter(id=upload.owner_id).using_db(work.connection).select_for_update().get()
        await reserve(owner, upload.size, limits, work.connection)
        if draft is not None:
            await draft.save(using_db=work.connection, force_create=True)
        await upload.save(using_db=work.connection, force_create=True)
        await work.enqueue(EXPIRE, {"upload": upload.id}, subject=upload.video_id, delay=limits.life_hours * 3600)
