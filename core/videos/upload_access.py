"""Whose an upload is: its owner does everything with it, an administrator may cancel it, nobody else learns of it."""

from tortoise.queryset import QuerySet

from core.models import Role, Upload, UploadState, User
from core.problems import Problem, not_found
from core.videos.access import uploads_of


async def owned_upload(user: User, upload_id: str) -> Upload:
    """Return the user's own upload, or raise the 404 that a missing one gives."""
    return await _alive(uploads_of(user), upload_id)


async def cancellable_upload(user: User, upload_id: str) -> Upload:
    """Return the user's own upload, or anybody's to an administrator; raise the 404 that a missing one gives."""
    if user.role.includes(Role.ADMIN):
        return await _alive(Upload.filter(video__deleted_at__isnull=True), upload_id)
    return await owned_upload(user, upload_id)


async def completable_upload(user: User, upload_id: str) -> Upload:
    """Return the user's own upload. Raises Problem 403 to an administrator who may cancel it only, 404 to others."""
    upload = await cancellable_upload(user, upload_id)
    if upload.owner_id != user.id:
        raise Problem(403, "not_yours", "Only its owner can complete this upload. You may cancel it.")
    return upload


async def _alive(among: QuerySet[Upload], upload_id: str) -> Upload:
    upload = await among.exclude(state=UploadState.ABORTED).get_or_none(id=upload_id)
    if upload is None:
        raise not_found()
    return upload
