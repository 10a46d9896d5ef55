"""Multipart uploads: what was declared, what has arrived, and the one request that may write a part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.storage.errors import UploadMismatch
from core.storage.objects import StorageKey


@dataclass(frozen=True, slots=True)
class Part:
    """One received part of an open multipart upload. `number` starts at 1; `size` is in bytes.

    `sha256` is the checksum, in base64, that the sender declared and the storage found true; None when there was none.
    """

    number: int
    size: int
    sha256: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PartRequest:
    """The one HTTP request that may write one part: PUT the part's exact bytes to `url` with `headers`."""

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
