"""What a storage must do: keep objects whole, hand out signed part URLs, and let bytes flow past the web process."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

# A segment has at most 255 characters, as file systems have it.
_KEY = re.compile(r"[a-z0-9_-][a-z0-9_.-]{0,254}(?:/[a-z0-9_-][a-z0-9_.-]{0,254})*")
_LONGEST_KEY = 512
_SUBJECT = re.compile(r"[A-Za-z0-9._~-]{1,100}")


class StorageError(Exception):
    """The storage could not do what was asked; the message says which object and what to do."""


class ObjectMissing(StorageError):
    """No object (or no open multipart upload) of that key exists."""


class StorageFull(StorageError):
    """No space is left; nothing of the refused write stays behind."""


class UploadMismatch(StorageError):
    """The received parts are not exactly the declared upload; it stays open so that parts can be sent again."""


class StorageKey(str):
    """An object's name in a closed pattern, built from ids by core only, so that no key can leave its root.

    Raises ValueError for anything else: upper case, `..`, a leading dot or slash, NUL, more than 512 characters or 255
    in one segment. No key is a prefix of another: file systems cannot keep `a/b` and `a/b/c`.
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if len(value) > _LONGEST_KEY or not _KEY.fullmatch(value):
            raise ValueError(f"{value[:80]!r} is no storage key: use lower-case segments such as 'videos/id/name'.")
        return super().__new__(cls, value)

    def child(self, *names: str) -> "StorageKey":
        """Return the key of an object below this prefix."""
        return StorageKey("/".join((self, *names)))


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as the storage sees it. `size` is in bytes."""

    key: StorageKey
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """One received part of an open multipart upload. `number` starts at 1; `size` is in bytes."""

    number: int
    size: int


@dataclass(frozen=True, slots=True)
class PartRequest:
    """The one HTTP request that may write one part: PUT exactly `length` bytes to `url` with `headers`."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """An open multipart upload: the key it will become, the storage's own id of it, and its declared shape."""

    key: StorageKey
    upload_id: str
    size: int
    part_size: int

    def __post_init__(self) -> None:
        """Raise ValueError for an empty upload, or parts of no bytes."""
        if self.size < 1 or self.part_size < 1:
            raise ValueError(f"{self.size} bytes in parts of {self.part_size} are no upload: both must be at least 1.")

    @property
    def parts(self) -> int:
        """Number of parts; every part but the last is exactly `part_size` bytes."""
        return -(-self.size // self.part_size)

    def part_length(self, number: int) -> int:
        """Return the exact length in bytes of part `number` (1-based); raises ValueError outside 1…parts."""
        if not 1 <= number <= self.parts:
            raise ValueError(f"part {number} is outside 1…{self.parts}")
        return min(self.part_size, self.size - (number - 1) * self.part_size)

    def require_whole(self, received: Iterable[Part]) -> None:
        """Raise UploadMismatch, naming the parts at fault, unless `received` is every part in its exact length."""
        sizes = {part.number: part.size for part in received}
        missing = [number for number in range(1, self.parts + 1) if number not in sizes]
        wrong = [
            number
            for number, size in sizes.items()
            if not 1 <= number <= self.parts or size != self.part_length(number)
        ]
        if missing or wrong:
            named = ", ".join(str(number) for number in sorted([*missing, *wrong])[:20])
            raise UploadMismatch(
                f"upload of {self.key}: {len(missing)} of {self.parts} parts are missing and {len(wrong)} have another "
                f"length (parts {named}). Send them again, then complete."
            )


@dataclass(frozen=True, slots=True)
class ReadGrant:
    """Leave to read every object below `prefix` until `expires_at` (Unix seconds), issued by core for one viewer.

    `subject` binds the grant to a playback epoch and a viewer. A storage signs it and puts it into URLs as it is: 1 to
    100 of `A-Z a-z 0-9 . _ ~ -`, ValueError otherwise.
    """

    prefix: StorageKey
    subject: str
    expires_at: int

    def __post_init__(self) -> None:
        """Keep out what URLs would have to escape, so that a signed query has one spelling only."""
        if not _SUBJECT.fullmatch(self.subject):
            raise ValueError(f"{self.subject[:80]!r} is not a grant's subject: use letters, digits and . _ ~ - only.")

    def covers(self, key: StorageKey) -> bool:
        """Tell whether `key` is the prefix itself or lies below it."""
        return key == self.prefix or key.startswith(f"{self.prefix}/")


class Storage(Protocol):
    """Objects are written once and never changed: another content is another key.

    Every write is durable before it returns, and an object is either whole or absent, whatever dies in between.
    """

    name: str
    minimum_part_size: int
    """The smallest size in bytes of a part that is not the last (S3: 5 MiB)."""

    browser_origins: Sequence[str]
    """Origins besides our own that browsers read from or send to, for the Content-Security-Policy."""

    async def open_upload(self, key: StorageKey, *, size: int, part_size: int, content_type: str) -> UploadTarget:
        """Start a multipart upload of exactly `size` bytes. Raises StorageFull when it cannot fit.

        Raises ValueError for less than one byte, or parts under `minimum_part_size` when there are several.
        """
        ...

    async def sign_part(self, target: UploadTarget, number: int, *, expires_at: int) -> PartRequest:
        """Return the request that writes part `number` and nothing else, dead at `expires_at` (Unix seconds).

        Raises ValueError for a number outside 1…parts. A part may be sent again until the upload is complete.
        """
        ...

    async def list_parts(self, target: UploadTarget) -> list[Part]:
        """Return the whole parts received so far, ascending. Raises ObjectMissing unless the upload is open."""
        ...

    async def complete_upload(self, target: UploadTarget) -> StoredObject:
        """Turn the parts into the object, durably; calling it again returns the same answer.

        Raises UploadMismatch unless parts 1…n are all there in their exact lengths; the upload then stays open. Raises
        ObjectMissing for an unknown or aborted upload. From the answer on, the part URLs are dead.
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

    def url(self, key: StorageKey, grant: ReadGrant | None) -> str:
        """Return where a browser reads the object: a permanent URL for public media, a signed one with a grant.

        Raises ValueError when the grant's prefix does not cover the key.
        """
        ...
