"""Uploads: agree on a file, sign the requests for its parts, and accept it once every byte is safe."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt
from tortoise.backends.base.client import BaseDBAsyncClient

from core.faults import fault_point
from core.hooks import GuardFailed
from core.models import Upload, UploadState, User, Video, Visibility, new_id, new_secret_id
from core.moderation import Refusal
from core.problems import Problem, not_found
from core.storage import ObjectMissing, PartRequest, StorageKey, UploadMismatch
from core.text import Line, OptionalLine, Prose
from core.videos.access import ORIGINAL_ROOT
from core.videos.quota import reserve

if TYPE_CHECKING:
    from core.services import Services

EXPIRE = "uploads.expire"
PROBE = "videos.probe"
ANNOUNCE = "hooks.announce"
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


async def create_upload(services: "Services", owner: User, new: NewUpload) -> Upload:
    """Open an upload and its draft video. Raises Problem 403, 413, 422, 429 or 507, and then nothing was kept."""
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
    video = Video(id=new_id(), owner=owner, title=_title(new), description=new.description, visibility=new.visibility)
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
        await _save_new(services, upload, video)
    except BaseException:
        await services.storage.abort_upload(target)
        raise
    return upload


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


async def _save_new(services: "Services", upload: Upload, video: Video) -> None:
    limits = services.settings.core.uploads
    async with services.jobs.transaction() as work:
        # The owner's row is the lock that keeps two tabs from passing a limit together.
        owner = await User.filter(id=upload.owner_id).using_db(work.connection).select_for_update().get()
        await reserve(owner, upload.size, limits, work.connection)
        await video.save(using_db=work.connection, force_create=True)
        await upload.save(using_db=work.connection, force_create=True)
        await work.enqueue(EXPIRE, {"upload": upload.id}, subject=upload.video_id, delay=limits.life_hours * 3600)


async def original_of(video: Video) -> Upload | None:
    """Return the complete upload that the video is made from, or None while there is none."""
    return await Upload.filter(video_id=video.id, state=UploadState.ACCEPTED).order_by("-created_at").first()


async def sign_parts(
    services: "Services", upload: Upload, numbers: list[int], checksums: Mapping[int, str]
) -> list[tuple[int, PartRequest]]:
    """Return the request that writes each part; one with a checksum (SHA-256 in base64) takes those bytes only.

    Raises Problem 409 once the upload is closed, 422 for other numbers.
    """
    if upload.state is not UploadState.OPEN:
        raise Problem(409, "upload_closed", "This upload is complete; it takes no more parts.")
    wrong = sorted({number for number in numbers if not 1 <= number <= upload.target.parts})
    if wrong:
        complaint = f"This upload has parts 1 to {upload.target.parts}; {wrong[0]} is none of them."
        raise Problem(422, "invalid", complaint, errors={"parts": complaint})
    storage = services.storages[upload.storage]
    expires_at = int(datetime.now(UTC).timestamp()) + services.settings.core.uploads.url_seconds
    return [
        (
            number,
            await storage.sign_part(upload.target, number, expires_at=expires_at, sha256=checksums.get(number)),
        )
        for number in sorted(set(numbers))
    ]


async def complete_upload(services: "Services", upload: Upload) -> Upload:
    """Accept the upload: from now on it is never lost, and its processing is queued. Calling it again changes nothing.

    Raises Problem 422 naming what is missing; the upload then stays open.
    """
    if upload.state is UploadState.ACCEPTED:
        return upload
    try:
        stored = await services.storages[upload.storage].complete_upload(upload.target)
    except UploadMismatch as error:
        if not await Upload.exists(id=upload.id, state=UploadState.OPEN):
            raise not_found() from None  # cancelled meanwhile: its parts went while they were counted
        raise Problem(422, "upload_mismatch", str(error)) from error
    except ObjectMissing as error:
        raise Problem(409, "upload_gone", "This upload is no longer known to the storage. Start it again.") from error
    fault_point("upload:stored")
    async with services.jobs.transaction() as work:
        opened = Upload.filter(id=upload.id, state=UploadState.OPEN).using_db(work.connection)
        if await opened.update(state=UploadState.ACCEPTED, checksum=stored.checksum):
            await work.enqueue(PROBE, {"upload": upload.id}, subject=upload.video_id)
            await work.enqueue(ANNOUNCE, {"hook": "video_uploaded"}, subject=upload.video_id)
    fault_point("upload:accepted")
    now = await Upload.get_or_none(id=upload.id).select_related("video")
    if now is None or now.state is not UploadState.ACCEPTED:
        # It was cancelled, or its draft deleted, meanwhile; nobody else knows that there is an object now.
        await services.storages[upload.storage].delete([StorageKey(upload.key)])
        raise not_found()
    if now.video.deleted_at is not None:
        raise not_found()  # deleted once it was complete: it can be restored, so the object stays
    return now


async def abort_upload(services: "Services", upload: Upload) -> None:
    """Forget an open upload, its parts and its draft video. Raises Problem 409 when it is complete."""
    async with services.jobs.transaction() as work:
        same = Upload.filter(id=upload.id).using_db(work.connection)
        if await same.filter(state=UploadState.OPEN).update(state=UploadState.ABORTED):
            await _drop_draft(upload, work.connection)
        elif await same.filter(state=UploadState.ACCEPTED).exists():
            raise Problem(409, "upload_closed", "This upload is complete. Delete the video instead.")
    await services.storages[upload.storage].abort_upload(upload.target)


async def _drop_draft(upload: Upload, connection: BaseDBAsyncClient) -> None:
    others = Upload.filter(video_id=upload.video_id, state=UploadState.ACCEPTED).using_db(connection)
    if not await others.exists():
        await Video.filter(id=upload.video_id).using_db(connection).update(deleted_at=datetime.now(UTC))
