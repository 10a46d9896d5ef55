"""Where `check` tries things: the storage's own folders, under names that no video has."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.api import StorageKey
from plugins.storage_disk.objects import ObjectFiles
from plugins.storage_disk.parts import PartLedger


@dataclass(frozen=True, slots=True)
class Place:
    """A storage as its check sees it."""

    root: Path
    uploads: Path
    scratch: Path
    ledger: PartLedger
    objects: ObjectFiles
    room: Callable[[], int]
    """How many bytes the next upload may have."""
    name: str = field(default_factory=lambda: f"check-{secrets.token_hex(8)}")

    @property
    def key(self) -> StorageKey:
        """The one object of this check."""
        return StorageKey(f"originals/{self.name}/upload")

    @property
    def folders(self) -> list[Path]:
        """Folders of this check: where objects are, where parts are and where drafts are."""
        # A leading dot: no object can be there.
        return [folder / f".{self.name}" for folder in (self.root, self.uploads, self.scratch)]
