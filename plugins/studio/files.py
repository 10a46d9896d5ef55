"""Which files the studio's pages take, and which they wait for."""

from core.models import Upload, UploadState, Video

ACCEPT = "video/*,.mkv,.mov,.avi,.flv,.mxf,.m2ts,.mts,.ts,.vob,.wmv"
"""What the file dialog offers; the server decides by content, so more is let through than is named."""


async def unfinished_upload(video: Video) -> Upload | None:
    """Return the newest file of the video that is on its way and not complete."""
    return await Upload.filter(video_id=video.id, state=UploadState.OPEN).order_by("-created_at").first()
