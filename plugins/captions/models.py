"""The captions of videos."""

from tortoise import fields
from tortoise.models import Model

from core.models import Video, new_id


class Caption(Model):
    """What a video says, in one language. A row never changes: a new file is a new row, and a new address."""

    id = fields.CharField(16, primary_key=True, default=new_id)
    video: fields.ForeignKeyRelation[Video] = fields.ForeignKeyField("core.Video", related_name="captions")
    language = fields.CharField(12)
    label = fields.CharField(60)
    text = fields.TextField()
    """WebVTT as `cues.write` writes it, at most 1 MiB."""
    size = fields.IntField()
    """Its bytes, in UTF-8."""
    created_at = fields.DatetimeField(auto_now_add=True)
    video_id: str

    class Meta:
        table = "captions_caption"
        unique_together = (("video", "language"),)
