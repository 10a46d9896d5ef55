"""Videos, and what is played of them."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from core.models.ids import new_id, new_secret_id
from core.models.users import User
from core.storage import StorageKey


class Visibility(StrEnum):
    """Who may watch: everybody, whoever holds the link, or the owner alone."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"


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
    """What one run of processing has made of an original so far. Its objects live below `prefix` and never change.

    While it is `growing`, renditions and segments are added to it, and it stays where it is. When the run has ended,
    nothing changes any more but its place.
    """

    id = fields.CharField(16, primary_key=True, default=new_id)
    video: fields.ForeignKeyRelation[Video] = fields.ForeignKeyField("core.Video", related_name="rendition_sets")
    storage = fields.CharField(40)
    prefix = fields.CharField(200, unique=True)
    upload_id = fields.CharField(26, null=True)
    """The original it is made of; null where an earlier release made it, from the only one there was."""
    plan: dict[str, Any] | None = fields.JSONField(null=True)
    """What it is made by, as in its video when it was made; null where an earlier release made it."""
    complete = fields.BooleanField()
    """Whether everything that was planned is there."""
    growing = fields.BooleanField(default=False)
    """Whether jobs are adding to it."""
    chunks = fields.IntField(default=0)
    """While it grows: how many whole chunks, from the first one on, its renditions hold."""
    whole_segments = fields.IntField(default=0)
    """How many segments of each rendition these are; what follows belongs to a chunk that is still encoded."""
    segments = fields.IntField(default=0)
    """While it grows: how many segments each of its videos has, these among them."""
    target_duration = fields.IntField(default=0)
    """Seconds: what its playlists announce of segments while they grow; 0 where none of them ever grew."""
    duration = fields.FloatField()
    poster = fields.CharField(80, null=True)
    posters: list[str] = fields.JSONField(default=list)
    """The images that may be its poster."""
    storyboard: dict[str, Any] | None = fields.JSONField(null=True)
    """`core.videos.storyboard.Storyboard`; null where there is none (yet)."""
    size = fields.BigIntField(default=0)
    """Bytes of all its objects: segments, initialisation segments, posters and sheets."""
    moved_from = fields.CharField(40, null=True)
    """The storage it was moved from, for `storage move --back`; null where it was made here, or came back."""
    created_at = fields.DatetimeField(auto_now_add=True)
    renditions: fields.ReverseRelation["Rendition"]
    video_id: str

    class Meta:
        table = "rendition_set"

    def key(self, name: str) -> StorageKey:
        """Return the key of one of its objects; `name` may hold folders."""
        return StorageKey(self.prefix).child(*name.split("/"))


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
    language = fields.CharField(35, null=True)
    ended = fields.BooleanField(default=True)
    """False while more segments are to follow."""

    class Meta:
        table = "rendition"
        unique_together = (("rendition_set", "name"),)


class EncodedPart(Model):
    """What one job of a run has made, kept until the run's set is complete: a chunk, the sound, or a copy."""

    id = fields.IntField(primary_key=True)
    video: fields.ForeignKeyRelation[Video] = fields.ForeignKeyField("core.Video", related_name="encoded_parts")
    run = fields.CharField(16)
    name = fields.CharField(20)
    """`copy`, `sound`, or `chunk-00000` and so on: in this order they follow each other."""
    encoded: dict[str, Any] = fields.JSONField()
    """A `core.transcoding.EncodedSet`, its names relative to the prefix of the run."""
    sizes: dict[str, int] = fields.JSONField()
    """Bytes of the files that are no segments, by name."""
    inits: dict[str, str] = fields.JSONField()
    """SHA-256, in hex, of each rendition's initialisation segment."""

    class Meta:
        table = "encoded_part"
        unique_together = (("run", "name"),)


class Attachment(Model):
    """What a plugin keeps for a video besides its media: so many bytes in all, counted as its owner's."""

    id = fields.IntField(primary_key=True)
    video: fields.ForeignKeyRelation[Video] = fields.ForeignKeyField("core.Video", related_name="attachments")
    plugin = fields.CharField(40)
    size = fields.BigIntField()

    class Meta:
        table = "attachment"
        unique_together = (("video", "plugin"),)
