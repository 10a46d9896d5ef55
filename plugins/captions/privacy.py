"""What is stored about a person: the captions of their videos."""

from core.models import Attachment, User
from plugins.captions.models import Caption


async def export(user: User) -> dict[str, object]:
    """Return it as JSON values."""
    rows = Caption.filter(video__owner_id=user.id).order_by("created_at", "id")
    return {"captions": await rows.values("video_id", "language", "label", "text")}


async def erase(user: User) -> None:
    """Delete it."""
    videos = await Caption.filter(video__owner_id=user.id).values_list("video_id", flat=True)
    await Caption.filter(video_id__in=videos).delete()
    await Attachment.filter(plugin="captions", video__owner_id=user.id).delete()
