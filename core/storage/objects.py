"""Objects and who may read them: keys in a closed pattern, sizes, grants."""

import re
from dataclasses import dataclass, field
from typing import Self

# A segment has at most 255 characters, as file systems have it.
_KEY = re.compile(r"[a-z0-9_-][a-z0-9_.-]{0,254}(?:/[a-z0-9_-][a-z0-9_.-]{0,254})*")
_LONGEST_KEY = 512
_SUBJECT = re.compile(r"[A-Za-z0-9._~-]{1,100}")


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
    """One object as the storage sees it. `size` is in bytes.

    `checksum` is what `complete_upload` knows of the bytes (`core.storage.checksums`), None elsewhere.
    """

    key: StorageKey
    size: int
    checksum: str | None = field(default=None, compare=False)


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
