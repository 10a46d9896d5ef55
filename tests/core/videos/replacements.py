"""Videos that get another file, step by step."""

from core.models import RenditionSet, Upload, Video
from core.storage import StorageKey
from core.testing.sites import Answer, Browser, Site
from core.videos.runs import COPY, PROBE
from tests.core.videos.stages import at_stage, objects_without_rows, run_only
from tests.core.videos.uploading import due
from tests.fakes.transcoder_instant import instant_video

LONG = instant_video(seconds=8)
LONGER = instant_video(seconds=12)
BAD = b"Dear diary".ljust(1024)


async def sent(site: Site, browser: Browser, video_id: str, content: bytes) -> str:
    """Open a replacement and send its bytes; return its id. It is not complete."""
    new = {"file_name": "b.mp4", "size": len(content), "replaces": video_id}
    created = (await browser.api("POST", "/uploads", new)).json
    target = (await Upload.get(id=created["id"])).target
    site.services.storage.uploads[target.upload_id][1] = (content, None)  # type: ignore[attr-defined]  # the fake's
    return str(created["id"])


async def complete(browser: Browser, upload_id: str) -> Answer:
    return await browser.api("POST", f"/uploads/{upload_id}/complete", {})


async def keep(browser: Browser, video_id: str) -> Answer:
    return await browser.api("POST", f"/videos/{video_id}/keep", {})


async def duration(video_id: str) -> float:
    """Return the length of what plays."""
    video = await Video.get(id=video_id).select_related("current_set")
    assert video.current_set is not None
    return video.current_set.duration


async def assert_nothing_else_is_kept(site: Site, browser: Browser, upload_id: str) -> None:
    """One original, one set, no object beside them, and all of it counted."""
    for kind in ("uploads.expire", "videos.retire", "videos.sweep_attempts"):
        await due(site, kind)
    assert [upload.id for upload in await Upload.all()] == [upload_id]
    assert (await RenditionSet.get()).upload_id == upload_id
    assert await objects_without_rows(site) == set()
    roots = [StorageKey("originals"), StorageKey("videos")]
    stored = sum([found.size for root in roots async for found in site.services.storage.list(root)])
    use = (await browser.api("GET", "/storage")).json
    assert (use["used"], use["reserved"]) == (stored, 0)


async def replaced(site: Site, studio: Browser, how: str) -> tuple[str, Video]:
    """Return a video that plays for six seconds, and whose other file has come so far; its row before that."""
    video_id = await at_stage(site, studio, "published")
    before = await Video.get(id=video_id)
    await complete(studio, await sent(site, studio, video_id, BAD if how == "failed" else LONGER))
    for kind in {"failed": [PROBE], "probed": [PROBE], "copied": [PROBE, COPY], "stopped": [PROBE, COPY]}.get(how, []):
        await run_only(site, [kind])
    if how == "stopped":
        await studio.api("POST", f"/videos/{video_id}/cancel", {})
    return video_id, before
