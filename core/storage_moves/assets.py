"""What is moved: accepted originals and rendition sets, and the rows that say where each of them lies."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q
from tortoise.functions import Count, Sum
from tortoise.queryset import QuerySet

from core.models import Job, JobState, RenditionSet, Upload, UploadState, Video, new_id
from core.storage import Storage, StorageKey, StoredObject
from core.videos.access import ORIGINAL_ROOT, VIDEO_ROOT
from core.videos.runs import PROCESSING, Run

_PAGE = 100
# What was deleted may be restored for a while, and must be found then; what is being erased is left alone.
_KEPT = Q(deleted_at__isnull=True) | Q(undo_until__isnull=False)
_OF_KEPT = Q(video__deleted_at__isnull=True) | Q(video__undo_until__isnull=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """An original or a set, as its row was read. `prefix` is the object's key, or what all keys of a set begin with."""

    id: str
    video_id: str
    storage: str
    prefix: StorageKey
    size: int
    moved_from: str | None
    checksum: str | None = None
    """Of an original: the composite checksum of its parts of `part_size` bytes, where its sender declared them."""
    part_size: int = 0

    @property
    def is_original(self) -> bool:
        """Whether it is one object; a set is many."""
        return self.prefix.startswith(f"{ORIGINAL_ROOT}/")

    def new_place(self) -> StorageKey:
        """Return a prefix of this video that nothing was ever stored below."""
        return StorageKey(f"{ORIGINAL_ROOT if self.is_original else VIDEO_ROOT}/{self.video_id}/{new_id(128)}")

    async def stands(self) -> bool:
        """Tell whether the row still says this place, and its video is not being erased."""
        if not await Video.filter(_KEPT, id=self.video_id).exists():
            return False
        return await (self._original() if self.is_original else self._set()).exists()

    async def point_at(
        self, connection: BaseDBAsyncClient, storage: str, prefix: str, *, moved_from: str | None
    ) -> bool:
        """Let the row say another place; False, and nothing changed, unless it still `stands`."""
        if not await lock_video(connection, self.video_id):
            return False
        place = {"storage": storage, "moved_from": moved_from}
        if self.is_original:
            return bool(await self._original().using_db(connection).update(key=prefix, **place))
        return bool(await self._set().using_db(connection).update(prefix=prefix, **place))

    def _original(self) -> QuerySet[Upload]:
        return Upload.filter(id=self.id, state=UploadState.ACCEPTED, storage=self.storage, key=self.prefix)

    def _set(self) -> QuerySet[RenditionSet]:
        return RenditionSet.filter(id=self.id, storage=self.storage, prefix=self.prefix, growing=False)


async def lock_video(connection: BaseDBAsyncClient, video_id: str) -> bool:
    """Lock the video's row until the end of the transaction; False when the video is gone or being erased."""
    kept = Video.filter(_KEPT, id=video_id).using_db(connection)
    return await kept.select_for_update().get_or_none() is not None


def asset_of_upload(row: Upload) -> Asset:
    """Return an accepted original."""
    key = StorageKey(row.key)
    return Asset(
        row.id, row.video_id, row.storage, key, row.size, row.moved_from, checksum=row.checksum, part_size=row.part_size
    )


def asset_of_set(row: RenditionSet) -> Asset:
    """Return a rendition set."""
    return Asset(row.id, row.video_id, row.storage, StorageKey(row.prefix), row.size, row.moved_from)


async def objects_at(storage: Storage, prefix: StorageKey) -> list[StoredObject]:
    """Return the objects of an asset: the one of this key, or all below it."""
    single = await storage.stat(prefix)
    return [single] if single else [found async for found in storage.list(prefix)]


@dataclass(frozen=True, slots=True)
class Course:
    """Which assets move where: all to the storage `to`, or those that once moved there back to where they came from.

    `source` leaves only those that lie there now, or with `back`, those that came from there.
    """

    to: str
    source: str | None = None
    back: bool = False

    def target_of(self, asset: Asset) -> str:
        """Return the name of the storage that the asset shall have."""
        return (asset.moved_from or asset.storage) if self.back else self.to

    async def pages(self) -> AsyncIterator[Sequence[Asset]]:
        """Yield the assets that are still to be moved, a few at a time."""
        last = ""
        while uploads := await self._uploads().filter(id__gt=last).order_by("id").limit(_PAGE):
            yield [asset_of_upload(row) for row in uploads]
            last = uploads[-1].id
        last = ""
        while sets := await self._sets().filter(id__gt=last).order_by("id").limit(_PAGE):
            yield [asset_of_set(row) for row in sets]
            last = sets[-1].id

    async def measure(self) -> tuple[int, int]:
        """Return how many assets are still to be moved, and how many bytes they have."""
        # One group for each storage; without naming it, Tortoise groups by the rows' own key.
        totals = {"assets": Count("id"), "bytes": Sum("size")}
        uploads = await self._uploads().annotate(**totals).group_by("storage").values_list("assets", "bytes")
        sets = await self._sets().annotate(**totals).group_by("storage").values_list("assets", "bytes")
        # PostgreSQL adds up to a numeric.
        return sum(assets for assets, _ in (*uploads, *sets)), sum(int(size) for _, size in (*uploads, *sets))

    async def still_open(self) -> int:
        """Return how many uploads and renditions are still on their way to where the assets come from."""
        if self.back:
            return 0
        uploads = Upload.filter(self._place(), state=UploadState.OPEN, video__deleted_at__isnull=True)
        growing = RenditionSet.filter(self._place(), _OF_KEPT, growing=True)
        videos = {str(video) for video in await growing.values_list("video_id", flat=True)}
        # What a run makes lies where it began, and some of it has no row yet.
        under_way = Job.filter(kind__in=PROCESSING, state__in=[JobState.READY, JobState.RUNNING])
        videos |= {str(job.subject) for job in await under_way if self._is_left(Run.of(job).storage)}
        return await uploads.count() + len(videos)

    def _is_left(self, storage: str) -> bool:
        return storage == self.source if self.source else storage not in ("", self.to)

    def _uploads(self) -> QuerySet[Upload]:
        return Upload.filter(self._place(), _OF_KEPT, state=UploadState.ACCEPTED)

    def _sets(self) -> QuerySet[RenditionSet]:
        # What still grows stays where it is until it has ended.
        return RenditionSet.filter(self._place(), _OF_KEPT, growing=False)

    def _place(self) -> Q:
        if not self.back:
            return Q(storage=self.source) if self.source else ~Q(storage=self.to)
        return Q(storage=self.to) & (Q(moved_from=self.source) if self.source else Q(moved_from__isnull=False))
