"""Videos at every step of the pipeline, and everything that is known of any video."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from core.jobs import Worker
from core.models import EncodedPart, Job, JobState, Rendition, RenditionSet, Upload, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Browser, Site
from core.videos.process import Processing
from core.videos.runs import CHUNK, COPY, PROBE, SOUND
from tests.core.videos.uploading import NEW, due
from tests.fakes.transcoder_instant import instant_video

STEPS = {
    "probing": [],
    "copy": [PROBE],
    "chunk": [PROBE, COPY],
    "finish": [PROBE, COPY, CHUNK],
    "chunks": [PROBE],
    "grown": [PROBE, SOUND],
}
"""The steps that have ended; the last two are of a video that browsers do not play as it is, and the very last one is
watched while its second chunk waits."""
STAGES = ("uploading", *STEPS, "published", "failed")
UPLOADED = STAGES[1:]
NOTHING = [0, 0, 0, 0, 0, set(), set(), [], 0]
CHUNKS = {"shortest": 10, "longest": 20}
"""Settings with which a minute is three chunks of five segments."""


async def at_stage(site: Site, studio: Browser, stage: str) -> str:
    """Return the id of a video of the creator's at this stage: the step that is named is due, none runs."""
    if stage == "uploading":
        return str((await studio.api("POST", "/uploads", NEW)).json["video_id"])
    content = b"Dear diary".ljust(1024) if stage == "failed" else instant_video()
    if stage in ("chunks", "grown"):
        content = instant_video(seconds=60, codec="vp9")
    video_id = str((await site.upload(studio, content))["video_id"])
    if stage in ("published", "failed"):
        await site.work()
    for kind in STEPS.get(stage, []):
        await run_only(site, [kind])
    if stage == "grown":
        await run_one(site, CHUNK)
    return video_id


async def run_only(site: Site, kinds: Iterable[str]) -> None:
    """Run what is due of these kinds."""
    services, wanted = site.services, set(kinds)
    chosen = [kind for kind in Processing(services).kinds() if kind.name in wanted]
    await Worker(chosen, services.jobs, services.settings.core.jobs).drain()


async def run_one(site: Site, kind: str) -> None:
    """Run one job of this kind, the one that is due first."""
    first = await Job.filter(kind=kind, state=JobState.READY).order_by("run_at").first()
    assert first is not None
    others = Job.filter(kind=kind, state=JobState.READY).exclude(id=first.id)
    waiting = await others
    await others.update(run_at=datetime.now(UTC) + timedelta(hours=1))
    await run_only(site, [kind])
    for job in waiting:
        await Job.filter(id=job.id).update(run_at=job.run_at)


async def erase(site: Site) -> None:
    """Let the time of every deletion come."""
    await due(site, "videos.erase")


async def unfinished(video_id: str) -> list[str]:
    """Return the kinds of jobs about the video that have not ended."""
    waiting = Job.filter(subject=video_id, state__in=[JobState.READY, JobState.RUNNING])
    return [job.kind for job in await waiting.order_by("kind")]


async def inventory(site: Site) -> list[Any]:
    """Return everything that is known of any video."""
    rows = [await table.all().count() for table in (Video, Upload, RenditionSet, Rendition, EncodedPart)]
    keys = [await keys_below(site.services.storage, StorageKey(root)) for root in ("videos", "originals")]
    work = site.services.settings.data_dir / "work"
    waiting = await Job.filter(state__in=[JobState.READY, JobState.RUNNING]).count()
    return [*rows, *keys, sorted(work.iterdir()) if work.exists() else [], waiting]


async def objects_without_rows(site: Site) -> set[str]:
    """Return what lies in the storage and belongs to no upload and no rendition set."""
    storage = site.services.storage
    originals = {str(key) for key in await Upload.all().values_list("key", flat=True)}
    sets = {str(prefix) for prefix in await RenditionSet.all().values_list("prefix", flat=True)}
    videos = await keys_below(storage, StorageKey("videos"))
    lost = {key for key in videos if "/".join(key.split("/")[:3]) not in sets}
    return lost | (await keys_below(storage, StorageKey("originals")) - originals)
