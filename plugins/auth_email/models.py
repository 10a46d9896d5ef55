"""Passwords and the links that stand in for them."""

from datetime import datetime
from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from core.models import User


class Password(Model):
    """The Argon2id hash of a user's password."""

    user: fields.OneToOneRelation[User] = fields.OneToOneField("core.User", related_name="password", primary_key=True)
    hash = fields.CharField(255)
    changed_at = fields.DatetimeField()
    user_id: str

    class Meta:
        table = "auth_email_password"


class Purpose(StrEnum):
    """What a link is good for: a new password, the first administrator, or a first password."""

    RESET = "reset"
    SETUP = "setup"
    INVITE = "invite"


class OneTimeToken(Model):
    """A link that was given out. Only the SHA-256 of its secret is stored."""

    digest = fields.CharField(64, primary_key=True)
    purpose = fields.CharEnumField(Purpose, max_length=16)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="one_time_tokens", null=True
    )
    """Whose password it sets; nobody's yet for SETUP."""
    binding = fields.CharField(64)
    """SHA-256 of the password hash at the time: a password that changes kills the link, whoever changes it."""
    expires_at: datetime = fields.DatetimeField(db_index=True)
    user_id: str | None

    class Meta:
        table = "auth_email_one_time_token"
