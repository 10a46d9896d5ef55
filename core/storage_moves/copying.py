"""Bytes from one storage to another: object by object, each read back and compared."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.faults import fault_point
from core.in_flight import in_flight
from core.models import Rendition, RenditionSet
from core.storage import ObjectMissing, Storage, StorageError, StorageKey, StoredObject, composite_of
from core.storage_moves.assets import Asset, objects_at
from core.videos.content_types import content_type_of
from core.videos.sweeping import files_of

Count = Callable[[int], None]

_OBJECTS_AT_ONCE = 4


class AssetDamaged(StorageError):
    """Objects of the asset are missing, or their bytes are not those that were accepted."""


class CopyDamaged(StorageError):
    """The copy does not hold the bytes that were sent to it."""


@dataclass(frozen=True, slots=True)
class Copier:
    """Fills a copy of one asset. `count` hears of the bytes that were compared."""

    asset: Asset
    source: Storage
    target: Storage
    place: StorageKey
    count: Count

    async def fill(self, objects: Iterable[StoredObject]) -> None:
        """Copy those of the objects that are not there yet, and compare each. Raises StorageError and OSError."""
        there = {found.key: found.size for found in await objects_at(self.target, self.place)}

        async def copy(found: StoredObject) -> None:
            key = StorageKey(f"{self.place}{found.key[len(self.asset.prefix) :]}")
            if there.get(key, found.size) != found.size:
                raise CopyDamaged(
                    f"{key} has {there[key]} bytes in {self.target.name}, and {found.size} in {self.source.name}."
                )
            await self._copy(found, key, stored=key in there)

        await in_flight(_OBJECTS_AT_ONCE, copy, objects)
        fault_point("move:copied")

    async def _copy(self, found: StoredObject, key: StorageKey, *, stored: bool) -> None:
        async with self.source.local_copy(found.key) as path:
            with _vanishing(found.key):
                expected = await asyncio.to_thread(_sha256, path)
                if not stored:
                    await self.target.put_file(key, path, content_type=content_type_of(found.key))
        fault_point("move:stored")
        await self._compare(key, expected)

    async def _compare(self, key: StorageKey, expected: bytes) -> None:
        digest = hashlib.sha256()

        async def stream() -> AsyncIterator[bytes]:
            async for chunk in self.target.read(key):
                digest.update(chunk)
                self.count(len(chunk))
                yield chunk

        composite = None
        if self.asset.checksum:
            composite = await composite_of(stream(), self.asset.part_size)
        else:
            async for _ in stream():
                pass
        if digest.digest() != expected:
            raise CopyDamaged(
                f"{key} reads other bytes from {self.target.name} than were sent there. Run `mutoscope storage check "
                f"{self.target.name}` before you go on."
            )
        if composite != self.asset.checksum:
            raise AssetDamaged(
                f"{self.asset.prefix} in {self.source.name} is not the file that was accepted: its checksum is "
                f"{composite}, and was {self.asset.checksum}. Restore it from a backup."
            )


async def whole(asset: Asset, storage: Storage) -> list[StoredObject]:
    """Return the asset's objects. Raises AssetDamaged when one is missing, or has another size than its row says.

    What no row names is left behind: it waits to be swept.
    """
    found = await objects_at(storage, asset.prefix)
    sizes = {each.key: each.size for each in found}
    known = {key: size async for key, size in _known(asset)}
    for key, size in known.items():
        if key not in sizes or size not in (None, sizes[key]):
            there = f"{sizes[key]} bytes instead of {size}" if key in sizes else "nothing"
            raise AssetDamaged(
                f"{storage.name} has {there} at {key}. Restore it from a backup, or process the video again; "
                "`mutoscope storage audit` lists all that is missing."
            )
    return [each for each in found if each.key in known]


async def named(asset: Asset, storage: Storage) -> list[StoredObject]:
    """Return those of the asset's objects that are there and that its rows know."""
    known = {key async for key, _ in _known(asset)}
    return [each for each in await objects_at(storage, asset.prefix) if each.key in known]


async def _known(asset: Asset) -> AsyncIterator[tuple[StorageKey, int | None]]:
    """Yield what the rows know of an asset: keys, and sizes where they were noted."""
    if asset.is_original:
        yield asset.prefix, asset.size
        return
    row = await RenditionSet.get_or_none(id=asset.id)
    if row is not None:
        for name, size in files_of(row, await Rendition.filter(rendition_set_id=asset.id)).items():
            yield asset.prefix.child(*name.split("/")), size


@contextmanager
def _vanishing(key: StorageKey) -> Iterator[None]:
    """A local copy may be the object itself, and its video may be deleted while it is read."""
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing(f"{key} was deleted while it was copied ({error}).") from error


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
