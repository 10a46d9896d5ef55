"""What is written down of an upload beside its data: a declaration, and a marker for every part that is whole."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.api import Part, StorageKey, UploadTarget
from plugins.storage_disk import durable

DATA = "data"
DECLARATION = "upload.json"
_MARKER = re.compile(r"([1-9][0-9]*)\.json")


@dataclass(frozen=True, slots=True)
class Marker:
    """A part that is whole and durable: its length in bytes, and the digests of what was written."""

    number: int
    size: int
    sha256: str
    """In base64; proves to the sender which bytes arrived."""
    xxh3: str
    """XXH3, 128 bits, in hex: tells a damaged part at a tenth of the cost, when nobody is there to forge one."""
    declared: bool
    """Whether the sender said beforehand what the SHA-256 would be."""
    written_at: int
    """Nanoseconds since 1970: tells two writings of the same bytes apart."""

    @property
    def part(self) -> Part:
        """The part as the core sees it."""
        return Part(self.number, self.size, self.sha256 if self.declared else None)


_JSON = TypeAdapter(Marker)


def marker_path(folder: Path, number: int) -> Path:
    """Return where the marker of a part is or would be."""
    return folder / f"{number}.json"


def write_marker(folder: Path, marker: Marker) -> None:
    """Declare a part received, durably."""
    durable.write_file(marker_path(folder, marker.number), _JSON.dump_json(marker))


def read_markers(folder: Path) -> list[Marker]:
    """Return what is written down of the whole parts, ascending."""
    names = [_MARKER.fullmatch(entry.name) for entry in folder.iterdir()]
    found = [_read_marker(folder, number) for number in sorted(int(match[1]) for match in names if match)]
    return [marker for marker in found if marker]


def _read_marker(folder: Path, number: int) -> Marker | None:
    try:
        marker = _JSON.validate_json(marker_path(folder, number).read_bytes())
    except FileNotFoundError:  # it is being sent again
        return None
    except ValidationError:  # damaged: it says nothing of the bytes, so that they have to be sent again
        return None
    return marker if marker.number == number else None


def declare(folder: Path, target: UploadTarget, checksum: str | None = None) -> None:
    """Write down, durably, what an upload will be; and the checksum of it all as soon as that is known."""
    durable.write_file(folder / DECLARATION, json.dumps({**asdict(target), "checksum": checksum}).encode())


def declared(folder: Path) -> UploadTarget:
    """Read what an upload was declared to be. Raises FileNotFoundError."""
    fields = json.loads((folder / DECLARATION).read_bytes())
    return UploadTarget(StorageKey(fields["key"]), fields["upload_id"], fields["size"], fields["part_size"])


def declared_checksum(folder: Path) -> str | None:
    """Read the checksum of a whole upload, None where there is none."""
    try:
        checksum: str | None = json.loads((folder / DECLARATION).read_bytes()).get("checksum")
    except FileNotFoundError:
        return None
    return checksum
