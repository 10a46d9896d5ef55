"""Checksums of uploads: SHA-256 of each part, and one of them all, as S3 composes it.

The whole is `base64(sha256(sha256(part 1) ‖ sha256(part 2) ‖ …))-<parts>`, S3's composite checksum
(docs.aws.amazon.com/AmazonS3, "Checking object integrity"): it can be told from the parts without reading them again.
"""

import base64
import binascii
import hashlib
from collections.abc import AsyncIterable, Sequence

SHA256_BYTES = 32


def encoded(digest: bytes) -> str:
    """Return a digest as it travels: base64."""
    return base64.b64encode(digest).decode()


def is_sha256(text: str) -> bool:
    """Tell whether this is the base64 of a SHA-256, in its one spelling."""
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(digest) == SHA256_BYTES and encoded(digest) == text


def composite(parts: Sequence[str]) -> str:
    """Return the checksum of a whole upload from those of its parts, in order."""
    joined = hashlib.sha256(b"".join(base64.b64decode(part) for part in parts)).digest()
    return f"{encoded(joined)}-{len(parts)}"


async def composite_of(content: AsyncIterable[bytes], part_size: int) -> str:
    """Return the composite checksum of bytes that come in chunks of any size."""
    digests, current, room = list[str](), hashlib.sha256(), part_size
    async for chunk in content:
        rest = memoryview(chunk)
        while len(rest) >= room:
            current.update(rest[:room])
            digests.append(encoded(current.digest()))
            rest, current, room = rest[room:], hashlib.sha256(), part_size
        current.update(rest)
        room -= len(rest)
    if room < part_size:
        digests.append(encoded(current.digest()))
    return composite(digests)
