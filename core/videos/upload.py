"""Uploads: sign the requests for the parts of a file, and accept it once every byte is safe."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tortoise.backends.base.client import BaseDBAsyncClient

from core.faults import fault_point
from core.jobs import Work
from core.jobs.table import cancel
from core.models import Upload, UploadState, Video
from core.problems import Problem, not_found
from core.storage import ObjectMissing, PartRequest, StorageKey, UploadMismatch
from core.videos.replacing import drop_overtaken, is_overtaken, is_replacement
from core.videos.runs import PROBE, PROCESSING, end_runs

if TYPE_CHECKING:
    from core.services import Services


ANNOUNCE = "hooks.announce"


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

    Raises Problem 422 naming what is missing; the upload then stays open. Raises Problem 409, and forgets the upload,
    when it was to replace the file of a video and one that was asked for later is complete already.
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
    await _accept_in_turn(services, upload, stored.checksum)
    fault_point("upload:accepted")
    now = await Upload.get_or_none(id=upload.id).select_related("video")
    if now is None or now.state is not UploadState.ACCEPTED:
        # It was cancelled, or its draft deleted, meanwhile; nobody else knows that there is an object now.
        await services.storages[upload.storage].delete([StorageKey(upload.key)])
        raise not_found()
    if now.video.deleted_at is not None:
        raise not_found()  # deleted once it was complete: it can be restored, so the object stays
    return now


async def _accept_in_turn(services: "Services", upload: Upload, checksum: str | None) -> None:
    """Accept it unless another request ended it. Raises Problem 409 when it was overtaken, and forgets it."""
    try:
        with suppress(_NoLongerOpen):
            await _accept(services, upload, checksum)
    except _Overtaken:
        await drop_overtaken(services, upload)
        detail = "A file that you chose later for this video is complete already, so this one was dropped."
        raise Problem(409, "upload_overtaken", detail) from None


class _Overtaken(Exception):
    """A later file of the same video was faster; whatever this one did is rolled back, and it goes."""


class _NoLongerOpen(Exception):
    """Another request was faster; whatever this one did is rolled back."""


async def _accept(services: "Services", upload: Upload, checksum: str | None) -> None:
    async with services.jobs.transaction() as work:
        if await is_replacement(upload, work.connection):
            # What is made of the older file is not wanted any more. Jobs are locked first, as workers do it.
            await cancel(upload.video_id, work.connection, PROCESSING)
        opened = Upload.filter(id=upload.id, state=UploadState.OPEN).using_db(work.connection)
        if not await opened.update(state=UploadState.ACCEPTED, checksum=checksum):
            raise _NoLongerOpen
        await _stop_older_runs(services, work, upload)
        await work.enqueue(PROBE, {"upload": upload.id}, subject=upload.video_id)
        await work.enqueue(ANNOUNCE, {"hook": "video_uploaded"}, subject=upload.video_id)


async def _stop_older_runs(services: "Services", work: Work, upload: Upload) -> None:
    if not await is_replacement(upload, work.connection):
        return
    rows = Video.filter(id=upload.video_id, deleted_at__isnull=True).using_db(work.connection)
    video = await rows.select_for_update().get_or_none()
    # Now that the row is locked nobody else accepts one: of two that are completed at once, one sees the other here.
    if await is_overtaken(upload, work.connection):
        raise _Overtaken
    if video is not None:
        await end_runs(work, video, quiet_after=2 * services.settings.core.jobs.heartbeat)


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
