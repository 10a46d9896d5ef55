"""People and their sessions."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from core.models.ids import new_id


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
