"""One-time links: 256 random bits of which only a digest is kept; the newest counts, once, and for a while."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from core.api import transaction
from core.models import User
from plugins.auth_email.models import OneTimeToken, Password, Purpose


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def issue(purpose: Purpose, user: User | None, life: timedelta) -> str:
    """Return a new secret for the user (nobody yet for SETUP); what was issued before for the same thing is void."""
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    async with transaction():
        await OneTimeToken.filter(expires_at__lte=now).delete()
        same = OneTimeToken.filter(purpose=purpose)
        await (same.filter(user_id=user.id) if user else same).delete()
        await OneTimeToken.create(
            digest=_sha256(secret), purpose=purpose, user=user, binding=await _binding(user), expires_at=now + life
        )
    return secret


async def find(secret: str, *purposes: Purpose) -> OneTimeToken | None:
    """Return the token with its user, if it is good for one of the purposes now."""
    now = datetime.now(UTC)
    alive = OneTimeToken.filter(digest=_sha256(secret), purpose__in=purposes, expires_at__gt=now)
    token = await alive.select_related("user").first()
    if token is None or token.binding != await _binding(token.user):
        return None
    return token


async def redeem(secret: str, *purposes: Purpose) -> OneTimeToken | None:
    """Return the token and make it void, for exactly one of those who try at once; call it in a transaction."""
    token = await find(secret, *purposes)
    if token is None or not await OneTimeToken.filter(digest=token.digest).delete():
        return None
    return token


async def _binding(user: User | None) -> str:
    password = await Password.get_or_none(user_id=user.id) if user else None
    return _sha256(password.hash if password else "")
