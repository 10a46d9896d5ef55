"""Objects that lie where their row does not point: storage moves make and leave them."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from core.models.ids import new_id


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
