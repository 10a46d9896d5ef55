"""What is left of processing, whatever happened in the middle of it: one whole set of a video, and nothing else."""

from datetime import UTC, datetime
from pathlib import Path

from core.models import EncodedPart, Job, JobState, Rendition, RenditionSet, Video
from core.storage import StorageKey
from core.testing.sending import keys_below
from core.testing.sites import Site
from core.videos.runs import FINISH, PROCESSING, SWEEP
from core.videos.sweeping import files_of
from tests.scaled import ScaledSite, at_rest

Shape = list[tuple[str, str, list[tuple[float, int]]]]


async def only_set(site: Site, video_id: str) -> RenditionSet:
    """Return the one set that the video has, once everything has swept behind itself; fail where there is more."""
    await Job.filter(kind=SWEEP).update(run_at=datetime.now(UTC))
    # By this process, so that no other has to be started for it.
    await site.services.worker().drain()
    await at_rest()
    row = await RenditionSet.get(video_id=video_id).prefetch_related("renditions")
    assert (row.complete, row.growing) == (True, False)
    assert (await Video.get(id=video_id)).current_set_id == row.id
    named = {str(row.key(name)) for name in files_of(row, list(row.renditions))}
    assert await keys_below(site.services.storage, StorageKey(f"videos/{video_id}")) == named
    assert not await EncodedPart.filter(video_id=video_id).exists()
    jobs = Job.filter(subject=video_id, kind__in=PROCESSING)
    assert await jobs.filter(kind=FINISH).count() == 1
    assert {JobState(job.state) for job in await jobs} == {JobState.DONE}
    return row


async def shape_of(row: RenditionSet) -> Shape:
    """Return what there is to play of a set, apart from where it lies."""
    renditions = await Rendition.filter(rendition_set_id=row.id).order_by("name")
    return [(each.name, each.codecs, [(seconds, size) for _, seconds, size in each.segments]) for each in renditions]


def work_folders(site: Site) -> list[Path]:
    """Return the folders in which the site's processes work, or died working."""
    processes = [machine.data_dir for machine in site.workers] if isinstance(site, ScaledSite) else []
    return [path for root in [site.services.settings.data_dir, *processes] for path in (root / "work").glob("*")]
