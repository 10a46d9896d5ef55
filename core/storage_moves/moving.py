"""A move: one asset after the other, until a look at the tables finds nothing that is left to be moved."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from core.faults import fault_point
from core.in_flight import in_flight
from core.models import CopyState, StorageCopy, new_id
from core.storage import StorageError, StorageFull, StorageKey
from core.storage_moves.assets import Asset, Course
from core.storage_moves.copies import DROP_SECONDS, AssetGone, Copies, CopyHeld, CopyLost
from core.storage_moves.copying import AssetDamaged, Copier, CopyDamaged, whole
from core.storage_moves.dropping import drop_copy
from core.storage_moves.progress import Progress, Say

if TYPE_CHECKING:
    from core.services import Services

_ASSETS_AT_ONCE = 2
_FAILURES_IN_A_ROW = 10
_WAIT_SECONDS = 2.0


class MoveStopped(Exception):
    """It makes no sense to go on now; the message says why, and what to do."""


class Move:
    """One run. Everything it must remember is in the tables, so it may end anywhere and be started again."""

    def __init__(self, services: "Services", course: Course, say: Say) -> None:
        self._services, self._course, self._say = services, course, say
        self._copies = Copies(services, new_id())
        self._failed: set[str] = set()
        self._failed_in_a_row = 0
        self.progress = Progress(say, 0, 0)

    async def run(self) -> bool:
        """Move everything; True when nothing is left where it came from. Raises MoveStopped and StorageError."""
        self.progress = Progress(self._say, *await self._course.measure())
        async with self._copies.held():
            try:
                while await self._pass():
                    pass
            except StorageFull as error:
                await self._copies.discard_all()
                raise MoveStopped(
                    f"There is no room left: {error} What was not finished has been removed again; make room, and run "
                    "this again."
                ) from error
        if self._course.back:
            await self._drop_unfinished()
        if self._failed or await self._course.still_open():
            return False
        moved_late, _ = await self._course.measure()  # what has ended after the last look
        return moved_late == 0

    async def _pass(self) -> bool:
        """Look at everything once; False when there was nothing to do."""
        moved, held, again = self.progress.moved, list[Asset](), list[Asset]()

        async def move(asset: Asset) -> None:
            try:
                await self._move(asset)
            except CopyHeld:
                held.append(asset)
            except (AssetGone, CopyLost):
                again.append(asset)

        async for page in self._course.pages():
            await in_flight(_ASSETS_AT_ONCE, move, self._untried(page))
        if held and moved == self.progress.moved:
            self._say(f"  {len(held)} are being copied by another run; waiting for it.")
            await asyncio.sleep(_WAIT_SECONDS)
        return bool(held or again or moved < self.progress.moved)

    def _untried(self, page: Sequence[Asset]) -> list[Asset]:
        return [asset for asset in page if asset.id not in self._failed]

    async def _move(self, asset: Asset) -> None:
        """Move one asset, or note why not. Raises CopyHeld, AssetGone and CopyLost to be looked at again."""
        storages = self._services.storages
        try:
            source, target = storages[asset.storage], storages[self._course.target_of(asset)]
            objects = await whole(asset, source)
        except (StorageError, OSError) as error:
            await self._note_failure(asset, error)
            return
        copy, is_new = await self._copies.begin(asset, target.name)
        try:
            await Copier(asset, source, target, StorageKey(copy.prefix), self.progress.count).fill(objects)
            await self._flip(asset, copy)
        except StorageFull:
            raise
        except (AssetGone, CopyLost):
            await self._copies.discard(copy)
            raise
        except (AssetDamaged, CopyDamaged) as error:
            await self._copies.discard(copy)
            if isinstance(error, CopyDamaged) and not is_new:
                raise CopyLost(copy.prefix) from error  # what an earlier run left is no good; a new copy may be
            await self._note_failure(asset, error)
        except (StorageError, OSError) as error:
            await self._copies.release(copy)
            await self._note_failure(asset, error)

    async def _flip(self, asset: Asset, copy: StorageCopy) -> None:
        came_from = None if self._course.back else asset.storage
        async with self._services.jobs.transaction() as work:
            await self._copies.flip(work, asset, copy, moved_from=came_from, keep_seconds=DROP_SECONDS)
        fault_point("move:flipped")
        self._failed_in_a_row = 0
        self.progress.add(asset.size)

    async def _note_failure(self, asset: Asset, error: Exception) -> None:
        """Leave an asset where it is. Raises AssetGone where it is gone anyway, MoveStopped where many failed."""
        if not await asset.stands():
            raise AssetGone(asset.prefix) from error
        self._failed.add(asset.id)
        self._failed_in_a_row += 1
        self._say(f"  not moved: {asset.prefix}: {error}")
        if self._failed_in_a_row >= _FAILURES_IN_A_ROW:
            raise MoveStopped(
                f"{_FAILURES_IN_A_ROW} in a row could not be moved. Look whether both storages answer "
                "(`mutoscope storage check`), and run this again."
            )

    async def _drop_unfinished(self) -> None:
        """Remove what an interrupted move had begun to copy to where everything has come back from."""
        for copy in await StorageCopy.filter(storage=self._course.to, state=CopyState.COPYING):
            with suppress(StorageError, OSError):  # its job sees to it when the storage answers again
                await drop_copy(self._services, copy.id)
