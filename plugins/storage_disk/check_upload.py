"""What becomes of an upload: each function returns what it has seen, or raises what is wrong."""

import hashlib

from core.api import StorageError, UploadTarget
from plugins.storage_disk.completion import PartsDamaged
from plugins.storage_disk.place import Place
from plugins.storage_disk.records import DATA

_PART = 65_536
_CONTENT = hashlib.shake_128(b"check").digest(2 * _PART + 1000)
_RANGES = ((0, 1), (_PART - 1, 2), (2 * _PART, 1000), (2 * _PART + 999, 10))


def comes_out_the_same(place: Place) -> str:
    """Send parts out of order, damage one on the disk, send it again, and read the object."""
    target = place.ledger.open(place.key, size=len(_CONTENT), part_size=_PART)
    try:
        for number in (3, 1, 2):
            _send(place, target, number)
        _damage(place, target)
        _send(place, target, 2)
        place.ledger.complete(target, place.objects.path(place.key))
    finally:
        place.ledger.abort(target.upload_id)
    if place.objects.read(place.key, 0, 2 * len(_CONTENT)) != _CONTENT:
        raise StorageError(f"{target.parts} parts went in and something else came out")
    return f"{target.parts} parts went in and came out the same, and a flipped bit was found"


def gives_ranges(place: Place) -> str:
    """Read pieces of the object that `comes_out_the_same` has left."""
    for start, length in _RANGES:
        if place.objects.read(place.key, start, length) != _CONTENT[start : start + length]:
            raise StorageError(f"{length} bytes from byte {start} on are not those that were stored")
    return "any range can be read"


def _send(place: Place, target: UploadTarget, number: int) -> None:
    start = (number - 1) * _PART
    writer = place.ledger.writer(target.upload_id, number)
    try:
        writer.open()
        writer.write(_CONTENT[start : start + target.part_length(number)])
        writer.commit()
    finally:
        writer.close()


def _damage(place: Place, target: UploadTarget) -> None:
    """Flip a bit of part 2, as a failing disk may, and see that the upload cannot be completed with it."""
    with (place.uploads / target.upload_id / DATA).open("r+b") as data:
        data.seek(_PART + 5)
        data.write(bytes([_CONTENT[_PART + 5] ^ 1]))
    try:
        place.ledger.complete(target, place.objects.path(place.key))
    except PartsDamaged:
        return
    raise StorageError("a bit was flipped on the disk, and the upload was completed all the same")
