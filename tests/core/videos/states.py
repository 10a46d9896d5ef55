"""Videos in every state there is."""

from datetime import UTC, datetime

from core.models import RenditionSet, Video, Visibility
from core.testing.sites import Browser, Site
from tests.core.videos.uploading import NEW
from tests.fakes.transcoder_instant import instant_video

WITHOUT_MEDIA = {"draft", "processing", "failed"}


async def in_state(site: Site, studio: Browser, state: str, visibility: Visibility) -> Video:
    """Return a video of the creator in this state."""
    fields = {"visibility": visibility}
    if state == "draft":
        video_id = (await studio.api("POST", "/uploads", {**NEW, **fields})).json["video_id"]
    else:
        content = b"no video at all".ljust(1024) if state == "failed" else instant_video()
        video_id = (await site.upload(studio, content, **fields))["video_id"]
    if state not in ("draft", "processing"):
        await site.work()
    if state == "playable":
        await RenditionSet.filter(video_id=video_id).update(complete=False)
    if state == "held":
        await Video.filter(id=video_id).update(hidden_at=datetime.now(UTC))
    return await Video.get(id=video_id).select_related("current_set")
