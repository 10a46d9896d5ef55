"""What is stored about a person: when the password changed, and which links are out; the secrets are hashes only."""

from core.models import User
from plugins.auth_email.models import OneTimeToken, Password


async def export(user: User) -> dict[str, object]:
    """Return it as JSON values."""
    password = await Password.get_or_none(user_id=user.id)
    links = await OneTimeToken.filter(user_id=user.id).order_by("expires_at")
    return {
        "password_changed_at": password.changed_at.isoformat() if password else None,
        "links": [{"purpose": link.purpose.value, "expires_at": link.expires_at.isoformat()} for link in links],
    }


async def erase(user: User) -> None:
    """Delete it; nobody can sign in as the user any more."""
    await Password.filter(user_id=user.id).delete()
    await OneTimeToken.filter(user_id=user.id).delete()
