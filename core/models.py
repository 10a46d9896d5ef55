"""The rows every feature shares: users and their sessions, videos and their renditions, uploads, copies, jobs."""

import secrets
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.storage import StorageKey, UploadTarget

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no look-alikes, safe in keys on any file system


def new_id(bits: int = 80) -> str:
    """Return a random public id of at least `bits` bits; ids carry no order and are no secret below 128 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(-(-bits // 5)))


def new_secret_id() -> str:
    """Return a random id of 130 bits that nobody can guess."""
    return new_id(128)


class Role(StrEnum):
    """What a user may do in general; each role includes the ones before it."""

    VIEWER = "viewer"
    CREATOR = "creator"
    MODERATOR = "moderator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Tell whether this role has at least the rights of `other`."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class Visibility(StrEnum):
    """Who may watch: everybody, whoever holds the link, or the owner alone."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


class User(Model):
    """A person. How they prove who they are belongs to the authentication plugin."""

    id = fields.CharField(16, primary_key=True, default=new_id)
    handle = fields.CharField(30, unique=True)
    display_name = fields.CharField(50)
    email = fields.CharField(254, null=True)
    email_key = fields.CharField(254, null=True, unique=True)
    """The address as `core.users.email_key` folds it, so that nobody registers twice by spelling."""
    role = fields.CharEnumField(Role, default=Role.VIEWER, max_length=16)
    suspended_at = fields.DatetimeField(null=True)
    epoch = fields.IntField(default=0)
    """Raised to void every token and grant issued before."""
    upload_day = fields.DateField(null=True)
    """The day, in UTC, that `uploads_begun` counts; a deleted upload was still begun, so no rows can say it."""
    uploads_begun = fields.IntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "user"


class Session(Model):
    """One signed-in browser. Only the SHA-256 of the cookie's secret is stored."""

    digest = fields.CharField(64, primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User", related_name="sessions")
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "session"


class Video(Model):
    """A video as people see it. What is being done to it is in its jobs; what is played is in `current_set`."""

    id = fields.CharField(16, primary_key=True, default=new_id)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("core.User", related_name="videos")
    title = fields.CharField(120)
    description = fields.TextField(default="")
    visibility = fields.CharEnumField(Visibility, default=Visibility.PRIVATE, max_length=16)
    link_key = fields.CharField(26, default=new_secret_id)
    """What an unlisted video's link carries besides the id."""
    playback_epoch = fields.IntField(default=0)
    """Part of every read grant; raising it voids the grants that are out."""
    current_set: fields.ForeignKeyNullableRelation["RenditionSet"] = fields.ForeignKeyField(
        "core.RenditionSet", related_name="current_of", null=True, on_delete=fields.SET_NULL, db_constraint=False
    )
    """No constraint: a set refers to its video already, and two tables cannot both be made first."""
    plan: dict[str, Any] | None = fields.JSONField(null=True)
    """The transcoder's plan (`core.transcoding.Plan`) once the file was probed."""
    created_at = fields.DatetimeField(auto_now_add=True)
    published_at = fields.DatetimeField(null=True)
    hidden_at = fields.DatetimeField(null=True)
    hidden_reason = fields.CharField(500, null=True)
    deleted_at = fields.DatetimeField(null=True)
    undo_until = fields.DatetimeField(null=True)
    """Until when its owner may take the deletion back; null where it is not deleted, or its objects are going."""
    owner_id: str
    current_set_id: str | None

    class Meta:
        table = "video"
        indexes = (Index(fields=("visibility", "published_at", "id")), Index(fields=("owner_id", "created_at", "id")))


class RenditionSet(Model):
    """One complete output of the transcoder. Its objects live below `prefix` and never change."""

    id = fields.CharField(16, primary_key=True, default=new_id)
    video: fields.ForeignKeyRelation[Video] = fields.ForeignKeyField("core.Video", related_name="rendition_sets")
    storage = fields.CharField(40)
    prefix = fields.CharField(200, unique=True)
    complete = fields.BooleanField()
    """False for a first version that is only there to be watchable early."""
    duration = fields.FloatField()
    poster = fields.CharField(80, null=True)
    size = fields.BigIntField(default=0)
    """Bytes of all its objects: segments, initialisation segments and poster."""
    moved_from = fields.CharField(40, null=True)
    """The storage it was moved from, for `storage move --back`; null where it was made here, or came back."""
    created_at = fields.DatetimeField(auto_now_add=True)
    renditions: fields.ReverseRelation["Rendition"]
    video_id: str

    class Meta:
        table = "rendition_set"


class Rendition(Model):
    """One HLS media playlist of a set; the fields are those of `core.transcoding.EncodedRendition`."""

    id = fields.IntField(primary_key=True)
    rendition_set: fields.ForeignKeyRelation[RenditionSet] = fields.ForeignKeyField(
        "core.RenditionSet", related_name="renditions"
    )
    name = fields.CharField(40)
    kind = fields.CharField(8)
    codecs = fields.CharField(64)
    peak_bandwidth = fields.IntField()
    average_bandwidth = fields.IntField()
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    frame_rate = fields.FloatField(null=True)
    init = fields.CharField(80)
    segments: list[list[Any]] = fields.JSONField()
    """[name, seconds, bytes] each, in playing order."""

    class Meta:
        table = "rendition"
        unique_together = (("rendition_set", "name"),)


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


class CopyState(StrEnum):
    """`copying` is being made and compared; `leaving` was the asset's place until it moved; `dropping` is of no use."""

    COPYING = "copying"
    LEAVING = "leaving"
    DROPPING = "dropping"


class StorageCopy(Model):
    """Objects of an accepted original or a rendition set, at a place to which its row does not point.

    While one stands here, its objects belong to the site; a job (`storage.drop`) sees that they go one day.
    """

    id = fields.CharField(16, primary_key=True, default=new_id)
    asset = fields.CharField(26, db_index=True)
    """The id of the Upload or RenditionSet, which may be gone by now."""
    storage = fields.CharField(40)
    prefix = fields.CharField(200)
    """The object's key, or what the keys of a set begin with. No place is filled a second time."""
    state = fields.CharEnumField(CopyState, default=CopyState.COPYING, max_length=16)
    holder = fields.CharField(40, null=True)
    """Who works on it until `lease_until`; a write that comes from another changes nothing."""
    lease_until = fields.DatetimeField(null=True)
    keep_until = fields.DatetimeField()
    """Until then somebody may hold links to these objects."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "storage_copy"
        unique_together = (("storage", "prefix"),)


class JobState(StrEnum):
    """`ready` waits for a worker (perhaps until `run_at`); the last three are final."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Model):
    """One piece of work. This table is the truth; the broker only says that somebody should look at it."""

    id = fields.CharField(16, primary_key=True, default=new_id)
    kind = fields.CharField(60)
    subject = fields.CharField(16, null=True)
    """The id of what the job is about, usually a video's."""
    payload: dict[str, Any] = fields.JSONField(default=dict)
    state = fields.CharEnumField(JobState, default=JobState.READY, max_length=16)
    run_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    fence = fields.IntField(default=0)
    """Raised at every claim; a write that carries an older one changes nothing."""
    lease_until = fields.DatetimeField(null=True)
    worker = fields.CharField(80, null=True)
    progress = fields.FloatField(default=0.0)
    error_code = fields.CharField(40, null=True)
    error_detail = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "job"
        indexes = (Index(fields=("state", "run_at")), Index(fields=("subject", "created_at")))
