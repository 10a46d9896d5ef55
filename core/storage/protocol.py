"""What a storage must do: keep objects whole, hand out signed part URLs, and let bytes flow past the web process."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from core.storage.findings import Finding
from core.storage.objects import ReadGrant, StorageKey, StoredObject
from core.storage.uploads import Part, PartRequest, UploadTarget


class Storage(Protocol):
    """Objects are written once and never changed: another content is another key.

    Every write is durable before it returns, and an object is either whole or absent, whatever dies in between.
    """

    name: str
    minimum_part_size: int
    """The smallest size in bytes of a part that is not the last (S3: 5 MiB)."""

    part_checksums: bool
    """Whether it compares each part with a SHA-256 that the sender declares."""

    asks_gate: bool
    """Whether every read asks `services.gate`. False where browsers read past us, so that a link once given works on
    until it expires, or for ever where it was public: the core then gives what turns private new keys."""

    browser_origins: Sequence[str]
    """Origins besides our own that browsers read from or send to, for the Content-Security-Policy."""

    async def open_upload(self, key: StorageKey, *, size: int, part_size: int, content_type: str) -> UploadTarget:
        """Start a multipart upload of exactly `size` bytes. Raises StorageFull when it cannot fit.

        Raises ValueError for less than one byte, or parts under `minimum_part_size` when there are several.
        """
        ...

    async def sign_part(
        self, target: UploadTarget, number: int, *, expires_at: int, sha256: str | None = None
    ) -> PartRequest:
        """Return the request that writes part `number` and nothing else, dead at `expires_at` (Unix seconds).

        `sha256` (base64) binds it to these very bytes where the storage has `part_checksums`; others ignore it. Raises
        ValueError for a number outside 1…parts. A part may be sent again until the upload is complete.
        """
        ...

    async def list_parts(self, target: UploadTarget) -> list[Part]:
        """Return the whole parts received so far, ascending. Raises ObjectMissing unless the upload is open."""
        ...

    async def complete_upload(self, target: UploadTarget) -> StoredObject:
        """Turn the parts into the object, durably; calling it again returns the same answer.

        Raises UploadMismatch unless parts 1…n are all there in their exact lengths; the upload then stays open. Raises
        ObjectMissing for an unknown or aborted upload. From the answer on, the part URLs are dead. Where every part was
        declared with its SHA-256, a part whose stored bytes are others is missing, and the answer has a `checksum`.
        """
        ...

    async def abort_upload(self, target: UploadTarget) -> None:
        """Forget an open upload and its parts; its URLs are dead from now on. Unknown uploads are no error."""
        ...

    async def put_file(self, key: StorageKey, source: Path, *, content_type: str) -> StoredObject:
        """Store a copy of a local file. Storing the same key again with the same content is no error.

        Raises StorageFull, and then nothing of the copy stays behind.
        """
        ...

    def read(self, key: StorageKey, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield bytes `start` up to but not including `end` (both ≥ 0), in chunks. Raises ObjectMissing.

        Bytes past the object's end are none, not an error.
        """
        ...

    def local_copy(self, key: StorageKey) -> AbstractAsyncContextManager[Path]:
        """Give a local, readable path of the object for as long as the context is open. Never write to it."""
        ...

    async def stat(self, key: StorageKey) -> StoredObject | None:
        """Return the object's size, or None when there is no such object."""
        ...

    def list(self, prefix: StorageKey) -> AsyncIterator[StoredObject]:
        """Yield every object below `prefix` (`prefix` itself is a whole path segment)."""
        ...

    async def delete(self, keys: Sequence[StorageKey]) -> None:
        """Remove objects; missing ones are no error."""
        ...

    def url(self, key: StorageKey, grant: ReadGrant | None, *, file_name: str | None = None) -> str:
        """Return where a browser reads the object: a permanent URL for public media, a signed one with a grant.

        With `file_name`, browsers save the object under that name instead of showing it (RFC 6266); it needs a grant.
        Raises ValueError when the grant's prefix does not cover the key.
        """
        ...

    async def check(self, base_url: str) -> Sequence[Finding]:
        """Try everything that the site relies on, as the site and as its browsers do; leave nothing behind.

        `base_url` is the site's own address. What does not work is a finding with its remedy, not an exception.
        """
        ...
