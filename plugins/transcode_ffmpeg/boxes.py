"""Reads an initialisation segment (ISO/IEC 14496-12) for the codecs string of RFC 6381 that players decide by."""

from collections.abc import Iterator

_CONTAINERS = {b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"stsd": 8, b"avc1": 78, b"mp4a": 28}
"""Box type → bytes before its children."""

_DECODER_CONFIG, _DECODER_SPECIFIC = 0x04, 0x05  # descriptor tags, ISO/IEC 14496-1
_DESCRIPTOR_HEADERS = {0x03: 3, _DECODER_CONFIG: 13}
_ESCAPE = 31


def codecs(init: bytes) -> str:
    """Return for instance `avc1.64001f` or `mp4a.40.2`. Raises ValueError for an init segment that holds neither."""
    for kind, content in _boxes(init):
        if kind == b"avcC":
            return f"avc1.{content[1:4].hex()}"  # profile, constraints, level
        if kind == b"esds":
            return _mpeg4_audio(content[4:])
    raise ValueError("the initialisation segment holds neither H.264 nor AAC")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size < 8:
            return
        kind, content = data[position + 4 : position + 8], data[position + 8 : position + size]
        yield kind, content
        if kind in _CONTAINERS:
            yield from _boxes(content[_CONTAINERS[kind] :])
        position += size


def _mpeg4_audio(data: bytes) -> str:
    object_type = 0
    for tag, content in _descriptors(data):
        if tag == _DECODER_CONFIG:
            object_type = content[0]
        if tag == _DECODER_SPECIFIC:
            audio_type = content[0] >> 3
            if audio_type == _ESCAPE:
                audio_type = 32 + ((content[0] & 7) << 3 | content[1] >> 5)
            return f"mp4a.{object_type:02x}.{audio_type}"
    raise ValueError("the initialisation segment describes no AAC decoder")


def _descriptors(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 2 <= len(data):
        tag, size = data[position], 0
        position += 1
        for _ in range(4):  # seven bits of the length in each byte, the eighth says that there are more
            size = size << 7 | data[position] & 0x7F
            position += 1
            if not data[position - 1] & 0x80:
                break
        content = data[position : position + size]
        yield tag, content
        if tag in _DESCRIPTOR_HEADERS:
            yield from _descriptors(content[_DESCRIPTOR_HEADERS[tag] :])
        position += size
