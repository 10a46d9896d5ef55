"""Files on their way in, and the originals they became."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.ids import new_secret_id
from core.models.users import User
from core.models.videos import Video
from core.storage import StorageKey, UploadTarget


class UploadState(StrEnum):
    """`open` takes parts; `accepted` is an object that will never be lost; `aborted` is gone."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ABORTED = "aborted"


class Upload(Model):
    """One file on its way into the storage, and the original it became."""

    id = fields.CharField(26, primary_key=True, default=new_secret_id)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User", related_name="uploads")
    video: fields.ForeignKeyRelation[Video] = fields.ForeignKeyField("core.Video", related_name="uploads")
    state = fields.CharEnumField(UploadState, default=UploadState.OPEN, max_length=16)
    storage = fields.CharField(40)
    key = fields.CharField(200, unique=True)
    storage_upload_id = fields.CharField(255)
    file_name = fields.CharField(255)
    fingerprint = fields.CharField(200)
    """What the browser recognises the same file by; never trusted for anything else."""
    content_type = fields.CharField(100)
    size = fields.BigIntField()
    part_size = fields.IntField()
    checksum = fields.CharField(80, null=True)
    """Of the accepted file (`core.storage.checksums`); null where its sender declared none."""
    moved_from = fields.CharField(40, null=True)
    """As in `RenditionSet`."""
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    owner_id: str
    video_id: str

    class Meta:
        table = "upload"
        indexes = (Index(fields=("owner_id", "state")), Index(fields=("state", "expires_at")))

    @property
    def target(self) -> UploadTarget:
        """The upload as the storage knows it."""
        return UploadTarget(StorageKey(self.key), self.storage_upload_id, self.size, self.part_size)
